using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks.Running;

/// <summary>For pinning: there is nothing to remember, and nothing may be written.</summary>
internal sealed class ReadOnlyStepJournal : IStepJournal
{
    public IReadOnlyDictionary<string, JsonObject> Marks => ImmutableDictionary<string, JsonObject>.Empty;

    public StepOutcome? MayWrite() => new StepOutcome.CannotTell(Reason.InternalError, "a pin must not write");

    public Task MarkAsync(string name, JsonObject data, string text, CancellationToken cancellation) =>
        throw new InvalidOperationException("a pin has nothing to journal");

    public Task PrepareAsync(string name, JsonObject data, string text, CancellationToken cancellation) => MarkAsync(name, data, text, cancellation);

    public Task<string?> PageAsync(string role, string text, CancellationToken cancellation) =>
        throw new InvalidOperationException("a pin has nobody to call");

    public Task ProgressAsync(int percent, string text, CancellationToken cancellation) => Task.CompletedTask;
}

/// <summary>A step's facts on their way into its rollback's timeline.</summary>
internal sealed class StepJournal(Chronicle chronicle, string rollbackId, string key) : IStepJournal
{
    private const string Paged = "paged";

    private int _percent = -1;
    private string _text = "";

    public IReadOnlyDictionary<string, JsonObject> Marks =>
        chronicle.Book.Rollbacks[rollbackId].Steps.GetValueOrDefault(key)?.Marks ?? ImmutableSortedDictionary<string, JsonObject>.Empty;

    /// <summary>Why nothing may be written any more by this step; null when the kill switch alone decides.</summary>
    public StepOutcome? Late { get; init; }

    public StepOutcome? MayWrite() => Late ?? StopOf(chronicle.Book.Global);

    public static StepOutcome? StopOf(GlobalState global) => global is { StopsRunning: true, KillSwitch: { } kill }
        ? new StepOutcome.CannotTell(Reason.StoppedByPerson, $"stopped before the next write by {kill.By}: {kill.Why}")
        : null;

    public Task MarkAsync(string name, JsonObject data, string text, CancellationToken cancellation) =>
        AppendAsync(new RollbackEvent.StepMarked(key, name, data, text), cancellation);

    public Task PrepareAsync(string name, JsonObject data, string text, CancellationToken cancellation) =>
        AppendAsync(new RollbackEvent.StepMarked(key, name, data, text) { Prepares = true }, cancellation);

    public async Task<string?> PageAsync(string role, string text, CancellationToken cancellation)
    {
        var called = await chronicle.ChangeAsync(
            rollbackId,
            (now, _) => now.Steps.GetValueOrDefault(key)?.Marks.ContainsKey(Paged) ?? false
                ? []
                : [new RollbackEvent.Paged([role], now.Fallback?.Reason ?? Reason.CheckFailed, CallText(now, text)), new RollbackEvent.StepMarked(key, Paged, [], "")],
            cancellation);
        return called.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().LastOrDefault(p => p.Roles is [var one] && one == role)?.Unheard;
    }

    // The one call of a failed rollback, read on a lock screen: what was measured stands nowhere else there.
    private static string CallText(RollbackState now, string text) =>
        string.Join("; ", new[] { now.Fallback?.Text, text }.Concat(now.FallbackNotDone).Where(t => !string.IsNullOrEmpty(t)));

    public Task ProgressAsync(int percent, string text, CancellationToken cancellation)
    {
        if (percent == _percent && text == _text)
            return Task.CompletedTask;
        (_percent, _text) = (percent, text);
        return AppendAsync(new RollbackEvent.StepProgressed(key, percent, text), cancellation);
    }

    private Task AppendAsync(RollbackEvent e, CancellationToken cancellation) =>
        chronicle.ChangeAsync(rollbackId, (_, _) => [e], cancellation);
}
