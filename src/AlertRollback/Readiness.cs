using System.Collections.Concurrent;

namespace AlertRollback;

/// <summary>
/// Whether this process should be sent work. Each part registers its own condition and answers for it; nobody asks twice
/// for the same thing.
/// </summary>
public sealed class Readiness
{
    private readonly ConcurrentDictionary<string, Func<string?>> _conditions = new(StringComparer.Ordinal);
    private volatile bool _draining;

    /// <summary>Set once, when the process begins to stop: what it accepted it still carries out or leaves in the journal.</summary>
    public bool IsDraining => _draining;

    /// <summary>Adds a condition, or replaces the one of the same name.</summary>
    /// <param name="trouble">Null while it is fulfilled, else a short text that may be shown to anyone; called on every look.</param>
    public void Require(string name, Func<string?> trouble) => _conditions[name] = trouble;

    public void Drain() => _draining = true;

    /// <summary>Every condition, each with what stands in its way, null when nothing does: that the service is stopping, and then the others in alphabetical order.</summary>
    public IReadOnlyList<(string Name, string? Trouble)> Conditions() =>
    [
        ("draining", _draining ? "the service is stopping" : null),
        .. _conditions.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => (c.Key, c.Value())),
    ];

    /// <summary>What stands in the way, by condition, in the same order; empty when ready.</summary>
    public IReadOnlyList<(string Name, string Trouble)> Troubles() => [.. Conditions().Where(c => c.Trouble is not null).Select(c => (c.Name, c.Trouble!))];
}
