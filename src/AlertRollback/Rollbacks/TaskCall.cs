using System.Collections.Immutable;

namespace AlertRollback.Rollbacks;

/// <summary>That the role of a task is called again: for an alert that its people do not know of, or that fires after all had resolved.</summary>
/// <param name="Sequence">Of the newest alert that asks for it.</param>
/// <param name="At">When; an earlier call may be too fresh for it to be at once.</param>
/// <param name="News">Alert names that the task had not before.</param>
public sealed record TaskCall(long Sequence, DateTimeOffset At, ImmutableSortedSet<string> News);
