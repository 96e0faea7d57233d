using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;

namespace AlertRollback.Announcements.Wording;

/// <summary>
/// A call to what only waited for people, and that is told when it does not wait any more: after an outage of Slack nobody is woken
/// for a question that nobody has to answer. A call to an end is for people however late; and as long as it may be why others are
/// not called (S11), it is made. Only when the alert has resolved since, and the call was for nobody's ears or is a day old, is it
/// a line: who sets Slack up is not woken for last week.
/// </summary>
internal static class LateCall
{
    private static readonly TimeSpan Old = TimeSpan.FromDays(1);

    /// <summary>The line in its place; null: whoever is called has to come.</summary>
    public static string? InPlaceOf(TimelineEntry entry, RollbackState rollback, Book book, DateTimeOffset now) =>
        entry.Event is RollbackEvent.Paged page && now - entry.At >= CalledBefore.Lately && (IsOver(page, entry, rollback) || IsPast(page, entry, rollback, now)) && !StandsForOthers(rollback, book)
        ? $"{TimelineLine.Roles(page.Roles)} had to be called, and what for is over: {page.Text}"
        : null;

    private static bool IsOver(RollbackEvent.Paged page, TimelineEntry entry, RollbackState rollback)
    {
        // What another run left changed is for people, whatever comes of the one that was to take over.
        if (rollback.After is not null)
            return false;

        // Before it is asked why it ended: a question that nobody answered has a call of its own for that.
        if (IsToQuestion(page, entry, rollback))
            return rollback.Approvals.Count > 0 && !rollback.Approvals.Any(a => a.IsOpenIn(rollback));
        return rollback.Closed?.Reason != page.Reason && rollback.Phase != Phase.Parked && WaitedThen(page, entry, rollback);
    }

    // What was undone runs again, or pods are cut off: that is there still, whatever fires.
    private static bool IsPast(RollbackEvent.Paged page, TimelineEntry entry, RollbackState rollback, DateTimeOffset now) =>
        (page.Unheard is not null || now - entry.At >= Old) && rollback is { After: null, Closed.Reason: not (Reason.DeployedAgain or Reason.Isolated) } && Resolution.IsPast(rollback);

    // An escalation asks once more in the commit in which it calls, after it has called.
    private static bool IsToQuestion(RollbackEvent.Paged page, TimelineEntry entry, RollbackState rollback) => page.Reason == Reason.ApprovalNeeded
        || (page.Reason == Reason.ApprovalTimedOut
            && rollback.Timeline.Any(t => t.Event is RollbackEvent.ApprovalRequested { Round: > 1 } && t.Sequence > entry.Sequence && t.At == entry.At));

    // Whose own call was put off for this one hears of both by it.
    private static bool StandsForOthers(RollbackState rollback, Book book) => book.Rollbacks.Values.Any(r => r.CallToCome?.By == rollback.Id);

    // Who is called to what waits is called in the commit in which it begins to, or later.
    private static bool WaitedThen(RollbackEvent.Paged page, TimelineEntry entry, RollbackState rollback) => rollback.Timeline.Any(t =>
        t.Event is RollbackEvent.Parked parked && parked.Reason == page.Reason && (t.Sequence <= entry.Sequence || t.At == entry.At));
}
