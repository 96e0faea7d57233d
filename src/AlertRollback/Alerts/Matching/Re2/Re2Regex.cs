using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace AlertRollback.Alerts.Matching.Re2;

/// <summary>An anchored regular expression of Alertmanager's dialect (RE2), matched in time linear in the text (S21).</summary>
internal sealed class Re2Regex
{
    private const int LargestForLineAnchors = 50;

    private readonly Regex regex;

    private readonly Alphabet alphabet;

    private Re2Regex(Regex regex, Alphabet alphabet) => (this.regex, this.alphabet) = (regex, alphabet);

    public static bool TryCompile(string pattern, [NotNullWhen(true)] out Re2Regex? expression, [NotNullWhen(false)] out string? fault)
    {
        expression = null;
        fault = null;
        try
        {
            // Alertmanager anchors by text, so that an expression may close the group around it. So it is here.
            var node = Re2Parser.Parse($"^(?:{pattern})$", out var hasLineAnchor);
            var alphabet = new Alphabet(plainLineFeed: hasLineAnchor);
            var translated = Re2Translation.ToDotNet(node, alphabet);
            if (hasLineAnchor && !IsSmallForLineAnchors(translated))
            {
                fault = "^ or $ under (?m) together with this many classes cannot be matched faithfully; leave (?m) out";
                return false;
            }
            expression = new Re2Regex(new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), alphabet);
            return true;
        }
        catch (Re2Fault e)
        {
            fault = $"invalid expression: {e.Message}";
        }
        catch (NotSupportedException)
        {
            fault = "the expression is too large to be matched in linear time; use fewer or smaller repetitions";
        }
        return false;
    }

    /// <summary>An expression that matches this text and nothing else, to be put into another.</summary>
    public static string Quote(string text) => string.Concat(text.Select(c => @"\.+*?()|[]{}^$".Contains(c, StringComparison.Ordinal) ? $@"\{c}" : $"{c}"));

    public bool IsMatch(string value) => regex.IsMatch(alphabet.Encode(value));

    // NonBacktracking misreads a line feed at the end once its classes cut the alphabet into more than 64 parts.
    // Each part needs a character of its own, and every character is written as \uXXXX.
    private static bool IsSmallForLineAnchors(string translated) =>
        translated.Split(@"\u").Skip(1).Select(t => t[..4]).Distinct().Take(LargestForLineAnchors + 1).Count() <= LargestForLineAnchors;
}
