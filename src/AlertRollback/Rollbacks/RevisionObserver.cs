using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Rollbacks;

/// <summary>
/// Watches every workload the matrix declares and remembers what attribution and "last known good" need: since when a
/// revision is the current one (S9), and which were complete for the soak period while no row of their service fired (S3).
/// </summary>
public sealed partial class RevisionObserver(
    IKubernetesApi api, MatrixSource matrix, Chronicle chronicle, OperatorConfiguration operators, TimeProvider time, ILogger<RevisionObserver> log) : BackgroundService
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    private readonly Dictionary<WorkloadRef, (string Service, Task Watch, CancellationTokenSource Stop)> _watches = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (api is NoCluster)
            return;
        try
        {
            while (true)
            {
                Follow(matrix.Current?.Services ?? [], stoppingToken);
                await Task.Delay(LookAgain, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll(_watches.Values.Select(w => w.Watch));
        }
    }

    private void Follow(IEnumerable<ServiceDefinition> services, CancellationToken stopping)
    {
        var wanted = services
            .Select(s => (Service: s.Name, Ref: s.Workload is { } w ? WorkloadRef.Parse(w.ToString()) : null))
            .Where(s => s.Ref is not null)
            .GroupBy(s => s.Ref!)
            .ToDictionary(g => g.Key, g => g.First().Service);
        foreach (var (gone, watch) in _watches.Where(w => !wanted.ContainsKey(w.Key)).ToList())
        {
            watch.Stop.Cancel();
            _watches.Remove(gone);
        }

        foreach (var (workload, service) in wanted.Where(w => !_watches.ContainsKey(w.Key)))
        {
            var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            _watches[workload] = (service, Task.Run(() => WatchAsync(workload, service, stop.Token), CancellationToken.None), stop);
        }
    }

    private async Task WatchAsync(WorkloadRef workload, string service, CancellationToken cancellation)
    {
        var soak = new Soak(operators.Safety.Soak);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(workload, service, soak, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                LogFault(log, workload.ToString(), fault);
                await Task.Delay(LookAgain, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(WorkloadRef workload, string service, Soak soak, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var events = api.WatchAsync(workload.Resource, workload.Namespace, null, $"metadata.name={workload.Name}", stop.Token).GetAsyncEnumerator(stop.Token);
        var next = events.MoveNextAsync().AsTask();
        try
        {
            KubernetesObject? live = null;
            var first = true;
            while (true)
            {
                if (await IsNewsAsync(next, live is null ? null : soak.Left(time.GetUtcNow()), cancellation))
                {
                    if (!await next)
                        return;
                    live = events.Current.Type == WatchEventType.Deleted ? null : events.Current.Object;
                    next = events.MoveNextAsync().AsTask();
                    if (live is not null)
                        await SeenAsync(workload, live, first, cancellation);
                    first = false;
                }

                if (live is not null)
                    await SoakAsync(workload, service, live, soak, cancellation);
            }
        }
        finally
        {
            // A watch may only be given back when nothing waits for it any more.
            await stop.CancelAsync();
            await next.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await events.DisposeAsync();
        }
    }

    // Between two events of the watch the soak period may run out: whichever comes first is looked at.
    private async Task<bool> IsNewsAsync(Task next, TimeSpan? left, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pause = left < LookAgain ? left.Value : LookAgain;
        var woken = await Task.WhenAny(next, Task.Delay(pause, time, over.Token));
        await over.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        return woken == next;
    }

    private async Task SeenAsync(WorkloadRef workload, KubernetesObject live, bool first, CancellationToken cancellation)
    {
        var digest = DigestOf(live);
        var at = time.GetUtcNow();
        await chronicle.ChangeAsync(
            book =>
            {
                var known = book.Knowledge(live.Uid).Current;
                if (known?.Digest == digest)
                    return [];

                // What runs when we begin to look became current at a time that we did not see.
                DateTimeOffset? since = first ? null : at;
                return [Entry.Of(live.Uid, new WorkloadEvent.BecameCurrent(workload.ToString(), digest, 0, ImagesOf(live), since))];
            },
            cancellation);
    }

    private async Task SoakAsync(WorkloadRef workload, string service, KubernetesObject live, Soak soak, CancellationToken cancellation)
    {
        var digest = DigestOf(live);
        var fires = chronicle.Book.Rollbacks.Values.Any(r => r.Service.Name == service && r.StillFires && r.EpisodeLastsAt(time.GetUtcNow()));
        if (!soak.Look(digest, IsComplete(workload, live, digest) && !fires, time.GetUtcNow()))
            return;
        await chronicle.ChangeAsync(
            book => book.Knowledge(live.Uid) is var knowledge && (knowledge.Good.ContainsKey(digest) || knowledge.Quarantine.ContainsKey(digest))
                ? []
                : [Entry.Of(live.Uid, new WorkloadEvent.KnownGood(workload.ToString(), digest, 0, ImagesOf(live)))],
            cancellation);
    }

    private bool IsComplete(WorkloadRef workload, KubernetesObject live, string digest)
    {
        var expected = new RolloutExpectation(workload, live.Uid, digest, live.Generation, time.GetUtcNow());
        return new RolloutStatus(expected).Judge(live, time.GetUtcNow()).Verdict == RolloutVerdict.Complete;
    }

    private static string DigestOf(KubernetesObject live) => PodTemplate.Digest(TemplateOf(live));

    private static IReadOnlyList<string> ImagesOf(KubernetesObject live) => [.. PodTemplate.Images(TemplateOf(live)).Select(i => i.Image)];

    private static System.Text.Json.Nodes.JsonObject TemplateOf(KubernetesObject live) =>
        PodTemplate.Normalize((System.Text.Json.Nodes.JsonObject)live.At("spec", "template")!);

    [LoggerMessage(Level = LogLevel.Warning, Message = "watching {Workload} failed; trying again in a moment")]
    private static partial void LogFault(ILogger log, string workload, Exception fault);
}
