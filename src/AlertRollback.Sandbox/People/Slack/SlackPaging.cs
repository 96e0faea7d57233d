using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Sandbox.People.Slack;

/// <summary>Slack's way of giving a list piece by piece; the cursor is the number of items already given.</summary>
internal static class SlackPaging
{
    /// <param name="parent">The message a thread hangs on, which comes along whatever its time.</param>
    public static JsonObject Messages(IEnumerable<PretendMessage> messages, JsonObject fields, string? parent)
    {
        var oldest = Number(fields["oldest"]);
        var withMetadata = SlackFields.Text(fields["include_all_metadata"]) == "true";
        return Page("messages", [.. messages.Where(m => m.Ts == parent || Number(m.Ts) > oldest).Select(m => m.ToJson(withMetadata))], fields);
    }

    public static JsonObject Page(string name, IReadOnlyList<JsonObject> all, JsonObject fields)
    {
        var limit = fields["limit"] is null ? 100 : (int)Number(fields["limit"]);
        if (limit is < 1 or > 999) return PretendSlack.Refuse("invalid_limit");
        var from = (int)Number(fields["cursor"]);
        var more = all.Count > from + limit;
        return new JsonObject
        {
            ["ok"] = true,
            [name] = new JsonArray([.. all.Skip(from).Take(limit)]),
            ["has_more"] = more,
            ["response_metadata"] = new JsonObject { ["next_cursor"] = more ? (from + limit).ToString(CultureInfo.InvariantCulture) : "" },
        };
    }

    // What is no number counts as the beginning.
    private static decimal Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number < int.MaxValue ? number : 0;

    private static decimal Number(JsonNode? node) => node is JsonValue ? Number(node.ToString()) : 0;
}
