using AlertRollback.Matrix;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Storage;

namespace AlertRollback.Rollbacks;

/// <summary>
/// Looks at one container again and again: since when it runs its image (S9), and whether it ran healthy for the soak period
/// while no row of its team fired (S3).
/// </summary>
internal sealed partial class ContainerObservation(ObserverParts parts, GrantedEngines engines, string team, string host, string name)
{
    private readonly Soak _soak = parts.NewSoak();
    private readonly RevisionRecords _records = new(parts);
    private (string Digest, DateTimeOffset At)? _recorded;
    private (string Id, long Restarts)? _seen;

    private string Address => $"container/{host}/{name}";

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await LookAsync(cancellation);
                parts.Unwatched.IsWatched(Address);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is EngineException or JournalUnavailableException)
            {
                _soak.Look("", healthy: false, parts.Time.GetUtcNow());
                if (parts.Unwatched.Fails(Address, fault.GetType().Name, fault.Message))
                    LogNotSeen(parts.Log, name, host, fault.Message);
            }

            var left = _soak.Left(parts.Time.GetUtcNow());
            await Task.Delay(left < RevisionObserver.LookAgain ? left.Value : RevisionObserver.LookAgain, parts.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        if (engines.Find(team, host, name) is not { } granted || await granted.Engine.ContainerAsync(name, cancellation) is not { } live)
        {
            _soak.Look("", healthy: false, parts.Time.GetUtcNow());
            return;
        }

        var isHealthy = live.Runs && live.Health is null or "healthy" && (_seen is null || _seen == (live.Id, live.Restarts));
        _seen = (live.Id, live.Restarts);
        var soaked = _soak.Look(live.ImageId, isHealthy && !Fires(), parts.Time.GetUtcNow());
        await NoteAsync(granted.Address, live, isHealthy, soaked, cancellation);
        if (isHealthy)
            await RecordAsync(granted.Address, live.ImageId, soaked, cancellation);
    }

    private Task NoteAsync(string address, ContainerState live, bool isHealthy, bool soaked, CancellationToken cancellation)
    {
        return News(parts.Chronicle.Book).Any()
            ? parts.Chronicle.ChangeAsync(book => [.. News(book).Select(e => Entry.Of(address, e))], cancellation)
            : Task.CompletedTask;

        IEnumerable<WorkloadEvent> News(Book book)
        {
            var known = book.Knowledge(address);
            var isNew = known.Current?.Digest != live.ImageId;

            // Containers are replaced, never changed: it is as old as its release.
            if (isNew)
                yield return new WorkloadEvent.BecameCurrent(address, live.ImageId, 0, [live.Image], live.Created);
            if (isHealthy && (isNew || !known.CurrentIsComplete))
                yield return new WorkloadEvent.Completed(address, live.ImageId);

            // What was rolled back from cannot become good by lasting.
            if (soaked && !known.IsGoodSinceLeft(live.ImageId) && known.QuarantineAt(live.ImageId, parts.Time.GetUtcNow()) is null)
                yield return new WorkloadEvent.KnownGood(address, live.ImageId, 0, [live.Image]);
        }
    }

    private async Task RecordAsync(string address, string digest, bool soaked, CancellationToken cancellation)
    {
        var now = parts.Time.GetUtcNow();
        var isNew = _recorded?.Digest != digest;
        if (!isNew && !(soaked && now - _recorded!.Value.At >= parts.Operators.Safety.Soak))
            return;
        _recorded = (digest, now);
        await _records.RecordAnswersAsync(address, address, digest, Services(), soaked && !isNew, cancellation);
    }

    private IEnumerable<ServiceDefinition> Services() => (parts.Matrix.Current?.Services ?? []).Where(s => s.Team == team);

    private bool Fires() => parts.Chronicle.Book.IsCalledFor(s => s.Team == team, parts.Time.GetUtcNow());

    [LoggerMessage(Level = LogLevel.Warning, Message = "container {Name} of engine {Host} cannot be seen: {Why}")]
    private static partial void LogNotSeen(ILogger log, string name, string host, string why);
}
