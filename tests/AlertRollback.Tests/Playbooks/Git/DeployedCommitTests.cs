using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Playbooks.Git;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Kubernetes.Workloads;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Containers;
using AlertRollback.Tests.Rollbacks;

namespace AlertRollback.Tests.Playbooks.Git;

/// <summary>Which release is under suspicion after earlier methods replaced it; each image is tagged with its commit.</summary>
public sealed class DeployedCommitTests
{
    private const string Mine = "rental-api-1";

    private static readonly string Old = new('a', 40);
    private static readonly string Good = new('b', 40);
    private static readonly string Bad = new('c', 40);

    private readonly Chronicle _chronicle = new(new MemoryJournal(), TimeProvider.System);
    private readonly OperatorConfiguration _operators = new() { Matrix = "", Journal = "" };

    [Fact]
    public async Task A_release_that_nobody_replaced_is_the_running_one() =>
        (await FindAsync(WithReleases(Good, Bad))).ShouldBe(Bad);

    [Fact]
    public async Task What_another_hand_undid_at_the_same_moment_is_the_suspect_although_our_mark_is_not_there()
    {
        var shop = BackAt(Good, WithReleases(Good, Bad), number: 3);
        await LeftAsync(shop, Bad);

        (await FindAsync(shop)).ShouldBe(Bad);
    }

    [Fact]
    public async Task What_a_storm_spared_is_the_suspect_and_not_what_was_quarantined_before()
    {
        var shop = Marked(BackAt(Good, WithReleases(Old, Good, Bad), number: 4), Mine);
        await LeftAsync(shop, Old, by: "rental-api-0");
        await AppendAsync(new WorkloadEvent.QuarantineWithheld("deployment/shop/api", DigestOf(shop, Bad), [], Mine, "a storm"));

        (await FindAsync(shop)).ShouldBe(Bad);
    }

    [Fact]
    public async Task After_two_undos_the_suspect_is_what_was_found_first_also_when_it_had_been_quarantined_before()
    {
        var shop = WithReleases(Old, Good, Bad);
        await LeftAsync(shop, Bad, by: "rental-api-0");
        await LeftAsync(shop, Bad);
        await LeftAsync(shop, Good);
        Marked(BackAt(Old, shop, number: 5), Mine);

        (await FindAsync(shop)).ShouldBe(Bad);
        (await FindAsync(shop, $"{Mine}-revert")).ShouldBe(Bad, "of the playbook that took over");
    }

    [Fact]
    public async Task What_is_not_kept_any_more_cannot_be_told()
    {
        var shop = Marked(WithReleases(Old, Good), Mine);
        await AppendAsync(new WorkloadEvent.Quarantined("deployment/shop/api", "sha256:pruned", [], Mine));

        (await FindAsync(shop)).ShouldBeNull();
    }

    [Fact]
    public async Task After_two_swaps_of_a_container_the_suspect_is_what_ran_before_both()
    {
        await using var engine = await PretendEngine.StartAsync();
        engine.Run("first", $"rental-api:{Bad}");
        engine.Run("second", $"rental-api:{Good}", config: Labels("steps/0", "first"));
        engine.Run("rental-api-prod", $"rental-api:{Old}", config: Labels("again/0", "second"));

        (await FindAsync(engine, Mine)).ShouldBe(Bad);
        (await FindAsync(engine, $"{Mine}-revert")).ShouldBe(Bad, "of the playbook that took over");
        (await FindAsync(engine, "rental-api-2")).ShouldBe(Old, "another one's swaps are what was deployed");
    }

    private static string Labels(string step, string replaced) =>
        $$$"""{"Labels": {"{{{ContainerState.MadeBy}}}": "{{{Mine}}}/{{{step}}}", "{{{ContainerState.Replaced}}}": "{{{replaced}}}"} }""";

    private static Shop WithReleases(params string[] commits) => Shop.WithReleases([.. commits.Select(c => $"shop/api:{c}")]);

    // The controller uses the revision again, under a new number.
    private static Shop BackAt(string commit, Shop shop, int number)
    {
        var replicaSet = Enumerable.Range(1, number).First(i => Image(shop, i) == $"shop/api:{commit}");
        shop.Release($"shop/api:{commit}");
        shop.CountUp(replicaSet, number);
        return shop;
    }

    private static Shop Marked(Shop shop, string rollback)
    {
        shop.Cluster.Change(Shop.Api.Object, o => o["metadata"]!["annotations"]![Marks.Rollback] = rollback);
        return shop;
    }

    private static string Image(Shop shop, int replicaSet) =>
        shop.Cluster[Shop.ReplicaSetRef(replicaSet)].At("spec", "template", "spec", "containers")![0]!["image"]!.ToString();

    private static string DigestOf(Shop shop, string commit) =>
        Revision.Of(shop.Cluster[Shop.ReplicaSetRef(Enumerable.Range(1, 9).First(i => Image(shop, i) == $"shop/api:{commit}"))])!.Digest;

    private Task LeftAsync(Shop shop, string commit, string by = Mine) =>
        Ledger.QuarantineAsync(Shop.Uid, "deployment/shop/api", DigestOf(shop, commit), [$"shop/api:{commit}"], by, TestContext.Current.CancellationToken);

    private Task AppendAsync(WorkloadEvent e) => _chronicle.ChangeAsync(_ => [Entry.Of(Shop.Uid, e)], TestContext.Current.CancellationToken);

    private RevisionLedger Ledger => new(_chronicle, _operators, TimeProvider.System);

    private async Task<string?> FindAsync(Shop shop, string rollback = Mine)
    {
        var service = Acting.Service() with { Workload = new WorkloadDefinition("deployment", "shop", "api") };
        var deployed = new DeployedCommit(new Clusters(shop.Cluster), new GrantedEngines(_operators, TimeProvider.System), Ledger);
        return (await deployed.FindAsync(Acting.Context(service) with { RollbackId = rollback }, TestContext.Current.CancellationToken)).Commit;
    }

    private async Task<string?> FindAsync(PretendEngine engine, string rollback)
    {
        var operators = Acting.Granting(new TeamGrants { Engines = new Dictionary<string, GrantedEngine> { ["rental-vm"] = engine.Grant } });
        var service = Acting.Service("""{"container": {"name": "rental-api-prod", "host": "rental-vm"}}""");
        var deployed = new DeployedCommit(new Clusters(new NoCluster("none")), new GrantedEngines(operators, TimeProvider.System), Ledger);
        return (await deployed.FindAsync(Acting.Context(service) with { RollbackId = rollback }, TestContext.Current.CancellationToken)).Commit;
    }
}
