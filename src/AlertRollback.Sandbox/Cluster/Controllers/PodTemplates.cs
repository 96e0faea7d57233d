using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

internal static class PodTemplates
{
    public const string HashLabel = "pod-template-hash";

    /// <summary>Equal but for the hash label.</summary>
    public static bool Same(JsonObject a, JsonObject b) => JsonNode.DeepEquals(Bare(a), Bare(b));

    public static string Hash(JsonObject template) => NameSuffix.OfTemplate(Canonical(Bare(template)));

    private static JsonObject Bare(JsonObject template)
    {
        var bare = template.Clone();
        bare.ObjectAt("metadata", "labels")?.Remove(HashLabel);
        bare.ObjectAt("metadata", "labels")?.Remove(RolloutController.HashLabel);
        bare.ObjectAt("metadata")?.Remove("creationTimestamp");
        return bare;
    }

    private static string Canonical(JsonNode? node) => node switch
    {
        JsonObject o => $"{{{string.Join(',', o.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key}:{Canonical(m.Value)}"))}}}",
        JsonArray a => $"[{string.Join(',', a.Select(Canonical))}]",
        _ => node?.ToJsonString() ?? "null",
    };
}
