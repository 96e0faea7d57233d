using System.Text.Json.Nodes;

namespace AlertRollback.Sandbox.People.Slack;

/// <summary>What a message says, after the checks that Slack makes of it.</summary>
internal sealed record SlackContent(string Text, JsonArray Blocks)
{
    private const int MostBlocks = 50;
    private const int LongestSection = 3_000;
    private const int LongestHeader = 150;

    /// <summary>Null when the content is taken, else Slack's word for why not.</summary>
    public static string? Read(JsonObject fields, int longestText, out SlackContent? content)
    {
        content = null;
        var text = SlackFields.Text(fields["text"]) ?? "";
        if (fields["blocks"] is { } given and not JsonArray) return "invalid_blocks_format";
        var blocks = fields["blocks"] as JsonArray ?? [];
        if (string.IsNullOrWhiteSpace(text) && blocks.Count == 0) return "no_text";
        if (text.Length > longestText) return "msg_too_long";
        if (blocks.Count > MostBlocks || !blocks.All(IsBlock)) return "invalid_blocks";
        content = new SlackContent(text, (JsonArray)blocks.DeepClone());
        return null;
    }

    private static bool IsBlock(JsonNode? node) => node is JsonObject block && SlackFields.Text(block["type"]) switch
    {
        "divider" => true,
        "header" => IsText(block["text"], "plain_text", LongestHeader),
        "section" => (block["text"] is null || IsText(block["text"], null, LongestSection))
            && (block["text"] is not null || block["fields"] is JsonArray)
            && (block["fields"] is null || block["fields"] is JsonArray { Count: > 0 and <= 10 } fields && fields.All(f => IsText(f, null, 2_000))),
        "context" => block["elements"] is JsonArray { Count: > 0 and <= 10 } elements && elements.All(e => IsText(e, null, LongestSection)),
        _ => false,
    };

    private static bool IsText(JsonNode? node, string? type, int longest) =>
        node is JsonObject json && SlackFields.Text(json["text"]) is { Length: > 0 } text && text.Length <= longest
        && SlackFields.Text(json["type"]) is "mrkdwn" or "plain_text" && (type is null || SlackFields.Text(node["type"]) == type);
}
