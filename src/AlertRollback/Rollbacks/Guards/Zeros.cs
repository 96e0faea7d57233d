using System.Globalization;
using System.Text.RegularExpressions;

namespace AlertRollback.Rollbacks.Guards;

/// <summary>Whether a measured text says zero and nothing else: <c>0</c>, <c>0 rows</c>, <c>0.00 %</c>. Pure.</summary>
internal static partial class Zeros
{
    /// <summary>False without any number, and for a text that was cut off: what is missing may be anything.</summary>
    public static bool Only(string measured)
    {
        var numbers = Number().Matches(measured);
        return numbers.Count > 0 && !measured.Contains('…', StringComparison.Ordinal) && numbers.All(n => IsZero(n.Value));
    }

    private static bool IsZero(string number) => double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value == 0;

    [GeneratedRegex(@"[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
