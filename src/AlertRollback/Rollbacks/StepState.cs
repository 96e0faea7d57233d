using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace AlertRollback.Rollbacks;

/// <summary>One step's course. <see cref="Attempts"/> above 1 means that a crash lies between.</summary>
public sealed record StepState(
    string Key,
    string Action,
    int Attempts,
    ImmutableSortedDictionary<string, JsonObject> Marks,
    int Percent,
    RollbackEvent.StepEnded? Ended)
{
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Whether one of its marks says that something was written.</summary>
    public bool LeftTrace { get; init; }

    public RollbackEvent.StepRestored? Restored { get; init; }

    /// <summary>Whether it ended and was, or may have been, carried out: one that somebody else's change ended may have made a part of its own before.</summary>
    public bool MayHaveChanged => Ended is { Result: not StepResult.Skipped } && (Ended.Result != StepResult.Superseded || Marks.Count > 0);
}
