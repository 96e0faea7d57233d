using System.Text;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>Texts for a page that customers read and that renders markup.</summary>
public static class StatuspageText
{
    internal const int Name = 255;
    internal const int Body = 25_000;

    /// <summary>Untrusted text on one line in which nothing acts as HTML, a link or formatting.</summary>
    public static string Plain(string untrusted)
    {
        var text = new StringBuilder(PlainText.Unformatted(untrusted));
        return text.Replace('<', '‹').Replace('>', '›').Replace('[', '(').Replace(']', ')').ToString();
    }
}
