using System.Text.RegularExpressions;

namespace AlertRollback.Sandbox.People.Page;

/// <summary>Shows Slack's markup as Slack does: code, bold, italic, strike, links, mentions, quotes and named emoji.</summary>
internal static partial class MrkdwnHtml
{
    private static readonly Dictionary<string, string> Emoji = new()
    {
        ["rewind"] = "⏪",
        ["white_check_mark"] = "✅",
        ["warning"] = "⚠️",
        ["rotating_light"] = "🚨",
        ["red_circle"] = "🔴",
        ["large_green_circle"] = "🟢",
        ["hourglass_flowing_sand"] = "⏳",
        ["x"] = "❌",
        ["bell"] = "🔔",
        ["eyes"] = "👀",
    };

    public static Html Render(string mrkdwn) => Html.Join(mrkdwn.Split("```").Select((part, i) => i % 2 == 1
        ? Html.Of($"<pre>{Decoded(part.Trim('\n'))}</pre>")
        : Lines(part, afterBlock: i > 0)));

    private static Html Lines(string text, bool afterBlock)
    {
        // A block stands on its own: the line break before and after it is not one more empty line.
        if (afterBlock && text.StartsWith('\n')) text = text[1..];
        if (text.EndsWith('\n')) text = text[..^1];
        return Html.Join(text.Split('\n').Select((line, i) => line.StartsWith("&gt;", StringComparison.Ordinal)
            ? Html.Of($"<blockquote>{Inline(line[4..].TrimStart())}</blockquote>")
            : Html.Of($"{(i == 0 ? default : Html.Of($"<br>"))}{Inline(line)}")));
    }

    private static Html Inline(string text)
    {
        var parts = new List<Html>();
        var end = 0;
        foreach (Match match in Spans().Matches(text))
        {
            parts.Add(Html.Text(Decoded(text[end..match.Index])));
            parts.Add(Span(match));
            end = match.Index + match.Length;
        }

        parts.Add(Html.Text(Decoded(text[end..])));
        return Html.Join(parts);
    }

    private static Html Span(Match match)
    {
        if (match.Groups["code"] is { Success: true } code) return Html.Of($"<code>{Decoded(code.Value)}</code>");
        if (match.Groups["angle"] is { Success: true } angle) return Angle(angle.Value);
        if (match.Groups["bold"] is { Success: true } bold) return Html.Of($"<strong>{Inline(bold.Value)}</strong>");
        if (match.Groups["italic"] is { Success: true } italic) return Html.Of($"<em>{Inline(italic.Value)}</em>");
        if (match.Groups["strike"] is { Success: true } strike) return Html.Of($"<del>{Inline(strike.Value)}</del>");
        return Html.Text(Emoji.GetValueOrDefault(match.Groups["emoji"].Value, match.Value));
    }

    private static Html Angle(string inner)
    {
        var (target, label) = inner.Split('|', 2) is [var t, var l] ? (t, l) : (inner, null);
        return target switch
        {
            ['!', 's', 'u', 'b', 't', 'e', 'a', 'm', '^', ..] or ['!', ..] => Html.Of($"<span class=\"mention\">@{Decoded(label ?? target.TrimStart('!'))}</span>"),
            ['@', ..] or ['#', ..] => Html.Of($"<span class=\"mention\">{target[..1]}{Decoded(label ?? target[1..])}</span>"),
            _ when Uri.TryCreate(Decoded(target), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                => Html.Of($"<a href=\"{uri!.AbsoluteUri}\" rel=\"noopener noreferrer\" target=\"_blank\">{Decoded(label ?? target)}</a>"),
            _ => Html.Text(Decoded(label ?? target)),
        };
    }

    private static string Decoded(string text) => text
        .Replace("&lt;", "<", StringComparison.Ordinal)
        .Replace("&gt;", ">", StringComparison.Ordinal)
        .Replace("&amp;", "&", StringComparison.Ordinal);

    [GeneratedRegex("""
        `(?<code>[^`\n]+)`
        |<(?<angle>[^<>\n]+)>
        |(?<![\w*])\*(?<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])
        |(?<![\w_])_(?<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])
        |(?<![\w~])~(?<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])
        |:(?<emoji>[a-z0-9_+-]+):
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Spans();
}
