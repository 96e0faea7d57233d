using System.Collections.Concurrent;
using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Containers;

/// <summary>A container that a team may have replaced.</summary>
/// <param name="Address">The same for everybody who means this container, for locks and for what is remembered of it.</param>
public sealed record GrantedContainer(Engine Engine, string Host, string Name, string Address);

/// <summary>Container engines as far as a team was granted them, by name, each with the only containers it may touch (S15).</summary>
public sealed class GrantedEngines(OperatorConfiguration operators, TimeProvider time)
{
    private readonly ConcurrentDictionary<GrantedEngine, (string Certificates, Engine Engine)> _open = new();

    /// <summary>Null: the team was not granted this engine, or not this container of it.</summary>
    /// <exception cref="EngineException">The engine's certificates cannot be read.</exception>
    public GrantedContainer? Find(string team, string host, string container) =>
        Granted(operators, team, host, container) is { } granted
            ? new GrantedContainer(Of(granted), host, container, Address(granted, container))
            : null;

    /// <summary>The address of the container that a service declares; null: it declares none, or its team was not granted it.</summary>
    public static string? AddressOf(OperatorConfiguration operators, ServiceDefinition service) =>
        ServiceContainer.Of(service) is var (host, container) && Granted(operators, service.Team, host, container) is { } granted ? Address(granted, container) : null;

    private static GrantedEngine? Granted(OperatorConfiguration operators, string team, string host, string container) =>
        operators.Teams.GetValueOrDefault(team)?.Engines.GetValueOrDefault(host) is { } granted && granted.Containers.Contains(container, StringComparer.Ordinal) ? granted : null;

    private static string Address(GrantedEngine granted, string container) => $"container/{granted.Address}/{container}";

    // Certificates are renewed while the service runs. Whoever uses the engine already goes on with what it has.
    private Engine Of(GrantedEngine granted)
    {
        var certificates = EngineConnection.CertificatesDigest(granted);
        var isOpen = _open.TryGetValue(granted, out var open);
        if (isOpen && open.Certificates == certificates)
            return open.Engine;
        try
        {
            return (_open[granted] = (certificates, new Engine(EngineConnection.Open(granted), time))).Engine;
        }
        catch (EngineException) when (isOpen)
        {
            return open.Engine; // Only some of them are the new ones yet: looked at again the next time.
        }
    }
}
