using System.Collections.Concurrent;

namespace AlertRollback.Rollbacks;

/// <summary>Workloads and containers that cannot be watched at present: said once when it begins, changes or ends, and shown meanwhile.</summary>
public sealed class Unwatched
{
    private readonly ConcurrentDictionary<string, (string Kind, string Why)> _all = new(StringComparer.Ordinal);

    /// <summary>Why, by address.</summary>
    public IReadOnlyDictionary<string, string> All => _all.ToDictionary(t => t.Key, t => t.Value.Why, StringComparer.Ordinal);

    /// <param name="kind">What does not change as long as the trouble is the same; its text may.</param>
    /// <returns>Whether this is news.</returns>
    public bool Fails(string address, string kind, string why)
    {
        var isNews = !_all.TryGetValue(address, out var known) || known.Kind != kind;
        _all[address] = (kind, why);
        return isNews;
    }

    /// <returns>Whether it could not be watched before.</returns>
    public bool IsWatched(string address) => _all.TryRemove(address, out _);
}
