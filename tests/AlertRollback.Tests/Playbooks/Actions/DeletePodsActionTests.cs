using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Sandbox.Cluster;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class DeletePodsActionTests : IAsyncLifetime
{
    private ObjectWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = (ObjectWorld)await new DeletePodsUse().ArrangeAsync(real: false);

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private DeletePodsAction Action => new(_world.Clusters, TimeProvider.System);

    [Theory]
    [InlineData("""{"selector": ""}""")]
    [InlineData("""{"selector": " , "}""")]
    public void An_empty_selector_is_a_fault(string parameters) => Action.Validate(Acting.Json(parameters)).ShouldHaveSingleItem().ShouldContain("is empty");

    [Fact]
    public async Task A_selector_that_matches_nothing_is_refused() =>
        (await Action.RefusedAsync(Acting.Context(_world.Service), Acting.Json("""{"selector": "app=nobody"}"""))).Reason.ShouldBe(Reason.NothingWouldMatch);

    [Fact]
    public async Task S15_the_workloads_whose_pods_a_selector_finds_are_known_so_that_they_can_be_judged()
    {
        await _world.Cluster.TwoReleasesAsync("worker");
        await LabelAsync("rental-api", "tier=web");
        await LabelAsync("worker", "tier=web");

        var pinned = (await Action.PinAsync(Acting.Context(_world.Service), Acting.Json("""{"selector": "tier=web", "which": "all"}"""), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();

        pinned.Locks.ShouldBe([$"default/pods/{_world.Namespace}/tier=web", $"default/deployment/{_world.Namespace}/rental-api", $"default/deployment/{_world.Namespace}/worker"], ignoreOrder: true);
    }

    private async Task LabelAsync(string app, string label)
    {
        foreach (var pod in await _world.Api.ListAsync(ResourceKind.Pod, _world.Namespace, $"app={app}", TestContext.Current.CancellationToken))
            await _world.PatchAsync(ResourceKind.Pod, pod.Name, $$"""{"metadata": {"labels": {"{{label.Split('=')[0]}}": "{{label.Split('=')[1]}}"} } }""");
    }

    [Fact]
    public async Task An_input_cannot_make_the_selector_mean_other_pods()
    {
        var context = Acting.Context(_world.Service);
        context = context with { Run = context.Run with { Inputs = context.Run.Inputs.SetItem("version", "x,app") } };

        (await Action.RefusedAsync(context, Acting.Json("""{"selector": "version=${version}"}"""))).Reason.ShouldBe(Reason.NotGranted);
    }

    [Fact]
    public async Task Pods_that_are_ready_stay()
    {
        var context = Acting.Context(_world.Service);
        var pinned = (await Action.PinAsync(context, [], TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();

        pinned.To.ShouldStartWith("0 of them evicted");
        (await Action.ApplyAsync(context, pinned.Pin)).ShouldBeOfType<StepOutcome.Done>();
        _world.Writes.ShouldBe(0);
    }

    [Fact]
    public async Task A_pod_that_nothing_would_replace_is_refused()
    {
        await _world.AddAsync(ResourceKind.Pod, """{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "alone", "labels": {"app": "alone"} }, "spec": {"containers": [{"name": "app", "image": "alone:v1"}]} }""");

        (await Action.RefusedAsync(Acting.Context(_world.Service), Acting.Json("""{"selector": "app=alone", "which": "all"}"""))).Text.ShouldContain("nothing would replace pod alone");
    }

    [Fact]
    public async Task A_replacement_that_does_not_get_ready_is_a_failure_and_the_next_pod_stays()
    {
        await SetAsync("alone:v1");
        await AreReadyAsync("app=alone", 2);
        var pin = await Action.PinAsync(Acting.Context(_world.Service), Acting.Json("""{"selector": "app=alone", "which": "all"}"""));
        var uids = ((JsonArray)pin["pods"]!).Select(p => p!["uid"]!.ToString()).ToList();
        await _world.PatchAsync(ResourceKind.ReplicaSet, "alone", """{"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "alone:v2-broken"}]} } } }""");

        var outcome = await Action.ApplyAsync(Acting.Context(_world.Service, deadline: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(4)), pin);

        outcome.ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(Reason.TimedOut);
        outcome.Text.ShouldContain("the pods after it stay");
        (await PodsAsync("app=alone")).Count(p => uids.Contains(p.Uid)).ShouldBe(1);
    }

    [Fact]
    public async Task A_disruption_budget_is_waited_for()
    {
        var context = Acting.Context(_world.Service);
        var pin = await Action.PinAsync(context, _world.Parameters);
        _world.Faults.Next("POST", "/eviction", SandboxFault.TooManyRequests(0), count: 8);

        (await Action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        (await _world.LookAsync()).ShouldBe(_world.After);
        _world.Writes.ShouldBe(2);
    }

    [Fact]
    public async Task A_pod_of_the_same_name_but_another_uid_is_left_alone()
    {
        var context = Acting.Context(_world.Service);
        var pin = await Action.PinAsync(context, _world.Parameters);
        foreach (var pod in (JsonArray)pin["pods"]!)
            pod!["uid"] = Guid.NewGuid().ToString();

        (await Action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        _world.Writes.ShouldBe(0);
    }

    [Theory]
    [InlineData("""{"which": "all"}""", false)]
    [InlineData("""{"which": "all", "force": true}""", true)]
    [InlineData("""{"force": true}""", false)]
    public async Task Force_needs_a_person(string parameters, bool asks)
    {
        var pinned = (await Action.PinAsync(Acting.Context(_world.Service), Acting.Json(parameters), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();

        (pinned.Irreversible is not null).ShouldBe(asks);
    }

    [Fact]
    public async Task Force_is_refused_for_pods_of_a_StatefulSet()
    {
        await _world.AddAsync(ResourceKind.StatefulSet, """
            {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": {"replicas": 1, "serviceName": "db", "selector": {"matchLabels": {"app": "db"} },
             "template": {"metadata": {"labels": {"app": "db"} }, "spec": {"containers": [{"name": "app", "image": "db:v1"}]} } } }
            """);
        await _world.Cluster.CompleteAsync(new WorkloadRef(WorkloadKind.StatefulSet, _world.Namespace, "db"), "db:v1");

        (await Action.RefusedAsync(Acting.Context(_world.Service), Acting.Json("""{"selector": "app=db", "which": "all", "force": true}"""))).Reason.ShouldBe(Reason.NotGranted);
    }

    [Fact]
    public async Task A_pod_that_failed_long_ago_is_no_replacement_that_is_not_ready()
    {
        var context = Acting.Context(_world.Service, deadline: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(10));
        var pin = await Action.PinAsync(context, _world.Parameters);
        await LeaveFailedAsync();

        (await Action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe("2 of 2 pods replaced");
    }

    [Fact]
    public async Task A_pod_that_failed_long_ago_is_taken_away_and_waits_for_no_replacement()
    {
        await LeaveFailedAsync();
        var context = Acting.Context(_world.Service);
        var pin = await Action.PinAsync(context, Acting.Json("""{"which": "not_ready"}"""));

        (await Action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe("1 of 1 pods replaced");
        (await PodsAsync("app=rental-api")).ShouldNotContain(p => p.Name == "leftover");
    }

    [Fact]
    public async Task A_pod_whose_node_is_gone_is_replaced_once_its_replacement_is_ready()
    {
        await using var cluster = await NodesAreGoneAsync();
        var pods = new ObjectWorld(cluster, await cluster.TwoReleasesAsync(), "{}", w => new DeletePodsAction(w.Clusters, Later)) { States = ("", ""), Look = _ => Task.FromResult("") };
        var context = Acting.Context(pods.Service, deadline: Later.GetUtcNow() + TimeSpan.FromSeconds(15));
        var pin = await pods.Create().PinAsync(context, Acting.Json("""{"which": "all"}"""));

        (await pods.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe("2 of 2 pods replaced");
        cluster.Sandbox!.PeekAll(ResourceKind.Pod, cluster.Namespace).Count(p => p.BeingDeleted && ((JsonArray)pin["pods"]!).Any(q => q!["uid"]!.ToString() == p.Uid)).ShouldBe(2);
    }

    [Fact]
    public async Task S5_a_pod_of_a_StatefulSet_whose_node_is_gone_keeps_its_ready_peers_and_no_others_waiting()
    {
        await using var cluster = await NodesAreGoneAsync();
        var pods = new ObjectWorld(cluster, await cluster.TwoReleasesAsync(), "{}", w => new DeletePodsAction(w.Clusters, Later)) { States = ("", ""), Look = _ => Task.FromResult("") };
        foreach (var name in new[] { "db", "queue" })
        {
            await pods.AddAsync(ResourceKind.StatefulSet, $$$"""
                {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "{{{name}}}"}, "spec": {"replicas": 2, "serviceName": "db", "selector": {"matchLabels": {"app": "{{{name}}}"} },
                 "template": {"metadata": {"labels": {"app": "{{{name}}}", "tier": "data"} }, "spec": {"containers": [{"name": "app", "image": "db:v1"}]} } } }
                """);
            await cluster.CompleteAsync(new WorkloadRef(WorkloadKind.StatefulSet, cluster.Namespace, name), "db:v1");
        }

        cluster.Forget();
        var context = Acting.Context(pods.Service, deadline: Later.GetUtcNow() + TimeSpan.FromSeconds(4));
        var pin = await pods.Create().PinAsync(context, Acting.Json("""{"selector": "tier=data", "which": "all"}"""));

        var failed = (await pods.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Failed>();

        failed.Text.ShouldBe("db-0: past its grace period it is still listed: its node may be gone; the pods after it stay");
        cluster.Sandbox!.PeekAll(ResourceKind.Pod, cluster.Namespace).Where(p => p.BeingDeleted && p.Name.Length < 9).Select(p => p.Name).Order(StringComparer.Ordinal).ShouldBe(["db-0", "queue-0"]);
    }

    // Long after, by the clock of whoever waits.
    private static readonly Ahead Later = new(TimeSpan.FromMinutes(2));

    private static Task<TestCluster> NodesAreGoneAsync() => TestCluster.SandboxAsync(options: SandboxClusterOptions.Quick with { TerminationDelay = TimeSpan.FromMinutes(5) });

    /// <summary>A pod of the running ReplicaSet that its node evicted, and that nobody has removed.</summary>
    private async Task LeaveFailedAsync()
    {
        var sibling = (await PodsAsync("app=rental-api")).First(p => PodState.IsReady(p) && !p.BeingDeleted);
        await _world.AddAsync(ResourceKind.Pod, """{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "leftover"}, "spec": {"containers": [{"name": "app", "image": "rental-api:v2"}]} }""");
        var leftover = new ObjectRef(ResourceKind.Pod, _world.Namespace, "leftover");
        await _world.Api.MergePatchAsync(leftover, Acting.Json("""{"status": {"phase": "Failed", "reason": "Evicted", "conditions": null} }"""), new WriteOptions { Subresource = "status" }, TestContext.Current.CancellationToken);

        // Only then is it its ReplicaSet's, which would end the surplus pod otherwise.
        await _world.Api.MergePatchAsync(
            leftover,
            new JsonObject { ["metadata"] = new JsonObject { ["labels"] = sibling.At("metadata", "labels")!.DeepClone(), ["ownerReferences"] = sibling.At("metadata", "ownerReferences")!.DeepClone() } },
            new WriteOptions(), TestContext.Current.CancellationToken);
        _world.Cluster.Forget();
    }

    private Task SetAsync(string image) => _world.AddAsync(ResourceKind.ReplicaSet, $$$"""
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "alone"}, "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "alone"} },
         "template": {"metadata": {"labels": {"app": "alone"} }, "spec": {"containers": [{"name": "app", "image": "{{{image}}}"}]} } } }
        """);

    private Task<IReadOnlyList<KubernetesObject>> PodsAsync(string selector) => _world.Api.ListAsync(ResourceKind.Pod, _world.Namespace, selector, TestContext.Current.CancellationToken);

    private async Task AreReadyAsync(string selector, int count)
    {
        var ready = new HashSet<string>();
        await foreach (var e in _world.Api.WatchAsync(ResourceKind.Pod, _world.Namespace, selector, null, TestContext.Current.CancellationToken))
        {
            if (PodState.IsReady(e.Object) && ready.Add(e.Object.Uid) && ready.Count == count)
                return;
        }
    }
}
