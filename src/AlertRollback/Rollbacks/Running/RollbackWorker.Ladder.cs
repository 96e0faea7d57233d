using AlertRollback.Matrix;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Rollbacks.Running;

// From a method that failed to the next one: planned, judged and, where people have to agree, asked about.
public sealed partial class RollbackWorker
{
    // As long as an API server takes to come back from a restart; people may wait behind it.
    private static readonly TimeSpan LongestRungLook = TimeSpan.FromMinutes(3);

    private Task BeginMethodAsync(int method, CancellationToken cancellation) => PlanRungAsync(method, agreed: null, cancellation);

    private Task StartMethodAsync(CancellationToken cancellation) =>
        PlanRungAsync(Rollback.CurrentPlan!.Method, Rollback.CurrentPlan.Digest, cancellation);

    /// <param name="agreed">The digest that people agreed to: a plan that differs by now is asked about again.</param>
    private async Task PlanRungAsync(int method, string? agreed, CancellationToken cancellation)
    {
        if (await StaleAfterAbsenceAsync(cancellation) is { } stale)
        {
            await AppendAsync((now, book) => Stopped(now, book) ?? NextMove.Close(now, Outcome.Inconclusive, stale.Refusal!.Value, $"the next method was not begun: {stale.Text}").Events, cancellation);
            return;
        }

        var (planning, undone) = await LookAsync($"method {method}", () => parts.Planner.PlanAsync(Rollback, method, cancellation), LongestRungLook, cancellation);
        var waits = false;
        await AppendAsync((now, book) => Stopped(now, book) ?? planning switch
        {
            Planning.Planned planned when (waits = WaitsForOneStartedTogether(book, planned.Plan, FailedAt(now) + now.Playbook.Methods[planned.Plan.Method].Within)) => [],
            Planning.Planned planned => Rung(now, book, planned.Plan, undone, agreed),
            Planning.Refused refused => [NextMove.EndOfLadder(now, refused)],
            Planning.CannotTell unknown => NextMove.Close(now, Outcome.Inconclusive, Reason.CannotTell, $"the next method cannot be planned: {unknown.Text}").Events,
            _ => [],
        }, cancellation);
        if (waits)
            await Task.Delay(StepAgain, parts.Time, cancellation);
    }

    private static IEnumerable<RollbackEvent>? Stopped(RollbackState now, Book book) => StepJournal.StopOf(book.Global) is { } stop
        ? NextMove.Close(now, Outcome.Stopped, Reason.StoppedByPerson, NextMove.StopText(now, stop.Text)).Events
        : null;

    // For as long as the method itself may take, from what the journal says on: two that are between methods, each with a
    // lock that the other one wants, would wait for each other for ever, over every restart.
    private bool WaitsForOneStartedTogether(Book book, Plan plan, DateTimeOffset? until) =>
        book.Held(plan.Locks, id) is { } held && book.AreTogether(held.By, id) && parts.Time.GetUtcNow() < until;

    private static DateTimeOffset? FailedAt(RollbackState now) =>
        now.Timeline.LastOrDefault(t => t.Event is RollbackEvent.MethodFailed or RollbackEvent.ApprovalGiven)?.At;

    /// <summary>
    /// Pins what comes next, and judges what it would take back. After something was changed one read that is not answered
    /// decides nothing: it is asked again for a while (S16), unless a person stops it.
    /// </summary>
    /// <param name="what">What is looked at, for the log.</param>
    private async Task<(Planning Planning, GuardResult? Undone)> LookAsync(string what, Func<Task<Planning>> plan, TimeSpan longest, CancellationToken cancellation)
    {
        var since = parts.Time.GetUtcNow();
        while (true)
        {
            var (planning, undone) = (await TryPlanAsync(what, plan, cancellation), (GuardResult?)null);
            if (planning is Planning.Planned { Plan: var planned })
                undone = await JudgeUndoneAsync(planned, since, cancellation);
            if ((planning is not Planning.CannotTell && undone is not { Parks: true })
                || StepJournal.StopOf(_chronicle.Book.Global) is not null || parts.Time.GetUtcNow() + StepAgain >= since + longest)
                return (planning, undone);
            await Task.Delay(StepAgain, parts.Time, cancellation);
        }
    }

    /// <summary>What the playbook's guards refuse of what a plan takes back or goes back to; null: nothing.</summary>
    /// <param name="since">Since when it is looked at: how long ago the run began to look says nothing about this plan.</param>
    private async Task<GuardResult?> JudgeUndoneAsync(Plan plan, DateTimeOffset since, CancellationToken cancellation)
    {
        var context = PlanContext(plan) with { LookingSince = since };
        return (await parts.Reading.JudgeUndoneAsync(Rollback.Playbook, Rollback.Service, plan, [.. Rollback.DoneSteps.Select(s => s.Leaves).OfType<string>()], context, cancellation)).Find(g => !g.Passed);
    }

    private IEnumerable<RollbackEvent> Rung(RollbackState now, Book book, Plan plan, GuardResult? undone, string? agreed)
    {
        // The rung was meant for what was there when the ladder began: a release that somebody made since is theirs (S1, S9).
        if (Attribution.Newer(now, plan) is { } newer)
            return NextMove.Close(now, Outcome.Superseded, Reason.Superseded, $"{newer}; the next method was not begun").Events;

        // A person who started it, or who is asked about this method, decides that instead.
        if (now.Manual is null && now.Playbook.Methods[plan.Method].Approval is null && Attribution.JudgeLater(now, plan, book, parts.Time.GetUtcNow()) is { Refusal: { } reason } refusal)
            return [NextMove.EndOfLadder(now, new Planning.Refused(reason, refusal.Text, NotHere: false))];

        if (undone is not null)
        {
            if (RefusedAsUndone(now, plan, undone, agreed) is { } refused)
                return refused;
            plan = Warned(plan, undone);
        }

        if (Reversibility(now, plan) is { Passed: false } irreversible)
            return [NextMove.EndOfLadder(now, new Planning.Refused(Reason.Irreversible, irreversible.Text, NotHere: false))];

        if (parts.Guards.Reached.Judge(now, plan, book, parts.Time.GetUtcNow()) is { Passed: false } reach)
            return [NextMove.EndOfLadder(now, new Planning.Refused(reach.Refusal!.Value, reach.Text, NotHere: false))];

        // A rung may reach for more than the first plan did; what another rollback holds is not touched (S13).
        if (book.Held(plan.Locks, id) is { } held)
            return NextMove.Close(now, Outcome.Failed, Reason.TargetLocked, $"the next method would change what {held.By} holds").Events;
        var started = new RollbackEvent.MethodStarted(plan.Method, plan.MethodName, parts.Time.GetUtcNow() + now.Playbook.Methods[plan.Method].Within) { Locks = plan.Locks };
        // A plan that an earlier version made does not say that it can lose data, and was not asked about as one that can.
        if (agreed == plan.Digest && (now.CurrentPlan!.DestroysData || !plan.DestroysData))
            return [started];
        return PlanApprovals.Needed(now, plan).Count == 0 ? [new RollbackEvent.PlanMade(plan), started] : [new RollbackEvent.PlanMade(plan)];
    }

    // What holds for what the first method undoes says nothing about this one. Where it cannot be told, only people who
    // are asked about this very method, and know it, may go on.
    private static IEnumerable<RollbackEvent>? RefusedAsUndone(RollbackState now, Plan plan, GuardResult undone, string? agreed) => undone.Refusal switch
    {
        Reason.CannotTell when now.Playbook.Methods[plan.Method].Approval is { Otherwise: not OnSilence.Proceed } && (agreed != plan.Digest || now.CurrentPlan!.TargetUntold) => null,
        Reason.CannotTell => NextMove.Close(now, Outcome.Inconclusive, Reason.CannotTell, $"the next method was not begun: {undone.Text}").Events,
        var reason => [NextMove.EndOfLadder(now, new Planning.Refused(reason!.Value, undone.Text, NotHere: false))],
    };

    private static Plan Warned(Plan plan, GuardResult undone) => plan with
    {
        Steps = [.. plan.Steps.Select(s => s.HasSuspect ? s with { Warnings = [.. s.Warnings, $"{undone.Guard} cannot be told: {undone.Text}"] } : s)],
        TargetUntold = true,
    };
}
