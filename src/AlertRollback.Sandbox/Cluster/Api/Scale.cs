using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>The <c>scale</c> subresource, which <c>kubectl scale</c> and autoscalers use.</summary>
internal static class Scale
{
    public static JsonObject Answer(ObjectStore store, Writing writing, ApiRequest request, string verb)
    {
        var workload = store.Find(request.Kind, request.Namespace, request.Name) ?? throw ApiRefusal.NotFound(request.Kind, request.Name);
        if (verb == "GET") return Of(workload.Json);
        if (verb is not ("PUT" or "PATCH")) throw ApiRefusal.MethodNotAllowed();
        var body = verb == "PUT" || request.MediaType != "application/json-patch+json"
            ? MergePatch.Apply(Of(workload.Json), request.BodyObject())
            : JsonPatch.Apply(Of(workload.Json), request.BodyNode());
        var changed = workload.Json.Clone();
        changed.Need("spec")["replicas"] = body.CountAt("spec", "replicas");
        if (body.TextAt("metadata", "resourceVersion") is { } version) changed.Need("metadata")["resourceVersion"] = version;
        var whole = request with { Subresource = "", Body = changed.ToJsonString() };
        return Of(writing.Replace(whole));
    }

    private static JsonObject Of(JsonObject workload) => new()
    {
        ["kind"] = "Scale",
        ["apiVersion"] = "autoscaling/v1",
        ["metadata"] = new JsonObject
        {
            ["name"] = workload.TextAt("metadata", "name"),
            ["namespace"] = workload.TextAt("metadata", "namespace"),
            ["uid"] = workload.TextAt("metadata", "uid"),
            ["resourceVersion"] = workload.TextAt("metadata", "resourceVersion"),
            ["creationTimestamp"] = workload.TextAt("metadata", "creationTimestamp"),
        },
        ["spec"] = new JsonObject { ["replicas"] = workload.CountAt("spec", "replicas") },
        ["status"] = new JsonObject
        {
            ["replicas"] = workload.CountAt("status", "replicas"),
            ["selector"] = string.Join(',', workload.TextsAt("spec", "selector", "matchLabels").Select(l => $"{l.Key}={l.Value}")),
        },
    };
}
