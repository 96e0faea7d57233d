using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;

namespace AlertRollback.Rollbacks;

/// <summary>
/// Watches one workload: since when a revision is the current one (S9), whether it was complete, whether it was so for the
/// soak period while no row of its service fired (S3), and what it ran with.
/// </summary>
internal sealed partial class WorkloadObservation(ObserverParts parts, IKubernetesApi api, string cluster, WorkloadRef workload, string address)
{
    private readonly Soak _soak = parts.NewSoak();
    private readonly RevisionRecords _records = new(parts);
    private readonly CurrentTemplate _template = new(api, workload);
    private readonly CurrentNumber _number = new(api, workload);
    private (string Digest, DateTimeOffset At)? _recorded;
    private DateTimeOffset _answeredAt = DateTimeOffset.MinValue;
    private Task _recording = Task.CompletedTask;

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                Told(fault);
                await Task.Delay(RevisionObserver.LookAgain, parts.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // A cluster without the kind, or rights that are missing, can last: said once, not every time it is tried again.
    private void Told(Exception fault)
    {
        var kind = fault is KubernetesException kubernetes ? kubernetes.Fault.ToString() : fault.GetType().Name;
        if (parts.Unwatched.Fails(address, kind, Texts.Clip(fault.Message, 200)))
            LogFault(parts.Log, address, fault);
    }

    private async Task FollowAsync(CancellationToken cancellation)
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
                var isNews = await IsNewsAsync(next, live is null ? null : _soak.Left(parts.Time.GetUtcNow()), cancellation);
                if (isNews && !await next)
                    return;
                if (!isNews)
                    await AskWhileQuietAsync(cancellation);
                if (isNews)
                {
                    Answered();
                    live = events.Current.Type == WatchEventType.Deleted ? null : events.Current.Object;
                    next = events.MoveNextAsync().AsTask();
                    if (live is not null)
                        await SeenAsync(live, first, cancellation);
                    first = false;
                }

                if (live is not null)
                    await LookAsync(live, stop.Token);
            }
        }
        finally
        {
            // A watch may only be given back when nothing waits for it any more.
            await stop.CancelAsync();
            await next.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await events.DisposeAsync();
            await _recording.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A watch bears an API that is away, and says nothing then; of a quiet one it is asked beside it, so that people hear of it
    // before an alert needs what was not seen.
    private async Task AskWhileQuietAsync(CancellationToken cancellation)
    {
        if (parts.Time.GetUtcNow() - _answeredAt < RevisionObserver.LongestQuiet)
            return;
        try
        {
            await LastLook.AtAsync(api, workload.Object, parts.Time, cancellation);
            Answered();
        }
        catch (KubernetesException fault)
        {
            Told(fault);
        }
    }

    private void Answered()
    {
        _answeredAt = parts.Time.GetUtcNow();
        if (parts.Unwatched.IsWatched(address))
            LogWatched(parts.Log, address);
    }

    // Between two events of the watch the soak period may run out: whichever comes first is looked at.
    private async Task<bool> IsNewsAsync(Task next, TimeSpan? left, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pause = left < RevisionObserver.LookAgain ? left.Value : RevisionObserver.LookAgain;
        var woken = await Task.WhenAny(next, Task.Delay(pause, parts.Time, over.Token));
        await over.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        return woken == next;
    }

    private async Task SeenAsync(KubernetesObject live, bool first, CancellationToken cancellation)
    {
        if (await _template.ReadAsync(live, cancellation) is not { } template)
            return;
        var digest = PodTemplate.Digest(template);
        var at = parts.Time.GetUtcNow();
        await parts.Chronicle.ChangeAsync(
            book =>
            {
                if (book.Knowledge(live.Uid).Current?.Digest == digest)
                    return [];

                // What runs when we begin to look became current at a time that we did not see.
                DateTimeOffset? since = first ? null : at;
                return [Entry.Of(live.Uid, new WorkloadEvent.BecameCurrent(address, digest, 0, ImagesOf(template), since) { Release = PodTemplate.ReleaseDigest(template) })];
            },
            cancellation);
        if (await _number.ReadAsync(live, digest, cancellation) is { } number)
            await parts.Chronicle.ChangeAsync(book => Numbered(book.Knowledge(live.Uid).Current, digest, number) is { } numbered ? [Entry.Of(live.Uid, numbered)] : [], cancellation);
    }

    // The controller counts later than we see the new template. Another number than the known one: it came back unseen.
    private static WorkloadEvent.BecameCurrent? Numbered(WorkloadEvent.BecameCurrent? known, string digest, long number) => known switch
    {
        null => null,
        _ when known.Digest != digest || known.Number == number => null,
        { Number: 0 } => known with { Number = number },
        _ => known with { Number = number, At = null },
    };

    private async Task LookAsync(KubernetesObject live, CancellationToken cancellation)
    {
        if (await _template.ReadAsync(live, cancellation) is not { } template)
            return;
        var digest = PodTemplate.Digest(template);
        var complete = IsComplete(live);
        if (complete)
            await CompletedAsync(live.Uid, digest, cancellation);
        var soaked = _soak.Look(digest, complete && !Fires(), parts.Time.GetUtcNow());
        if (soaked && IsWritten(live.Uid, digest) && !await IsStillThereAsync(live, digest, cancellation))
        {
            _soak.Again();
            return;
        }

        if (soaked)
            await KnownGoodAsync(live.Uid, digest, template, cancellation);
        if (complete)
            Record(new RunningRevision(cluster, workload, address, live.Uid, digest, template), soaked, cancellation);
    }

    // The watch says nothing while the API is away, and the object is remembered as it was: before anything is said to be good
    // because of it, it is read once more.
    private async Task<bool> IsStillThereAsync(KubernetesObject live, string digest, CancellationToken cancellation)
    {
        try
        {
            return await LastLook.AtAsync(api, workload.Object, parts.Time, cancellation) is { } now
                && (now.ResourceVersion == live.ResourceVersion || (now.Uid == live.Uid && IsComplete(now) && await _template.ReadAsync(now, cancellation) is { } template && PodTemplate.Digest(template) == digest));
        }
        catch (KubernetesException)
        {
            return false;
        }
    }

    private bool Fires()
    {
        var services = parts.ServicesOf(address).Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        return parts.Chronicle.Book.IsCalledFor(s => services.Contains(s.Name), parts.Time.GetUtcNow());
    }

    private Task CompletedAsync(string uid, string digest, CancellationToken cancellation)
    {
        return IsNews(parts.Chronicle.Book)
            ? parts.Chronicle.ChangeAsync(book => IsNews(book) ? [Entry.Of(uid, new WorkloadEvent.Completed(address, digest))] : [], cancellation)
            : Task.CompletedTask;

        bool IsNews(Book book) => book.Knowledge(uid) is { CurrentIsComplete: false } known && known.Current?.Digest == digest;
    }

    private Task KnownGoodAsync(string uid, string digest, JsonObject template, CancellationToken cancellation) => parts.Chronicle.ChangeAsync(
        book => IsNewlyGood(book, uid, digest) ? [Entry.Of(uid, new WorkloadEvent.KnownGood(address, digest, 0, ImagesOf(template)))] : [],
        cancellation);

    private bool IsNewlyGood(Book book, string uid, string digest) =>
        book.Knowledge(uid) is var known && !known.IsGoodSinceLeft(digest) && known.QuarantineAt(digest, parts.Time.GetUtcNow()) is null && !known.Barred.ContainsKey(digest);

    /// <summary>Whether something is written now that the soak period is over.</summary>
    private bool IsWritten(string uid, string digest) => IsNewlyGood(parts.Chronicle.Book, uid, digest) || MayRecord(digest, soaked: true);

    // When it is complete for the first time, and once per soak period as long as it stays healthy.
    private bool MayRecord(string digest, bool soaked) => _recording.IsCompleted
        && (_recorded is not { } last || last.Digest != digest || (soaked && parts.Time.GetUtcNow() - last.At >= parts.Operators.Safety.Soak));

    // Never in the way of the watch: a check may take its time, and when a revision became current is told to the second.
    private void Record(RunningRevision revision, bool soaked, CancellationToken cancellation)
    {
        if (!MayRecord(revision.Digest, soaked))
            return;
        var isNew = _recorded?.Digest != revision.Digest;
        _recorded = (revision.Digest, parts.Time.GetUtcNow());
        _recording = Task.Run(() => _records.RecordAsync(revision, soaked && !isNew, cancellation), cancellation);
    }

    private bool IsComplete(KubernetesObject live)
    {
        var expected = new RolloutExpectation(workload, live.Uid, new ExpectedTemplate(LiveTemplate.Digest(live), null), live.Generation, parts.Time.GetUtcNow());
        return new RolloutStatus(expected).Judge(live, parts.Time.GetUtcNow()).Verdict == RolloutVerdict.Complete;
    }

    private static IReadOnlyList<string> ImagesOf(JsonObject template) => [.. PodTemplate.Images(template).Select(i => i.Image)];

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Workload} cannot be watched; it is tried again every few seconds, and said when that changes")]
    private static partial void LogFault(ILogger log, string workload, Exception fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Workload} is watched again")]
    private static partial void LogWatched(ILogger log, string workload);
}
