using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace AlertRollback.Sandbox.People.Page;

/// <summary>Markup of the page. The only way from a string to it is by escaping.</summary>
internal readonly record struct Html
{
    private readonly string? markup;

    private Html(string markup) => this.markup = markup;

    public override string ToString() => markup ?? "";

    /// <summary>Markup whose literal parts are ours; what is put into it is escaped, unless it is markup itself.</summary>
    public static Html Of(ref Interpolation text) => new(text.Markup);

    public static Html Text(string untrusted) => new(WebUtility.HtmlEncode(untrusted));

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts));

    [InterpolatedStringHandler]
    public readonly ref struct Interpolation(int literalLength, int formattedCount)
    {
        private readonly StringBuilder text = new(literalLength + (formattedCount * 16));

        public string Markup => text.ToString();

        public void AppendLiteral(string literal) => text.Append(literal);

        public void AppendFormatted(Html markup) => text.Append(markup.ToString());

        public void AppendFormatted(string? untrusted) => text.Append(WebUtility.HtmlEncode(untrusted));

        public void AppendFormatted(DateTimeOffset time) => text.Append(time.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture));

        public void AppendFormatted(int number) => text.Append(number.ToString(CultureInfo.InvariantCulture));
    }
}
