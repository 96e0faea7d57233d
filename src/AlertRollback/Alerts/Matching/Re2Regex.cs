using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace AlertRollback.Alerts.Matching;

/// <summary>An anchored regular expression of Alertmanager's dialect (RE2), matched in linear time.</summary>
internal sealed class Re2Regex
{
    private readonly Regex regex;

    private Re2Regex(Regex regex) => this.regex = regex;

    public static bool TryCompile(string pattern, [NotNullWhen(true)] out Re2Regex? expression, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            expression = new Re2Regex(new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
            fault = null;
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            expression = null;
            fault = e.Message;
            return false;
        }
    }

    public bool IsMatch(string value) => regex.IsMatch(value);
}
