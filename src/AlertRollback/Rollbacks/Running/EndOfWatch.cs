namespace AlertRollback.Rollbacks.Running;

/// <summary>A watch that is cut short because a person starts something that changes what is watched. Pure.</summary>
internal static class EndOfWatch
{
    // What was carried out and measured stays true; that it stayed so is not claimed. What a person starts for another service is
    // not judged by this one's alerts.
    public static IEnumerable<Entry> Of(RollbackState watched, RollbackState started, DateTimeOffset now)
    {
        var achieved = Achieved.By(watched) with { Watched = false };
        var elsewhere = watched.Target != started.Target;
        var what = $"{started.Manual!.By} started {started.Playbook.Name} by hand{(elsewhere ? $" for {started.Service.Name}, which writes to the same" : "")}";
        return Consequences.Of(
            watched,
            [new RollbackEvent.Closed(Outcome.RolledBack, Reason.WatchCutShort, $"{achieved.Well(achieved.Did)}; {what}: no longer watched") { KeepsItsAlerts = elsewhere }],
            now);
    }
}
