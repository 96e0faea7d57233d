using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>The ReplicaSet that a Deployment makes for a template it never had.</summary>
internal static class NewReplicaSet
{
    public static JsonObject Of(StoredObject deployment, string hash, int replicas)
    {
        var template = deployment.Json.ObjectAt("spec", "template")!.Clone();
        template.Need("metadata", "labels")[PodTemplates.HashLabel] = hash;
        var selector = deployment.Json.ObjectAt("spec", "selector")!.Clone();
        selector.Need("matchLabels")[PodTemplates.HashLabel] = hash;
        var spec = new JsonObject { ["replicas"] = replicas, ["selector"] = selector, ["template"] = template };
        if (deployment.Json.CountAt("spec", "minReadySeconds") is > 0 and var wait) spec["minReadySeconds"] = wait;
        return new JsonObject
        {
            ["kind"] = "ReplicaSet",
            ["apiVersion"] = "apps/v1",
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{deployment.Name}-{hash}",
                ["namespace"] = deployment.Namespace,
                ["labels"] = template.At("metadata", "labels")!.DeepClone(),
                ["ownerReferences"] = new JsonArray(Pods.OwnerReference(deployment)),
            },
            ["spec"] = spec,
            ["status"] = new JsonObject { ["replicas"] = 0 },
        };
    }
}
