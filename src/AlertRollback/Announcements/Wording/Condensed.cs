using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Wording;

/// <summary>A timeline as people read it: of what an outage brings by the thousand, neighbours are one line. Holds untrusted text: whoever shows it escapes it.</summary>
internal static class Condensed
{
    private const int Named = 5;

    /// <summary>Each entry after this one with its line; null for what people need not read or have read, and for all but the last of what is told together.</summary>
    public static IEnumerable<(TimelineEntry Entry, string? Text)> Lines(IReadOnlyList<TimelineEntry> timeline, long after = 0)
    {
        var repeated = Repetition.In(timeline);
        var alike = new List<TimelineEntry>();
        foreach (var entry in timeline.Where(t => t.Sequence > after))
        {
            if (alike is [.., var before] && (repeated.Contains(entry.Sequence) || !AreAlike(before.Event, entry.Event)))
            {
                foreach (var told in Told(alike))
                    yield return told;
                alike = [];
            }

            if (repeated.Contains(entry.Sequence))
                yield return (entry, null);
            else
                alike.Add(entry);
        }

        foreach (var told in Told(alike))
            yield return told;
    }

    private static bool AreAlike(RollbackEvent one, RollbackEvent other) => (one, other) is
        (RollbackEvent.CauseAttached, RollbackEvent.CauseAttached) or (RollbackEvent.CauseResolved { Asked: false, AnewAt: null }, RollbackEvent.CauseResolved { Asked: false, AnewAt: null });

    private static IEnumerable<(TimelineEntry Entry, string? Text)> Told(List<TimelineEntry> alike) => alike is [var only]
        ? [(only, TimelineLine.For(only))]
        : alike.Select((e, i) => (e, i == alike.Count - 1 ? Together(alike) : null));

    private static string Together(List<TimelineEntry> alike)
    {
        var joining = alike.Select(e => e.Event).OfType<RollbackEvent.CauseAttached>().Take(Named).Select(TimelineLine.Name).ToList();
        return joining.Count == 0
            ? $"{alike.Count} alerts resolved"
            : $"{alike.Count} more alerts join: {string.Join(", ", joining)}{(alike.Count > Named ? ", …" : "")}";
    }
}
