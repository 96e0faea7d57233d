using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Web.Operators;

/// <summary>The service with several people: alice is on call, bob learns it on staging, carol leads and starts; eve has no role.</summary>
internal sealed class PeopleUnderTest : IAsyncDisposable
{
    public const string Matrix = """
        team: rental
        services:
          rental-api: {workload: {deployment: production/rental-api}}
          rental-web: {workload: {deployment: production/rental-web}}
          rental-staging: {workload: {deployment: staging/rental-api}}
        severities: {low: {} }
        rows:
          - {name: low band, matchers: ['severity="low"'], task: {role: on-call, text: look at the dashboard} }
        playbooks:
          undo:
            manual: {role: [on-call, trainee], services: several}
            methods:
              - {name: api, steps: [rollout_undo: {to: previous}]}
              - {name: restart, only: manual, steps: [rollout_restart: {}]}
            verify: [healthy]
            stabilise: 0s
          asked:
            manual: {role: [on-call, tech-lead]}
            approval: {role: tech-lead, within: 10m, by_another: true}
            steps: [rollout_undo: {to: previous}]
            verify: [healthy]
            stabilise: 0s
          vetoed:
            manual: {role: on-call}
            approval: {role: tech-lead, within: 10m, otherwise: proceed}
            steps: [rollout_undo: {to: previous}]
            verify: [healthy]
            stabilise: 0s
          restore:
            manual: {role: on-call, inputs: {backup: required, note: routine} }
            approval: {role: tech-lead, type: the backup's name, answer: "${backup}"}
            steps: [rollout_undo: {to: previous}]
            verify: [healthy]
            stabilise: 0s
          automatic:
            steps: [rollout_undo: {to: previous}]
            verify: [healthy]
            stabilise: 0s
        checks:
          healthy: {within: 1m, all: [rollout_status]}
        """;

    private static readonly Dictionary<string, GrantedPeople> People = new()
    {
        ["on-call"] = new(["alice"], []),
        ["trainee"] = new(["bob"], ["staging"]),
        ["tech-lead"] = new(["alice", "carol"], ["production"]),
    };

    private TestCluster? _cluster;

    public OperatorsUnderTest Service { get; private init; } = null!;

    public TestCluster Cluster => _cluster ?? throw new InvalidOperationException("this test has no cluster");

    public Book Book => Service.Chronicle.Book;

    public static async Task<PeopleUnderTest> WithoutClusterAsync() =>
        new() { Service = await OperatorsUnderTest.StartAsync(matrix: Matrix, people: People) };

    /// <summary>rental-api ran v1 and runs v2 in the namespace production.</summary>
    public static async Task<PeopleUnderTest> StartAsync(TimeProvider? time = null)
    {
        var cluster = await TestCluster.SandboxAsync("production");
        await cluster.TwoReleasesAsync();
        return new() { _cluster = cluster, Service = await OperatorsUnderTest.StartAsync(cluster.Sandbox!.KubeconfigPath, Matrix, People, time) };
    }

    /// <summary>A start as the body of a request; a test changes what it is about.</summary>
    public static JsonObject Start(string playbook, params string[] services) => new()
    {
        ["playbook"] = playbook,
        ["services"] = new JsonArray([.. services.Select(s => JsonValue.Create(s))]),
        ["reason"] = "the new release loses orders",
        ["key"] = "k1",
    };

    /// <summary>Starts as alice, and waits until there is a question.</summary>
    public async Task<RollbackState> AskingAsync(JsonObject start)
    {
        var (status, text) = await Service.As("alice").PostAsync("rollbacks", start.ToJsonString());
        status.ShouldBe(System.Net.HttpStatusCode.OK, text);
        return (await Service.UntilAsync(b => b.Rollbacks.Values.Any(r => r.Approvals.Any(a => a.IsOpen)))).Rollbacks.Values.Single();
    }

    public async Task<RollbackState> UntilAsync(Func<RollbackState, bool> wanted) =>
        (await Service.UntilAsync(b => b.Rollbacks.Values.Any(wanted))).Rollbacks.Values.Single(wanted);

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }
}
