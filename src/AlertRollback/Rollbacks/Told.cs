using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace AlertRollback.Rollbacks;

/// <summary>
/// When people could first read what happened, as far as this process told them: silence says something only from then on. What the
/// process before it told is not known here, and need not be, as it is asked once more after a restart.
/// </summary>
public sealed class Told(TimeProvider time)
{
    // More than anybody is told of one question while it is open.
    private const int Remembered = 256;

    private readonly ConcurrentDictionary<string, ImmutableList<(long UpTo, DateTimeOffset At)>> _told = new(StringComparer.Ordinal);

    /// <summary>Everything of the stream up to this event was told just now, or earlier.</summary>
    public void Note(string stream, long upTo) => _told.AddOrUpdate(
        stream,
        _ => [(upTo, time.GetUtcNow())],
        (_, told) => upTo <= told[^1].UpTo ? told : Thinned(told).Add((upTo, time.GetUtcNow())));

    // What was told at nearly the same time is taken to have been told at the later one: it is wrong by the least.
    private static ImmutableList<(long UpTo, DateTimeOffset At)> Thinned(ImmutableList<(long UpTo, DateTimeOffset At)> told) =>
        told.Count < Remembered ? told : told.RemoveAt(Enumerable.Range(0, told.Count - 1).MinBy(i => told[i + 1].At - told[i].At));

    /// <summary>By when an event had been told; null: it was not told yet.</summary>
    public DateTimeOffset? ToldBy(string stream, long sequence) => _told.TryGetValue(stream, out var told)
        ? told.Where(t => t.UpTo >= sequence).Select(t => (DateTimeOffset?)t.At).FirstOrDefault()
        : null;
}
