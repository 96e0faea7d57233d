using AlertRollback.Kubernetes;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class ConfigMapUse : ActionUse
{
    public override Type Action => typeof(ConfigMapAction);

    public override bool OnRealCluster => true;

    public override IReadOnlyList<string> Rights => ["config-maps"];

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "configmaps/feature-flags");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        const string parameters = """{"name": "feature-flags", "set": {"REPORTS_MODULE_ENABLED": "false", "NEW": "1"}, "remove": ["OLD"]}""";
        var world = new ObjectWorld(cluster, workload, parameters, w => new ConfigMapAction(w.Clusters, TimeProvider.System))
        {
            States = ("KEPT=x OLD=1 REPORTS_MODULE_ENABLED=true", "KEPT=x NEW=1 REPORTS_MODULE_ENABLED=false"),
            Look = LookAsync,
            Hand = w => w.PatchAsync(ResourceKind.ConfigMap, "feature-flags", """{"data": {"REPORTS_MODULE_ENABLED": "true", "NEW": null, "OLD": "1"} }"""),
            Refusals = w =>
            [
                (w.Service with { Workload = null }, Reason.WorkloadNotDeclared),
                (w.Service with { Workload = w.Service.Workload! with { Namespace = "elsewhere" } }, Reason.NotFound),
            ],
        };
        await world.AddAsync(ResourceKind.ConfigMap, """{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "feature-flags"}, "data": {"REPORTS_MODULE_ENABLED": "true", "KEPT": "x", "OLD": "1"} }""");
        return world;
    }

    public static async Task<string> LookAsync(ObjectWorld world) => await world.GetAsync(ResourceKind.ConfigMap, "feature-flags") is { } live
        ? string.Join(' ', ((System.Text.Json.Nodes.JsonObject)live.At("data")!).Select(d => $"{d.Key}={d.Value}").Order(StringComparer.Ordinal))
        : "none";
}

internal sealed class ConfigMapCreationUse : ActionUse
{
    public override Type Action => typeof(ConfigMapAction);

    public override string Way => " (create)";

    public override bool OnRealCluster => true;

    public override IReadOnlyList<string> Rights => ["config-maps"];

    public override (string Method, string Path)? KubernetesWrite => ("POST", "configmaps");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        const string parameters = """{"name": "feature-flags", "create": true, "set": {"READ_ONLY_MODE": true} }""";
        return new ObjectWorld(cluster, workload, parameters, w => new ConfigMapAction(w.Clusters, TimeProvider.System))
        {
            States = ("none", "READ_ONLY_MODE=true"),
            Look = ConfigMapUse.LookAsync,
            Hand = w => w.PatchAsync(ResourceKind.ConfigMap, "feature-flags", """{"data": {"READ_ONLY_MODE": "no"} }"""),
            StateAfterHand = "READ_ONLY_MODE=no",
            Refusals = ObjectWorld.WithoutWorkload,
        };
    }
}
