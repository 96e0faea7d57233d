using System.Text.Json.Nodes;

namespace AlertRollback.Sandbox.Cluster.Objects;

/// <summary>Reading and writing of members by path, where absent and null are the same.</summary>
internal static class JsonPath
{
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var part in path)
        {
            if (node is not JsonObject o || !o.TryGetPropertyValue(part, out node)) return null;
        }

        return node;
    }

    public static JsonObject? ObjectAt(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonObject;

    public static string? TextAt(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public static long? NumberAt(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue(out long number) ? number
        : node.At(path) is JsonValue small && small.TryGetValue(out int narrow) ? narrow
        : null;

    public static int CountAt(this JsonNode? node, params ReadOnlySpan<string> path) => (int)(node.NumberAt(path) ?? 0);

    public static bool FlagAt(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue(out bool yes) && yes;

    public static IEnumerable<JsonObject> Each(this JsonNode? node, params ReadOnlySpan<string> path) =>
        (node.At(path) as JsonArray)?.OfType<JsonObject>() ?? [];

    /// <summary>The object at a path, made on the way where it is missing.</summary>
    public static JsonObject Need(this JsonObject node, params ReadOnlySpan<string> path)
    {
        foreach (var part in path)
        {
            if (node[part] is JsonObject next)
            {
                node = next;
                continue;
            }

            node[part] = next = [];
            node = next;
        }

        return node;
    }

    /// <summary>Sets a member that is absent or null.</summary>
    public static void Default(this JsonObject node, string member, JsonNode value)
    {
        if (node[member] is null) node[member] = value;
    }

    public static IReadOnlyDictionary<string, string> TextsAt(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        if (node.ObjectAt(path) is not { } members) return new Dictionary<string, string>();
        return members.Where(m => m.Value is JsonValue).ToDictionary(m => m.Key, m => m.Value!.ToString(), StringComparer.Ordinal);
    }

    public static JsonObject Clone(this JsonObject node) => (JsonObject)node.DeepClone();
}
