using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks.Running;

// From the first write to the verification: stages of steps, what is put back, the ladder.
public sealed partial class NextMove
{
    private Move Acting(RollbackState rollback, Book book, DateTimeOffset now)
    {
        if (rollback.CurrentPlan is not { } plan || rollback.Method is null)
            return new Move.BeginMethod(rollback.Ladder[0]);
        if (plan.Method != rollback.Method.Method)
            return Approving(rollback, now) ?? new Move.StartMethod();
        if (rollback.MethodHasFailed)
            return NextRung(rollback);

        foreach (var stage in plan.Steps.GroupBy(s => s.Stage).OrderBy(g => g.Key))
        {
            var left = ToRun(rollback, [.. stage]);
            if (left.Count > 0)
                return IsAhead(rollback, book, stage.Key) ? new Move.Wait(null) : new Move.RunSteps(SideBySide(left));
            if (stage.Select(s => EndOf(rollback, s)).OfType<RollbackEvent.StepEnded>().Where(IsBad).ToList() is { Count: > 0 } bad)
                return AfterBad(rollback, bad);
        }

        if (rollback.ToRestore is [var changed, ..])
            return new Move.RestoreStep(changed);
        if (NothingNeeded(rollback) is { } nothing)
            return nothing;
        return NotPutBack(rollback) is { } text ? Close(rollback, Outcome.Inconclusive, Reason.NotPutBack, text) : BeginSet(rollback, 0, now);
    }

    // What is left of a stage; what would write to the same as one that did not end well would not find there what it was planned for.
    private static List<PlannedStep> ToRun(RollbackState rollback, IReadOnlyList<PlannedStep> stage)
    {
        var spoilt = stage.Where(s => EndOf(rollback, s) is { } end && IsBad(end)).SelectMany(s => s.Locks).ToHashSet(StringComparer.Ordinal);
        return [.. stage.Where(s => EndOf(rollback, s) is null && !spoilt.Overlaps(s.Locks))];
    }

    private static bool IsBad(RollbackEvent.StepEnded end) => end.Result is not StepResult.Done and not StepResult.Skipped;

    // Those that write to the same come one after the other, as they were planned.
    private static List<PlannedStep> SideBySide(List<PlannedStep> left) =>
        [.. left.Where((s, i) => !left.Take(i).Any(earlier => earlier.Locks.Intersect(s.Locks).Any()))];

    private static RollbackEvent.StepEnded? EndOf(RollbackState rollback, PlannedStep step) => rollback.Steps.GetValueOrDefault(step.Key)?.Ended;

    /// <summary>Whether rollbacks started together with this one still have to end an earlier stage: a barrier between steps.</summary>
    private static bool IsAhead(RollbackState rollback, Book book, int stage) =>
        rollback.Manual?.Group is { } group
        && book.Open.Any(r => r.Id != rollback.Id && r.Manual?.Group == group && IsBehind(r, rollback.CurrentPlan!.Method, stage));

    // One that is parked, or failed here, is not waited for: its failure is its own.
    private static bool IsBehind(RollbackState other, int method, int stage) => other switch
    {
        { Phase: Phase.Proposed or Phase.Planned } => true,
        { Phase: Phase.Acting, MethodHasFailed: false, Fallback: null, CurrentPlan: { } plan } when plan.Method == method =>
            plan.Steps.Any(s => s.Stage < stage && EndOf(other, s) is null) && !plan.Steps.Any(s => EndOf(other, s) is { } end && IsBad(end)),
        _ => false,
    };

    private static Move AfterBad(RollbackState rollback, List<RollbackEvent.StepEnded> bad)
    {
        // What another method finds has to be what was there before this one, or it would put back what this one changed.
        var stopped = bad.Find(e => e.Reason == Reason.StoppedByPerson);
        var goesOn = bad.TrueForAll(e => e.Result == StepResult.Failed) && rollback.Ladder.Any(m => m > rollback.CurrentPlan!.Method);
        if (stopped is null && (goesOn || !rollback.Playbook.KeepMeanwhileOnFailure) && rollback.ToRestore is [var changed, ..])
            return new Move.RestoreStep(changed);

        var text = string.Join("; ", bad.Select(e => e.Text).Append(NotPutBack(rollback)).Append(NotReady(rollback)).Append(Left(rollback)).OfType<string>());
        if (stopped is not null)
            return Close(rollback, Outcome.Stopped, stopped.Reason, StopText(rollback, text));
        if (goesOn && NotPutBack(rollback) is not null)
            return Close(rollback, Outcome.Inconclusive, Reason.NotPutBack, text);
        if (bad.Find(e => e.Result == StepResult.Superseded) is { } superseded)
            return Close(rollback, Outcome.Superseded, superseded.Reason, text);
        return bad.Find(e => e.Result == StepResult.CannotTell) is { } unknown
            ? Close(rollback, Outcome.Inconclusive, unknown.Reason, text)
            : Move.Record.Of(new RollbackEvent.MethodFailed(rollback.CurrentPlan!.Method, bad[0].Reason, text));
    }

    private static string? NotPutBack(RollbackState rollback) =>
        rollback.CurrentPlan!.Steps.Where(s => rollback.Steps.GetValueOrDefault(s.Key)?.Restored is { Result: not StepResult.Done })
            .Select(s => $"{s.Action} ({s.To}) could not be put back: {rollback.Steps[s.Key].Restored!.Text}").ToList() is { Count: > 0 } texts
            ? string.Join("; ", texts)
            : null;

    /// <summary>What was put back and did not become ready, of services that nobody asks afterwards; null: nothing.</summary>
    private static string? NotReady(RollbackState rollback) =>
        rollback.CurrentPlan!.Steps.Where(s => s.Service is { } other && other.Name != rollback.Service.Name)
            .Select(s => rollback.Steps.GetValueOrDefault(s.Key)?.Restored).Where(r => r is { NotReady: true }).Select(r => r!.Text).ToList() is { Count: > 0 } texts
            ? $"what was put back did not become ready: {string.Join("; ", texts)}"
            : null;

    private static string? Left(RollbackState rollback) =>
        rollback.ToRestore.Select(Changed).ToList() is { Count: > 0 } left
            ? $"left changed: {string.Join(", ", left)}"
            : null;

    /// <summary>Why it stops, with what it changed and leaves so (S8).</summary>
    public static string StopText(RollbackState rollback, string why) =>
        rollback.DoneSteps.Where(s => s is { ChangesProduction: true, Meanwhile: false })
            .Select(Changed).ToList() is { Count: > 0 } done
            ? $"{why}; carried out before: {string.Join(", ", done)}"
            : why;

    private static string Changed(PlannedStep step) => ServiceDefinition.Named(step.Service, $"{step.Action} ({step.From} → {step.To})");

    // No undo is claimed where every condition said that there was nothing to do; who still hears the alert has to look, and so
    // has who is to hear of a run that failed before, and called nobody because this was to take over. As long as there is
    // another method, what is measured decides whether that is needed.
    private static Move.Record? NothingNeeded(RollbackState rollback)
    {
        if (rollback.Ladder.Any(m => m > rollback.CurrentPlan!.Method))
            return null;
        var steps = rollback.Plans.SelectMany(p => p.Steps).Where(s => s.ChangesProduction).Select(s => EndOf(rollback, s)).ToList();
        if (steps.Count == 0 || !steps.TrueForAll(e => e is { Result: StepResult.Skipped }))
            return null;
        var text = $"nothing was changed, {string.Join("; ", steps.Select(e => e!.Text))}";
        return rollback.StillFires || rollback.After is not null
            ? Close(rollback, Outcome.Refused, Reason.ConditionNotMet, text)
            : Move.Record.Of(new RollbackEvent.Closed(Outcome.Refused, Reason.ConditionNotMet, text));
    }

    private static Move NextRung(RollbackState rollback)
    {
        var next = rollback.Ladder.Where(m => m > rollback.CurrentPlan!.Method).ToList();
        if (next.Count > 0)
            return new Move.BeginMethod(next[0]);
        return Move.Record.Of(EndOfLadder(rollback, null));
    }

    /// <summary>What was measured is why people are called, also when another method is there and cannot be taken.</summary>
    /// <param name="next">Why the next method cannot be taken; null: there is none.</param>
    public static RollbackEvent.FallbackStarted EndOfLadder(RollbackState rollback, Planning.Refused? next)
    {
        var failed = rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.MethodFailed>().LastOrDefault();
        string?[] texts = [failed?.Text, next is null ? null : $"the next method is not possible: {next.Text}"];
        return new RollbackEvent.FallbackStarted(failed?.Reason ?? next!.Reason, string.Join("; ", texts.OfType<string>()));
    }
}
