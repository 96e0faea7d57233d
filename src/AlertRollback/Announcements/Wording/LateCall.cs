using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Wording;

/// <summary>
/// A call to what only waited for people, and that is told when it does not wait any more: after an outage of Slack nobody is woken
/// for a question that nobody has to answer. A call to an end is for people however late.
/// </summary>
internal static class LateCall
{
    /// <summary>The line in its place; null: whoever is called has to come.</summary>
    public static string? InPlaceOf(RollbackEvent.Paged page, TimelineEntry entry, RollbackState rollback) => IsOver(page, entry, rollback)
        ? $"{TimelineLine.Roles(page.Roles)} had to be called, and what for is over: {page.Text}"
        : null;

    private static bool IsOver(RollbackEvent.Paged page, TimelineEntry entry, RollbackState rollback)
    {
        if (rollback.Closed?.Reason == page.Reason)
            return false;
        return page.Reason is Reason.ApprovalNeeded or Reason.ApprovalTimedOut
            ? rollback.Approvals.Count > 0 && !rollback.Approvals.Any(a => a.IsOpenIn(rollback))
            : rollback.Phase != Phase.Parked && WaitedThen(page, entry, rollback);
    }

    // Who is called to what waits is called in the commit in which it begins to, or later.
    private static bool WaitedThen(RollbackEvent.Paged page, TimelineEntry entry, RollbackState rollback) => rollback.Timeline.Any(t =>
        t.Event is RollbackEvent.Parked parked && parked.Reason == page.Reason && (t.Sequence <= entry.Sequence || t.At == entry.At));
}
