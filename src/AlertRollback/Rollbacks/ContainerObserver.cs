using AlertRollback.Playbooks.Containers;

namespace AlertRollback.Rollbacks;

/// <summary>
/// Looks at every container that a team may have replaced, and remembers of it what <see cref="RevisionObserver"/> remembers
/// of a workload: a container is known by its address, its releases by the image's id.
/// </summary>
public sealed class ContainerObserver(ObserverParts parts, GrantedEngines engines) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var granted = from team in parts.Operators.Teams
                      from engine in team.Value.Engines
                      from container in engine.Value.Containers
                      select new ContainerObservation(parts, engines, team.Key, engine.Key, container).RunAsync(stoppingToken);
        return Task.WhenAll([.. granted]);
    }
}
