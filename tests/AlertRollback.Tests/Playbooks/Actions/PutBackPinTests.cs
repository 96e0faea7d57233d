using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Playbooks.Git;
using AlertRollback.Tests.Kubernetes.Workloads;
using AlertRollback.Tests.Playbooks.Containers;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>Whatever replaces a release says whether that was put back: its plan is judged by it (S9).</summary>
public sealed class PutBackPinTests
{
    private const string Image = """{"strategic": {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "rental-api:v1"}]} } } } }""";
    private static readonly string Commit = new('a', 40);

    private readonly Shop _shop = Shop.WithReleases("v1", $"api:{Commit}");
    private readonly ServiceDefinition _service = Acting.Service("""{"helm_release": "shop/api"}""") with { Workload = new("deployment", Shop.Api.Namespace, Shop.Api.Name) };

    [Theory]
    [InlineData("rollout_undo", """{"to": "previous"}""")]
    [InlineData("set_image", """{"image": "api:v1"}""")]
    [InlineData("helm_rollback", "{}")]
    [InlineData("container", """{"name": "rental-api-prod", "host": "rental-vm", "image": "rental-api:v1"}""")]
    public async Task S9_what_was_put_back_is_called_so_unless_it_is_in_quarantine(string word, string parameters)
    {
        await using var engine = await PretendEngine.StartAsync();
        engine.Run("rental-api-prod", "rental-api:v2");
        using var helm = new PretendHelm();

        foreach (var quarantined in (bool[])[false, true])
        {
            var ledger = await LedgerAsync(quarantined);
            IAction action = word switch
            {
                "rollout_undo" => new RolloutUndoAction(new Clusters(_shop.Cluster), ledger, TimeProvider.System),
                "set_image" => new SetImageAction(new Clusters(_shop.Cluster), ledger, TimeProvider.System),
                "helm_rollback" => helm.Action(cluster: _shop.Cluster, ledger: ledger),
                _ => new ContainerAction(new GrantedEngines(Acting.Granting(new TeamGrants { Engines = new Dictionary<string, GrantedEngine> { ["rental-vm"] = engine.Grant } }), TimeProvider.System), ledger, TimeProvider.System),
            };
            (await action.PinAsync(Acting.Context(_service), Acting.Json(parameters), TestContext.Current.CancellationToken))
                .ShouldBeOfType<PinOutcome.Pinned>().WasPutBack.ShouldBe(!quarantined);
        }
    }

    [Theory]
    // put back at the end | called so
    [InlineData("patch", Image, false, true)]
    [InlineData("patch", Image, true, false)]
    [InlineData("patch", """{"strategic": {"spec": {"template": {"spec": {"containers": [{"name": "app", "resources": {"limits": {"memory": "1Gi"}}}]} } } } }""", false, false)]
    [InlineData("set_image", """{"image": "rental-api:v1"}""", true, false)]
    public async Task S9_only_what_takes_the_release_away_asks_whether_it_was_put_back(string word, string parameters, bool isPutBack, bool called)
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var workload = await cluster.TwoReleasesAsync();
        var (clusters, ledger) = (new Clusters(cluster.Api), new Ledger([]));
        IAction action = word == "patch"
            ? new PatchAction(clusters, new GrantedKinds(new OperatorConfiguration { Matrix = "", Journal = "" }), ledger, TimeProvider.System)
            : new SetImageAction(clusters, ledger, TimeProvider.System);

        var context = Acting.Context(_service with { Workload = new("deployment", workload.Namespace, workload.Name) }) with { IsPutBack = isPutBack };

        var pinned = (await action.PinAsync(context, Acting.Json(parameters), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();
        (pinned.HasSuspect, pinned.WasPutBack).ShouldBe((true, called));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S9_so_is_the_commit_of_the_running_release(bool quarantined)
    {
        var engines = new GrantedEngines(Acting.Granting(new TeamGrants()), TimeProvider.System);
        var found = await new DeployedCommit(new Clusters(_shop.Cluster), engines, await LedgerAsync(quarantined)).FindAsync(Acting.Context(_service), TestContext.Current.CancellationToken);

        (found.Commit, found.WasPutBack).ShouldBe((Commit, !quarantined));
    }

    private async Task<Ledger> LedgerAsync(bool quarantined) => new(quarantined ? [(await _shop.ReadAsync())!.Digest, PretendEngine.Bad] : []);

    /// <summary>Everything that runs was put back.</summary>
    private sealed class Ledger(string[] quarantined) : IRevisionLedger
    {
        public bool IsQuarantined(string uid, string digest) => quarantined.Contains(digest);

        public bool IsKnownGood(string uid, string digest) => false;

        public IReadOnlyCollection<string> KnownGood(string uid) => [];

        public DateTimeOffset? BecameCurrentAt(string uid, string digest) => Acting.Started;

        public bool WasPutBack(string uid, string digest, DateTimeOffset since) => since == Acting.Started;

        public Task<string?> QuarantineAsync(string uid, string workload, string digest, IReadOnlyList<string> images, string rollbackId, CancellationToken cancellation) => Task.FromResult<string?>(null);
    }
}
