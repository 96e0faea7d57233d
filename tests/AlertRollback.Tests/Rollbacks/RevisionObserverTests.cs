using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using AlertRollback.Alerts;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Kubernetes.Workloads;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Rollbacks.Guards;
using AlertRollback.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks;

public sealed class RevisionObserverTests : IAsyncDisposable
{
    private static readonly TimeSpan Soak = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly Unwatched _unwatched = new();
    private readonly FakeTimeProvider _time = new(Runs.Noon);
    private readonly Shop _shop = Shop.WithReleases("v1");
    private readonly Counter _counter = new();
    private readonly MemoryJournal _journal = new();
    private readonly KeptLog _log = new();
    private Chronicle _chronicle = null!;
    private MatrixSource _matrix = null!;
    private RevisionObserver? _observer;

    [Theory]
    [InlineData("default")]
    [InlineData("west")]
    public async Task S3_S9_A_revision_that_runs_is_complete_then_known_good_and_what_it_ran_with_is_kept(string cluster)
    {
        await StartAsync(cluster);

        var known = await UntilAsync(k => k.GoodSince.Count == 1 && k.Configurations is [{ Good: true }] && k.Measured is [{ Good: true }]);

        known.Current!.Workload.ShouldBe(cluster == "west" ? "west/deployment/shop/api" : "deployment/shop/api");
        known.Current.At.ShouldBeNull("it ran before we looked");
        known.CurrentIsComplete.ShouldBeTrue();
        known.Configurations[0].Configuration.ConfigMaps[0].Data!["MODE"].ShouldBe("on");
        known.Measured[0].Answers.ShouldHaveSingleItem().Measured.ShouldBe(["0042"]);
    }

    [Fact]
    public async Task S3_a_release_is_not_known_good_while_an_alert_fires_that_gave_people_a_task()
    {
        await StartAsync();
        var cause = new Cause("f", "SlowPages", LabelSet.Empty, null, Runs.Noon, Runs.Noon, null, null);
        var row = new RowDefinition("rental", "slow pages", 3, [], RowEnding.Task, "look at the slow queries", null, false);
        await TellAsync(new TaskEvent.Given("slow", row, _matrix.Current!.Services.Single(), "low", "look at the slow queries", null, cause));
        var known = await UntilAsync(_ => _time.GetUtcNow() > Runs.Noon + 3 * Soak);
        known.CurrentIsComplete.ShouldBeTrue();
        known.GoodSince.ShouldBeEmpty();

        await TellAsync(new TaskEvent.CauseResolved("f"));
        await UntilAsync(k => k.GoodSince.Count == 1);
    }

    [Fact]
    public async Task S3_what_runs_while_the_machine_stands_still_is_not_seen_to_be_well()
    {
        await StartAsync();
        await UntilAsync(k => k.Current is not null);
        _time.Advance(Soak + Presence.LongestPause);
        var wentOn = _time.GetUtcNow();

        await UntilAsync(k => k.Good.Count == 1);
        (_time.GetUtcNow() - wentOn).ShouldBeGreaterThanOrEqualTo(Soak);
    }

    private Task TellAsync(TaskEvent e) => _chronicle.ChangeAsync(_ => [Entry.Of("slow", e)], Cancellation);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S3_what_must_not_come_back_does_not_become_good_by_lasting_until_a_person_lets_it_go(bool quarantined)
    {
        await StartAsync();
        var digest = LiveTemplate.Digest(_shop.Live);
        await RememberAsync(quarantined ? new WorkloadEvent.Quarantined("w", digest, ["v1"], "r") : new WorkloadEvent.Barred("w", digest, ["v1"], "r", "reads what was rotated"));
        (await UntilAsync(k => k.Configurations is [{ Good: true }])).Good.ShouldBeEmpty("it has lasted for more than the period by then");

        await RememberAsync(new WorkloadEvent.Unpinned("w", digest, "ada", "a false alarm"));
        await UntilAsync(k => k.Good.ContainsKey(digest));
    }

    private Task RememberAsync(WorkloadEvent e) => _chronicle.ChangeAsync(_ => [Entry.Of(Shop.Uid, e)], Cancellation);

    [Fact]
    public async Task A_ConfigMap_that_is_edited_is_recorded_anew_once_that_has_lasted()
    {
        await StartAsync();
        await UntilAsync(k => k.Configurations is [{ Good: true }]);
        PutSettings("edited");
        (await UntilAsync(k => k.Configurations[0].Configuration.ConfigMaps[0].Data!["MODE"] == "edited")).Configurations.ShouldHaveSingleItem().Good.ShouldBeTrue();
    }

    [Fact]
    public async Task What_was_deployed_while_a_check_was_asked_is_not_taken_for_what_was_asked_about()
    {
        _counter.BeforeAnswer = () => RememberAsync(new WorkloadEvent.BecameCurrent("w", "another", 2, ["v2"], _time.GetUtcNow()));
        await StartAsync();

        // It is asked again only after what it answered first was dealt with.
        (await UntilAsync(_ => _counter.Asked > 1)).Measured.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_new_release_became_current_when_it_was_seen_and_is_recorded_for_itself()
    {
        await StartAsync();
        await UntilAsync(k => k.Configurations is [{ Good: true }] && k.Measured is [{ Good: true }]);
        _counter.Answer = "0043";
        _shop.Release("v2");
        _shop.Cluster.Change(Shop.Api.Object, o => o["status"]!["observedGeneration"] = o["metadata"]!["generation"]!.GetValue<long>());
        _shop.Cluster.Tell(WatchEventType.Modified, _shop.Live);

        var known = await UntilAsync(k => k.Measured.Count == 2);

        known.Current!.At.ShouldNotBeNull();
        known.Measured.Select(m => m.Answers[0].Measured[0]).ShouldBe(["0042", "0043"]);
    }

    [Fact]
    public async Task S9_what_went_and_came_back_unseen_did_not_become_current_when_it_was_seen_first()
    {
        await StartAsync();
        await UntilAsync(k => k.Current is not null);
        Observe("v1", number: 3);
        (await UntilAsync(k => k.Current is { Number: 3 })).Current!.At.ShouldNotBeNull("it came back before our eyes");

        _shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["revisionHistoryLimit"] = 9);
        Observe("v1", number: 5);

        (await UntilAsync(k => k.Current is { Number: 5 })).Current!.At.ShouldBeNull();
    }

    // As its controller leaves it.
    private void Observe(string image, int number)
    {
        _shop.Release(image);
        _shop.CountUp(1, number);
        _shop.Cluster.Change(Shop.Api.Object, o => o["status"]!["observedGeneration"] = o["metadata"]!["generation"]!.GetValue<long>());
        _shop.Cluster.Tell(WatchEventType.Modified, _shop.Live);
    }

    [Fact]
    public async Task S3_An_Argo_Rollout_is_known_by_the_template_that_its_ReplicaSet_keeps()
    {
        _shop.Cluster.Change(Shop.ReplicaSetRef(1), o => o["metadata"]!["labels"]!["rollouts-pod-template-hash"] = "a1");
        _shop.Cluster.Put(ResourceKind.Rollout, $$"""
            {"metadata": {"name": "api", "namespace": "shop", "uid": "{{Shop.Uid}}", "generation": 1},
             "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "api"} },
               "template": {"metadata": {"labels": {"app": "api"} }, "spec": {"containers": [{"name": "app", "image": "v1"}]} } },
             "status": {"observedGeneration": "1", "phase": "Healthy", "currentPodHash": "a1", "stableRS": "a1", "updatedReplicas": 2, "availableReplicas": 2} }
            """);
        await StartAsync(kind: "rollout");

        var known = await UntilAsync(k => k.GoodSince.Count == 1);

        known.Current!.Workload.ShouldBe("rollout/shop/api");
        known.GoodSince.Keys.Single().ShouldBe(Revision.Of(_shop.Cluster[Shop.ReplicaSetRef(1)])!.Digest);
    }

    [Fact]
    public async Task S3_what_could_not_be_seen_is_not_known_good()
    {
        var attempts = 0;
        _shop.Cluster.BeforeRead = path =>
        {
            if (path == Shop.Api.Object.Path)
                throw new KubernetesException(KubernetesFault.Unavailable, $"away, for the {Interlocked.Increment(ref attempts)}. time");
        };
        await StartAsync();
        (await UntilAsync(k => attempts >= 3 || k.GoodSince.Count > 0)).GoodSince.ShouldBeEmpty();

        var back = _time.GetUtcNow();
        _shop.Cluster.BeforeRead = null;
        (await UntilAsync(k => k.GoodSince.Count > 0)).GoodSince.Values.Single().ShouldBeGreaterThan(back, "the period begins anew");
    }

    [Fact]
    public async Task What_a_step_will_need_to_know_of_a_revision_is_remembered_without_a_guard()
    {
        await StartAsync(steps: "guards: {}\n    steps:\n      - remembering: {}");

        var known = await UntilAsync(k => k.Measured is [{ Good: true }]);

        var service = _matrix.Current!.Services.Single();
        var ledger = new RevisionLedger(_chronicle, new OperatorConfiguration { Matrix = "", Journal = "" }, _time);
        ledger.MeasuredAt(Shop.Uid, known.Current!.Digest, service, Remembering.Check).ShouldBe(["0042"]);
        ledger.MeasuredAt(Shop.Uid, "another", service, Remembering.Check).ShouldBeNull();
        ledger.MeasuredAt(Shop.Uid, known.Current.Digest, service, Remembering.Check with { Check = "other" }).ShouldBeNull();
    }

    [Fact]
    public async Task What_cannot_be_watched_is_said_once_per_change_and_shown_as_long_as_it_lasts()
    {
        var (attempts, fault) = (0, KubernetesFault.NotFound);
        _shop.Cluster.BeforeRead = _ => throw new KubernetesException(fault, $"no such kind, asked for the {Interlocked.Increment(ref attempts)}. time");
        await StartAsync();
        await UntilAsync(_ => attempts >= 5);

        _unwatched.All.ShouldHaveSingleItem().Key.ShouldBe("deployment/shop/api");
        Unwatchable().ShouldBe(1);
        fault = KubernetesFault.Forbidden;
        var before = attempts;
        await UntilAsync(_ => attempts >= before + 5);
        Unwatchable().ShouldBe(2, "for another reason");

        _shop.Cluster.BeforeRead = null;
        await UntilAsync(k => k.Current is not null);
        _unwatched.All.ShouldBeEmpty();
        _log.Lines.ShouldContain("Information deployment/shop/api is watched again");
    }

    // A watch bears it, and says nothing.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cluster_that_is_away_from_the_start_or_later_is_said_within_minutes(bool later)
    {
        _shop.Cluster.IsAway = !later;
        await StartAsync();
        if (later)
        {
            await UntilAsync(k => k.Current is not null);
            _unwatched.All.ShouldBeEmpty();
            _shop.Cluster.IsAway = true;
        }

        var since = _time.GetUtcNow();
        await UntilAsync(_ => _unwatched.All.Count > 0);
        (_time.GetUtcNow() - since).ShouldBeLessThan(TimeSpan.FromMinutes(2));
        _unwatched.All.ShouldHaveSingleItem().ShouldBe(new("deployment/shop/api", "the API is away"));
        Unwatchable().ShouldBe(1);

        _shop.Cluster.IsAway = false;
        await UntilAsync(_ => _unwatched.All.Count == 0);
        _log.Lines.ShouldContain("Information deployment/shop/api is watched again");
    }

    [Theory]
    [InlineData(KubernetesFault.Unavailable, true)]
    [InlineData(KubernetesFault.NoCluster, false)]
    public async Task A_cluster_that_is_not_to_be_had_is_said_unless_none_is_meant(KubernetesFault fault, bool said)
    {
        await StartAsync(none: new NoCluster("/nope is not there", fault));
        await UntilAsync(_ => _unwatched.All.Count > 0 || _time.GetUtcNow() > Runs.Noon + TimeSpan.FromMinutes(2));

        _unwatched.All.Values.ShouldBe(said ? ["/nope is not there"] : []);
    }

    private async Task StartAsync(string cluster = "default", string kind = "deployment", string? steps = null, NoCluster? none = null)
    {
        _shop.Cluster.Change(Shop.Api.Object, o =>
        {
            o["spec"]!["template"]!["spec"]!["containers"]![0]!["envFrom"] = new JsonArray(new JsonObject { ["configMapRef"] = new JsonObject { ["name"] = "settings" } });
            o["status"]!["observedGeneration"] = 2;
        });
        PutSettings("on");
        var operators = new OperatorConfiguration
        {
            Matrix = _folder.Write("matrix.yml", Content
                .Replace("deployment: shop/api, cluster: default", $"{kind}: shop/api, cluster: {cluster}", StringComparison.Ordinal)
                .Replace("guards: {same_as_at_target: {counter: {}}}\n    steps:", steps ?? "guards: {same_as_at_target: {counter: {}}}\n    steps:", StringComparison.Ordinal)),
            Journal = "",
            Safety = new SafetyLimits { Soak = Soak },
            Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() { Namespaces = ["shop", "west/shop"] } },
        };
        var real = FakeCatalog.Create();
        var catalog = new Catalog([.. real.Actions.Values, new Remembering()], [.. real.Checks.Values, _counter]);
        _chronicle = new Chronicle(_journal, _time);
        _matrix = new MatrixSource(operators, catalog, _journal, _time, NullLogger<MatrixSource>.Instance);
        await _matrix.StartAsync(Cancellation);
        _matrix.Current.ShouldNotBeNull(_matrix.Trouble);
        var clusters = none is not null ? new Clusters(none) : cluster == "default"
            ? new Clusters(_shop.Cluster)
            : new Clusters(new NoCluster("none"), new Dictionary<string, Lazy<IKubernetesApi>> { [cluster] = new(_shop.Cluster) });
        _observer = new RevisionObserver(new ObserverParts(clusters, _matrix, catalog, _chronicle, new JournalSalt(_journal), operators, _time, new Presence(_journal, _time), _unwatched, _log));
        await _observer.StartAsync(Cancellation);
    }

    /// <summary>Lets time pass until the workload is known as wanted.</summary>
    private async Task<WorkloadKnowledge> UntilAsync(Func<WorkloadKnowledge, bool> wanted, [CallerArgumentExpression(nameof(wanted))] string what = "")
    {
        await Until.TrueAsync(
            () =>
            {
                if (wanted(_chronicle.Book.Knowledge(Shop.Uid)))
                    return true;
                _time.Advance(TimeSpan.FromSeconds(1));
                return false;
            },
            what, TimeSpan.FromMilliseconds(1));
        return _chronicle.Book.Knowledge(Shop.Uid);
    }

    // Not what the watch says of anything else, such as a configuration that could not be kept.
    private int Unwatchable() => _log.Lines.Count(l => l.StartsWith("Warning deployment/shop/api cannot be watched;", StringComparison.Ordinal));

    private void PutSettings(string mode) =>
        _shop.Cluster.Put(ResourceKind.ConfigMap, $$"""{"metadata": {"name": "settings", "namespace": "shop", "uid": "settings"}, "data": {"MODE": "{{mode}}"} }""");

    private const string Content = """
        team: rental
        services:
          rental-api:
            workload: {deployment: shop/api, cluster: default}
        severities:
          critical: {}
        rows:
          - name: critical band
            matchers: ['severity="critical"']
            playbook: undo
        playbooks:
          undo:
            guards: {same_as_at_target: {counter: {}}}
            steps:
              - rollout_undo: {to: last_known_good}
            verify: [healthy]
        checks:
          healthy:
            all: [counter: {}]

        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_observer is not null)
            await _observer.StopAsync(CancellationToken.None);
        await _matrix.StopAsync(CancellationToken.None);
        _folder.Dispose();
    }

    private sealed class KeptLog : ILogger<RevisionObserver>
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel} {formatter(state, exception)}");
    }

    private sealed class Remembering : IAction
    {
        public static readonly CheckDefinition Check = new("counter", [], false);

        public string Name => "remembering";

        public string Summary => "test";

        public Repeatability Repeatability => Repeatability.Converges;

        public bool ChangesProduction => true;

        public IReadOnlyList<Parameter> Parameters => [];

        public IEnumerable<CheckDefinition> Remembers(ServiceDefinition service, JsonObject parameters) => [Check];

        public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => throw new NotSupportedException();
    }

    private sealed class Counter : ICheck
    {
        public string Answer { get; set; } = "0042";

        public Func<Task>? BeforeAnswer { get; set; }

        public int Asked { get; private set; }

        public string Name => "counter";

        public string Summary => "test";

        public IReadOnlyList<Parameter> Parameters => [];

        public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
        {
            Asked++;
            if (BeforeAnswer is { } before)
                await before();
            return [new CheckResult(Verdict.Pass, "migration", Answer, null)];
        }
    }
}
