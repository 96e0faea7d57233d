using AlertRollback.Approvals;
using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks.Running;

// From a method that failed to the next one: planned, judged and, where people have to agree, asked about.
public sealed partial class RollbackWorker
{
    private async Task BeginMethodAsync(int method, CancellationToken cancellation)
    {
        if (StepJournal.StopOf(_chronicle.Book.Global) is { } stop)
        {
            await AppendAsync((now, _) => NextMove.Close(now, Outcome.Stopped, Reason.StoppedByPerson, NextMove.StopText(now, stop.Text)).Events, cancellation);
            return;
        }

        await PlanRungAsync(method, agreed: null, cancellation);
    }

    private Task StartMethodAsync(CancellationToken cancellation) =>
        PlanRungAsync(Rollback.CurrentPlan!.Method, Rollback.CurrentPlan.Digest, cancellation);

    /// <param name="agreed">The digest that people agreed to: a plan that differs by now is asked about again.</param>
    private async Task PlanRungAsync(int method, string? agreed, CancellationToken cancellation)
    {
        var planning = await parts.Planner.PlanAsync(Rollback, method, cancellation);
        var target = await JudgeTargetAsync(planning, cancellation);
        await AppendAsync((now, book) => planning switch
        {
            Planning.Planned planned => Rung(now, book, planned.Plan, target, agreed),
            Planning.Refused refused => [NextMove.EndOfLadder(now, refused)],
            Planning.CannotTell unknown => NextMove.Close(now, Outcome.Inconclusive, Reason.CannotTell, $"the next method cannot be planned: {unknown.Text}").Events,
            _ => [],
        }, cancellation);
    }

    /// <summary>Null: nothing is planned, or the playbook does not ask for it.</summary>
    private async Task<GuardResult?> JudgeTargetAsync(Planning planning, CancellationToken cancellation) => planning is Planning.Planned { Plan: var plan }
        ? await parts.Reading.JudgeTargetAsync(Rollback.Playbook, Rollback.Service, plan, PlanContext(plan), cancellation)
        : null;

    private IEnumerable<RollbackEvent> Rung(RollbackState now, Book book, Plan plan, GuardResult? target, string? agreed)
    {
        // The rung was meant for what was there when the ladder began: a release that somebody made since is theirs (S1, S9).
        if (Attribution.Newer(now, plan) is { } newer)
            return NextMove.Close(now, Outcome.Superseded, Reason.Superseded, $"{newer}; the next method was not begun").Events;

        // A person who started it, or who is asked about this method, decides that instead.
        if (now.Manual is null && now.Playbook.Methods[plan.Method].Approval is null && Attribution.JudgeLater(now, plan, book, parts.Time.GetUtcNow()) is { Refusal: { } reason } refusal)
            return [NextMove.EndOfLadder(now, new Planning.Refused(reason, refusal.Text, NotHere: false))];

        if (target is { Passed: false })
        {
            if (RefusedByTarget(now, plan, target, agreed) is { } refused)
                return refused;
            plan = Warned(plan, target);
        }

        if (Reversibility(now, plan) is { Passed: false } irreversible)
            return [NextMove.EndOfLadder(now, new Planning.Refused(Reason.Irreversible, irreversible.Text, NotHere: false))];

        // A rung may reach for more than the first plan did; what another rollback holds is not touched (S13).
        if (book.Held(plan.Locks, id) is { } held)
            return NextMove.Close(now, Outcome.Failed, Reason.TargetLocked, $"the next method would change what {held.By} holds").Events;
        var started = new RollbackEvent.MethodStarted(plan.Method, plan.MethodName, parts.Time.GetUtcNow() + now.Playbook.Methods[plan.Method].Within) { Locks = plan.Locks };
        if (agreed == plan.Digest)
            return [started];
        return PlanApprovals.Needed(now, plan).Count == 0 ? [new RollbackEvent.PlanMade(plan), started] : [new RollbackEvent.PlanMade(plan)];
    }

    // What holds for the target of the first method says nothing about this one's. Where it cannot be told, only people who
    // are asked about this very method, and know it, may go on.
    private static IEnumerable<RollbackEvent>? RefusedByTarget(RollbackState now, Plan plan, GuardResult target, string? agreed) => target.Refusal switch
    {
        Reason.CannotTell when now.Playbook.Methods[plan.Method].Approval is { Otherwise: not OnSilence.Proceed } && (agreed != plan.Digest || now.CurrentPlan!.TargetUntold) => null,
        Reason.CannotTell => NextMove.Close(now, Outcome.Inconclusive, Reason.CannotTell, $"the next method was not begun: {target.Text}").Events,
        var reason => [NextMove.EndOfLadder(now, new Planning.Refused(reason!.Value, target.Text, NotHere: false))],
    };

    private static Plan Warned(Plan plan, GuardResult target) => plan with
    {
        Steps = [.. plan.Steps.Select(s => s.HasSuspect ? s with { Warnings = [.. s.Warnings, $"{ReadingGuards.SameAsAtTarget} cannot be told: {target.Text}"] } : s)],
        TargetUntold = true,
    };
}
