using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Announcements.Slack;

internal static class SlackJson
{
    /// <summary>The JSON object, or null when the text is something else.</summary>
    public static JsonObject? Parse(string body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static IEnumerable<JsonObject> Objects(JsonNode? node) => node is JsonArray array ? array.OfType<JsonObject>() : [];
}
