using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class ConfigRestoreUse : ActionUse
{
    public override Type Action => typeof(ConfigRestoreAction);

    public override bool OnRealCluster => true;

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "configmaps/feature-flags");

    public override IReadOnlyList<string> Rights => ["config-maps"];

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        RecordedConfiguration? recorded = null;
        var world = new ObjectWorld(cluster, workload, """{"to": "current"}""", w => new ConfigRestoreAction(w.Clusters, new FakeRevisionLedger(), new FakeConfigurationLedger(recorded), TimeProvider.System))
        {
            States = ("LIMIT=0 MORE=1, as it ran", "LIMIT=100 OLD=x, started anew"),
            Look = LookAsync,
            Hand = w => w.PatchAsync(ResourceKind.ConfigMap, "feature-flags", """{"data": {"LIMIT": "5"} }"""),
            StateAfterHand = "LIMIT=5 OLD=x, started anew",
            WritesToApply = 2,
        };
        recorded = await ArrangeAsync(world);
        return world;
    }

    /// <summary>rental-api read its ConfigMap and Secret in a good time, and somebody changed the ConfigMap since.</summary>
    public static async Task<RecordedConfiguration> ArrangeAsync(ObjectWorld world)
    {
        await world.AddAsync(ResourceKind.ConfigMap, """{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "feature-flags"}, "data": {"LIMIT": "100", "OLD": "x"} }""");
        await world.AddAsync(ResourceKind.Secret, """{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "settings"}, "data": {"PASSWORD": "b2xk"} }""");
        await ReadAsync(world, world.Workload);
        var references = ConfigurationReferences.Of((JsonObject)(await world.LiveAsync()).At("spec", "template")!);
        var good = await new ConfigurationReader(world.Api, FakeConfigurationLedger.Salt).ReadAsync(world.Namespace, references, TestContext.Current.CancellationToken);
        await world.PatchAsync(ResourceKind.ConfigMap, "feature-flags", """{"data": {"LIMIT": "0", "MORE": "1", "OLD": null} }""");
        world.Cluster.Forget();
        return new RecordedConfiguration(good, Good: true);
    }

    /// <summary>Has a workload read the ConfigMap and the Secret.</summary>
    public static async Task ReadAsync(ObjectWorld world, WorkloadRef workload)
    {
        const string image = "rental-api:v3";
        var container = (JsonObject)JsonNode.Parse($$"""{"name": "app", "image": "{{image}}", "envFrom": [{"configMapRef": {"name": "feature-flags"} }, {"secretRef": {"name": "settings"} }]}""")!;
        await world.Api.JsonPatchAsync(
            workload.Object, [new JsonObject { ["op"] = "replace", ["path"] = "/spec/template/spec/containers/0", ["value"] = container }], new WriteOptions(), TestContext.Current.CancellationToken);
        await world.Cluster.CompleteAsync(workload, image);
    }

    public static async Task<string> LookAsync(ObjectWorld world) => $"{await ConfigMapUse.LookAsync(world)}, {(IsRestarted(await world.LiveAsync()) ? "started anew" : "as it ran")}";

    public static bool IsRestarted(KubernetesObject workload) => workload.Text("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt") is not null;
}
