using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>The <c>pods/eviction</c> subresource; no disruption budgets here.</summary>
internal static class Eviction
{
    public static JsonObject Of(ObjectStore store, Writing writing, ApiRequest request)
    {
        var body = request.BodyObject();
        var pod = store.Find(ResourceKind.Pod, request.Namespace, request.Name) ?? throw ApiRefusal.NotFound(ResourceKind.Pod, request.Name);
        Writing.Preconditions(ResourceKind.Pod, pod, body.ObjectAt("deleteOptions") ?? []);
        if (!request.DryRun) writing.Remove(pod);
        return new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["code"] = 201,
        };
    }
}
