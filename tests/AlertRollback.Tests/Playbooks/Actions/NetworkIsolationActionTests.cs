using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class NetworkIsolationUse : ActionUse
{
    public const string Isolated = "Ingress,Egress {\"matchLabels\":{\"app\":\"rental-api\"}} 0 in, 2 out";

    public override Type Action => typeof(NetworkIsolationAction);

    public override bool OnRealCluster => true;

    public override IReadOnlyList<string> Rights => ["network-policies"];

    public override (string Method, string Path)? KubernetesWrite => ("POST", "networkpolicies");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        return new ObjectWorld(cluster, workload, """{"allow_dns": true, "allow_to": [{"cidr": "10.0.0.0/24", "ports": [27017]}]}""", w => new NetworkIsolationAction(w.Clusters, TimeProvider.System))
        {
            States = ("on the network", Isolated),
            Look = LookAsync,
            Hand = HandAsync,
            StateAfterHand = "Ingress {\"matchLabels\":{\"app\":\"rental-api\"}} 0 in, 0 out",
        };
    }

    public static async Task<string> LookAsync(ObjectWorld world) => await PolicyAsync(world) is { } policy
        ? $"{string.Join(',', ((JsonArray)policy.At("spec", "policyTypes")!).Select(t => t!.ToString()))} {policy.At("spec", "podSelector")!.ToJsonString()} {Count(policy, "ingress")} in, {Count(policy, "egress")} out"
        : "on the network";

    public static async Task<KubernetesObject?> PolicyAsync(ObjectWorld world) =>
        (await world.Api.ListAsync(ResourceKind.NetworkPolicy, world.Namespace, null, TestContext.Current.CancellationToken)).SingleOrDefault();

    private static int Count(KubernetesObject policy, string direction) => (policy.At("spec", direction) as JsonArray)?.Count ?? 0;

    private static async Task HandAsync(ObjectWorld world)
    {
        var policy = (await PolicyAsync(world))!;
        await world.PatchAsync(ResourceKind.NetworkPolicy, policy.Name, """{"spec": {"policyTypes": ["Ingress"], "egress": null} }""");
    }
}

internal sealed class NetworkIsolationLiftUse : ActionUse
{
    public override Type Action => typeof(NetworkIsolationAction);

    public override string Way => " (lift)";

    public override bool OnRealCluster => true;

    public override IReadOnlyList<string> Rights => ["network-policies"];

    public override (string Method, string Path)? KubernetesWrite => ("DELETE", "networkpolicies/isolate-rental-api");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        var world = new ObjectWorld(cluster, workload, """{"lift": true}""", w => new NetworkIsolationAction(w.Clusters, TimeProvider.System))
        {
            States = ("Ingress,Egress {\"matchLabels\":{\"app\":\"rental-api\"}} 0 in, 0 out", "on the network"),
            Look = NetworkIsolationUse.LookAsync,
            Hand = HandAsync,
            StateAfterHand = "Egress {} 0 in, 0 out",
        };
        // Another rollback's isolation.
        var action = world.Create();
        var context = Acting.Context(world.Service);
        (await action.ApplyAsync(context, await action.PinAsync(context, []))).ShouldBeOfType<StepOutcome.Done>();
        (await cluster.Api.ListAsync(ResourceKind.NetworkPolicy, cluster.Namespace, null, TestContext.Current.CancellationToken)).Count.ShouldBe(1);
        cluster.Forget();
        return world;
    }

    // Somebody isolates anew, by the name that ours had.
    private static Task HandAsync(ObjectWorld world) => world.Api.CreateAsync(
        ResourceKind.NetworkPolicy, world.Namespace,
        Acting.Json($$$"""{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "{{{Acting.Context().NameFor("isolate-rental-api")}}}"}, "spec": {"podSelector": {}, "policyTypes": ["Egress"]} }"""),
        new WriteOptions(), TestContext.Current.CancellationToken);
}

public sealed class NetworkIsolationActionTests : IAsyncLifetime
{
    private ObjectWorld _world = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = (ObjectWorld)await new NetworkIsolationUse().ArrangeAsync(real: false);

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData("""{"lift": true, "allow_dns": true}""")]
    [InlineData("""{"directions": []}""")]
    [InlineData("""{"directions": ["ingress"], "allow_dns": true}""")]
    [InlineData("""{"directions": ["egress"], "allow_from": [{"cidr": "10.0.0.0/8"}]}""")]
    [InlineData("""{"allow_to": ["everybody"]}""")]
    [InlineData("""{"allow_to": [{}]}""")]
    [InlineData("""{"allow_to": [{"pods": {} }]}""")]
    [InlineData("""{"allow_to": [{"cidr": "10.0.0.0/8", "pods": {"a": "b"} }]}""")]
    [InlineData("""{"allow_to": [{"cidr": "ten"}]}""")]
    [InlineData("""{"allow_to": [{"cidr": "10.0.0.0/8", "ports": [0]}]}""")]
    [InlineData("""{"allow_to": [{"cidr": "10.0.0.0/8", "port": 1}]}""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) => new NetworkIsolationAction(null!, TimeProvider.System).Validate(Acting.Json(parameters)).ShouldHaveSingleItem();

    [Fact]
    public async Task By_default_nothing_gets_in_or_out()
    {
        await IsolateAsync("{}");
        (await NetworkIsolationUse.LookAsync(_world)).ShouldBe("Ingress,Egress {\"matchLabels\":{\"app\":\"rental-api\"}} 0 in, 0 out");
    }

    [Fact]
    public async Task The_peers_that_are_allowed_are_the_only_ones()
    {
        await IsolateAsync("""{"directions": ["ingress"], "allow_from": [{"pods": {"app": "forensics"}, "namespaces": {"team": "security"}, "ports": [22]}]}""");
        var spec = (await NetworkIsolationUse.PolicyAsync(_world))!.At("spec")!;

        spec["ingress"]!.ToJsonString().ShouldBe(
            """[{"from":[{"namespaceSelector":{"matchLabels":{"team":"security"}},"podSelector":{"matchLabels":{"app":"forensics"}}}],"ports":[{"protocol":"TCP","port":22}]}]""");
        spec["policyTypes"]!.ToJsonString().ShouldBe("""["Ingress"]""");
    }

    [Fact]
    public async Task The_plan_says_what_it_cannot_promise()
    {
        await _world.AddAsync(ResourceKind.NetworkPolicy, """
            {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web"}, "spec": {"podSelector": {"matchLabels": {"app": "rental-api"} }, "ingress": [{}]} }
            """);
        await _world.AddAsync(ResourceKind.NetworkPolicy, """
            {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "others"}, "spec": {"podSelector": {"matchLabels": {"app": "other"} }, "ingress": [{}]} }
            """);
        var plan = (await _world.Create().PinAsync(Acting.Context(_world.Service), [], Cancellation)).ShouldBeOfType<PinOutcome.Pinned>();

        plan.Warnings.ShouldContain(w => w.Contains("without a network plugin", StringComparison.Ordinal));
        plan.Warnings.Where(w => w.Contains("policies add up", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldStartWith("NetworkPolicy web ");
    }

    [Theory]
    [InlineData("other", false)]
    [InlineData("rental-api", true)]
    public async Task Another_workloads_isolation_is_not_lifted_and_refused_where_it_holds_these_pods(string app, bool refused)
    {
        await IsolateAsync("{}");
        var other = Acting.Context(_world.Service with { Workload = _world.Service.Workload! with { Name = "other" } });
        await _world.AddAsync(ResourceKind.Deployment, $$$"""
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "other"}, "spec": {"replicas": 0, "selector": {"matchLabels": {"part": "other"} }, "template": {"metadata": {"labels": {"part": "other", "app": "{{{app}}}"} }, "spec": {"containers": [{"name": "app", "image": "a:1"}]} } } }
            """);

        if (refused)
            (await _world.Create().RefusedAsync(other, Lift)).Reason.ShouldBe(Reason.NothingWouldChange);
        else
            (await _world.Create().ApplyAsync(other, await _world.Create().PinAsync(other, Lift))).ShouldBeOfType<StepOutcome.Done>().Reason.ShouldBe(Reason.AlreadyAtTarget);
        (await NetworkIsolationUse.PolicyAsync(_world)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Where_nothing_is_isolated_there_is_nothing_to_lift_unless_somebody_isolates_it_meanwhile()
    {
        var context = Acting.Context(_world.Service);
        var pin = await _world.Create().PinAsync(context, Lift);
        (await _world.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>().Reason.ShouldBe(Reason.AlreadyAtTarget);

        await IsolateAsync("{}");
        (await _world.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Superseded>();
        (await NetworkIsolationUse.PolicyAsync(_world)).ShouldNotBeNull();
    }

    private static JsonObject Lift => Acting.Json("""{"lift": true}""");

    private async Task IsolateAsync(string parameters)
    {
        var (action, context) = (_world.Create(), Acting.Context(_world.Service));
        (await action.ApplyAsync(context, await action.PinAsync(context, Acting.Json(parameters)))).ShouldBeOfType<StepOutcome.Done>();
    }
}
