using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace AlertRollback.Rollbacks;

/// <summary>
/// When people could first read what happened, as far as this process told them: silence says something only from then on. What the
/// process before it told is not known here, and need not be, as it is asked once more after a restart.
/// </summary>
public sealed class Heard(TimeProvider time)
{
    // Of what was told longer ago it is enough to know that it was told before the oldest of these.
    private const int Remembered = 8;

    private readonly ConcurrentDictionary<string, ImmutableList<(long UpTo, DateTimeOffset At)>> _told = new(StringComparer.Ordinal);

    /// <summary>Everything of the stream up to this event was told just now, or earlier.</summary>
    public void Note(string stream, long upTo) => _told.AddOrUpdate(
        stream,
        _ => [(upTo, time.GetUtcNow())],
        (_, told) => upTo <= told[^1].UpTo ? told : [.. told.TakeLast(Remembered - 1), (upTo, time.GetUtcNow())]);

    /// <summary>By when an event had been told; null: it was not told yet.</summary>
    public DateTimeOffset? ToldBy(string stream, long sequence) => _told.TryGetValue(stream, out var told)
        ? told.Where(t => t.UpTo >= sequence).Select(t => (DateTimeOffset?)t.At).FirstOrDefault()
        : null;
}
