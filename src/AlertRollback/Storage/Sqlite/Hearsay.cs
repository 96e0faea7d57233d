namespace AlertRollback.Storage.Sqlite;

/// <summary>When which firing alert was last delivered, as far as this process knows; asked and told by many threads.</summary>
internal sealed class Hearsay
{
    private readonly Dictionary<UInt128, DateTimeOffset> _last = [];

    public DateTimeOffset? LastHeard(string fingerprint)
    {
        var key = TextKey.Of(fingerprint);
        lock (_last)
            return _last.TryGetValue(key, out var at) ? at : null;
    }

    public void Heard(string fingerprint, DateTimeOffset at)
    {
        var key = TextKey.Of(fingerprint);
        lock (_last)
            _last[key] = at;
    }

    public void Forget(DateTimeOffset olderThan)
    {
        lock (_last)
        {
            foreach (var (key, at) in _last)
            {
                if (at < olderThan)
                    _last.Remove(key);
            }
        }
    }
}
