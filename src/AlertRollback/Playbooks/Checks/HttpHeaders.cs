using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Checks;

/// <summary>The parameter <c>headers</c>: texts by name, or <c>{secret: NAME}</c>.</summary>
internal static class HttpHeaders
{
    public static string? Fault(JsonNode? headers) => headers switch
    {
        null => null,
        JsonObject map when map.All(h => h.Value is JsonValue || (h.Value is JsonObject { Count: 1 } o && o["secret"] is JsonValue)) =>
            map.Select(h => h.Value is JsonValue text ? TextValues.FaultOf("headers", h.Key, text) : null).FirstOrDefault(f => f is not null),
        _ => "\"headers\" are texts by name, or {secret: NAME}",
    };

    public static Dictionary<string, string> Plain(JsonNode? headers, Func<string, string> fill) =>
        Map(headers).Where(h => h.Value is JsonValue).ToDictionary(h => h.Key, h => fill(h.Value!.ToString()));

    public static Dictionary<string, string> Secret(JsonNode? headers) =>
        Map(headers).Where(h => h.Value is JsonObject).ToDictionary(h => h.Key, h => h.Value!["secret"]!.GetValue<string>());

    private static JsonObject Map(JsonNode? headers) => headers as JsonObject ?? [];
}
