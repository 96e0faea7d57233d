using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>By which member the elements of a list are told apart; a list without one is replaced as a whole.</summary>
internal static class MergeKeys
{
    public static string? Of(string list, JsonArray elements) => list switch
    {
        "containers" or "initContainers" or "ephemeralContainers" or "env" or "volumes" or "imagePullSecrets" => "name",
        "volumeMounts" => "mountPath",
        "hostAliases" => "ip",
        "conditions" => "type",
        "ownerReferences" => "uid",
        "ports" => PortKey(elements),
        _ => null,
    };

    public static JsonObject? Find(JsonArray list, string key, JsonNode? value) =>
        list.OfType<JsonObject>().FirstOrDefault(element => Text(element, key) == value?.ToJsonString());

    public static string? Text(JsonObject element, string key) => element[key]?.ToJsonString();

    /// <summary>A container's ports are known by <c>containerPort</c>, a Service's by <c>port</c>; those of a NetworkPolicy by nothing.</summary>
    private static string? PortKey(JsonArray elements)
    {
        var ports = elements.OfType<JsonObject>().ToList();
        if (ports.Exists(p => p["containerPort"] is not null)) return "containerPort";
        return ports.Exists(p => p.At("port") is not null && (p.ContainsKey("targetPort") || p.ContainsKey("name") || p.ContainsKey("nodePort"))) ? "port" : null;
    }
}
