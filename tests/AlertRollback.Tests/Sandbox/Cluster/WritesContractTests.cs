using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Sandbox.Cluster;

/// <summary>The ways to write an object beside JSON patch and merge patch, and to delete one.</summary>
public sealed class WritesContractTests
{
    private static readonly WriteOptions Really = new();
    private static readonly WriteOptions Dry = new(DryRun: true);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_strategic_merge_patch_finds_list_members_by_their_key(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var workload = Workloads.Deployment("web", "web:v1");
        Container(workload)["env"] = Parse("""[{"name": "MODE", "value": "fast"}, {"name": "LEVEL", "value": "info"}]""");
        Container(workload)["args"] = Parse("""["one", "two"]""");
        await cluster.Api.CreateAsync(ResourceKind.Deployment, cluster.Namespace, workload, Really, Cancellation);

        var patch = Parse("""
            {"spec": {"template": {"spec": {"containers": [
              {"name": "app", "args": ["three"], "env": [{"name": "LEVEL", "value": "debug"}, {"name": "MODE", "$patch": "delete"}, {"name": "NEW", "value": "1"}]},
              {"name": "side", "image": "side:v1"}
            ] } } } }
            """)!.AsObject();
        var patched = await cluster.Api.StrategicMergePatchAsync(cluster.Deployment("web"), patch, Really, Cancellation);

        var containers = patched.At("spec", "template", "spec", "containers")!.AsArray().ToDictionary(c => c!["name"]!.ToString(), c => c!);
        containers.Keys.ShouldBe(["app", "side"]);
        containers["app"]["image"]!.ToString().ShouldBe("web:v1");
        containers["app"]["args"]!.ToJsonString().ShouldBe("""["three"]""");
        containers["app"]["env"]!.AsArray().Select(e => $"{e!["name"]}={e["value"]}").ShouldBe(["LEVEL=debug", "NEW=1"]);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_strategic_merge_patch_puts_new_list_members_before_those_it_does_not_name(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var workload = Workloads.Deployment("web", "web:v1");
        Container(workload)["env"] = Parse("""[{"name": "A", "value": "1"}, {"name": "B", "value": "1"}, {"name": "C", "value": "1"}]""");
        await cluster.Api.CreateAsync(ResourceKind.Deployment, cluster.Namespace, workload, Really, Cancellation);

        (await EnvAsync("""[{"name": "NEW", "value": "1"}]""")).ShouldBe(["NEW", "A", "B", "C"]);
        (await EnvAsync("""[{"name": "B", "value": "2"}, {"name": "NEW", "value": "1"}]""")).ShouldBe(["A", "B", "NEW", "C"]);
        (await EnvAsync("""[{"name": "C", "value": "2"}, {"name": "A", "value": "2"}]""")).ShouldBe(["B", "C", "A"]);

        async Task<IEnumerable<string>> EnvAsync(string env)
        {
            var patch = new JsonObject { ["spec"] = new JsonObject { ["template"] = new JsonObject { ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "app", ["env"] = Parse(env) }) } } } };
            var patched = await cluster.Api.StrategicMergePatchAsync(cluster.Deployment("web"), patch, Dry, Cancellation);
            return patched.At("spec", "template", "spec", "containers")![0]!["env"]!.AsArray().Select(e => e!["name"]!.ToString());
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task An_apply_creates_then_changes_and_takes_back_what_it_no_longer_says(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var target = Map(cluster, "flags");
        await cluster.Api.ServerSideApplyAsync(target, Manifest("flags", ("a", "1"), ("b", "2")), false, Really, Cancellation);
        await cluster.Api.MergePatchAsync(target, Parse("""{"data": {"c": "3"} }""")!.AsObject(), Really, Cancellation);

        var applied = await cluster.Api.ServerSideApplyAsync(target, Manifest("flags", ("a", "4")), false, Really, Cancellation);

        applied.At("data")!.AsObject().Select(d => $"{d.Key}={d.Value}").ShouldBe(["a=4", "c=3"], ignoreOrder: true);
        Managers(applied).ShouldContain("alertrollback/Apply");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task An_apply_conflicts_with_another_managers_field_unless_forced(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var target = Map(cluster, "flags");
        await cluster.Api.CreateAsync(ResourceKind.ConfigMap, cluster.Namespace, Manifest("flags", ("a", "1")), Really, Cancellation);

        (await FaultOf(() => cluster.Api.ServerSideApplyAsync(target, Manifest("flags", ("a", "2")), false, Really, Cancellation))).ShouldBe(KubernetesFault.Conflict);
        (await cluster.Api.ServerSideApplyAsync(target, Manifest("flags", ("a", "1")), false, Dry, Cancellation)).Text("data", "a").ShouldBe("1");
        (await cluster.Api.ServerSideApplyAsync(target, Manifest("flags", ("a", "2")), true, Dry, Cancellation)).Text("data", "a").ShouldBe("2");
        (await cluster.Api.GetAsync(target, Cancellation))!.Text("data", "a").ShouldBe("1");
        (await cluster.Api.ServerSideApplyAsync(target, Manifest("flags", ("a", "2")), true, Really, Cancellation)).Text("data", "a").ShouldBe("2");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task An_object_is_deleted_only_for_its_own_uid(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var target = Map(cluster, "flags");
        var map = await cluster.Api.CreateAsync(ResourceKind.ConfigMap, cluster.Namespace, Manifest("flags"), Really, Cancellation);

        (await cluster.Api.DeleteAsync(target, Guid.NewGuid().ToString(), new DeleteOptions(), Cancellation)).ShouldBeFalse();
        (await cluster.Api.GetAsync(target, Cancellation)).ShouldNotBeNull();
        (await cluster.Api.DeleteAsync(target, map.Uid, new DeleteOptions(), Cancellation)).ShouldBeTrue();
        (await cluster.Api.GetAsync(target, Cancellation)).ShouldBeNull();
        (await cluster.Api.DeleteAsync(target, map.Uid, new DeleteOptions(), Cancellation)).ShouldBeTrue("what is gone is as wanted");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_pod_is_deleted_at_once_when_no_grace_is_given(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var pod = await cluster.RunPodAsync("web");
        (await cluster.Api.DeleteAsync(new ObjectRef(ResourceKind.Pod, cluster.Namespace, "web"), pod.Uid, new DeleteOptions(GraceSeconds: 0), Cancellation)).ShouldBeTrue();
        (await cluster.Api.GetAsync(new ObjectRef(ResourceKind.Pod, cluster.Namespace, "web"), Cancellation)).ShouldBeNull();
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Orphans_outlive_the_owner_that_was_deleted_without_them(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await cluster.CreateAsync("web", "web:v1", replicas: 1);
        var workload = await cluster.CompleteAsync("web", "web:v1");
        (await cluster.Api.DeleteAsync(cluster.Deployment("web"), workload.Uid, new DeleteOptions(Propagation: "Orphan"), Cancellation)).ShouldBeTrue();
        await cluster.GoneAsync(cluster.Deployment("web"));
        var set = (await cluster.Api.ListAsync(ResourceKind.ReplicaSet, cluster.Namespace, null, Cancellation)).ShouldHaveSingleItem();
        set.ControllerUid.ShouldBeNull();
    }

    private static ObjectRef Map(TestCluster cluster, string name) => new(ResourceKind.ConfigMap, cluster.Namespace, name);

    private static JsonObject Manifest(string name, params (string Key, string Value)[] data) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["data"] = new JsonObject(data.Select(d => KeyValuePair.Create(d.Key, (JsonNode?)d.Value))),
    };

    private static JsonObject Container(JsonObject workload) => workload["spec"]!["template"]!["spec"]!["containers"]![0]!.AsObject();

    private static IEnumerable<string> Managers(KubernetesObject o) =>
        o.At("metadata", "managedFields")!.AsArray().Select(m => $"{m!["manager"]}/{m["operation"]}");

    private static JsonNode? Parse(string json) => JsonNode.Parse(json);

    private static async Task<KubernetesFault> FaultOf(Func<Task> work) => (await Should.ThrowAsync<KubernetesException>(work)).Fault;
}
