using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks;

/// <summary>A mapping of names to texts, such as environment variables or a ConfigMap's keys.</summary>
public static class TextValues
{
    /// <summary>In the order they are written; <c>true</c> and whole numbers need no quotes.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(JsonNode? mapping) =>
        [.. (mapping as JsonObject ?? []).Select(m => KeyValuePair.Create(m.Key, m.Value!.ToString()))];

    /// <summary>A list of texts, such as names; empty where there is none.</summary>
    public static IReadOnlyList<string> List(JsonNode? list) => [.. (list as JsonArray ?? []).Select(t => t!.GetValue<string>())];

    /// <summary>Values that would not come out as they were written, or are no texts at all.</summary>
    public static IEnumerable<string> Faults(string what, JsonNode? mapping)
    {
        if (mapping is not null and not JsonObject)
            yield return $"\"{what}\" is a mapping of names to texts";
        foreach (var (name, value) in mapping as JsonObject ?? [])
        {
            if (value is not JsonValue plain)
                yield return $"\"{name}\" under \"{what}\" is one text";
            else if (FaultOf(what, name, plain) is { } fault)
                yield return fault;
        }
    }

    /// <summary>Why one value may not come out as it was written; null when it does.</summary>
    public static string? FaultOf(string what, string name, JsonValue value) => value.GetValueKind() == JsonValueKind.Number && !value.TryGetValue(out long _)
        ? $"\"{name}\" under \"{what}\" needs quotes, or it may not come out as it is written"
        : null;
}
