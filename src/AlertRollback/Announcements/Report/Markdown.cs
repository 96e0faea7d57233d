using System.Text;

namespace AlertRollback.Announcements.Report;

/// <summary>Untrusted text for a Markdown document (CommonMark 0.31, section 2.4): shown as it is, and no part of the document's form.</summary>
internal static class Markdown
{
    /// <summary>One line in which nothing acts as formatting, as a link or as HTML. To stand behind other text of its line.</summary>
    public static string Text(string untrusted)
    {
        var line = PlainText.OneLine(untrusted);
        var text = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            // Within a word an underscore is no emphasis, and most names have one.
            if (line[i] is '\\' or '`' or '*' or '[' or ']' or '<' or '>' or '&' or '|' or '~' || (line[i] == '_' && !PlainText.IsWithinWord(line, i)))
                text.Append('\\');
            text.Append(line[i]);
        }

        return text.ToString();
    }
}
