using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Rollbacks.Running;

// Evidence, before the first write.
public sealed partial class RollbackWorker
{
    // A call is one write to the journal, and whoever is called for the evidence is called also where taking it took all the time.
    private static readonly TimeSpan ToCall = TimeSpan.FromSeconds(5);

    private async Task TakeBeforeStepAsync(int index, CancellationToken cancellation)
    {
        var step = Rollback.Playbook.Before[index];
        // Time in which people were asked is none that evidence took.
        var began = Rollback.Timeline.LastOrDefault(t => t.Event is RollbackEvent.PlanMade or RollbackEvent.ApprovalGiven or RollbackEvent.ApprovalLapsed)?.At ?? parts.Time.GetUtcNow();
        var left = began + parts.Operators.Safety.Evidence - parts.Time.GetUtcNow();
        if (step.Action == PageAction.Word && left < ToCall)
            left = ToCall;
        var within = step.Within < left ? step.Within.Value : left;
        var ended = left <= TimeSpan.Zero
            ? [(Done: false, Text: "no time left for it: evidence never delays the rollback")]
            : await Task.WhenAll(step.Uses($"before/{index}").Select(u => BestEffortAsync(step, u.Key, u.Service, within, cancellation)));
        await AppendAsync(new RollbackEvent.BeforeStepEnded(index, step.Action, ended.All(e => e.Done), string.Join("; ", ended.Select(e => e.Text)), null), cancellation);
    }

    /// <summary>Runs a step that must not be able to stop the rollback: no exception and no delay gets through.</summary>
    private async Task<(bool Done, string Text)> BestEffortAsync(
        StepDefinition step, string key, ServiceDefinition? other, TimeSpan within, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(within, parts.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var (done, text) = await TryAsync(step, key, other ?? Rollback.Service, parts.Time.GetUtcNow() + within, both.Token).WaitAsync(both.Token);
            return (done, ServiceDefinition.Named(other, text));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (false, ServiceDefinition.Named(other, $"given up after {within.TotalSeconds:0} s"));
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            LogStepFault(parts.Log, id, key, fault);
            return (false, ServiceDefinition.Named(other, $"failed: {fault.Message}"));
        }
    }

    private async Task<(bool Done, string Text)> TryAsync(
        StepDefinition step, string key, ServiceDefinition service, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var (needed, why) = await NeededAsync(step.IfFor(service), step.UnlessFor(service), service, deadline, cancellation);
        if (needed != Verdict.Pass)
            return (needed == Verdict.Fail, why);
        var action = parts.Catalog.Action(step.Action);
        var context = new StepContext(id, key, service, 1, deadline, new StepJournal(_chronicle, id, key)) { Run = Rollback.Facts };
        var pin = await action.PinAsync(context, step.Parameters, cancellation);
        if (pin is not PinOutcome.Pinned pinned)
            return (false, pin is PinOutcome.Refused refused ? refused.Text : ((PinOutcome.CannotTell)pin).Text);
        var outcome = await action.ApplyAsync(context, pinned.Pin, cancellation);
        return (outcome is StepOutcome.Done, outcome.Text);
    }
}
