using System.Globalization;
using AlertRollback.Storage;

namespace AlertRollback.Rollbacks.Running;

/// <summary>
/// Which alerts are in the journal as "not acted on" already: in a storm they come again with each change of their group. One that
/// fires on is recorded once a day, so that whoever asks what led to nothing lately hears of it.
/// </summary>
internal sealed class RecordedAlerts
{
    private static readonly TimeSpan Again = TimeSpan.FromHours(24);

    // Fingerprints come from outside, and what is remembered of them has an end: 4 MiB.
    private const int Most = 100_000;

    private readonly Dictionary<UInt128, DateTimeOffset> _recordedAt = [];

    /// <summary>Whether this firing of it was recorded lately, for the same reason.</summary>
    public bool Has(AlertEvent.NotActedOn e, DateTimeOffset now) => _recordedAt.TryGetValue(Key(e), out var at) && now - at < Again;

    /// <summary>To be told what is on the disk.</summary>
    public void Note(IEnumerable<Entry> entries, DateTimeOffset at)
    {
        foreach (var e in entries.Select(e => e.Event).OfType<AlertEvent.NotActedOn>())
        {
            if (_recordedAt.Count >= Most)
                _recordedAt.Clear();
            _recordedAt[Key(e)] = at;
        }
    }

    /// <summary>What another matrix does not act on either is recorded anew.</summary>
    public void Forget() => _recordedAt.Clear();

    private static UInt128 Key(AlertEvent.NotActedOn e) =>
        TextKey.Of(string.Create(CultureInfo.InvariantCulture, $"{e.Fingerprint.Length}:{e.Fingerprint}{e.StartsAt?.UtcTicks}/{e.Reason}/{e.Row}"));
}
