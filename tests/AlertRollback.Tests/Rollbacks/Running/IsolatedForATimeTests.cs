using AlertRollback.CommandLine;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary><c>meanwhile: [network_isolation]</c> with <c>steps: [wait: 15m]</c>: off the network for that long, and no longer.</summary>
public sealed class IsolatedForATimeTests
{
    [Fact]
    public async Task Pods_are_let_back_when_the_time_is_over_though_the_service_died_meanwhile()
    {
        await using var cluster = await TestCluster.SandboxAsync("production");
        await cluster.TwoReleasesAsync();
        await using var world = await RollbackWorld.StartAsync(time => [new WaitAction(time), new NetworkIsolationAction(new Clusters(cluster.Api), time)]);
        var written = AsTheReferenceWritesIt();
        var row = world.Row("critical", 0, "isolate", methods: [.. written.Methods]);
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Meanwhile = written.Meanwhile } };
        await world.FireAsync();
        await world.UntilAsync(r => r.Timeline.Any(t => t.Event is RollbackEvent.StepMarked { Key: "steps/0" }));
        var began = world.Time.GetUtcNow();
        (await PoliciesAsync(cluster)).ShouldBe(1);

        world.Time.Advance(TimeSpan.FromMinutes(10));
        await world.CrashAsync();
        (await PoliciesAsync(cluster)).ShouldBe(1, "nobody is there to let them back");
        await world.BootAsync();
        await world.AfterAsync(TimeSpan.FromMinutes(5), r => r.Phase == Phase.Stabilising);

        (await PoliciesAsync(cluster)).ShouldBe(0);
        (world.Time.GetUtcNow() - began).ShouldBeInRange(TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(24), "the time did not begin anew");
    }

    private static PlaybookDefinition AsTheReferenceWritesIt()
    {
        const string recipe = "meanwhile: [network_isolation], steps: [wait: 15m]";
        OfflineCatalog.Create().Actions["network_isolation"].Summary.ShouldContain(recipe);
        var matrix = $$"""
            team: rental
            services:
              rental-api:
                workload: {deployment: production/rental-api}
                url: http://rental-api.production:8000
            rows:
              - {name: all, matchers: [], playbook: isolate}
            playbooks:
              isolate: {{{recipe}}, verify: [healthy]}
            checks:
              healthy: [http: /health]
            """;
        var outcome = MatrixLoader.Load(new MatrixFiles([new MatrixFile("matrix.yml", "matrix.yml", matrix)]), OfflineCatalog.Create(), null);
        outcome.Faults.ShouldBeEmpty();
        return outcome.Matrix!.Teams[0].Playbooks[0];
    }

    private static async Task<int> PoliciesAsync(TestCluster cluster) =>
        (await cluster.Api.ListAsync(ResourceKind.NetworkPolicy, "production", null, TestContext.Current.CancellationToken)).Count;
}
