using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Wording;

/// <summary>
/// What cannot be told is asked again every few seconds, and noted each time. Whoever reads it is told once of each answer that they
/// did not hear: said every few seconds, it would bury the call at its end.
/// </summary>
internal static class Repetition
{
    /// <summary>The entries that say nothing new since it began to wait.</summary>
    public static IReadOnlySet<long> In(IEnumerable<TimelineEntry> timeline)
    {
        var repeated = new HashSet<long>();
        var said = new HashSet<string>(StringComparer.Ordinal);
        var waits = false;
        foreach (var entry in timeline)
        {
            switch (entry.Event)
            {
                case RollbackEvent.CauseAttached or RollbackEvent.CauseResolved:
                    continue;
                // That it is asked again was said when it began to wait; what comes of it is said next.
                case RollbackEvent.Unparked when waits:
                case RollbackEvent.GuardsJudged or RollbackEvent.PlanMade or RollbackEvent.Parked { Reason: Reason.CannotTell } when !said.Add(TimelineLine.For(entry) ?? ""):
                    repeated.Add(entry.Sequence);
                    break;
                case RollbackEvent.GuardsJudged or RollbackEvent.PlanMade or RollbackEvent.Parked { Reason: Reason.CannotTell }:
                    break;
                default:
                    said.Clear();
                    break;
            }

            waits = entry.Event is RollbackEvent.Parked { Reason: Reason.CannotTell };
        }

        return repeated;
    }
}
