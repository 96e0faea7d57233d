using System.Text.Json.Nodes;

namespace AlertRollback.Tests.Support.Stubs;

/// <summary>
/// The published rules of Block Kit for the blocks that are used here (the types of @slack/types 3.2 and their documented limits).
/// Returns what Slack would complain about, with the place as a JSON pointer.
/// </summary>
internal static class BlockKitRules
{
    public static IReadOnlyList<string> Faults(JsonNode? node)
    {
        if (node is not JsonArray blocks) return ["must be an array [json-pointer:/blocks]"];
        var faults = blocks.SelectMany((b, i) => Block(b, $"/blocks/{i}"));
        return blocks.Count > 50 ? ["no more than 50 items allowed [json-pointer:/blocks]", .. faults] : [.. faults];
    }

    /// <summary>
    /// Of all texts, and something for each block. Slack publishes no such limit; it is what users measured
    /// (https://github.com/slackapi/bolt-js/issues/2509 and 2867).
    /// </summary>
    public static int Size(JsonNode? node) => node switch
    {
        JsonArray array => array.Sum(Size),
        JsonObject block => block.Sum(p => p.Key == "text" && p.Value is JsonValue text ? ((string?)text)?.Length ?? 0 : Size(p.Value)) + (block.ContainsKey("text") ? 0 : 100),
        _ => 0,
    };

    private static IEnumerable<string> Block(JsonNode? node, string at)
    {
        if (node is not JsonObject block) return [$"must be an object [json-pointer:{at}]"];
        return (string?)block["type"] switch
        {
            "header" => [.. Only(block, at, "type", "text", "block_id"), .. Text(block["text"], $"{at}/text", 150, "plain_text")],
            "section" => Section(block, at),
            "context" => Context(block, at),
            "divider" => Only(block, at, "type", "block_id"),
            var other => [$"unsupported type: {other} [json-pointer:{at}/type]"],
        };
    }

    private static IEnumerable<string> Section(JsonObject block, string at)
    {
        foreach (var fault in Only(block, at, "type", "text", "fields", "accessory", "expand", "block_id")) yield return fault;
        if (block["text"] is null && block["fields"] is null) yield return $"missing required field: text or fields [json-pointer:{at}]";
        if (block["text"] is { } text)
        {
            foreach (var fault in Text(text, $"{at}/text", 3000, "mrkdwn", "plain_text")) yield return fault;
        }

        if (block["fields"] is not { } node) yield break;
        foreach (var fault in Texts(node, $"{at}/fields", 10, 2000)) yield return fault;
    }

    private static IEnumerable<string> Context(JsonObject block, string at) =>
        [.. Only(block, at, "type", "elements", "block_id"), .. Texts(block["elements"], $"{at}/elements", 10, 3000)];

    private static IEnumerable<string> Texts(JsonNode? node, string at, int most, int longest)
    {
        if (node is not JsonArray { Count: > 0 } texts) return [$"at least 1 item required [json-pointer:{at}]"];
        var faults = texts.SelectMany((t, i) => Text(t, $"{at}/{i}", longest, "mrkdwn", "plain_text"));
        return texts.Count > most ? [$"no more than {most} items allowed [json-pointer:{at}]", .. faults] : faults;
    }

    private static IEnumerable<string> Text(JsonNode? node, string at, int longest, params string[] types)
    {
        if (node is not JsonObject text) return [$"missing required field [json-pointer:{at}]"];
        var length = ((string?)text["text"])?.Length ?? 0;
        var type = (string?)text["type"];
        string[] allowed = type == "mrkdwn" ? ["type", "text", "verbatim"] : ["type", "text", "emoji"];
        return
        [
            .. Only(text, at, allowed),
            .. types.Contains(type) ? Array.Empty<string>() : [$"unsupported type: {type} [json-pointer:{at}/type]"],
            .. length == 0 ? [$"must be more than 0 characters [json-pointer:{at}/text]"] : Array.Empty<string>(),
            .. length > longest ? [$"must be less than {longest + 1} characters [json-pointer:{at}/text]"] : Array.Empty<string>(),
        ];
    }

    private static IEnumerable<string> Only(JsonObject node, string at, params string[] names) =>
        node.Select(p => p.Key).Where(k => !names.Contains(k)).Select(k => $"invalid additional property: {k} [json-pointer:{at}]");
}
