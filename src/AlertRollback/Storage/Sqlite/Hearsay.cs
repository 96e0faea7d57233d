namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// When which firing alert was last delivered; asked and told by many threads. Fingerprints are those of
/// <see cref="TextKey"/>, times Unix milliseconds, UTC.
/// </summary>
internal sealed class Hearsay
{
    private readonly Dictionary<UInt128, long> _last = [];

    public long? LastHeard(UInt128 fingerprint)
    {
        lock (_last)
            return _last.TryGetValue(fingerprint, out var at) ? at : null;
    }

    public void Heard(UInt128 fingerprint, long at)
    {
        lock (_last)
            _last[fingerprint] = at;
    }

    public void Forget(long olderThan)
    {
        lock (_last)
        {
            foreach (var (fingerprint, at) in _last)
            {
                if (at < olderThan)
                    _last.Remove(fingerprint);
            }
        }
    }
}
