using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>What controllers and the node tell about an object.</summary>
internal static class Events
{
    public static void Tell(ObjectStore store, StoredObject about, string type, string reason, string message, string component)
    {
        var stamp = ClusterJson.Stamp(store.Now);
        store.Create(ResourceKind.Event, new JsonObject
        {
            ["kind"] = "Event",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject { ["name"] = $"{about.Name}.{NameSuffix.Next(store.Version)}", ["namespace"] = about.Namespace },
            ["involvedObject"] = new JsonObject
            {
                ["kind"] = about.Kind.Kind,
                ["namespace"] = about.Namespace,
                ["name"] = about.Name,
                ["uid"] = about.Uid,
                ["apiVersion"] = about.Kind.ApiVersion,
                ["resourceVersion"] = about.Version,
            },
            ["reason"] = reason,
            ["message"] = message,
            ["source"] = new JsonObject { ["component"] = component },
            ["firstTimestamp"] = stamp,
            ["lastTimestamp"] = stamp,
            ["count"] = 1,
            ["type"] = type,
            ["eventTime"] = null,
            ["reportingComponent"] = "",
            ["reportingInstance"] = "",
        });
    }
}
