using System.Text;

namespace AlertRollback.Alerts.Matching.Re2;

/// <summary>
/// The alphabet in which .NET sees texts and expressions. ASCII stays as it is; every other code point, and unless
/// <paramref name="plainLineFeed"/> the line feed, becomes two private-use characters. So one code point is never half matched, and .NET's <c>\b</c>, to which private-use characters
/// are no letters, is RE2's, which knows only ASCII letters.
/// </summary>
/// <param name="plainLineFeed">
/// Whether .NET must see line feeds, for (?m). Otherwise they are hidden from it: in expressions with many classes its
/// NonBacktracking engine takes a line feed at the end for none of them.
/// </param>
internal sealed class Alphabet(bool plainLineFeed)
{
    public const int LowBits = 10;
    public const int LowMask = (1 << LowBits) - 1;

    private const char HighStart = '\uE000';
    private const char LowStart = '\uE800';

    public static char High(int codePoint) => (char)(HighStart + (codePoint >> LowBits));

    public static char Low(int codePoint) => (char)(LowStart + (codePoint & LowMask));

    /// <summary>What .NET sees as itself.</summary>
    public CodePointSet Plain { get; } = plainLineFeed ? CodePointSet.Of((0, 0x7F)) : CodePointSet.Of((0, '\n' - 1), ('\n' + 1, 0x7F));

    public string Encode(string text) => Ascii.IsValid(text) && (plainLineFeed || !text.Contains('\n')) ? text : EncodeAll(text);

    private bool IsPlain(int codePoint) => codePoint < 0x80 && (plainLineFeed || codePoint != '\n');

    private string EncodeAll(string text)
    {
        var encoded = new StringBuilder(text.Length * 2);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsPlain(rune.Value)) encoded.Append((char)rune.Value);
            else encoded.Append(High(rune.Value)).Append(Low(rune.Value));
        }
        return encoded.ToString();
    }
}
