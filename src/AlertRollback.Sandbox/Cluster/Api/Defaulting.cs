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
        if (kind == ResourceKind.Job) Job(json);
        if (kind == ResourceKind.CronJob) CronJob(json.Need("spec"));
        if (kind == ResourceKind.Service) Service(json);
        if (kind == ResourceKind.Secret) Secret(json);
        // Of a custom kind the server knows no defaults.
        if (!kind.IsWorkload() || kind.IsCustom()) return;
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

    private static void Job(JsonObject json)
    {
        var spec = json.Need("spec");
        json.Default("status", new JsonObject());
        spec.Default("parallelism", 1);
        spec.Default("completions", 1);
        spec.Default("backoffLimit", 6);
        Template(spec.Need("template"));
        // The server makes the selector and labels the template with it.
        if (spec["selector"] is not null || json.TextAt("metadata", "name") is not { } name) return;
        var uid = Guid.NewGuid().ToString();
        spec["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["controller-uid"] = uid } };
        var labels = spec.Need("template", "metadata", "labels");
        labels["controller-uid"] = uid;
        labels["job-name"] = name;
    }

    private static void CronJob(JsonObject spec)
    {
        spec.Default("concurrencyPolicy", "Allow");
        spec.Default("suspend", false);
        spec.Default("successfulJobsHistoryLimit", 3);
        spec.Default("failedJobsHistoryLimit", 1);
        Template(spec.Need("jobTemplate", "spec", "template"));
    }

    private static void Service(JsonObject json)
    {
        var spec = json.Need("spec");
        spec.Default("type", "ClusterIP");
        spec.Default("sessionAffinity", "None");
        foreach (var port in spec.Each("ports"))
        {
            port.Default("protocol", "TCP");
            if (port["port"] is { } number) port.Default("targetPort", number.DeepClone());
        }

        if (spec.TextAt("type") == "ExternalName" || spec["clusterIP"] is not null) return;
        var address = $"10.96.0.{((json.TextAt("metadata", "name") ?? "").Sum(c => c) % 250) + 2}";
        spec["clusterIP"] = address;
        spec["clusterIPs"] = new JsonArray(address);
    }

    private static void Secret(JsonObject json)
    {
        json.Default("type", "Opaque");
        foreach (var (key, value) in json.TextsAt("stringData")) json.Need("data")[key] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(value));
        json.Remove("stringData");
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

    public static void Template(JsonObject template)
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
