namespace AlertRollback.Kubernetes.Workloads;

/// <summary>How following a rollout ended.</summary>
/// <param name="TimedOut">The time was over first; <paramref name="Last"/> is how far it was.</param>
public sealed record RolloutEnd(RolloutProgress Last, bool TimedOut);

/// <summary>Follows a rollout by watch until it is complete, has failed, was superseded, or its time is over.</summary>
public sealed class RolloutWatch(IKubernetesApi api, TimeProvider time)
{
    private static readonly TimeSpan tick = TimeSpan.FromSeconds(2);

    // A connection may be dead without either end being told: what is silent for longer is asked.
    private static readonly TimeSpan longestSilence = TimeSpan.FromSeconds(15);

    /// <param name="deadline">When to give up.</param>
    /// <param name="onProgress">Told of every change of percent, and of the end.</param>
    /// <param name="whileWaiting">Called every two seconds while it goes on, e.g. to heal a StatefulSet (S5); null for nothing.</param>
    /// <exception cref="KubernetesException">The API cannot be watched, or cannot be read when the time is over: nothing is known then.</exception>
    public async Task<RolloutEnd> FollowAsync(
        RolloutExpectation expected,
        DateTimeOffset deadline,
        Func<RolloutProgress, Task> onProgress,
        Func<CancellationToken, Task>? whileWaiting,
        CancellationToken cancellation)
    {
        var status = new RolloutStatus(expected);
        var last = new RolloutProgress(RolloutVerdict.Progressing, 0, "it was not seen yet");
        var told = -1;
        var seen = false;
        var heard = time.GetUtcNow();
        KubernetesObject? live = null;

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var events = Events(expected.Workload, stop.Token).GetAsyncEnumerator(stop.Token);
        var next = events.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                var woken = await Task.WhenAny(next, Task.Delay(Shorter(tick, deadline), time, stop.Token));
                cancellation.ThrowIfCancellationRequested();
                var over = time.GetUtcNow() >= deadline;
                if (woken == next && !await next)
                {
                    over = true;
                }
                else if (woken == next)
                {
                    live = events.Current.Type == WatchEventType.Deleted ? null : events.Current.Object;
                    (seen, heard) = (true, time.GetUtcNow());
                    next = events.MoveNextAsync().AsTask();
                }
                else if (!over && time.GetUtcNow() - heard >= longestSilence)
                {
                    (live, seen) = await AskAsync(expected.Workload, cancellation) ?? (live, seen);
                    heard = time.GetUtcNow();
                }

                if (seen)
                    last = status.Judge(live, time.GetUtcNow());
                if (over && last.Verdict == RolloutVerdict.Progressing)
                    last = status.Judge(await LastLook.AtAsync(api, expected.Workload.Object, time, cancellation), time.GetUtcNow());
                if (over && last.Verdict == RolloutVerdict.Progressing && await FailureAsync(expected, cancellation) is { } failure)
                    last = last with { Text = $"{last.Text}; {failure}" };
                if (last.Percent != told || last.Verdict != RolloutVerdict.Progressing)
                    await onProgress(last);
                told = last.Percent;

                if (last.Verdict != RolloutVerdict.Progressing)
                    return new RolloutEnd(last, TimedOut: false);
                if (over)
                    return new RolloutEnd(last, TimedOut: true);
                if (woken != next && whileWaiting is not null)
                    await whileWaiting(cancellation);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await EndAsync(next, events);
        }
    }

    // An API that is away is borne, as a watch does.
    private async Task<(KubernetesObject? Live, bool Seen)?> AskAsync(WorkloadRef workload, CancellationToken cancellation)
    {
        try
        {
            return (await LastLook.AtAsync(api, workload.Object, time, cancellation), true);
        }
        catch (KubernetesException)
        {
            return null;
        }
    }

    // A Deployment says it by a condition.
    private async Task<string?> FailureAsync(RolloutExpectation expected, CancellationToken cancellation) => expected.Workload.Kind is WorkloadKind.StatefulSet or WorkloadKind.DaemonSet
        ? await CreationFailures.InEventsAsync(api, expected.Workload.Namespace, expected.Uid, expected.Since, cancellation)
        : null;

    private async IAsyncEnumerable<WatchEvent> Events(
        WorkloadRef workload, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var e in api.WatchAsync(workload.Resource, workload.Namespace, null, $"metadata.name={workload.Name}", cancellation))
        {
            if (e.Object.Name == workload.Name)
                yield return e;
        }
    }

    private TimeSpan Shorter(TimeSpan span, DateTimeOffset deadline)
    {
        var left = deadline - time.GetUtcNow();
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < span ? left : span;
    }

    // An enumerator may be disposed only after its last step has ended.
    private static async Task EndAsync(Task<bool> next, IAsyncEnumerator<WatchEvent> events)
    {
        try
        {
            await next;
        }
        catch (Exception e) when (e is OperationCanceledException or KubernetesException)
        {
            // It was cancelled above, or its fault is on its way to the caller already.
        }

        await events.DisposeAsync();
    }
}
