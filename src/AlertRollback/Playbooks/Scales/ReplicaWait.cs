using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Scales;

/// <summary>Waits until a workload has the replicas that were asked for: all of them ready, or none left.</summary>
internal sealed class ReplicaWait(IKubernetesApi api, TimeProvider time)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    // The watch's connection may be dead without either end being told.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(15);

    /// <param name="progress">Told how far it is.</param>
    public async Task<StepOutcome> UntilAsync(ScalePin pin, DateTimeOffset deadline, Func<int, string, Task> progress, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Left(deadline), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            try
            {
                if (await FirstAsync([ct => WatchAsync(pin, progress, ct), ct => LookAgainAsync(pin, ct)], both.Token) is { } seen)
                    return seen;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // its time is over
            }

            var (end, text) = await LastLook.AtAsync($"{pin.Workload}", ct => LookAsync(pin, ct), time, cancellation);
            return end ?? new StepOutcome.Failed(Reason.TimedOut, $"not at {pin.To} replicas in time: {text}");
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }
    }

    private static async Task<StepOutcome?> FirstAsync(IReadOnlyList<Func<CancellationToken, Task<StepOutcome?>>> ways, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var all = ways.Select(w => w(stop.Token)).ToList();
        var first = await Task.WhenAny(all);
        await stop.CancelAsync();
        await ((Task)Task.WhenAll(all)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await first;
    }

    private async Task<StepOutcome?> WatchAsync(ScalePin pin, Func<int, string, Task> progress, CancellationToken cancellation)
    {
        await foreach (var e in api.WatchAsync(pin.Workload.Resource, pin.Workload.Namespace, null, $"metadata.name={pin.Workload.Name}", cancellation))
        {
            if (Judge(pin, e.Type == WatchEventType.Deleted ? null : e.Object) is { } ended)
                return IsEmpty(pin, ended) ? await GoneAsync(pin, progress, cancellation) : ended;
            await progress(Percent(pin, e.Object), Seen(e.Object));
        }

        return null;
    }

    private async Task<StepOutcome?> LookAgainAsync(ScalePin pin, CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(Look, time, cancellation);
            try
            {
                if ((await LastLook.AtAsync($"{pin.Workload}", ct => LookAsync(pin, ct), time, cancellation)).Ended is { } ended)
                    return ended;
            }
            catch (KubernetesException)
            {
                // looked at again, until the time is over
            }
        }
    }

    // Nothing comes of the workload any more while its last pods end. An API that is away is borne, as a watch does.
    private async Task<StepOutcome> GoneAsync(ScalePin pin, Func<int, string, Task> progress, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                var (ended, text) = await LookAsync(pin, cancellation);
                if (ended is not null)
                    return ended;
                await progress(99, text);
            }
            catch (KubernetesException fault) when (fault.Fault is KubernetesFault.Unavailable or KubernetesFault.TooManyRequests)
            {
                // asked again, until the time is over
            }

            await Task.Delay(Tick, time, cancellation);
        }
    }

    /// <summary>How it ended, null while it is under way, and what was seen.</summary>
    private async Task<(StepOutcome? Ended, string Text)> LookAsync(ScalePin pin, CancellationToken cancellation)
    {
        var live = await api.GetAsync(pin.Workload.Object, cancellation);
        var ended = Judge(pin, live);
        if (!IsEmpty(pin, ended) || await new WorkloadReader(api).ReadAsync(pin.Workload, cancellation) is not { } snapshot)
            return (ended, live is null ? "" : Seen(live));
        var running = (await WorkloadPods.OfAsync(api, snapshot, cancellation)).Where(p => !PodState.IsOver(p)).ToList();
        return (running.Count == 0 ? ended : null, Ending(running));
    }

    // A controller counts a pod no more once its end was asked for, while its containers still run, and write.
    private static bool IsEmpty(ScalePin pin, StepOutcome? ended) => pin.To == 0 && ended is StepOutcome.Done;

    private static string Ending(List<KubernetesObject> pods) =>
        $"{(pods.Count == 1 ? "1 pod is" : $"{pods.Count} pods are")} still ending: {string.Join(", ", pods.Take(5).Select(p => p.Name))}{(pods.Count > 5 ? ", ..." : "")}";

    /// <summary>By the workload's own count; null while it is under way.</summary>
    private static StepOutcome? Judge(ScalePin pin, KubernetesObject? live)
    {
        if (live is null || live.Uid != pin.Uid)
            return new StepOutcome.Superseded($"{pin.Workload} was deleted");
        var wanted = live.Number("spec", "replicas") ?? pin.To;
        if (wanted != pin.To && !pin.MayBeAutoscaled(wanted))
            return new StepOutcome.Superseded($"{pin.Workload} was scaled to {wanted} by somebody else");
        return live.ObservedGeneration >= live.Generation && All(live) == wanted && Ready(live) >= wanted
            ? new StepOutcome.Done(Reason.Applied, $"{(wanted == 0 ? "no pods are left" : $"{Ready(live)} of {wanted} pods are ready")}{(wanted == pin.To ? "" : $", as autoscaler {pin.Autoscaler!.Name} has it by now")}")
            : null;
    }

    private static long All(KubernetesObject live) => live.Number("status", "replicas") ?? 0;

    private static long Ready(KubernetesObject live) => live.Number("status", "readyReplicas") ?? 0;

    private static string Seen(KubernetesObject live) =>
        $"{All(live)} pods, {Ready(live)} of them ready{(CreationFailures.In(live) is { } failure ? $"; {failure}" : "")}";

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
