using System.Text;
using AlertRollback.Kubernetes;

namespace AlertRollback.Announcements;

/// <summary>Makes untrusted text harmless before it goes to people, and cuts text without breaking a character.</summary>
internal static class PlainText
{
    public const string Ellipsis = Clipped.Ellipsis;

    /// <summary>
    /// One line without control or direction-changing characters, in which nothing acts as formatting:
    /// backticks always, the others at the edge of a word (within words, as in <c>checkout_api</c>, they do nothing) become look-alikes.
    /// Look-alikes, because a backslash does not escape in Slack, and a zero-width space counts as the edge of a word there.
    /// </summary>
    public static string Unformatted(string untrusted)
    {
        var line = OneLine(untrusted);
        var text = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            var withinWord = IsWithinWord(line, i);
            text.Append(line[i] switch
            {
                '`' => 'ˋ',
                '*' when !withinWord => '∗',
                '_' when !withinWord => '＿',
                '~' when !withinWord => '∼',
                var c => c,
            });
        }

        return text.ToString();
    }

    /// <summary>Whether letters or digits stand on both sides of this place.</summary>
    public static bool IsWithinWord(string line, int i) => i > 0 && i < line.Length - 1 && char.IsLetterOrDigit(line[i - 1]) && char.IsLetterOrDigit(line[i + 1]);

    /// <summary>The text on one line: runs of white space become one space; control and direction-changing characters are dropped.</summary>
    public static string OneLine(string untrusted)
    {
        var text = new StringBuilder(untrusted.Length);
        foreach (var c in untrusted)
        {
            if (char.IsWhiteSpace(c))
            {
                if (text.Length > 0 && text[^1] != ' ') text.Append(' ');
            }
            else if (!char.IsControl(c) && !ChangesDirection(c))
            {
                text.Append(c);
            }
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>The lines as they are, without control or direction-changing characters; tabs become two spaces.</summary>
    public static string Lines(string untrusted) => string.Concat(
        untrusted.Replace("\t", "  ", StringComparison.Ordinal).Where(c => c == '\n' || (!char.IsControl(c) && !ChangesDirection(c))));

    /// <summary>The text, or its beginning and an ellipsis, in at most <paramref name="limit"/> UTF-16 units; never half a surrogate pair.</summary>
    public static string Truncate(string text, int limit) => Clipped.Head(text, limit);

    private static bool ChangesDirection(char c) =>
        c is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
