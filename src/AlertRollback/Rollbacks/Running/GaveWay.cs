namespace AlertRollback.Rollbacks.Running;

/// <summary>
/// Alerts that gave way to a stronger row, to a person, or to another matrix, and nothing came of it: nobody stands for them any
/// more, and Alertmanager repeats only what it has said before (S11). Read off the journal, so that no crash loses or doubles one. Pure.
/// </summary>
internal static class GaveWay
{
    /// <summary>Those that still fire, each with the run that was replaced.</summary>
    public static IEnumerable<(RollbackState Replaced, Cause Cause)> InVain(Book book, DateTimeOffset now) =>
        from replaced in book.Rollbacks.Values
        where replaced.Closed?.Outcome == Outcome.Replaced && replaced.EpisodeLastsAt(now)
        where Stronger(replaced, book).All(s => StandsForNothing(s, now))
        from cause in replaced.FiringCauses
        where !IsDecidedSince(cause, replaced, book)
        select (replaced, cause);

    // Of whatever came of another end people were told. What went well calls nobody: an alert that still fires when its hold is
    // over, as its own do not, was not mended by it. What a person started is for no alert: where it changed nothing, nothing was
    // done about those that made way for it.
    private static bool StandsForNothing(RollbackState stronger, DateTimeOffset now) =>
        stronger.Closed?.Outcome is Outcome.Withdrawn or Outcome.Replaced
        || (stronger is { Manual: null, Closed.Outcome: Outcome.RolledBack, StillFires: false } && !(now < stronger.HoldUntil))
        || (stronger is { IsOpen: false, Manual: not null } && !MayHaveChanged(stronger));

    private static bool MayHaveChanged(RollbackState rollback) => rollback.AllPlans
        .SelectMany(p => p.Steps).Any(s => s.ChangesProduction && rollback.Steps.GetValueOrDefault(s.Key) is { Attempts: > 0 });

    private static IEnumerable<RollbackState> Stronger(RollbackState replaced, Book book) => book.Rollbacks.Values.Where(r =>
        r.Target == replaced.Target && !r.ChangesNothing && r.ProposedAt >= replaced.ClosedAt && r.Row.Rank < replaced.Row.Rank && replaced.GivesWayTo(r.Shadow));

    private static bool IsDecidedSince(Cause cause, RollbackState replaced, Book book) => book.Rollbacks.Values.Any(r =>
        r.Id != replaced.Id && r.Knows(cause.Fingerprint) && r.Timeline.Any(t => t.At >= replaced.ClosedAt && Names(t.Event, cause)));

    private static bool Names(RollbackEvent e, Cause cause) => e switch
    {
        RollbackEvent.Proposed x => x.Cause?.Fingerprint == cause.Fingerprint,
        RollbackEvent.CauseAttached x => x.Cause.Fingerprint == cause.Fingerprint,
        _ => false,
    };
}
