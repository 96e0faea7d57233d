using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Sandbox.Cluster;

internal static class Workloads
{
    public static JsonObject Deployment(string name, string image, int replicas = 2) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = Labels(name) },
        ["spec"] = new JsonObject
        {
            ["replicas"] = replicas,
            ["selector"] = new JsonObject { ["matchLabels"] = Labels(name) },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = Labels(name) },
                ["spec"] = new JsonObject
                {
                    ["containers"] = new JsonArray(new JsonObject { ["name"] = "app", ["image"] = image }),
                },
            },
        },
    };

    public static JsonObject StatefulSet(string name, string image)
    {
        var set = Deployment(name, image);
        set["spec"]!["serviceName"] = name;
        return set;
    }

    /// <summary>Tolerates whatever the only node is tainted with.</summary>
    public static JsonObject DaemonSet(string name, string image)
    {
        var set = Deployment(name, image);
        set["spec"]!.AsObject().Remove("replicas");
        set["spec"]!["template"]!["spec"]!["tolerations"] = new JsonArray(new JsonObject { ["operator"] = "Exists" });
        return set;
    }

    public static JsonObject Replace(string path, JsonNode? value) => new() { ["op"] = "replace", ["path"] = path, ["value"] = value };

    public static string? Image(KubernetesObject workload) =>
        (string?)((workload.At("spec", "template", "spec", "containers") as JsonArray)?[0]?["image"]);

    public static JsonObject? Condition(KubernetesObject workload, string type) =>
        (workload.At("status", "conditions") as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => (string?)c["type"] == type);

    /// <summary>As <c>kubectl rollout status</c> judges it.</summary>
    public static bool IsComplete(KubernetesObject deployment)
    {
        var wanted = deployment.Number("spec", "replicas");
        return deployment.Number("status", "observedGeneration") >= deployment.Generation
            && deployment.Number("status", "updatedReplicas") == wanted && deployment.Number("status", "replicas") == wanted
            && deployment.Number("status", "availableReplicas") == wanted;
    }

    private static JsonObject Labels(string name) => new() { ["app"] = name };
}
