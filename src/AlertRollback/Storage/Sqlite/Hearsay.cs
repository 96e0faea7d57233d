namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// When which firing alert was last delivered; asked and told by many threads. Fingerprints are those of
/// <see cref="TextKey"/>, times Unix milliseconds, UTC.
/// </summary>
internal sealed class Hearsay
{
    // Spares the disk a write for each repeat within the minute.
    private static readonly TimeSpan AtMostEvery = TimeSpan.FromMinutes(1);

    // Whether it was told to this process, and has not resolved since: what follows a resolution may be news, however soon it comes.
    private readonly Dictionary<UInt128, (long At, bool IsNoNews)> _last = [];

    /// <summary>Those whose time is to be written down anew, with their keys.</summary>
    public List<(string Text, UInt128 Key)> NotLately(IReadOnlyCollection<string> fingerprints, DateTimeOffset at)
    {
        var fresh = new List<(string, UInt128)>(fingerprints.Count);
        foreach (var fingerprint in fingerprints)
        {
            var key = TextKey.Of(fingerprint);

            if (!IsNoNews(key, at.ToUnixTimeMilliseconds()))
                fresh.Add((fingerprint, key));
        }

        return fresh;
    }

    public long? LastHeard(UInt128 fingerprint)
    {
        lock (_last)
            return _last.TryGetValue(fingerprint, out var last) ? last.At : null;
    }

    /// <summary>What is on the disk.</summary>
    public void Remember(UInt128 fingerprint, long at)
    {
        lock (_last)
            _last[fingerprint] = (at, false);
    }

    public void Heard(UInt128 fingerprint, long at)
    {
        lock (_last)
            _last[fingerprint] = (at, true);
    }

    public void Resolved(UInt128 fingerprint)
    {
        lock (_last)
        {
            if (_last.TryGetValue(fingerprint, out var last))
                _last[fingerprint] = (last.At, false);
        }
    }

    public void Forget(long olderThan)
    {
        lock (_last)
        {
            foreach (var (fingerprint, (at, _)) in _last)
            {
                if (at < olderThan)
                    _last.Remove(fingerprint);
            }
        }
    }

    // A time that lies ahead was told by a clock that was put right since.
    private bool IsNoNews(UInt128 fingerprint, long at)
    {
        lock (_last)
            return _last.TryGetValue(fingerprint, out var last) && last.IsNoNews && Math.Abs(at - last.At) < AtMostEvery.TotalMilliseconds;
    }
}
