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
}
