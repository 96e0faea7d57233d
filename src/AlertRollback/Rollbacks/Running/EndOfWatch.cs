namespace AlertRollback.Rollbacks.Running;

/// <summary>A watch that is cut short because a person starts something that changes what is watched. Pure.</summary>
internal static class EndOfWatch
{
    // What was carried out and measured stays true; that it stayed so is not claimed.
    public static IEnumerable<Entry> Of(RollbackState watched, string by, string playbook, DateTimeOffset now)
    {
        var achieved = Achieved.By(watched) with { Watched = false };
        return Consequences.Of(
            watched,
            [new RollbackEvent.Closed(Outcome.RolledBack, Reason.WatchCutShort, $"{achieved.Well(achieved.Did)}; {by} started {playbook} by hand: no longer watched")],
            now);
    }
}
