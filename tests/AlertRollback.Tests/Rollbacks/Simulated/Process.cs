using System.Collections.Concurrent;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Rollbacks.Running;
using AlertRollback.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks.Simulated;

/// <summary>What outlives a process.</summary>
internal sealed record Disk(MemoryJournal Journal, ConcurrentDictionary<string, DateTimeOffset> Heard);

/// <summary>One life of the service, from its start to a kill: the core over a journal that outlives it.</summary>
internal sealed class Process : ILogger<RollbackWorker>, ILogger<RollbackRunner>
{
    /// <summary>The bug that is meant to happen.</summary>
    public const string Simulated = "a simulated bug";

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(20);

    private readonly Lock _lock = new();
    private readonly Disk _disk;
    private readonly FakeTimeProvider _time;
    private readonly Fleet _fleet;
    private readonly OperatorConfiguration _operators;
    private readonly Dictionary<string, Soak> _observed = [];
    private readonly RollbackRunner _runner;
    private readonly DateTimeOffset _bornAt;
    private bool _isDead;

    private Process(Fleet fleet, Disk disk, Func<Process, Catalog> catalog, OperatorConfiguration operators, IAlertSource alerts, FakeTimeProvider time)
    {
        (_fleet, _disk, _time, _operators, _bornAt) = (fleet, disk, time, operators, time.GetUtcNow());
        Journal = new KilledJournal(disk, this);
        Chronicle = new Chronicle(Journal, time);
        Ledger = new RevisionLedger(Chronicle, operators, time);
        Catalog = catalog(this);
        var guards = new PureGuards(operators, _ => OnlyPlansSince() is not null, () => Services());
        var parts = new WorkerParts(
            Chronicle, Journal, Catalog, new Planner(Catalog, time), guards,
            new ReadingGuards(Catalog, new Clusters(new AlertRollback.Kubernetes.NoCluster("none here")), Chronicle, operators, time),
            new NextMove(guards, () => Presence?.Now ?? new Attendance(_bornAt, null)), alerts, operators, time, this);
        _runner = new RollbackRunner(parts, this);
    }

    public static async Task<Process> StartAsync(
        Fleet fleet, Disk disk, Func<Process, Catalog> catalog, OperatorConfiguration operators, IAlertSource alerts, FakeTimeProvider time)
    {
        var process = new Process(fleet, disk, catalog, operators, alerts, time);
        await process.Chronicle.LoadAsync(CancellationToken.None);
        return process;
    }

    public Chronicle Chronicle { get; }

    public Catalog Catalog { get; }

    public RevisionLedger Ledger { get; }

    /// <summary>Since when the matrix in use is in shadow as a whole; null: it is not.</summary>
    public Func<DateTimeOffset?> OnlyPlansSince { get; set; } = () => null;

    /// <summary>Where the machine stands still when the time leaps; null: it does not.</summary>
    public Presence? Presence { get; set; }

    /// <summary>What the matrix in use declares.</summary>
    public Func<IEnumerable<ServiceDefinition>> Services { get; set; } = () => [];

    private KilledJournal Journal { get; }

    public bool IsDead
    {
        get
        {
            lock (_lock)
                return _isDead;
        }
    }

    /// <summary>The workers begin; what has to be decided anew was.</summary>
    public Task RunAsync() => _runner.StartAsync(CancellationToken.None);

    public static string Image(string version) => $"registry.example/{version.Replace('-', ':')}";

    /// <summary>Sees what runs, as the watch of the workloads does.</summary>
    public async Task ObserveAsync()
    {
        foreach (var service in Fleet.Services)
        {
            var (live, now, first) = (_fleet.Live(service), _time.GetUtcNow(), !_observed.ContainsKey(service));
            var soak = _observed.TryGetValue(service, out var begun) ? begun : _observed[service] = new Soak(_operators.Safety.Soak);
            var soaked = soak.Look(live.Version, !Chronicle.Book.IsCalledFor(s => s.Name == service, now), now);
            await Chronicle.ChangeAsync(book => Seen(book.Knowledge(service), service, live, soaked, first).Select(e => Entry.Of(service, e)), CancellationToken.None);
        }
    }

    private IEnumerable<WorkloadEvent> Seen(WorkloadKnowledge known, string service, Release live, bool soaked, bool first)
    {
        var (address, now, images) = ($"deployment/production/{service}", _time.GetUtcNow(), (IReadOnlyList<string>)[Image(live.Version)]);
        if (known.Current?.Digest != live.Version)
        {
            yield return new WorkloadEvent.BecameCurrent(address, live.Version, 0, images, first ? null : now);
            yield return new WorkloadEvent.Completed(address, live.Version);
        }

        if (soaked && !known.IsGoodSinceLeft(live.Version) && known.QuarantineAt(live.Version, now) is null)
            yield return new WorkloadEvent.KnownGood(address, live.Version, 0, images);
    }

    /// <summary>It dies at so many journal entries from now.</summary>
    /// <param name="kept">Whether the last of them is on the disk.</param>
    public void DieAfter(int appends, bool kept) => Journal.DieAfter(appends, kept);

    public async Task KillAsync()
    {
        Die();
        await _runner.StopAsync(CancellationToken.None);
        _runner.Dispose();
    }

    internal void Die()
    {
        lock (_lock)
            _isDead = true;
    }

    /// <summary>A write to production, which a dead process does not make, and which has to be allowed.</summary>
    public void Write(StepContext context, Action write)
    {
        lock (_lock)
        {
            if (_isDead)
                throw new OperationCanceledException();
            var (book, run) = (Chronicle.Book, Chronicle.Book.Rollbacks[context.RollbackId]);
            if (!run.IsOpen || run.Shadow || run.StartedAt is null || run.Phase != Phase.Acting)
                _fleet.Violated($"{run.Id} writes in {run.Phase}{(run.Shadow ? ", in shadow" : "")}");
            if (IsForgotten(run, context))
                _fleet.Violated($"{run.Id} begins to write after a long absence, and no alert fires any more");
            if (run.StartedAt > (_operators.Shadow ? _bornAt : OnlyPlansSince()))
                _fleet.Violated($"{run.Id} began and writes in shadow mode");
            if (book.Global.StopsRunning)
                _fleet.Violated($"{run.Id} writes although it was stopped");
            if (IsUnagreed(run, context))
                _fleet.Violated($"{run.Id} loses data, and nobody typed for it");
            write();
        }
    }

    private static bool IsUnagreed(RollbackState run, StepContext context) =>
        run.CurrentPlan!.Steps.Any(s => s.Key == context.StepKey && s.DestroysData)
        && (run.Manual is null || !run.Approvals.Any(a => a.Request.Digest == run.CurrentPlan.Digest && a is { Request.Answer: not null, Given: not null }));

    // Its alerts were not heard of for long, do not fire, and nothing of this step was written before.
    private bool IsForgotten(RollbackState run, StepContext context) =>
        run is { Manual: null, BeganResolved: false } && run.Steps.GetValueOrDefault(context.StepKey) is not { LeftTrace: true } && _time.GetUtcNow() - run.Timeline.Last(t => t.Event is not RollbackEvent.CauseResolved and not RollbackEvent.StepStarted).At > Longest
        && !run.Causes.Any(c => _fleet.Fires(c.Fingerprint) || (_disk.Heard.TryGetValue(c.Fingerprint, out var heard) && _time.GetUtcNow() - heard < Longest));

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error && !IsDead && exception is not null && exception.Message != Simulated)
            _fleet.Violated($"{formatter(state, exception)}: {exception}");
    }

    private sealed class KilledJournal(Disk disk, Process process) : IJournal
    {
        private int _left = int.MaxValue;
        private bool _kept;

        public string? Trouble => null;

        public void DieAfter(int appends, bool kept) => (_left, _kept) = (appends, kept);

        public Task<IReadOnlyList<StoredEvent>> AppendAsync(IReadOnlyList<NewEvent> events, long? decidedReceipt, CancellationToken cancellation)
        {
            if (process.IsDead)
                throw new OperationCanceledException();
            if (--_left > 0)
                return disk.Journal.AppendAsync(events, decidedReceipt, cancellation);
            process.Die();
            if (_kept)
                _ = disk.Journal.AppendAsync(events, decidedReceipt, cancellation);
            throw new OperationCanceledException();
        }

        public IAsyncEnumerable<StoredEvent> ReadAsync(long after, CancellationToken cancellation) => disk.Journal.ReadAsync(after, cancellation);

        public Task ForgetAsync(IReadOnlyCollection<long> sequences, CancellationToken cancellation) => disk.Journal.ForgetAsync(sequences, cancellation);

        public Task SaveDocumentAsync(string name, string content, CancellationToken cancellation) => disk.Journal.SaveDocumentAsync(name, content, cancellation);

        public Task<string?> DocumentAsync(string name, CancellationToken cancellation) => disk.Journal.DocumentAsync(name, cancellation);

        public Task<ReceiptOutcome> ReceiveAsync(
            string mark, ReadOnlyMemory<byte> body, IReadOnlyCollection<string> fingerprints, DateTimeOffset at, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<IReadOnlyList<Receipt>> PendingReceiptsAsync(int most, CancellationToken cancellation, long after = 0) => throw new NotSupportedException();

        public Task<DateTimeOffset?> LastHeardAsync(string fingerprint, CancellationToken cancellation) =>
            Task.FromResult(disk.Heard.TryGetValue(fingerprint, out var at) ? at : (DateTimeOffset?)null);

        public Task SaveCursorAsync(AnnouncerCursor cursor, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<IReadOnlyList<AnnouncerCursor>> CursorsAsync(string announcer, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
