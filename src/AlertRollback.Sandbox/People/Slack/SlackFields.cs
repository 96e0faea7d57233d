using System.Text.Json.Nodes;

namespace AlertRollback.Sandbox.People.Slack;

/// <summary>Reads what anyone may have sent: what is of another kind counts as absent.</summary>
internal static class SlackFields
{
    public static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The objects of an array; nothing when it is none.</summary>
    public static IEnumerable<JsonObject> Objects(JsonNode? node) => node is JsonArray array ? array.OfType<JsonObject>() : [];
}
