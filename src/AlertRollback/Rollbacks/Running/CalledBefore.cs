using AlertRollback.Matrix;

namespace AlertRollback.Rollbacks.Running;

/// <summary>
/// An alert that comes and goes is decided anew each time (S12), but people are not called each time for the same: a call for what
/// they were called for just before is put off, never dropped (S11). Pure.
/// </summary>
internal static class CalledBefore
{
    /// <summary>As long as a hold where nobody says otherwise: so long people know of it by the call before.</summary>
    public static readonly TimeSpan Lately = TimeSpan.FromMinutes(15);

    // What is older than that, as nobody was there to call, is no news any more.
    private static readonly TimeSpan LongestOverdue = RollbackState.LongestEpisode;

    /// <summary>The events as they are to be written down: with the call put off where people were called for the same just before.</summary>
    /// <param name="container">The address of the service's container; null: it has none.</param>
    public static IReadOnlyList<RollbackEvent> Heeded(RollbackState rollback, IEnumerable<RollbackEvent> events, Book book, DateTimeOffset now, string? container)
    {
        List<RollbackEvent> all = [.. events];
        var place = all.FindIndex(e => e is RollbackEvent.Paged);
        if (place < 0 || !IsOfAnAlert(rollback) || all[place] is not RollbackEvent.Paged page)
            return all;
        var asked = all.OfType<RollbackEvent.ApprovalRequested>().ToList();
        if (!MayWait(rollback, all, page, asked) || Earlier(rollback, page, asked, book, now) is not var (by, at) || book.DeployedSince(rollback.Service, container, at).Any())
            return all;
        all[place] = new RollbackEvent.CallPutOff(page.Roles, page.Reason, page.Text, by.Id, at, Until(at, asked, now));
        return all;
    }

    /// <summary>
    /// The call to what waits, or begins to wait again: of what begins again so soon people know by the call before, and whoever lets it
    /// go on may believe that it does.
    /// </summary>
    public static RollbackEvent Again(RollbackState rollback, RollbackEvent.Parked parked, DateTimeOffset now)
    {
        var page = NextMove.Page(rollback, parked.Reason, parked.Text);
        return rollback.Timeline.LastOrDefault(t => t.Event is RollbackEvent.Paged { Unheard: null } p && p.Reason == parked.Reason && now - t.At < Lately) is { } call
            ? new RollbackEvent.CallPutOff(page.Roles, page.Reason, page.Text, rollback.Id, call.At, call.At + Lately)
            : page;
    }

    /// <summary>
    /// After a refusal: as long as the earlier run's alert fires on, people know. When that has resolved, they may have taken it that
    /// all is over, and what fires on calls them after all; so does an alert of another name, and one that fires on when the run stands
    /// for it no more. Null: nothing was put off.
    /// </summary>
    public static Move? AfterAll(RollbackState rollback, Book book, DateTimeOffset now)
    {
        if (rollback.IsOpen || rollback.CallToCome is not { } call || rollback.ClosedAt + RollbackState.LongestEpisode is not { } end || now >= end + LongestOverdue)
            return null;
        if (now < call.Until)
            return new Move.Wait(call.Until);
        if (book.Rollbacks.GetValueOrDefault(call.By) is not { StillFires: true } earlier)
            return Call(call, "that alert has resolved since, and this one fires on", rollback.ProposedAt);
        if (!rollback.FiringCauses.All(c => earlier.FiringCauses.Any(e => e.AlertName == c.AlertName)))
            return Call(call, "that was about another alert, and this one fires on", rollback.ProposedAt);
        return now < end ? new Move.Wait(end) : Call(call, "both have fired on for a day since", rollback.ProposedAt);
    }

    /// <summary>
    /// What still waits for people calls them: a question while there is time to answer. Null: its call is not put off, or not due yet.
    /// </summary>
    public static Move? AboutWaiting(RollbackState rollback, DateTimeOffset now) => rollback.CallToCome is { } call && now >= call.Until
        ? Call(call, call.Reason == Reason.ApprovalNeeded ? "it still waits for a yes or no" : "it still waits", rollback.ProposedAt)
        : null;

    private static Move.Record Call(RollbackEvent.CallPutOff call, string why, DateTimeOffset beside) => Move.Record.Of(new RollbackEvent.Paged(
        call.Roles, call.Reason, $"{call.Text} (called for the same at {Moment.Second(call.CalledAt, beside)} UTC by {call.By}: {why})"));

    // What has changed something, or was to mend what another run changed, calls whenever it has to; so does what a person started.
    private static bool IsOfAnAlert(RollbackState rollback) => rollback is { Shadow: false, Manual: null, After: null, HasActed: false };

    // Silence may be a yes, or drop it quietly, only where people were called for this very question. That nobody answered is
    // always said aloud.
    private static bool MayWait(RollbackState rollback, List<RollbackEvent> all, RollbackEvent.Paged page, List<RollbackEvent.ApprovalRequested> asked) =>
        all.OfType<RollbackEvent.Parked>().Append(rollback.Parking).Any(p => p?.Reason == page.Reason) || (page.Reason == Reason.ApprovalNeeded
            ? asked.Count > 0 && asked.TrueForAll(q => q is { Round: 1, Otherwise: OnSilence.Deny or OnSilence.Escalate })
            : page.Reason != Reason.ApprovalTimedOut
                && (all.OfType<RollbackEvent.Closed>().LastOrDefault() ?? rollback.Closed) is { Outcome: Outcome.Refused } closed && closed.Reason == page.Reason);

    // The newest that really called, for a row that is at least as strong, and that nothing else was said to since.
    private static (RollbackState By, DateTimeOffset At)? Earlier(
        RollbackState rollback, RollbackEvent.Paged page, List<RollbackEvent.ApprovalRequested> asked, Book book, DateTimeOffset now)
    {
        var since = LastWord(rollback, asked, book, now);
        var calls =
            from r in book.Rollbacks.Values
            where r.Id != rollback.Id && now - r.LastEventAt < Lately && IsOfAnAlert(r) && r.Closed is not { NothingInstead: true }
            where r.Row.Team == rollback.Row.Team && r.Service.Slack == rollback.Service.Slack
            where (r.Target == rollback.Target ? r.Row.Rank <= rollback.Row.Rank : IsForAll(page)) && IsForTheSame(r, page, asked)
            from t in r.Timeline
            where t.Event is RollbackEvent.Paged { Unheard: null } p && p.Reason == page.Reason && Reaches(p.Roles, page.Roles) && t.At > since && t.At <= now && now - t.At < Lately
            orderby t.At descending
            select ((RollbackState, DateTimeOffset)?)(r, t.At);
        return calls.FirstOrDefault();
    }

    // Whoever said yes to the same question believes that it goes on, and whoever heard that nothing is done any more believes that: what
    // was called for before is over for them, whichever run called.
    private static DateTimeOffset LastWord(RollbackState rollback, List<RollbackEvent.ApprovalRequested> asked, Book book, DateTimeOffset now) =>
        book.Rollbacks.Values.Where(r => r is { Shadow: false } && r.Target == rollback.Target && r.Row.Team == rollback.Row.Team && now - r.LastEventAt < Lately)
            .SelectMany(r => r.Timeline)
            .Where(t => t.Event is RollbackEvent.Closed { NothingInstead: true } || (t.Event is RollbackEvent.ApprovalGiven yes && asked.Exists(q => q.Digest == yes.Digest && q.Ask == yes.Ask)))
            .Select(t => t.At).DefaultIfEmpty(DateTimeOffset.MinValue).Max();

    // One brake stops everything: who is called in this channel for one service reads of the others there as well.
    private static bool IsForAll(RollbackEvent.Paged page) => page.Reason is Reason.KillSwitch or Reason.Breaker;

    // Of a question that was asked in several rounds the last one tells what became of it.
    private static bool IsForTheSame(RollbackState earlier, RollbackEvent.Paged page, List<RollbackEvent.ApprovalRequested> asked) =>
        page.Reason == Reason.ApprovalNeeded
            ? asked.TrueForAll(q => earlier.Approval(q.Digest, q.Ask) is { Given: null } last && last.Request.Role == q.Role)
            : page.Reason is Reason.KillSwitch or Reason.Breaker || (earlier.Closed is { Outcome: Outcome.Refused } closed && closed.Reason == page.Reason);

    // No role is everybody who is here.
    private static bool Reaches(IReadOnlyList<string> called, IReadOnlyList<string> wanted) =>
        wanted.Count == 0 ? called.Count == 0 : wanted.All(w => called.Contains(w, StringComparer.Ordinal));

    // Of a question half of its time has to be left.
    private static DateTimeOffset Until(DateTimeOffset calledAt, List<RollbackEvent.ApprovalRequested> asked, DateTimeOffset now) =>
        asked.Select(q => now + ((q.Deadline - now) / 2)).Append(calledAt + Lately).Min();
}
