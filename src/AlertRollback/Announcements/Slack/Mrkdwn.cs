using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace AlertRollback.Announcements.Slack;

/// <summary>Text in Slack's own markup. There is no way from a plain string to it that does not say whether the string is trusted.</summary>
public readonly record struct Mrkdwn
{
    private readonly string? markup;

    private Mrkdwn(string markup) => this.markup = markup;

    /// <summary>The markup as it is sent.</summary>
    public override string ToString() => markup ?? "";

    /// <summary>Markup of our own, taken as it is.</summary>
    public static Mrkdwn Trusted(string markup) => new(markup);

    /// <summary>Text whose literal parts are markup and whose holes are untrusted, except holes that are <see cref="Mrkdwn"/> themselves.</summary>
    public static Mrkdwn Of(ref Interpolation text) => new(text.Markup);

    /// <summary>Untrusted text as it reads: nothing in it mentions, links or formats.</summary>
    public static Mrkdwn Escape(string untrusted) => new(Entities(PlainText.Unformatted(untrusted)));

    /// <summary>Untrusted text on one line as a code span; a dash when there is none, because Slack shows an empty span as two backticks.</summary>
    public static Mrkdwn Code(string untrusted) =>
        PlainText.OneLine(untrusted) is { Length: > 0 } line ? new($"`{Entities(line.Replace('`', 'ˋ'))}`") : new("–");

    /// <summary>Untrusted lines as a code block.</summary>
    public static Mrkdwn CodeBlock(string untrusted) =>
        new($"```\n{Entities(PlainText.Lines(untrusted).Replace('`', 'ˋ'))}\n```");

    /// <summary>A link; when the address is not absolute http or https, only its text.</summary>
    public static Mrkdwn Link(string address, string untrustedText)
    {
        var text = Escape(untrustedText).ToString().Replace('|', '¦');
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? new($"<{Entities(uri!.AbsoluteUri).Replace("|", "%7C", StringComparison.Ordinal)}|{text}>")
            : new(text);
    }

    /// <summary>The parts, one after the other.</summary>
    public static Mrkdwn Join(string separator, IEnumerable<Mrkdwn> parts) => new(string.Join(separator, parts));

    private static string Entities(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>Escapes the holes of an interpolated string.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Interpolation(int literalLength, int formattedCount)
    {
        private readonly StringBuilder text = new(literalLength + (formattedCount * 16));

        internal string Markup => text.ToString();

        public void AppendLiteral(string literal) => text.Append(literal);

        public void AppendFormatted(Mrkdwn markup) => text.Append(markup.ToString());

        public void AppendFormatted<T>(T untrusted, string? format = null) => text.Append(Escape(untrusted switch
        {
            IFormattable formattable => formattable.ToString(format, CultureInfo.InvariantCulture),
            _ => untrusted?.ToString() ?? "",
        }).ToString());
    }
}
