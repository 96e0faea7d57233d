using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks.Running;

// After the last write: whether it helped, and whether it stays so.
public sealed partial class RollbackWorker
{
    private async Task AskChecksAsync(int index, CancellationToken cancellation)
    {
        var set = Rollback.Playbook.Verify[index];
        var deadline = Rollback.Verifying!.Deadline;
        var verification = new Verification(parts.Catalog, parts.Time);
        string? told = null;
        while (true)
        {
            var context = CheckContextFor(Rollback.Service);
            var (verdict, results) = await verification.AskAsync(set, context, deadline, cancellation);
            var final = verdict == Verdict.Pass || parts.Time.GetUtcNow() >= deadline;
            var news = Verification.Shape(results);
            if (final || news != told)
                await AppendAsync(new RollbackEvent.CheckSetAnswered(index, set.Name, verdict, results, final), cancellation);
            if (final)
                return;
            told = news;
            await Task.Delay(Verification.Pause(set, deadline, parts.Time.GetUtcNow()), parts.Time, cancellation);
        }
    }

    private CheckContext CheckContextFor(ServiceDefinition service)
    {
        var now = parts.Time.GetUtcNow();
        var done = Rollback.CurrentPlan!.Steps.Where(s =>
            Rollback.Steps.GetValueOrDefault(s.Key) is { Ended.Result: StepResult.Done, Restored: null } && (s.Service ?? Rollback.Service).Workload?.Cluster == service.Workload?.Cluster);
        var pins = new OrderedDictionary<string, JsonObject>(done.Select(s => KeyValuePair.Create(s.Key, s.Pin)));
        return new CheckContext(id, service, Rollback.LastStepEndedAt ?? now, now, pins) { Run = Rollback.Facts, MayWrite = () => StepJournal.StopOf(_chronicle.Book.Global) };
    }

    private async Task AskStabilityAsync(CancellationToken cancellation)
    {
        var (verdict, results) = await AskEverySetAsync(failsAtOnce: false, cancellation);
        await AppendAsync((now, _) => now.Phase == Phase.Stabilising ? [new RollbackEvent.StabilityAnswered(verdict, results, CheckRound.Measured(results))] : [], cancellation);
    }

    private async Task AskAboutFiringAsync(Move.AskAboutFiring firing, CancellationToken cancellation)
    {
        // A clock that was put back would make them news again and again.
        var now = parts.Time.GetUtcNow();
        var since = now > firing.HeardUntil ? now : firing.HeardUntil;
        var (verdict, results) = await AskEverySetAsync(failsAtOnce: true, cancellation);
        await AppendAsync((run, _) => run.Phase == Phase.Stabilising ? [new RollbackEvent.FiringAnswered(firing.Alerts, since, verdict, results, CheckRound.Measured(results))] : [], cancellation);
    }

    /// <summary>Every set once more; what does not pass at once is asked again for as long as its set allows.</summary>
    /// <param name="failsAtOnce">One failure is enough: an alert says the same.</param>
    private async Task<(Verdict Verdict, IReadOnlyList<CheckResult> Results)> AskEverySetAsync(bool failsAtOnce, CancellationToken cancellation)
    {
        var verification = new Verification(parts.Catalog, parts.Time);
        var all = new List<CheckResult>();
        var worst = Verdict.Pass;
        foreach (var set in Rollback.Playbook.Verify)
        {
            var deadline = parts.Time.GetUtcNow() + set.Within;
            var (verdict, results) = await verification.AskAsync(set, CheckContextFor(Rollback.Service), deadline, cancellation);
            while (verdict != Verdict.Pass && !(failsAtOnce && verdict == Verdict.Fail) && parts.Time.GetUtcNow() < deadline)
            {
                await Task.Delay(Verification.Pause(set, deadline, parts.Time.GetUtcNow()), parts.Time, cancellation);
                (verdict, results) = await verification.AskAsync(set, CheckContextFor(Rollback.Service), deadline, cancellation);
            }

            all.AddRange(results);
            if (verdict == Verdict.Fail || (verdict == Verdict.Inconclusive && worst == Verdict.Pass))
                worst = verdict;
            if (failsAtOnce && verdict == Verdict.Fail)
                break;
        }

        return (worst, all);
    }
}
