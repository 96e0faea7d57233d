using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using AlertRollback.Alerts;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Rollbacks.Running;
using AlertRollback.Storage;
using AlertRollback.Storage.Sqlite;
using AlertRollback.Tests.Support;
using AlertRollback.Tests.Support.Web;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AlertRollback.Tests.Rollbacks;

/// <summary>An action whose world is a word: what runs now. Undo sets it to "good".</summary>
internal sealed class FakeUndo(RollbackWorld world) : IAction
{
    public string Name => "fake_undo";
    public string Summary => "test";
    public Repeatability Repeatability => Repeatability.Converges;
    public bool ChangesProduction => true;
    public IReadOnlyList<Parameter> Parameters => [];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        world.Pins++;
        return Task.FromResult(world.PinAnswer?.Invoke() ?? new PinOutcome.Pinned(
            new JsonObject { ["to"] = "good" }, world.Running, "good", [], [], [$"{context.Service.Workload}"])
        {
            HasSuspect = true,
            SuspectSince = world.DeployedAt,
        });
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        if (world.BeforeApply is { } before)
            await before(context);
        if (world.ApplyAnswers.TryDequeue(out var answer))
            return answer;
        if (world.Running != "good")
        {
            if (context.Journal.MayWrite() is { } stop)
                return stop;
            lock (world.Log)
                world.Writes.Add(context.RollbackId);
            world.Running = "good";
        }

        return new StepOutcome.Done(Reason.Applied, "good runs");
    }
}

/// <summary>An action that notes what it did, and can be put back; its parameter <c>as</c> names it.</summary>
internal sealed class FakeSwitch(RollbackWorld world) : IAction
{
    public string Name => "fake_switch";
    public string Summary => "test";
    public Repeatability Repeatability => Repeatability.Converges;
    public bool ChangesProduction => true;
    public bool Restores => true;
    public bool DestroysDataWith(JsonObject parameters) => world.DestroysData is { } destroys && parameters["as"]!.GetValue<string>() == destroys;
    public IReadOnlyList<Parameter> Parameters => [new("as", ParameterType.Text, "")];

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        // Two rollbacks that were started together are planned at the same time.
        lock (world.Log)
        {
            world.Earlier[parameters["as"]!.GetValue<string>()] = string.Concat(context.Earlier.Select(e => $"{e.Pin["as"]}{(e.IsConditional ? "?" : "")}"));
            if (context.IsPutBack)
                world.PutBack.Add(parameters["as"]!.GetValue<string>());
        }

        return Task.FromResult<PinOutcome>(new PinOutcome.Pinned(
            new JsonObject { ["as"] = parameters["as"]!.GetValue<string>(), ["world"] = world.PinChange }, "off", "on", [], [], [world.Lock ?? $"{context.Service.Name}/{parameters["as"]}"])
        {
            Irreversible = world.Irreversible,
        });
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        if (world.BeforeApply is { } before)
            await before(context);
        lock (world.Log)
            world.Log.Add($"{context.Service.Name} {pin["as"]}");
        return world.ApplyAnswers.TryDequeue(out var answer) ? answer : new StepOutcome.Done(Reason.Applied, "on");
    }

    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        lock (world.Log)
            world.Log.Add($"{context.Service.Name} {pin["as"]} back");
        return Task.FromResult(world.RestoreAnswers.TryDequeue(out var answer) ? answer : new StepOutcome.Done(Reason.Applied, "off"));
    }

    public static StepDefinition Step(string name) => new("fake_switch", new JsonObject { ["as"] = name });
}

/// <summary>Answers as its parameter <c>answer</c> says, else what the world's health is.</summary>
internal sealed class FakeCheck(RollbackWorld world) : ICheck
{
    public string Name => "fake_check";
    public string Summary => "test";
    public IReadOnlyList<Parameter> Parameters => [];

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        if (world.BeforeCheck is { } before)
            await before();
        await Task.Delay(world.CheckTakes, world.Time, cancellation);
        world.Asked++;
        world.CheckedSince = context.Since;
        world.CheckedPins = string.Join(' ', context.Pins.Values.Select(p => p["as"]));
        var health = parameters["answer"] is { } answer ? Enum.Parse<Verdict>(answer.GetValue<string>()) : world.Health;
        return [new CheckResult(health, "health", world.Measured ?? health.Word(), "ok")];
    }
}

internal sealed class FakeAlertSource(RollbackWorld world) : IAlertSource
{
    public Task<IReadOnlyList<FiringAlert>?> FiringAsync(CancellationToken cancellation)
    {
        world.AlertsAsked++;
        return Task.FromResult<IReadOnlyList<FiringAlert>?>((world.FiringAnswers.TryDequeue(out var once) ? once : world.StillFiring) switch
        {
            true => [new FiringAlert(new Dictionary<string, string>(), Suppressed: false)],
            false => [],
            null => null,
        });
    }
}

/// <summary>The core with a fake action, a fake check and a fake clock, over a real journal.</summary>
internal sealed class RollbackWorld : IAsyncDisposable
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("alertrollback-").FullName;
    private readonly TaskCompletionSource _stalled = new();
    private readonly TaskCompletionSource _never = new();
    private SqliteJournal _journal = null!;
    private RollbackRunner? _runner;
    private readonly ConcurrentQueue<string> _faults = [];
    private readonly LoggerFactory _logs = new();
    private long _receipt;

    public required CountedTime Time { get; init; }
    public Chronicle Chronicle { get; private set; } = null!;
    public IJournal Journal => _journal;
    public string Running { get; set; } = "bad";
    public DateTimeOffset? DeployedAt { get; set; }
    public Verdict Health { get; set; } = Verdict.Pass;
    public string? Measured { get; set; }
    public bool? StillFiring { get; set; }

    /// <summary>When the process before the next boot was last there; null: it does not say so.</summary>
    public DateTimeOffset? LastSeen { get; set; }

    /// <summary>Whether the machine stands still; null: it does not, however the time leaps.</summary>
    public Presence? Presence { get; set; }

    public bool OnlyPlans { get; private set; }

    /// <summary>Why nobody can be called; null: somebody can.</summary>
    public string? Obstacle { get; set; }

    /// <summary>From the next boot on: what people were told; null: nothing tells them.</summary>
    public Told? Told { get; set; }

    public Queue<bool?> FiringAnswers { get; } = [];
    public int Pins { get; set; }
    public int Asked { get; set; }

    /// <summary>How often Alertmanager was asked what fires.</summary>
    public int AlertsAsked { get; set; }

    /// <summary>What workers logged: faults alone.</summary>
    public IReadOnlyCollection<string> Faults => _faults;
    public DateTimeOffset? CheckedSince { get; set; }

    /// <summary>The switches that the last check was told of.</summary>
    public string CheckedPins { get; set; } = "";
    public List<string> Writes { get; } = [];
    public Queue<StepOutcome> ApplyAnswers { get; } = new();
    public Queue<StepOutcome> RestoreAnswers { get; } = new();

    /// <summary>The switches of the same plan that come before one, by its name.</summary>
    public Dictionary<string, string> Earlier { get; } = [];

    /// <summary>The steps that were told, while they were planned, that they are put back.</summary>
    public SortedSet<string> PutBack { get; } = [];

    public List<string> Log { get; } = [];
    public string? Irreversible { get; set; }

    /// <summary>The switch that can lose data for good; null: none.</summary>
    public string? DestroysData { get; set; }

    /// <summary>What a pin holds besides: another world is another plan.</summary>
    public string? PinChange { get; set; }

    /// <summary>What every step locks; null: each something of its own.</summary>
    public string? Lock { get; set; }
    public Func<PinOutcome>? PinAnswer { get; set; }
    public Func<Task>? BeforeCheck { get; set; }
    public TimeSpan CheckTakes { get; set; }
    public Func<StepContext, Task>? BeforeApply { get; set; }
    public Dictionary<string, Decision.Act> Rows { get; } = [];

    /// <summary>The services of the matrix in use.</summary>
    public List<ServiceDefinition> Declared { get; } = [];

    /// <summary>The address of each service's container; null: they have none.</summary>
    public string? Container { get; set; }

    public OperatorConfiguration Operators { get; set; } = new()
    {
        Matrix = "unused",
        Journal = "unused",
        Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() { Namespaces = ["production"] } },
    };

    /// <summary>Real actions besides.</summary>
    public IReadOnlyList<IAction> More { get; private init; } = [];

    public static async Task<RollbackWorld> StartAsync(Func<TimeProvider, IReadOnlyList<IAction>>? more = null)
    {
        var time = new CountedTime(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
        var world = new RollbackWorld { Time = time, More = more?.Invoke(time) ?? [] };
        world._logs.AddProvider(new KeptLog(world._faults));
        world.DeployedAt = world.Time.GetUtcNow() - TimeSpan.FromHours(1);
        world.Rows["critical"] = world.Row("critical", 0, "undo");
        await world.BootAsync();
        return world;
    }

    /// <summary>What the process that runs decides by.</summary>
    public NextMove Next { get; private set; } = null!;

    public async Task BootAsync()
    {
        _journal = SqliteJournal.Open(Path.Combine(_folder, "journal.db"), Time);
        Chronicle = new Chronicle(_journal, Time, _ => Obstacle);
        await Chronicle.LoadAsync(CancellationToken.None);
        var catalog = new Catalog([new FakeUndo(this), new FakeSwitch(this), .. More], [new FakeCheck(this)]);
        var guards = new PureGuards(Operators, _ => OnlyPlans, () => Declared);
        var booted = new Attendance(Time.GetUtcNow(), LastSeen);
        Next = new NextMove(guards, () => Presence?.Now ?? booted, () => _journal.FailedAt, Told);
        var parts = new WorkerParts(
            Chronicle, _journal, catalog, new Planner(catalog, Time), guards,
            new ReadingGuards(catalog, new Clusters(new NoCluster("none here")), Chronicle, Operators, Time), Next, new FakeAlertSource(this),
            Operators, Time, _logs.CreateLogger<RollbackWorker>());
        _runner = new RollbackRunner(parts, NullLogger<RollbackRunner>.Instance);
        await _runner.StartAsync(CancellationToken.None);
    }

    /// <summary>Nothing can be written down until it is disposed of.</summary>
    public IDisposable HoldJournal()
    {
        var other = new SqliteConnection($"Data Source={Path.Combine(_folder, "journal.db")};Pooling=False");
        other.Open();
        using var held = other.CreateCommand();
        held.CommandText = "BEGIN IMMEDIATE";
        held.ExecuteNonQuery();
        return other;
    }

    /// <summary>Ends the process as a crash would: nothing more is journalled.</summary>
    public async Task CrashAsync()
    {
        await _runner!.StopAsync(CancellationToken.None);
        _runner.Dispose();
        Chronicle.Dispose();
        await _journal.DisposeAsync();
    }

    /// <summary>For <see cref="BeforeApply"/>: holds a step up until the process ends.</summary>
    public Task StallAsync()
    {
        _stalled.SetResult();
        return _never.Task;
    }

    /// <summary>Ends the process while a step is held up, and starts it again later.</summary>
    public async Task CrashStalledAsync(TimeSpan downtime = default)
    {
        await _stalled.Task;
        var ending = CrashAsync();
        _never.SetCanceled(TestContext.Current.CancellationToken);
        await ending;
        Time.Advance(downtime);
        await BootAsync();
    }

    public Decision.Act Row(
        string severity, int rank, string playbook, bool shadow = false, string workload = "rental-api", GuardSettings? guards = null, params MethodDefinition[] methods) => new(
        new RowDefinition("rental", severity, rank, [$"severity=\"{severity}\""], RowEnding.Playbook, playbook, null, shadow),
        Service(workload) with { Slack = "#rental-ops" },
        new SeverityDefinition(severity, TimeSpan.FromMinutes(5)),
        new PlaybookDefinition(
            playbook,
            guards ?? GuardSettings.Default,
            [],
            methods.Length > 0 ? methods : [Method("kubernetes")],
            [new CheckSetDefinition("healthy", TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5), [new CheckDefinition("fake_check", [], false)])],
            [],
            TimeSpan.FromMinutes(30)),
        $"row {severity}");

    public static ServiceDefinition Service(string name) => new("rental", name, new WorkloadDefinition("deployment", "production", name), null, null, null);

    public static MethodDefinition Method(string name) => new(name, TimeSpan.FromMinutes(10), [new StepDefinition("fake_undo", [])]);

    public Task FireAsync(string severity = "critical", string pod = "a", DateTimeOffset? startsAt = null) =>
        ReceiveAsync(AlertOf(severity, pod, AlertStatus.Firing, startsAt ?? Time.GetUtcNow()));

    public Task ResolveAsync(string severity = "critical", string pod = "a") =>
        ReceiveAsync(AlertOf(severity, pod, AlertStatus.Resolved, Time.GetUtcNow()));

    /// <summary>Lets that time pass, and more as long as it takes, until the picture is as wanted.</summary>
    public async Task<RollbackState> AfterAsync(TimeSpan leap, Func<RollbackState, bool> wanted) =>
        (await FakeTime.PassAsync(Time, leap, Chronicle, b => b.Rollbacks.Values.Any(wanted))).Rollbacks.Values.First(wanted);

    /// <summary>A person's answer to everything that is asked about the newest plan.</summary>
    public Task AnswerAsync(string id, bool yes, string by = "carol") => Chronicle.ChangeAsync(
        id,
        (r, _) => r.Approvals.Where(a => a.IsOpen).Select(a => yes
            ? (RollbackEvent)new RollbackEvent.ApprovalGiven(a.Request.Digest, a.Request.Ask, by, null)
            : new RollbackEvent.ApprovalRejected(a.Request.Digest, a.Request.Ask, by, "not now")),
        CancellationToken.None);

    /// <summary>Several rollbacks that a person starts together.</summary>
    public Task StartTogetherAsync(PlaybookDefinition playbook, params string[] services) => Chronicle.ChangeAsync(
        _ => services.Select(s => new Entry(RollbackState.Stream(s), new RollbackEvent.Proposed(
            s,
            new RowDefinition("rental", "started by hand", -1, [], RowEnding.Playbook, playbook.Name, null, false),
            Service(s),
            new SeverityDefinition("by hand", null),
            playbook,
            false,
            "started by alice",
            null)
        {
            Manual = new ManualStart("alice", "drill", null, System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty, services.Length > 1 ? "together" : null),
        })),
        CancellationToken.None);

    private Alert AlertOf(string severity, string pod, AlertStatus status, DateTimeOffset startsAt)
    {
        var labels = LabelSet.Of(("alertname", "HighErrors"), ("severity", severity), ("service", "rental-api"), ("pod", pod));
        return new Alert(status, labels, LabelSet.Empty, startsAt, status == AlertStatus.Resolved ? Time.GetUtcNow() : null, "", labels.Fingerprint);
    }

    public async Task ReceiveAsync(params Alert[] alerts)
    {
        var message = new WebhookMessage(alerts, 0, "http://am");
        var now = Time.GetUtcNow();
        await Chronicle.ChangeAsync(
            book => new Dispatching(book, now, labels => Rows[labels["severity"]]) { ContainerOf = _ => Container }.Dispatch(++_receipt, now, message),
            CancellationToken.None);
    }

    public Task KillSwitchAsync(bool on) => Chronicle.ChangeAsync(
        _ => [Entry.Of(new GlobalEvent.KillSwitchSet(on, false, "anna", "drill"))], TestContext.Current.CancellationToken);

    /// <summary>As after a reload of the matrix.</summary>
    public Task DecideAnewAsync(bool shadow = false)
    {
        OnlyPlans = shadow;
        return Chronicle.ChangeAsync(
            book => new Dispatching(book, Time.GetUtcNow(), labels => Rows[labels["severity"]]) { OnlyPlans = _ => shadow }.DecideAnew(), CancellationToken.None);
    }

    /// <summary>As the dispatcher does again and again.</summary>
    public Task DecideWhatGaveWayAsync() => Chronicle.ChangeAsync(
        book => new Dispatching(book, Time.GetUtcNow(), labels => Rows[labels["severity"]]) { HeardFrom = Next.HeardFrom }.DecideWhatGaveWay(), CancellationToken.None);

    /// <summary>As when a resolved alert is delivered again with its old start.</summary>
    public Task FireAgainAsync() => Chronicle.ChangeAsync(
        book => Dispatcher.Resolved(book, Time.GetUtcNow())
            .SelectMany(c => new Dispatching(book, Time.GetUtcNow(), labels => Rows[labels["severity"]]).FireAgain(c.Cause, c.ResolvedAt, Time.GetUtcNow())),
        CancellationToken.None);

    /// <summary>Waits, in real time but without sleeping, until the newest picture is as wanted.</summary>
    public async Task<RollbackState> UntilAsync(Func<RollbackState, bool> wanted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            var book = Chronicle.Book;
            if (book.Rollbacks.Values.FirstOrDefault(wanted) is { } found)
                return found;
            try
            {
                await Chronicle.ChangedSince(book).WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"not reached; at the end: {Describe(book)}");
            }
        }
    }

    public Task<RollbackState> UntilAsync(Phase phase) => UntilAsync(r => r.Phase == phase);

    /// <param name="after">The time that has to pass for it; null: none.</param>
    public async Task<RollbackState> ClosedAsync(Outcome outcome, TimeSpan? after = null)
    {
        var closed = after is { } leap ? await AfterAsync(leap, r => r.Closed is not null) : await UntilAsync(r => r.Closed is not null);
        closed.Closed!.Outcome.ShouldBe(outcome, Describe(closed));
        return closed;
    }

    public static string Describe(Book book) => string.Join(" | ", book.Rollbacks.Values.Select(Describe));

    private static string Describe(RollbackState r) =>
        $"{r.Id} {r.Phase}: {string.Join(", ", r.Timeline.Select(t => EventJson.Word(t.Event.GetType())))} {r.Closed?.Reason} {r.Closed?.Text} {r.Parking?.Reason} {r.Parking?.Text}";

    public async ValueTask DisposeAsync()
    {
        try
        {
            await CrashAsync().WaitAsync(LongestEnd, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            // A test that failed may hold a step up for ever; that must not keep the others from their turn.
        }

        _logs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
