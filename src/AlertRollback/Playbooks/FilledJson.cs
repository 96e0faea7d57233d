using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks;

/// <summary>JSON whose texts hold placeholders. Filled text by text, so that no value can leave the string it stands in.</summary>
public static class FilledJson
{
    /// <param name="fill">Fills one text, without escaping: writing the JSON escapes it.</param>
    public static JsonNode? Of(JsonNode? node, Func<string, string> fill) => node switch
    {
        JsonObject map => new JsonObject(map.Select(p => KeyValuePair.Create(p.Key, Of(p.Value, fill)))),
        JsonArray list => new JsonArray([.. list.Select(i => Of(i, fill))]),
        JsonValue value when value.TryGetValue(out string? text) => JsonValue.Create(fill(text)),
        _ => node?.DeepClone(),
    };
}
