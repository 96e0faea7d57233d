using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Sandbox.Cluster.Objects;

/// <summary>When <c>metadata.generation</c> moves on.</summary>
internal static class Generations
{
    public static bool Counts(ResourceKind kind) => kind.IsWorkload() || kind == ResourceKind.Job || kind == ResourceKind.CronJob
        || kind == ResourceKind.Ingress || kind == ResourceKind.NetworkPolicy;

    /// <summary>A changed spec always counts; of a Deployment a client's changed annotations do, too.</summary>
    public static bool MovesOn(StoredObject before, JsonObject after, bool byClient) => Counts(before.Kind)
        && (!JsonNode.DeepEquals(before.Json["spec"], after["spec"])
            || (byClient && before.Kind == ResourceKind.Deployment
                && !JsonNode.DeepEquals(before.Json.At("metadata", "annotations"), after.At("metadata", "annotations"))));
}
