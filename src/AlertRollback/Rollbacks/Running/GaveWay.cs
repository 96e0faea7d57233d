namespace AlertRollback.Rollbacks.Running;

/// <summary>
/// Alerts that gave way to a stronger row, to a person, or to another matrix, or joined what a person or another row started, and
/// nothing came of it: nobody stands for them any more, and Alertmanager repeats only what it has said before (S11). Read off the
/// journal, so that no crash loses or doubles one. Pure.
/// </summary>
internal static class GaveWay
{
    /// <summary>Those that still fire, each with the run that stood for it.</summary>
    /// <param name="heardFrom">Before it a resolution may not have arrived: no hold is over by then.</param>
    public static IEnumerable<(RollbackState Over, Cause Cause)> InVain(Book book, DateTimeOffset now, DateTimeOffset heardFrom) =>
        from over in book.Rollbacks.Values
        where over.EpisodeLastsAt(now) && (over.Closed?.Outcome == Outcome.Replaced || WasStartedInVain(over) || EndedUnheard(over))
        where Stronger(over, book).All(s => StandsForNothing(s, over, now, heardFrom))
        from cause in over.FiringCauses
        where !IsDecidedSince(cause, over, book)
        select (over, cause);

    // Who only wanted to see the plan, or to tell others, got that, and so did the alert.
    private static bool WasStartedInVain(RollbackState rollback) =>
        rollback.Closed?.Outcome is not (Outcome.RolledBack or Outcome.Shadowed) && IsStartThatChangedNothing(rollback);

    // Of whatever came of another end people were told. What went well calls nobody, whoever started it: an alert that still fires
    // when its hold is over, and its own, was not mended by it. What a person started is for no alert: where it changed nothing,
    // nothing was done about those that made way for it.
    private static bool StandsForNothing(RollbackState stronger, RollbackState over, DateTimeOffset now, DateTimeOffset heardFrom) =>
        stronger.Closed?.Outcome is Outcome.Withdrawn or Outcome.Replaced
        || (stronger is { Closed.Outcome: Outcome.RolledBack, StillFires: false } && now >= heardFrom && !(now < stronger.HoldUntil) && !(now < stronger.LastWriteAt + over.Playbook.Guards.Hold))
        || IsStartThatChangedNothing(stronger)
        || EndedUnheard(stronger);

    // Its row wanted it to end quietly, and so it does for that row's own alerts: their episode goes on. It changed nothing, called
    // nobody to its end, and nobody said no to it, so that it speaks for no other row. Nor does a call that was put off and is not made any more.
    private static bool EndedUnheard(RollbackState rollback) =>
        rollback is { Manual: null, Shadow: false, Closed: { Outcome: Outcome.Refused, Reason: not Reason.RejectedByPerson } }
        && !MayHaveChanged(rollback) && rollback.CallToCome is null && !rollback.Timeline.Any(t => t.Event is RollbackEvent.Paged p && p.Reason == rollback.Closed.Reason);

    private static bool IsStartThatChangedNothing(RollbackState rollback) => rollback is { IsOpen: false, Manual: not null } && !MayHaveChanged(rollback);

    private static bool MayHaveChanged(RollbackState rollback) => rollback.AllPlans
        .SelectMany(p => p.Steps).Any(s => s.ChangesProduction && rollback.Steps.GetValueOrDefault(s.Key) is { Attempts: > 0 });

    private static IEnumerable<RollbackState> Stronger(RollbackState over, Book book) => book.Rollbacks.Values.Where(r =>
        r.Target == over.Target && !r.ChangesNothing && r.ProposedAt >= over.ClosedAt && r.Row.Rank < over.Row.Rank && over.GivesWayTo(r.Shadow));

    private static bool IsDecidedSince(Cause cause, RollbackState over, Book book) => book.Rollbacks.Values.Any(r =>
        r.Id != over.Id && r.Knows(cause.Fingerprint) && !WasStartedInVain(r) && r.Timeline.Any(t => t.At >= over.ClosedAt && Names(t.Event, cause)));

    private static bool Names(RollbackEvent e, Cause cause) => e switch
    {
        RollbackEvent.Proposed x => x.Cause?.Fingerprint == cause.Fingerprint,
        RollbackEvent.CauseAttached x => x.Cause.Fingerprint == cause.Fingerprint,
        _ => false,
    };
}
