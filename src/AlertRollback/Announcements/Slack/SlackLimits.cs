namespace AlertRollback.Announcements.Slack;

/// <summary>Slack's published limits; https://docs.slack.dev/reference/block-kit and chat.postMessage. Lengths in UTF-16 units of the escaped text.</summary>
internal static class SlackLimits
{
    public const int Blocks = 50;
    public const int HeaderText = 150;
    public const int TextObject = 3000;
    public const int Fields = 10;
    public const int FieldText = 2000;
    public const int ContextElements = 10;

    /// <summary>
    /// Of all blocks of a message together, <see cref="PerBlock"/> for each of them included. Slack publishes no such limit, and refuses
    /// somewhere above 11,000 characters with <c>msg_blocks_too_long</c>; https://github.com/slackapi/bolt-js/issues/2509 and 2867.
    /// </summary>
    public const int AllBlocks = 10_000;

    /// <summary>So much Slack seems to count for a block beside its text, at most.</summary>
    public const int PerBlock = 200;

    /// <summary>What Slack recommends; it cuts at 40,000 when posting.</summary>
    public const int MessageText = 4000;

    /// <summary>
    /// The markup, or its beginning and an ellipsis, within the limit. Never ends within an entity, a link or a mention,
    /// and closes an open code span or block, so that the rest of the message keeps its looks.
    /// </summary>
    public static string Cut(Mrkdwn markup, int limit)
    {
        var text = markup.ToString();
        if (text.Length <= limit) return text;
        const string block = "\n```";
        var kept = PlainText.Truncate(text, limit - block.Length)[..^PlainText.Ellipsis.Length];
        kept = WithoutOpen(kept, '&', ';', longest: 5);
        kept = WithoutOpen(kept, '<', '>', longest: kept.Length);
        kept = kept.TrimEnd('`');
        if (Count(kept, "```") % 2 == 1) return kept + PlainText.Ellipsis + block;
        return Count(kept.Replace("```", "", StringComparison.Ordinal), "`") % 2 == 1
            ? kept + PlainText.Ellipsis + "`"
            : kept + PlainText.Ellipsis;
    }

    /// <summary>The same, to be gone on with.</summary>
    public static Mrkdwn Within(Mrkdwn markup, int limit) => markup.ToString().Length <= limit ? markup : Mrkdwn.Trusted(Cut(markup, limit));

    private static string WithoutOpen(string text, char open, char close, int longest)
    {
        var start = text.LastIndexOf(open);
        return start >= 0 && text.Length - start <= longest && text.IndexOf(close, start) < 0 ? text[..start] : text;
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
