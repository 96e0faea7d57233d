using AlertRollback.Playbooks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Rollbacks.Running;

/// <summary>
/// What comes next, read off a rollback's state and nothing else: the same answer after a crash as before it. Pure.
/// </summary>
/// <param name="attendance">Since when somebody has been there: before that nobody could answer.</param>
/// <param name="failedAt">When the journal last could not be written: until then nobody could answer either; null: it never failed.</param>
/// <param name="told">What people were told, and when; null: nothing tells them.</param>
public sealed partial class NextMove(PureGuards guards, Func<Attendance> attendance, Func<DateTimeOffset?>? failedAt = null, Told? told = null)
{
    /// <summary>As long as Alertmanager may take to send what it could not deliver: group_interval is 5 min where nobody says otherwise.</summary>
    public static readonly TimeSpan LongestUnheard = TimeSpan.FromMinutes(5);

    /// <summary>Since when somebody has been there.</summary>
    public Attendance Attendance => attendance();

    // Since when everybody who spoke was heard.
    private DateTimeOffset HeardSince => attendance().Since is var since && failedAt?.Invoke() is { } failed && failed > since ? failed : since;

    /// <summary>From when on what was said while nobody was there has arrived.</summary>
    public DateTimeOffset HeardFrom => HeardSince + LongestUnheard;

    /// <summary>How long nobody was there before that; where it is not known, as long as the rollback was silent.</summary>
    public static TimeSpan Absence(RollbackState rollback, Attendance attendance) =>
        attendance.Since - (attendance.Before ?? rollback.Timeline.Last(t => t.At < attendance.Since).At);

    public Move For(RollbackState rollback, Book book, DateTimeOffset now) => rollback switch
    {
        { Phase: Phase.Closed } => AfterClosing(rollback, book, now),
        { HasActed: false, IsCalledOff: true } => Withdraw(rollback),
        { Phase: Phase.Parked } => Parked(rollback, book, now),
        { Phase: Phase.Proposed } => new Move.MakePlan(),
        { Phase: Phase.Planned } => Planned(rollback, now),
        { Phase: Phase.Acting, Fallback: not null } => FallingBack(rollback, book),
        { Phase: Phase.Acting } => Acting(rollback, book, now),
        { Phase: Phase.Verifying or Phase.Stabilising } when Overtaken.Of(rollback, book) is { } overtaken => Close(rollback, Outcome.Superseded, overtaken.Why, overtaken.Text),
        { Phase: Phase.Verifying } => Verifying(rollback, now),
        { Phase: Phase.Stabilising } => Stabilising(rollback, book, now),
        _ => new Move.Rest(),
    };

    // What failed before it may have left something changed, and called nobody because this was to take over.
    private static Move.Record Withdraw(RollbackState rollback) => rollback.After is { } failed
        ? Close(rollback, Outcome.Withdrawn, Reason.Resolved, $"every alert resolved before it took over; what {failed} changed stays as it is")
        : Move.Record.Of(new RollbackEvent.Closed(Outcome.Withdrawn, Reason.Resolved, "every alert resolved before anything was changed"));

    private Move Parked(RollbackState rollback, Book book, DateTimeOffset now)
    {
        var parking = rollback.Parking!;
        var refusal = guards.Refusal(rollback, book, now) ?? (parking.Reason == Reason.Freeze && rollback.WantedPlan is { } wanted ? guards.Reached.Judge(rollback, wanted, book, now) : null);
        if (parking.Reason == Reason.Hold && rollback.StillFires && HeardSince > rollback.ProposedAt && HeardFrom is var heard && now < heard)
            return new Move.Wait(heard);
        if (parking.Reason is Reason.CannotTell or Reason.OutsideWindow && now < parking.Until)
            return new Move.Wait(parking.Until);
        if (parking.Reason == Reason.TargetLocked && book.Held(rollback.WantedPlan!.Locks, rollback.Id) is { } held)
            return parking.By is null || parking.By == held.By ? new Move.Wait(null) : Move.Record.Of(new RollbackEvent.Unparked($"{held.By} holds it by now"));
        if (refusal is { Parks: true } && refusal.Refusal == parking.Reason)
            return CalledBefore.AboutWaiting(rollback, now) ?? new Move.Wait(rollback.CallToCome?.Until is { } call && !(refusal.LapsesAt < call) ? call : refusal.LapsesAt);
        return Move.Record.Of(new RollbackEvent.Unparked($"{parking.Reason.Word()} is over"));
    }

    private Move Planned(RollbackState rollback, DateTimeOffset now)
    {
        if (Approving(rollback, now) is { } asking)
            return asking;
        return rollback.BeforeStepsEnded < rollback.Playbook.Before.Count
            ? new Move.TakeBeforeStep(rollback.BeforeStepsEnded)
            : new Move.Start();
    }

    private static Move FallingBack(RollbackState rollback, Book book)
    {
        if (rollback.FallbackPlan is { } plan)
            return RunFallback(rollback, plan);
        if (rollback.FallbackStepsEnded < rollback.Playbook.OnFailure.Count)
            return new Move.PlanFallbackStep(rollback.FallbackStepsEnded);
        // Whoever knows the playbook takes its steps for done.
        var why = rollback.Fallback! with { Text = string.Join("; ", rollback.FallbackNotDone.Prepend(rollback.Fallback.Text)) };
        if (rollback.Playbook.Then is { } then && InDoubt(rollback) is null)
        {
            // With "now" nothing begins, and what is left changed is for people at once (S8).
            if (StepJournal.StopOf(book.Global) is { } stop)
                return Close(rollback, Outcome.Stopped, Reason.StoppedByPerson, StopText(rollback, $"{why.Text}; playbook {then.Name} does not take over: {stop.Text}"));
            var next = $"{rollback.Id}-{then.Name}";
            return Move.Record.Of(
                new RollbackEvent.HandedOver(next, then.Name),
                new RollbackEvent.Closed(Outcome.Failed, why.Reason, $"{why.Text}; playbook {then.Name} takes over as {next}"));
        }

        var text = rollback.Playbook.Then is { } other ? $"{why.Text}; playbook {other.Name} does not take over: {InDoubt(rollback)}" : why.Text;
        var closed = new RollbackEvent.Closed(Outcome.Failed, why.Reason, text);
        return WasCalledToTheEnd(rollback) ? Move.Record.Of(closed) : Move.Record.Of(Page(rollback, why.Reason, text), closed);
    }

    // Who was told to change nothing yet, as a playbook was to take over, has to hear that it does not.
    private static bool WasCalledToTheEnd(RollbackState rollback) =>
        SinceFallback(rollback).LastOrDefault(t => t.Event is RollbackEvent.Paged) is { } call
        && (rollback.Playbook.Then is null || NotPutBack(rollback) is not null || DoubtfulStep(rollback)?.Sequence < call.Sequence);

    /// <summary>Why nothing more is changed by <c>on_failure</c>: "cannot tell" changes nothing more, here as everywhere (S16). Null: nothing is in doubt.</summary>
    public static string? InDoubt(RollbackState rollback) => NotPutBack(rollback)
        ?? (DoubtfulStep(rollback) is { Event: RollbackEvent.StepEnded unknown } ? $"{unknown.Action} before it did not come to a known end" : null);

    private static IEnumerable<TimelineEntry> SinceFallback(RollbackState rollback) => rollback.Timeline.SkipWhile(t => t.Event is not RollbackEvent.FallbackStarted);

    private static TimelineEntry? DoubtfulStep(RollbackState rollback) => SinceFallback(rollback)
        .FirstOrDefault(t => t.Event is RollbackEvent.StepEnded { Result: StepResult.CannotTell or StepResult.Superseded });

    // One that went wrong does not keep the next from being taken: people have to be called.
    private static Move RunFallback(RollbackState rollback, Plan plan)
    {
        var left = ToRun(rollback, plan.Steps);
        return left.Count > 0
            ? new Move.RunSteps(SideBySide(left))
            : Move.Record.Of(new RollbackEvent.FallbackStepEnded(
                rollback.FallbackStepsEnded, plan.Steps[0].Action, plan.Steps.All(s => EndOf(rollback, s) is { Result: StepResult.Done or StepResult.Skipped }), ""));
    }

    private static Move BeginSet(RollbackState rollback, int set, DateTimeOffset now) => set < rollback.Playbook.Verify.Count
        ? Move.Record.Of(new RollbackEvent.VerificationStarted(set, rollback.Playbook.Verify[set].Name, now + rollback.Playbook.Verify[set].Within))
        : Verified(rollback, Verdict.Pass, Measured(rollback), now);

    private static string Measured(RollbackState rollback) =>
        rollback.Playbook.Verify.Count > 0 ? "every check passed"
        : Achieved.By(rollback).Asked ? "its checks were asked as steps, and nothing afterwards"
        : "nothing was measured, the playbook has no checks";

    private static Move Verifying(RollbackState rollback, DateTimeOffset now)
    {
        var set = rollback.Verifying!.Set;
        if (rollback.Answers.GetValueOrDefault(set) is not { Final: true } answer)
            return new Move.AskChecks(set);
        return answer.Verdict == Verdict.Pass
            ? BeginSet(rollback, set + 1, now)
            : Verified(rollback, answer.Verdict, CheckRound.Measured(answer.Results), now);
    }

    private static Move.Record Verified(RollbackState rollback, Verdict verdict, string text, DateTimeOffset now)
    {
        var verified = new RollbackEvent.Verified(verdict, text);
        return verdict switch
        {
            // The checks are the rollback's own service's: of the others that were put back nothing else was measured.
            Verdict.Pass when NotReady(rollback) is { } others => Move.Record.Of([verified, .. Close(rollback, Outcome.Inconclusive, Reason.NotPutBack, $"{text}; but {others}").Events]),
            Verdict.Pass => Move.Record.Of(verified, new RollbackEvent.StabilisationStarted(now + rollback.Playbook.Stabilise)),
            Verdict.Fail => Move.Record.Of(verified, new RollbackEvent.MethodFailed(rollback.CurrentPlan!.Method, Reason.CheckFailed, text)),
            _ => Move.Record.Of([verified, .. Close(rollback, Outcome.Inconclusive, Reason.Inconclusive, text).Events]),
        };
    }

    // A rollback that was closed as good is watched to the end of its hold: the alert may never resolve (S11). What cut its
    // watch short has taken its alerts over, and a hold of its own, unless it is of another service.
    private Move AfterClosing(RollbackState rollback, Book book, DateTimeOffset now)
    {
        if (CalledBefore.AfterAll(rollback, book, now) is { } call)
            return call;
        if (rollback.Closed is not ({ Outcome: Outcome.RolledBack, Reason: not Reason.WatchCutShort } or { KeepsItsAlerts: true }) || rollback.Ineffective is not null || !rollback.StillFires || HeldUntil(rollback) is not { } end)
            return new Move.Rest();
        return now < end ? new Move.Wait(end) : new Move.AskWhetherItFires();
    }

    /// <summary>The hold is over, and nobody who could be asked says that the alert has gone.</summary>
    public static IReadOnlyList<RollbackEvent> Ineffective(RollbackState rollback, Book book)
    {
        var overtaken = Overtaken.Of(rollback, book);
        var text = IneffectiveText(rollback, overtaken);
        var found = new RollbackEvent.FoundIneffective(text) { Overtaken = overtaken is not null };
        return rollback.IsOpen ? [found, .. Close(rollback, Outcome.Ineffective, Reason.Ineffective, text).Events] : [found, Page(rollback, Reason.Ineffective, text)];
    }

    // What was deployed since may be why it fires: nothing is said of the release that was undone then.
    private static string IneffectiveText(RollbackState rollback, Overtaken? overtaken)
    {
        var why = overtaken?.Text ?? (Achieved.By(rollback).Undone ? "the undone release was not, or not the only, cause" : null);
        return $"{rollback.FiringCauses.First().AlertName} still fires after the hold of {rollback.Playbook.Guards.Hold.TotalMinutes:0} min{(why is null ? "" : $": {why}")}";
    }

    /// <summary>Closes a run that people have to look at: they are called in the same breath, but to nothing that was only planned.</summary>
    public static Move.Record Close(RollbackState rollback, Outcome outcome, Reason reason, string text)
    {
        var closed = new RollbackEvent.Closed(outcome, reason, text);
        return rollback.Shadow ? Move.Record.Of(closed) : Move.Record.Of(Page(rollback, reason, text), closed);
    }

    public static RollbackEvent.Paged Page(RollbackState rollback, Reason reason, string text) => new(rollback.PageRoles, reason, text);
}
