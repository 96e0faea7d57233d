using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks;

/// <summary>What watching the revisions of a workload needs.</summary>
public sealed record ObserverParts(
    Clusters Clusters,
    MatrixSource Matrix,
    Catalog Catalog,
    Chronicle Chronicle,
    JournalSalt Salt,
    OperatorConfiguration Operators,
    TimeProvider Time,
    Presence Presence,
    Unwatched Unwatched,
    ILogger<RevisionObserver> Log)
{
    /// <summary>What lasts while nobody is there is not seen to be well.</summary>
    internal Soak NewSoak() => new(Operators.Safety.Soak, () => Presence.Now.Since);

    /// <summary>The services that declare this workload, as the matrix in use says it.</summary>
    public IEnumerable<ServiceDefinition> ServicesOf(string address) => (Matrix.Current?.Services ?? []).Where(s => s.Workload?.Address == address);
}

/// <summary>
/// Watches every workload the matrix declares, in every cluster, and remembers what attribution and "last known good" need:
/// see <see cref="WorkloadObservation"/>.
/// </summary>
public sealed class RevisionObserver(ObserverParts parts) : BackgroundService
{
    internal static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    /// <summary>A watch that says nothing for so long may be one of an API that is away.</summary>
    internal static readonly TimeSpan LongestQuiet = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (Task Watch, CancellationTokenSource Stop)> _watches = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                Follow(parts.Matrix.Current?.Services ?? [], stoppingToken);
                await Task.Delay(LookAgain, parts.Time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll(_watches.Values.Select(w => w.Watch));
        }
    }

    private void Follow(IEnumerable<ServiceDefinition> services, CancellationToken stopping)
    {
        var wanted = services.Select(s => s.Workload).OfType<WorkloadDefinition>().DistinctBy(w => w.Address).ToDictionary(w => w.Address, StringComparer.Ordinal);
        foreach (var (gone, watch) in _watches.Where(w => !wanted.ContainsKey(w.Key)).ToList())
        {
            watch.Stop.Cancel();
            _watches.Remove(gone);
            parts.Unwatched.IsWatched(gone);
        }

        foreach (var (address, declared) in wanted.Where(w => !_watches.ContainsKey(w.Key)))
        {
            if (WorkloadRef.Parse(declared.ToString()) is not { } workload || parts.Clusters.Named(declared.Cluster) is var api && api is NoCluster { NoneIsMeant: true })
                continue;
            var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var observation = new WorkloadObservation(parts, api, declared.Cluster, workload, address);
            _watches[address] = (Task.Run(() => observation.RunAsync(stop.Token), CancellationToken.None), stop);
        }
    }
}
