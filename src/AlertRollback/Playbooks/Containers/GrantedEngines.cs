using System.Collections.Concurrent;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Containers;

/// <summary>A container that a team may have replaced.</summary>
/// <param name="Address">The same for everybody who means this container, for locks and for what is remembered of it.</param>
public sealed record GrantedContainer(Engine Engine, string Host, string Name, string Address);

/// <summary>Container engines as far as a team was granted them, by name, each with the only containers it may touch (S15).</summary>
public sealed class GrantedEngines(OperatorConfiguration operators, TimeProvider time)
{
    private readonly ConcurrentDictionary<GrantedEngine, Engine> _open = new();

    /// <summary>Null: the team was not granted this engine, or not this container of it.</summary>
    /// <exception cref="EngineException">The engine's certificates cannot be read.</exception>
    public GrantedContainer? Find(string team, string host, string container) =>
        operators.Teams.GetValueOrDefault(team)?.Engines.GetValueOrDefault(host) is { } granted && granted.Containers.Contains(container, StringComparer.Ordinal)
            ? new GrantedContainer(Of(granted), host, container, $"container/{granted.Address}/{container}")
            : null;

    private Engine Of(GrantedEngine granted) => _open.GetOrAdd(granted, g => new Engine(EngineConnection.Open(g), time));
}
