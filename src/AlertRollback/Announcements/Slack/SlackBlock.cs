using System.Text.Json.Nodes;

namespace AlertRollback.Announcements.Slack;

/// <summary>One block of a message. What exceeds Slack's limits is cut with an ellipsis, because a message cut short beats one refused.</summary>
public abstract record SlackBlock
{
    internal abstract JsonObject ToJson();

    /// <summary>The blocks as Slack takes them: at most 50, the last one then says how many are missing.</summary>
    internal static JsonArray ToJson(IReadOnlyList<SlackBlock> blocks)
    {
        var kept = blocks.Count <= SlackLimits.Blocks
            ? blocks
            : [.. blocks.Take(SlackLimits.Blocks - 1), new ContextBlock([Mrkdwn.Of($"… and {blocks.Count - SlackLimits.Blocks + 1} more")])];
        return [.. kept.Select(b => b.ToJson())];
    }

    /// <summary>Slack refuses empty texts, therefore a dash. <c>verbatim</c>, because otherwise Slack turns names and addresses in untrusted text into mentions and links.</summary>
    private protected static JsonObject TextObject(Mrkdwn markup, int limit) => new()
    {
        ["type"] = "mrkdwn",
        ["text"] = SlackLimits.Cut(markup, limit) is var text && string.IsNullOrWhiteSpace(text) ? "–" : text,
        ["verbatim"] = true,
    };
}

/// <summary>A heading of at most 150 characters, without markup.</summary>
public sealed record HeaderBlock(string Text) : SlackBlock
{
    internal override JsonObject ToJson() => new()
    {
        ["type"] = "header",
        ["text"] = new JsonObject
        {
            ["type"] = "plain_text",
            ["text"] = PlainText.OneLine(Text) is { Length: > 0 } line ? PlainText.Truncate(line, SlackLimits.HeaderText) : "–",
            ["emoji"] = true,
        },
    };
}

/// <summary>A paragraph (3000 characters), up to ten fields in two columns (2000 each), or both.</summary>
public sealed record SectionBlock(Mrkdwn? Text, IReadOnlyList<Mrkdwn> Fields) : SlackBlock
{
    public SectionBlock(Mrkdwn text)
        : this(text, [])
    {
    }

    public SectionBlock(IReadOnlyList<Mrkdwn> fields)
        : this(null, fields)
    {
    }

    internal override JsonObject ToJson()
    {
        var block = new JsonObject { ["type"] = "section" };
        if (Text is { } text || Fields.Count == 0) block["text"] = TextObject(Text ?? default, SlackLimits.TextObject);
        if (Fields.Count > 0) block["fields"] = new JsonArray([.. KeptFields().Select(f => TextObject(f, SlackLimits.FieldText))]);
        return block;
    }

    private IEnumerable<Mrkdwn> KeptFields() => Fields.Count <= SlackLimits.Fields
        ? Fields
        : Fields.Take(SlackLimits.Fields - 1).Append(Mrkdwn.Of($"… and {Fields.Count - SlackLimits.Fields + 1} more"));
}

/// <summary>Small print of up to ten elements.</summary>
public sealed record ContextBlock(IReadOnlyList<Mrkdwn> Elements) : SlackBlock
{
    internal override JsonObject ToJson() => new()
    {
        ["type"] = "context",
        ["elements"] = new JsonArray([.. Kept().Select(e => TextObject(e, SlackLimits.TextObject))]),
    };

    private IEnumerable<Mrkdwn> Kept() => Elements.Count switch
    {
        0 => [default],
        <= SlackLimits.ContextElements => Elements,
        _ => Elements.Take(SlackLimits.ContextElements - 1).Append(Mrkdwn.Of($"… and {Elements.Count - SlackLimits.ContextElements + 1} more")),
    };
}
