using AlertRollback.Matrix;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Rollbacks.Running;

// After a measured failure of every method: the steps of on_failure. One that cannot be done is told of and keeps no other
// from being taken; but what changes production is pinned, judged, locked and journalled as every other write is.
public sealed partial class RollbackWorker
{
    // People may wait behind it.
    private static readonly TimeSpan LongestFallbackPin = TimeSpan.FromMinutes(1);

    private async Task PlanFallbackStepAsync(int index, CancellationToken cancellation)
    {
        var (planning, undone) = await LookAsync(
            $"on_failure/{index}", () => parts.Planner.PlanFallbackStepAsync(Rollback, index, cancellation), LongestFallbackPin, cancellation);
        if (planning is Planning.Planned { Plan: var plan } && plan.Steps.Any(s => s.ChangesProduction))
            undone ??= await StaleAfterAbsenceAsync(cancellation);
        var waits = false;
        await AppendAsync((now, book) => (waits = WaitsForOneStartedTogether(now, book, planning)) ? [] : [FallbackStep(now, book, index, planning, undone)], cancellation);
        if (waits)
            await Task.Delay(StepAgain, parts.Time, cancellation);
    }

    // As before a next method; but people who are to be called wait for nobody.
    private bool WaitsForOneStartedTogether(RollbackState now, Book book, Planning planning) =>
        planning is Planning.Planned { Plan: var plan } && plan.Steps.Any(s => s.ChangesProduction) && StepJournal.StopOf(book.Global) is null
        && WaitsForOneStartedTogether(book, plan, now.Timeline.Last(t => t.Event is RollbackEvent.FallbackStarted or RollbackEvent.FallbackStepEnded).At + MethodDefinition.DefaultWithin);

    private RollbackEvent FallbackStep(RollbackState now, Book book, int index, Planning planning, GuardResult? undone)
    {
        return planning switch
        {
            Planning.Planned { Plan: var plan } => WhyNot(now, book, plan, undone) is { } why ? NotDone(why) : new RollbackEvent.FallbackStepPlanned(index, plan),
            Planning.Refused refused => NotDone(refused.Text),
            Planning.CannotTell unknown => NotDone(unknown.Text),
            _ => throw new InvalidOperationException($"no answer to {planning}"),
        };

        RollbackEvent.FallbackStepEnded NotDone(string why) => new(index, now.Playbook.OnFailure[index].Action, Done: false, $"not done: {why}");
    }

    // What holds for a later method holds here too; and nobody is asked any more.
    private string? WhyNot(RollbackState now, Book book, Plan plan, GuardResult? undone)
    {
        if (plan.Steps.Any(s => s.ChangesProduction))
        {
            if (StepJournal.StopOf(book.Global) is { } stop)
                return stop.Text;
            if (NextMove.InDoubt(now) is { } doubt)
                return doubt;
        }

        if (plan.DestroysData)
            return "it can lose data for good, and nobody typed for it";
        if (plan.Irreversible is { } irreversible)
            return $"it can hardly be taken back, and nobody was asked about it: {irreversible}";
        if (Attribution.Newer(now, plan) is { } newer)
            return newer;
        if (now.Manual is null && Attribution.JudgeLater(now, plan, book, parts.Time.GetUtcNow()) is { Passed: false } suspect)
            return suspect.Text;
        if (undone is not null)
            return undone.Text;
        return parts.Guards.Reached.Judge(now, plan, book, parts.Time.GetUtcNow()) is { Passed: false } reach ? reach.Text : book.Held(plan.Locks, id)?.ToString();
    }
}
