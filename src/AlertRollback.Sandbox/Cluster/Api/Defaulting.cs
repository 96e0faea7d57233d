using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Controllers;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>The defaults that the API server writes into objects, as far as comparing pod templates depends on them.</summary>
internal static class Defaulting
{
    public static void Apply(ResourceKind kind, JsonObject json)
    {
        if (kind == ResourceKind.Pod) PodSpec(json.Need("spec"));
        if (kind == ResourceKind.Namespace) Namespace(json);
        if (!Generations.Counts(kind)) return;
        var spec = json.Need("spec");
        json.Default("status", new JsonObject());
        Template(spec.Need("template"));
        if (kind != ResourceKind.DaemonSet) spec.Default("replicas", 1);
        if (kind != ResourceKind.ReplicaSet) spec.Default("revisionHistoryLimit", 10);
        if (kind == ResourceKind.Deployment) Deployment(spec);
        if (kind == ResourceKind.StatefulSet) StatefulSet(spec);
        if (kind == ResourceKind.DaemonSet) DaemonSet(spec);
    }

    /// <summary>A DaemonSet counts its templates in an annotation; clients cannot change the count.</summary>
    public static void CountTemplates(ResourceKind kind, JsonObject json, JsonObject? before)
    {
        if (kind != ResourceKind.DaemonSet) return;
        var count = before.TextAt("metadata", "annotations", DaemonSetController.TemplateGeneration) ?? "0";
        var same = before is not null && JsonNode.DeepEquals(before.At("spec", "template"), json.At("spec", "template"));
        var number = int.Parse(count, CultureInfo.InvariantCulture) + (same ? 0 : 1);
        json.Need("metadata", "annotations")[DaemonSetController.TemplateGeneration] = number.ToString(CultureInfo.InvariantCulture);
    }

    private static void Namespace(JsonObject json)
    {
        json.Need("spec").Default("finalizers", new JsonArray("kubernetes"));
        json.Need("status").Default("phase", "Active");
    }

    private static void Deployment(JsonObject spec)
    {
        spec.Default("progressDeadlineSeconds", 600);
        var strategy = spec.Need("strategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.TextAt("type") != "RollingUpdate") return;
        strategy.Need("rollingUpdate").Default("maxUnavailable", "25%");
        strategy.Need("rollingUpdate").Default("maxSurge", "25%");
    }

    private static void StatefulSet(JsonObject spec)
    {
        spec.Default("podManagementPolicy", "OrderedReady");
        var strategy = spec.Need("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.TextAt("type") == "RollingUpdate") strategy.Need("rollingUpdate").Default("partition", 0);
    }

    private static void DaemonSet(JsonObject spec)
    {
        var strategy = spec.Need("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.TextAt("type") == "RollingUpdate") strategy.Need("rollingUpdate").Default("maxUnavailable", 1);
    }

    private static void Template(JsonObject template)
    {
        if (!template.Need("metadata").ContainsKey("creationTimestamp")) template.Need("metadata")["creationTimestamp"] = null;
        PodSpec(template.Need("spec"));
    }

    private static void PodSpec(JsonObject spec)
    {
        foreach (var container in spec.Each("containers").Concat(spec.Each("initContainers"))) Container(container);
        spec.Default("restartPolicy", "Always");
        spec.Default("terminationGracePeriodSeconds", 30);
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("securityContext", new JsonObject());
        spec.Default("schedulerName", "default-scheduler");
    }

    private static void Container(JsonObject container)
    {
        container.Default("resources", new JsonObject());
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        container.Default("imagePullPolicy", ImageTag.Of(container.TextAt("image") ?? "") == "latest" ? "Always" : "IfNotPresent");
        foreach (var port in container.Each("ports")) port.Default("protocol", "TCP");
    }
}
