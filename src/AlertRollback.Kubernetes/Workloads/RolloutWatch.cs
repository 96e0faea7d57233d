using System.Runtime.CompilerServices;

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
        await using var following = new Following(api, time, expected, deadline, cancellation);
        while (true)
        {
            var (isOver, isTick) = await following.NextAsync();
            var (progress, isNews) = await following.JudgeAsync(isOver);
            if (isNews)
                await onProgress(progress);
            if (progress.Verdict != RolloutVerdict.Progressing || isOver)
                return new RolloutEnd(progress, TimedOut: progress.Verdict == RolloutVerdict.Progressing);
            if (isTick && whileWaiting is not null)
                await whileWaiting(cancellation);
        }
    }

    /// <summary>What is known of one rollout by now.</summary>
    private sealed class Following : IAsyncDisposable
    {
        private readonly IKubernetesApi api;
        private readonly TimeProvider time;
        private readonly RolloutExpectation expected;
        private readonly DateTimeOffset deadline;
        private readonly CancellationToken cancellation;
        private readonly RolloutStatus status;
        private readonly CancellationTokenSource stop;
        private readonly IAsyncEnumerator<WatchEvent> events;
        private Task<bool> next;
        private Task? ticking;
        private KubernetesObject? live;
        private bool seen;
        private DateTimeOffset heard;
        private RolloutProgress last = new(RolloutVerdict.Progressing, 0, "it was not seen yet");
        private int told = -1;

        public Following(IKubernetesApi api, TimeProvider time, RolloutExpectation expected, DateTimeOffset deadline, CancellationToken cancellation)
        {
            (this.api, this.time, this.expected, this.deadline, this.cancellation) = (api, time, expected, deadline, cancellation);
            status = new RolloutStatus(expected);
            heard = time.GetUtcNow();
            stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            events = EventsAsync(stop.Token).GetAsyncEnumerator(stop.Token);
            next = events.MoveNextAsync().AsTask();
        }

        /// <summary>Waits for an event or the next tick, and takes in what it tells.</summary>
        public async Task<(bool IsOver, bool IsTick)> NextAsync()
        {
            // Events do not begin it anew: whoever heals has to come to it also while they are many.
            ticking ??= Task.Delay(Shorter(tick), time, stop.Token);
            var isTick = await Task.WhenAny(ticking, next) == ticking;
            cancellation.ThrowIfCancellationRequested();
            var isOver = time.GetUtcNow() >= deadline;
            if (isTick)
            {
                ticking = null;
                if (!isOver && time.GetUtcNow() - heard >= longestSilence)
                    await AskAsync();
                return (isOver, true);
            }

            if (!await next)
                return (true, false);
            Take(events.Current.Type == WatchEventType.Deleted ? null : events.Current.Object);
            next = events.MoveNextAsync().AsTask();
            return (isOver, false);
        }

        /// <summary>How far it is; when the time is over, by what is there and not by what was told last (S16).</summary>
        public async Task<(RolloutProgress Progress, bool IsNews)> JudgeAsync(bool isOver)
        {
            if (seen)
                last = status.Judge(live, time.GetUtcNow());
            if (isOver && last.Verdict == RolloutVerdict.Progressing)
                last = status.Judge(await LastLook.AtAsync(api, expected.Workload.Object, time, cancellation), time.GetUtcNow());
            if (isOver && last.Verdict == RolloutVerdict.Progressing && await FailureAsync() is { } failure)
                last = last with { Text = $"{last.Text}; {failure}" };
            var isNews = last.Percent != told || last.Verdict != RolloutVerdict.Progressing;
            told = last.Percent;
            return (last, isNews);
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            try
            {
                // An enumerator may be disposed only after its last step has ended.
                await next;
            }
            catch (Exception e) when (e is OperationCanceledException or KubernetesException)
            {
                // It was cancelled above, or its fault is on its way to the caller already.
            }

            await events.DisposeAsync();
            stop.Dispose();
        }

        private void Take(KubernetesObject? now) => (live, seen, heard) = (now, true, time.GetUtcNow());

        // An API that is away is borne, as a watch does.
        private async Task AskAsync()
        {
            try
            {
                Take(await LastLook.AtAsync(api, expected.Workload.Object, time, cancellation));
            }
            catch (KubernetesException)
            {
                heard = time.GetUtcNow();
            }
        }

        // A Deployment says it by a condition.
        private async Task<string?> FailureAsync() => expected.Workload.Kind is WorkloadKind.StatefulSet or WorkloadKind.DaemonSet
            ? await CreationFailures.InEventsAsync(api, expected.Workload.Namespace, expected.Uid, expected.Since, cancellation)
            : null;

        private async IAsyncEnumerable<WatchEvent> EventsAsync([EnumeratorCancellation] CancellationToken stopping)
        {
            var workload = expected.Workload;
            await foreach (var e in api.WatchAsync(workload.Resource, workload.Namespace, null, $"metadata.name={workload.Name}", stopping))
            {
                if (e.Object.Name == workload.Name)
                    yield return e;
            }
        }

        private TimeSpan Shorter(TimeSpan span)
        {
            var left = deadline - time.GetUtcNow();
            return left < TimeSpan.Zero ? TimeSpan.Zero : left < span ? left : span;
        }
    }
}
