using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks.Running;

// From the first write to the end: steps, the ladder, verification, what to do on failure.
public sealed partial class RollbackWorker
{
    private static readonly TimeSpan StepAgain = TimeSpan.FromSeconds(5);

    private async Task BeginMethodAsync(int method, CancellationToken cancellation)
    {
        if (StepJournal.StopOf(_chronicle.Book.Global) is { } stop)
        {
            await AppendAsync((now, _) => NextMove.Close(now, Outcome.Stopped, Reason.StoppedByPerson, stop.Text).Events, cancellation);
            return;
        }

        var planning = await parts.Planner.PlanAsync(Rollback, method, cancellation);
        await AppendAsync((now, _) => planning switch
        {
            Planning.Planned planned =>
            [
                new RollbackEvent.PlanMade(planned.Plan),
                new RollbackEvent.MethodStarted(planned.Plan.Method, planned.Plan.MethodName, parts.Time.GetUtcNow() + now.Playbook.Methods[planned.Plan.Method].Within),
            ],
            Planning.Refused refused => [new RollbackEvent.FallbackStarted(refused.Reason, $"the next method is not possible: {refused.Text}")],
            Planning.CannotTell unknown => NextMove.Close(now, Outcome.Inconclusive, Reason.CannotTell, $"the next method cannot be planned: {unknown.Text}").Events,
            _ => [],
        }, cancellation);
    }

    private async Task RunStepAsync(PlannedStep step, CancellationToken cancellation)
    {
        var outcome = StepJournal.StopOf(_chronicle.Book.Global);
        while (outcome is null)
        {
            var attempt = await BeginAttemptAsync(step, cancellation);
            outcome = await ApplyAsync(step, attempt, cancellation);
            if (!MayAskAgain(step, outcome))
                break;
            await Task.Delay(StepAgain, parts.Time, cancellation);
            outcome = StepJournal.StopOf(_chronicle.Book.Global);
        }

        await AppendAsync(new RollbackEvent.StepEnded(step.Key, step.Action, ResultOf(outcome!), ReasonOf(outcome!), outcome!.Text), cancellation);
    }

    // Journalled before the write: after a crash the count says that an earlier attempt may have gone through.
    private async Task<int> BeginAttemptAsync(PlannedStep step, CancellationToken cancellation)
    {
        var begun = Rollback.Steps.GetValueOrDefault(step.Key)?.Attempts ?? 0;
        if (_justStarted == step.Key && begun == 1)
        {
            _justStarted = null;
            return 1;
        }

        await AppendAsync(new RollbackEvent.StepStarted(step.Key, step.Action, begun + 1), cancellation);
        return begun + 1;
    }

    private async Task<StepOutcome> ApplyAsync(PlannedStep step, int attempt, CancellationToken cancellation)
    {
        try
        {
            var journal = new StepJournal(_chronicle, id, step.Key);
            var context = new StepContext(id, step.Key, Rollback.Service, attempt, Rollback.Method!.Deadline, journal);
            return await parts.Catalog.Action(step.Action).ApplyAsync(context, step.Pin, cancellation);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            LogStepFault(parts.Log, id, step.Key, fault);
            return new StepOutcome.CannotTell(Reason.InternalError, fault.Message);
        }
    }

    /// <summary>"Cannot tell" of a converging step is asked again until the method's time is over (S16, S17).</summary>
    private bool MayAskAgain(PlannedStep step, StepOutcome outcome) =>
        outcome is StepOutcome.CannotTell { Reason: Reason.ApiError or Reason.OutcomeUnknown or Reason.InternalError }
        && parts.Catalog.Action(step.Action).Repeatability == Repeatability.Converges
        && parts.Time.GetUtcNow() + StepAgain < Rollback.Method!.Deadline;

    private static StepResult ResultOf(StepOutcome outcome) => outcome switch
    {
        StepOutcome.Done => StepResult.Done,
        StepOutcome.Failed => StepResult.Failed,
        StepOutcome.Superseded => StepResult.Superseded,
        _ => StepResult.CannotTell,
    };

    private static Reason ReasonOf(StepOutcome outcome) => outcome switch
    {
        StepOutcome.Done done => done.Reason,
        StepOutcome.Failed failed => failed.Reason,
        StepOutcome.Superseded => Reason.Superseded,
        StepOutcome.CannotTell unknown => unknown.Reason,
        _ => Reason.InternalError,
    };

    private async Task AskChecksAsync(int index, CancellationToken cancellation)
    {
        var set = Rollback.Playbook.Verify[index];
        var deadline = Rollback.Verifying!.Deadline;
        var pins = Rollback.CurrentPlan!.Steps.ToDictionary(s => s.Key, s => s.Pin);
        var verification = new Verification(parts.Catalog, parts.Time);
        string? told = null;
        while (true)
        {
            var now = parts.Time.GetUtcNow();
            var context = new CheckContext(id, Rollback.Service, Rollback.LastStepEndedAt ?? now, now, pins);
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

    private async Task RunFallbackStepAsync(int index, CancellationToken cancellation)
    {
        var step = Rollback.Playbook.OnFailure[index];
        var (done, text) = StepJournal.StopOf(_chronicle.Book.Global) is { } stop && parts.Catalog.Action(step.Action).ChangesProduction
            ? (false, stop.Text)
            : await BestEffortAsync(step.Action, step.Parameters, $"on_failure/{index}", TimeSpan.FromMinutes(10), cancellation);
        await AppendAsync(new RollbackEvent.FallbackStepEnded(index, step.Action, done, text), cancellation);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "rollback {Id}: step {Key} ended in a fault")]
    private static partial void LogStepFault(ILogger log, string id, string key, Exception fault);
}
