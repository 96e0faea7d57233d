using System.Globalization;
using System.Text;

namespace AlertRollback;

/// <summary>Texts of unknown origin made fit to be shown: short, on one line, without control or invisible characters.</summary>
public static class Shown
{
    public const int Longest = 64;
    private const int LongestSentence = 160;

    public static string Quoted(string text) => $"\"{Clean(text)}\"";

    public static string Clean(string text) => Cut(text, Longest);

    /// <summary>The same for a whole sentence: its last words may be those that say it.</summary>
    public static string Sentence(string text) => Cut(text, LongestSentence);

    private static string Cut(string text, int longest)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= longest) return shown.Append('…').ToString();
            shown.Append(IsHarmless(rune) ? rune.ToString() : "�");
        }

        return shown.ToString();
    }

    // Format characters (Cf) include the ones that turn the direction of writing and those of no width.
    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse);
}
