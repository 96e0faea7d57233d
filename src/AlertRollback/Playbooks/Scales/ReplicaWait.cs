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
        var seen = "it was not seen yet";
        try
        {
            await foreach (var e in api.WatchAsync(pin.Workload.Resource, pin.Workload.Namespace, null, $"metadata.name={pin.Workload.Name}", both.Token))
            {
                if (e.Type == WatchEventType.Deleted || e.Object.Uid != pin.Uid)
                    return new StepOutcome.Superseded($"{pin.Workload} was deleted");
                if (e.Object.Number("spec", "replicas") is { } wanted && wanted != pin.To)
                    return new StepOutcome.Superseded($"{pin.Workload} was scaled to {wanted} by somebody else");
                var (all, ready) = (e.Object.Number("status", "replicas") ?? 0, e.Object.Number("status", "readyReplicas") ?? 0);
                seen = $"{all} pods, {ready} of them ready";
                if (e.Object.ObservedGeneration >= e.Object.Generation && all == pin.To && ready >= pin.To)
                    return new StepOutcome.Done(Reason.Applied, pin.To == 0 ? "no pods are left" : $"{ready} of {pin.To} pods are ready");
                await progress(Percent(pin, all, ready), seen);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // its time is over
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }

        return new StepOutcome.Failed(Reason.TimedOut, $"not at {pin.To} replicas in time: {seen}");
    }

    private static int Percent(ScalePin pin, long all, long ready)
    {
        var way = Math.Abs(pin.To - pin.From);
        var done = pin.To > pin.From ? ready - pin.From : pin.From - all;
        return way == 0 ? 99 : (int)Math.Clamp(done * 100 / way, 0, 99);
    }

    private TimeSpan Left(DateTimeOffset deadline)
    {
        var left = deadline - time.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);
    }
}
