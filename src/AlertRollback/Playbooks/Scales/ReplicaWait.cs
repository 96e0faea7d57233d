using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Scales;

/// <summary>Waits until a workload has the replicas that were asked for: all of them ready, or none left.</summary>
internal sealed class ReplicaWait(IKubernetesApi api, TimeProvider time)
{
    /// <param name="progress">Told how far it is.</param>
    public async Task<StepOutcome> UntilAsync(ScalePin pin, DateTimeOffset deadline, Func<int, string, Task> progress, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Left(deadline), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            try
            {
                await foreach (var e in api.WatchAsync(pin.Workload.Resource, pin.Workload.Namespace, null, $"metadata.name={pin.Workload.Name}", both.Token))
                {
                    if (Judge(pin, e.Type == WatchEventType.Deleted ? null : e.Object) is { } ended)
                        return ended;
                    await progress(Percent(pin, e.Object), Seen(e.Object));
                }
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // its time is over
            }

            var last = await LastLook.AtAsync(api, pin.Workload.Object, time, cancellation);
            return Judge(pin, last) ?? new StepOutcome.Failed(Reason.TimedOut, $"not at {pin.To} replicas in time: {Seen(last!)}");
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }
    }

    /// <summary>Null while it is under way.</summary>
    private static StepOutcome? Judge(ScalePin pin, KubernetesObject? live)
    {
        if (live is null || live.Uid != pin.Uid)
            return new StepOutcome.Superseded($"{pin.Workload} was deleted");
        if (live.Number("spec", "replicas") is { } wanted && wanted != pin.To)
            return new StepOutcome.Superseded($"{pin.Workload} was scaled to {wanted} by somebody else");
        return live.ObservedGeneration >= live.Generation && All(live) == pin.To && Ready(live) >= pin.To
            ? new StepOutcome.Done(Reason.Applied, pin.To == 0 ? "no pods are left" : $"{Ready(live)} of {pin.To} pods are ready")
            : null;
    }

    private static long All(KubernetesObject live) => live.Number("status", "replicas") ?? 0;

    private static long Ready(KubernetesObject live) => live.Number("status", "readyReplicas") ?? 0;

    private static string Seen(KubernetesObject live) => $"{All(live)} pods, {Ready(live)} of them ready";

    private static int Percent(ScalePin pin, KubernetesObject live)
    {
        var way = Math.Abs(pin.To - pin.From);
        var done = pin.To > pin.From ? Ready(live) - pin.From : pin.From - All(live);
        return way == 0 ? 99 : (int)Math.Clamp(done * 100 / way, 0, 99);
    }

    private TimeSpan Left(DateTimeOffset deadline)
    {
        var left = deadline - time.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);
    }
}
