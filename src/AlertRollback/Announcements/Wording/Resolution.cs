using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Wording;

/// <summary>Whether the alerts of a run that is over have resolved only since: what it ended with is past then, and called to no more.</summary>
internal static class Resolution
{
    /// <summary>When the last of them resolved; null: one fires, there are none, they had resolved when it ended, or another run stands for them.</summary>
    public static DateTimeOffset? Since(RollbackState rollback) =>
        rollback is { Causes.IsEmpty: false, StillFires: false, Anew.IsEmpty: true, Closed.Outcome: not (Outcome.Replaced or Outcome.Withdrawn) } && rollback.ResolvedAt.Values.Max() is var last && last > rollback.ClosedAt ? last : null;

    public static bool IsPast(RollbackState rollback) => Since(rollback) is not null;
}
