using System.Globalization;
using System.Text;

namespace AlertRollback.Matrix.Yaml;

/// <summary>Texts of unknown origin made fit to be shown: short, on one line, without control or invisible characters.</summary>
public static class Shown
{
    public const int Longest = 64;

    public static string Quoted(string text) => $"\"{Clean(text)}\"";

    public static string Clean(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= Longest) return shown.Append('…').ToString();
            shown.Append(IsHarmless(rune) ? rune.ToString() : "�");
        }

        return shown.ToString();
    }

    // Format characters (Cf) include the ones that turn the direction of writing and those of no width.
    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse);
}
