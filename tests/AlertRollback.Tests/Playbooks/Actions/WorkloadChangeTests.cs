using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Kubernetes.Workloads;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class WorkloadChangeTests
{
    private static readonly DateTimeOffset restart = new(2026, 11, 23, 21, 4, 0, TimeSpan.Zero);
    private readonly Shop _shop = Shop.WithReleases("v1", "v2", "v2", "v2");
    private readonly FakeRevisionLedger _ledger = new();

    public WorkloadChangeTests()
    {
        _shop.Cluster.Change(Shop.ReplicaSetRef(3), o => Mark(o, "20:03"));
        _shop.Cluster.Change(Shop.ReplicaSetRef(4), o => Mark(o, "20:04"));
        _shop.Cluster.Change(Shop.Api.Object, o => Mark(o, "20:04"));
    }

    [Theory]
    [InlineData("set_image", """{"image": "api:v1"}""")]
    [InlineData("env", """{"set": {"A": "1"}}""")]
    public async Task Which_container_is_filled_in(string word, string parameters)
    {
        var clusters = new Clusters(_shop.Cluster);
        IAction action = word == "env" ? new EnvAction(clusters, TimeProvider.System) : new SetImageAction(clusters, _ledger, TimeProvider.System);
        var named = Acting.Json(parameters);
        named["container"] = "${service}-app";

        var service = Acting.Service() with { Workload = new WorkloadDefinition("deployment", Shop.Api.Namespace, Shop.Api.Name) };
        (await action.RefusedAsync(Acting.Context(service), named)).Text.ShouldContain("no container rental-api-app");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S9_a_restart_makes_no_release_younger(bool seen)
    {
        var snapshot = (await _shop.ReadAsync())!;
        if (seen)
            _ledger.BecameCurrent[snapshot.Digest] = restart;

        WorkloadChange.SuspectSince(_ledger, snapshot).ShouldBe(restart - TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task S9_a_restarted_release_that_was_used_before_has_no_age()
    {
        _shop.Cluster.Change(Shop.ReplicaSetRef(2), o => o["metadata"]!["annotations"]!["deployment.kubernetes.io/revision-history"] = "1");
        var snapshot = (await _shop.ReadAsync())!;
        _ledger.BecameCurrent[snapshot.Digest] = restart;

        WorkloadChange.SuspectSince(_ledger, snapshot).ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S9_of_a_restarted_release_the_time_counts_that_was_seen_before_if_nothing_was_missed_since(bool seenSince)
    {
        _shop.Cluster.Change(Shop.ReplicaSetRef(2), o => o["metadata"]!["annotations"]!["deployment.kubernetes.io/revision-history"] = "1");
        var snapshot = (await _shop.ReadAsync())!;
        _ledger.BecameCurrent[snapshot.Revisions.Single(r => r.Number == 2).Digest] = restart - TimeSpan.FromHours(1);
        if (seenSince)
            _ledger.BecameCurrent[snapshot.Digest] = restart;

        WorkloadChange.SuspectSince(_ledger, snapshot).ShouldBe(seenSince ? restart - TimeSpan.FromHours(1) : null);
    }

    [Fact]
    public async Task S9_what_ran_before_another_release_says_nothing_of_its_return()
    {
        _shop.Cluster.Change(Shop.ReplicaSetRef(3), o => o["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "v3");

        WorkloadChange.SuspectSince(_ledger, (await _shop.ReadAsync())!).ShouldBe(restart);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(4, true)]
    [InlineData(0, true)]
    public async Task S9_a_release_that_came_back_while_nobody_watched_is_no_older_than_that(long numberSeen, bool asOld)
    {
        var shop = Shop.WithReleases("v1", "v2", "v3");
        shop.Release("v2");
        shop.CountUp(2, 4);
        shop.Cluster.Change(Shop.ReplicaSetRef(2), o => o["metadata"]!["annotations"]!["deployment.kubernetes.io/revision-history"] = "2");
        var snapshot = (await shop.ReadAsync())!;
        _ledger.BecameCurrent[snapshot.Digest] = restart;
        _ledger.Numbers[snapshot.Digest] = numberSeen;

        WorkloadChange.SuspectSince(_ledger, snapshot).ShouldBe(asOld ? restart : null);
    }

    private static void Mark(JsonObject o, string at) =>
        o["spec"]!["template"]!["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/restartedAt"] = $"2026-11-23T{at}:00Z" };
}
