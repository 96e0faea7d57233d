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
        var names = Names(timeline);
        var alike = new List<TimelineEntry>();
        foreach (var entry in timeline.Where(t => t.Sequence > after))
        {
            if (alike is [.., var before] && (repeated.Contains(entry.Sequence) || !AreAlike(before.Event, entry.Event)))
            {
                foreach (var told in Told(alike, names))
                    yield return told;
                alike = [];
            }

            if (repeated.Contains(entry.Sequence))
                yield return (entry, null);
            else
                alike.Add(entry);
        }

        foreach (var told in Told(alike, names))
            yield return told;
    }

    private static bool AreAlike(RollbackEvent one, RollbackEvent other) => (one, other) is
        (RollbackEvent.CauseAttached, RollbackEvent.CauseAttached) or (RollbackEvent.CauseResolved { Asked: false, AnewAt: null }, RollbackEvent.CauseResolved { Asked: false, AnewAt: null });

    // By fingerprint: whoever reads that one of several resolved has to know which still fires.
    private static Dictionary<string, string> Names(IEnumerable<TimelineEntry> timeline)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var e in timeline.Select(t => t.Event))
        {
            if (e is RollbackEvent.Proposed { Cause: { } cause })
                names[cause.Fingerprint] = TimelineLine.Name(cause);
            else if (e is RollbackEvent.CauseAttached joining)
                names[joining.Cause.Fingerprint] = TimelineLine.Name(joining);
        }

        return names;
    }

    private static IEnumerable<(TimelineEntry Entry, string? Text)> Told(List<TimelineEntry> alike, Dictionary<string, string> names) => alike is [var only]
        ? [(only, only.Event is RollbackEvent.CauseResolved resolved && names.TryGetValue(resolved.Fingerprint, out var name) ? TimelineLine.For(only, name) : TimelineLine.For(only))]
        : alike.Select((e, i) => (e, i == alike.Count - 1 ? Together(alike, names) : null));

    private static string Together(List<TimelineEntry> alike, Dictionary<string, string> names)
    {
        var events = alike.Select(e => e.Event).ToList();
        var joining = events.OfType<RollbackEvent.CauseAttached>().Take(Named).Select(TimelineLine.Name).ToList();
        return joining.Count > 0
            ? $"{alike.Count} more alerts join: {Some(joining)}"
            : $"{alike.Count} alerts resolved: {Some(events.OfType<RollbackEvent.CauseResolved>().Take(Named).Select(r => names.GetValueOrDefault(r.Fingerprint, "one that is not known")))}";

        string Some(IEnumerable<string> some) => $"{string.Join(", ", some)}{(alike.Count > Named ? ", …" : "")}";
    }
}
