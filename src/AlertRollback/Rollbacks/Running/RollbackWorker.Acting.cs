using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Rollbacks.Running;

// From the first write on: steps, and how they are put back.
public sealed partial class RollbackWorker
{
    private static readonly TimeSpan StepAgain = TimeSpan.FromSeconds(5);

    // At what a step did whose time is over.
    private static readonly TimeSpan LongestLook = TimeSpan.FromMinutes(1);

    private async Task RunStepAsync(PlannedStep step, CancellationToken cancellation)
    {
        var outcome = StopOf(step);
        var stale = outcome is null && MayBeItsFirstWrite(step) ? await StaleAfterAbsenceAsync(cancellation) : null;
        outcome ??= NotBegun(step, stale);
        if (outcome is null && await SkippedAsync(step, cancellation) is { } ended)
        {
            await AppendAsync(ended, cancellation);
            return;
        }

        // What its condition took to be answered is of the same time.
        outcome ??= NotBegun(step, stale);
        var late = outcome is null ? TooLate(step, stale) : null;
        var isLast = false;
        while (outcome is null)
        {
            // A look is journalled by what it finds: it is no attempt by which a later restart could judge.
            var attempt = late is null ? await BeginAttemptAsync(step, cancellation) : Rollback.Steps[step.Key].Attempts + 1;
            outcome = await ApplyAsync(step, c => parts.Catalog.Action(step.Action).ApplyAsync(c, step.Pin, cancellation), attempt, late, cancellation);
            if (isLast || late is not null || !IsAskedAgain(step, outcome, out isLast))
                break;
            await Task.Delay(StepAgain, parts.Time, cancellation);
            outcome = StopOf(step);

            // Also where the machine has stood still for longer than that.
            late = outcome is null ? TooLate(step, MayBeItsFirstWrite(step) ? await StaleAfterAbsenceAsync(cancellation) : null) : null;
        }

        await AppendAsync(new RollbackEvent.StepEnded(step.Key, step.Action, ResultOf(outcome!), ReasonOf(outcome!), ServiceDefinition.Named(step.Service, outcome!.Text)), cancellation);
    }

    // What left a trace has written, and is brought to its end however late.
    private bool MayBeItsFirstWrite(PlannedStep step) => step.ChangesProduction && Rollback.Steps.GetValueOrDefault(step.Key) is not { LeftTrace: true };

    // The steps before took all the time; or nobody was there, or others, started together with this one, took it, which
    // measures nothing here (S16).
    private StepOutcome? NotBegun(PlannedStep step, GuardResult? stale) => step switch
    {
        { ChangesProduction: false } => null,
        _ when Rollback.Steps.GetValueOrDefault(step.Key) is { Attempts: > 0 } => null,
        _ when stale is not null => new StepOutcome.CannotTell(stale.Refusal!.Value, $"not begun: {stale.Text}"),
        _ when parts.Time.GetUtcNow() < DeadlineOf(step) => null,
        _ when parts.NextMove.Attendance is var here && DeadlineOf(step) <= here.Since =>
            new StepOutcome.CannotTell(Reason.TimedOut, $"not begun: its time was over before {(here.StoodStill ? "AlertRollback's machine went on" : "AlertRollback was started again")}"),
        _ when Rollback.CurrentPlan!.Steps.Any(s => s.Key != step.Key && s.Stage == step.Stage && s.Locks.Intersect(step.Locks).Any()) =>
            new StepOutcome.CannotTell(Reason.TimedOut, "not begun: no time was left for it, as another step that writes to the same was waited for"),
        _ when Rollback.Manual?.Group is not null => new StepOutcome.CannotTell(Reason.TimedOut, "not begun: no time was left for it, as those started together with it were waited for"),
        _ => new StepOutcome.Failed(Reason.TimedOut, "not begun: no time was left for it"),
    };

    /// <summary>
    /// Why a step that was begun, and left no trace of its write, may only look whether it went through: its time is over, or
    /// nobody was there for so long that the world may have moved on (S11). Null: it may write; or it did, and is brought to
    /// its end.
    /// </summary>
    private StepOutcome.CannotTell? TooLate(PlannedStep step, GuardResult? stale)
    {
        if (!MayBeItsFirstWrite(step) || Rollback.Steps.GetValueOrDefault(step.Key) is not { Attempts: > 0 })
            return null;
        if (parts.Time.GetUtcNow() >= DeadlineOf(step))
            return new StepOutcome.CannotTell(Reason.OutcomeUnknown, "it was begun, nothing says that it was carried out, and its time is over: nothing more is written");
        return stale is null ? null : new StepOutcome.CannotTell(stale.Refusal!.Value, $"it was begun, and nothing says that it was carried out; {stale.Text}: nothing more is written");
    }

    // People are called also after a stop.
    private StepOutcome? StopOf(PlannedStep step) =>
        Rollback.Fallback is null || step.ChangesProduction ? StepJournal.StopOf(_chronicle.Book.Global) : null;

    /// <summary>Puts a step back. Safe to repeat: it only writes while the live value is still ours (S7).</summary>
    private async Task RestoreStepAsync(PlannedStep step, CancellationToken cancellation)
    {
        var until = parts.Time.GetUtcNow() + MethodDefinition.DefaultWithin;
        StepOutcome outcome;
        while (true)
        {
            outcome = StepJournal.StopOf(_chronicle.Book.Global) ?? await ApplyAsync(
                step,
                c => parts.Catalog.Action(step.Action).RestoreAsync(c with { Deadline = until }, step.Pin, cancellation)
                    ?? Task.FromResult<StepOutcome>(new StepOutcome.CannotTell(Reason.NotPutBack, "this action has no way back")),
                attempt: 1,
                late: null,
                cancellation);
            if (!outcome.IsWorthAnotherTry || parts.Time.GetUtcNow() + StepAgain >= until)
                break;
            await Task.Delay(StepAgain, parts.Time, cancellation);
        }

        var restored = new RollbackEvent.StepRestored(step.Key, step.Action, ResultOf(outcome), ReasonOf(outcome), ServiceDefinition.Named(step.Service, outcome.Text));
        await AppendAsync(restored with { NotReady = outcome is StepOutcome.Done { NotReady: true } }, cancellation);
    }

    /// <summary>What a step's condition says: null when the step is to run.</summary>
    private async Task<RollbackEvent.StepEnded?> SkippedAsync(PlannedStep step, CancellationToken cancellation)
    {
        // Once begun, a step is ended: its own change may be what the condition would see now.
        if (Rollback.Steps.GetValueOrDefault(step.Key) is { Attempts: > 0 })
            return null;
        return await NeededAsync(step.If, step.Unless, step.Service ?? Rollback.Service, DeadlineOf(step), cancellation) switch
        {
            (Verdict.Pass, _) => null,
            (Verdict.Fail, var text) => new RollbackEvent.StepEnded(step.Key, step.Action, StepResult.Skipped, Reason.ConditionNotMet, ServiceDefinition.Named(step.Service, text)),
            (_, var text) => new RollbackEvent.StepEnded(step.Key, step.Action, StepResult.CannotTell, Reason.Inconclusive, ServiceDefinition.Named(step.Service, text)),
        };
    }

    /// <summary>Whether a step is needed as its conditions say, and why when that is not sure.</summary>
    private async Task<(Verdict Needed, string Text)> NeededAsync(
        IReadOnlyList<CheckDefinition> @if, IReadOnlyList<CheckDefinition> unless, ServiceDefinition service, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var (needed, text) = await HoldsAsync(@if, wanted: Verdict.Pass, service, deadline, cancellation);
        if (needed == Verdict.Pass)
            (needed, text) = await HoldsAsync(unless, wanted: Verdict.Fail, service, deadline, cancellation);
        return (needed, needed == Verdict.Fail ? $"not needed: {text}" : $"it cannot be told whether it is needed: {text}");
    }

    private async Task<(Verdict Holds, string Text)> HoldsAsync(
        IReadOnlyList<CheckDefinition> checks, Verdict wanted, ServiceDefinition service, DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (checks.Count == 0)
            return (Verdict.Pass, "");
        while (true)
        {
            var (verdict, results) = await new CheckRound(parts.Catalog.Check, parts.Time).AskUntilAsync(checks, CheckContextFor(service), deadline, cancellation);
            var text = string.Join("; ", results.Select(r => $"{r.What}: {r.Measured}"));
            if (verdict != Verdict.Inconclusive)
                return (verdict == wanted ? Verdict.Pass : Verdict.Fail, text);
            if (parts.Time.GetUtcNow() + StepAgain >= deadline)
                return (Verdict.Inconclusive, text);
            await Task.Delay(StepAgain, parts.Time, cancellation);
        }
    }

    private DateTimeOffset DeadlineOf(PlannedStep step)
    {
        var began = Rollback.Steps.GetValueOrDefault(step.Key)?.StartedAt ?? parts.Time.GetUtcNow();
        // No method's time is left for what comes after them all.
        if (Rollback.Fallback is not null)
            return began + (step.Within ?? MethodDefinition.DefaultWithin);
        return step.Within is { } within && began + within < Rollback.Method!.Deadline ? began + within : Rollback.Method!.Deadline;
    }

    // Journalled before the write: after a crash the count says that an earlier attempt may have gone through.
    private async Task<int> BeginAttemptAsync(PlannedStep step, CancellationToken cancellation)
    {
        var begun = Rollback.Steps.GetValueOrDefault(step.Key)?.Attempts ?? 0;
        if (_startedInAdvance == step.Key && begun == 1)
        {
            _startedInAdvance = null;
            return 1;
        }

        await AppendAsync(new RollbackEvent.StepStarted(step.Key, step.Action, begun + 1), cancellation);
        return begun + 1;
    }

    /// <param name="late">Why nothing may be written any more, only looked at; null when it may.</param>
    private async Task<StepOutcome> ApplyAsync(
        PlannedStep step, Func<StepContext, Task<StepOutcome>> apply, int attempt, StepOutcome? late, CancellationToken cancellation)
    {
        try
        {
            var journal = new StepJournal(_chronicle, id, step.Key) { Late = late };
            var deadline = late is null ? DeadlineOf(step) : parts.Time.GetUtcNow() + LongestLook;
            return await apply(new StepContext(id, step.Key, step.Service ?? Rollback.Service, attempt, deadline, journal) { Run = Rollback.Facts });
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            LogStepFault(parts.Log, id, step.Key, fault);
            return new StepOutcome.CannotTell(Reason.InternalError, fault.Message);
        }
    }

    /// <summary>
    /// "Cannot tell" of a converging step is asked again until the method's time is over (S16, S17); and once more then where a write may
    /// have gone through, as what was undone is not gone back to (S3), and people are to read what became of it.
    /// </summary>
    private bool IsAskedAgain(PlannedStep step, StepOutcome outcome, out bool isLast)
    {
        isLast = parts.Time.GetUtcNow() + StepAgain >= DeadlineOf(step);
        return outcome.IsWorthAnotherTry
            && parts.Catalog.Action(step.Action).Repeatability == Repeatability.Converges
            && (!isLast || outcome is StepOutcome.CannotTell { Reason: Reason.OutcomeUnknown });
    }

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

    [LoggerMessage(Level = LogLevel.Error, Message = "rollback {Id}: step {Key} ended in a fault")]
    private static partial void LogStepFault(ILogger log, string id, string key, Exception fault);
}
