using System.Globalization;
using System.Text;

namespace AlertRollback.Alerts;

/// <summary>Untrusted text in double quotes on one line, in a form that the matcher syntax reads back.</summary>
internal static class Quoted
{
    public static string Of(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
            Append(quoted, c);
        return quoted.Append('"').ToString();
    }

    private static void Append(StringBuilder quoted, char c)
    {
        switch (c)
        {
            case '"' or '\\': quoted.Append('\\').Append(c); break;
            case '\n': quoted.Append("\\n"); break;
            case '\r': quoted.Append("\\r"); break;
            case '\t': quoted.Append("\\t"); break;
            default:
                // Bidirectional marks and other invisible characters could disguise a name in a log or message.
                if (char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                    quoted.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                else
                    quoted.Append(c);
                break;
        }
    }
}
