using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Sandbox.People.Slack;

namespace AlertRollback.Sandbox.People.Page;

/// <summary>The channels as people see them.</summary>
internal static class SlackHtml
{
    // Drawn, because not every machine has a font with emoji.
    private static readonly Html Avatar = Html.Of(
        $"<span class=\"avatar\" aria-hidden=\"true\"><svg viewBox=\"0 0 24 24\"><path d=\"M12 5v14L3 12zM21 5v14l-9-7z\"/></svg></span>");

    public static Html Render(IReadOnlyList<PretendChannel> channels) => Html.Join(channels.Select(Channel));

    private static Html Channel(PretendChannel channel) => Html.Of(
        $"""
        <section class="panel slack"><header><h2>Slack <b># {channel.Name}</b></h2><p>what the team reads</p></header>
        {(channel.Messages.Count == 0
            ? Html.Of($"<p class=\"empty\">Nobody has written here. AlertRollback posts one message per rollback, keeps it up to date by editing it, and adds what happened as replies.</p>")
            : Html.Join(channel.Messages.Where(m => m.ThreadTs is null).Select(m => Message(m, [.. channel.Messages.Where(r => r.ThreadTs == m.Ts)]))))}
        </section>
        """);

    private static Html Message(PretendMessage message, PretendMessage[] replies) => Html.Of(
        $"""
        <article class="message">{Avatar}<div class="said">{Author(message)}{Content(message)}{Edited(message)}{Thread(replies)}</div></article>
        """);

    private static Html Author(PretendMessage message) => Html.Of(
        $"<p class=\"author\"><b>AlertRollback</b> <span class=\"app\">APP</span> <time>{Time(message.Ts)}</time></p>");

    private static Html Edited(PretendMessage message) => message.EditedTs is { } ts
        ? Html.Of($"<p class=\"edited\" title=\"last edited {Time(ts)} UTC\">(edited)</p>")
        : default;

    private static Html Thread(PretendMessage[] replies) => replies.Length == 0 ? default : Html.Of(
        $"""
        <div class="thread"><p class="count">{replies.Length} {(replies.Length == 1 ? "reply" : "replies")}</p>
        {Html.Join(replies.Select(r => Html.Of($"<article class=\"reply\">{Avatar}<div class=\"said\">{Author(r)}{Content(r)}{Edited(r)}</div></article>")))}</div>
        """);

    private static Html Content(PretendMessage message) => message.Blocks.Count == 0
        ? Html.Of($"<div class=\"text\">{MrkdwnHtml.Render(message.Text)}</div>")
        : Html.Join(SlackFields.Objects(message.Blocks).Select(Block));

    private static Html Block(JsonObject block) => SlackFields.Text(block["type"]) switch
    {
        "header" => Html.Of($"<h3>{Text(block["text"])}</h3>"),
        "section" => Html.Of($"{Paragraph(block["text"])}{Fields(block["fields"])}"),
        "context" => Html.Of($"<p class=\"context\">{Html.Join(SlackFields.Objects(block["elements"]).Select(e => Html.Of($"<span>{Text(e)}</span>")))}</p>"),
        "divider" => Html.Of($"<hr>"),
        _ => default,
    };

    private static Html Paragraph(JsonNode? text) => text is null ? default : Html.Of($"<div class=\"text\">{Text(text)}</div>");

    private static Html Fields(JsonNode? fields) => fields is null ? default : Html.Of(
        $"<div class=\"fields\">{Html.Join(SlackFields.Objects(fields).Select(f => Html.Of($"<div>{Text(f)}</div>")))}</div>");

    private static Html Text(JsonNode? node)
    {
        var text = SlackFields.Text(node?["text"]) ?? "";
        return SlackFields.Text(node?["type"]) == "mrkdwn" ? MrkdwnHtml.Render(text) : Html.Text(text);
    }

    private static DateTimeOffset Time(string ts) =>
        DateTimeOffset.FromUnixTimeSeconds(long.Parse(ts.AsSpan(0, ts.IndexOf('.', StringComparison.Ordinal)), CultureInfo.InvariantCulture));
}
