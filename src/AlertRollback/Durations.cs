using System.Globalization;
using System.Text;

namespace AlertRollback;

/// <summary>Durations in the form of Prometheus: units from large to small, each at most once, <c>1h30m</c>, <c>500ms</c>.</summary>
public static class Durations
{
    private static readonly (string Unit, long Milliseconds)[] Units =
        [("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

    private const long Longest = 10 * 31_536_000_000;

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        if (text == "0") return true;
        long total = 0;
        var (at, next) = (0, 0);
        while (at < text.Length)
        {
            var digits = Run(text, at, char.IsAsciiDigit);
            var letters = Run(text, at + digits, char.IsAsciiLetterLower);
            var unit = Array.FindIndex(Units, u => u.Unit == text.Substring(at + digits, letters));
            if (unit < next || !long.TryParse(text.AsSpan(at, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return false;
            if (count > Longest / Units[unit].Milliseconds) return false;
            total += count * Units[unit].Milliseconds;
            (at, next) = (at + digits + letters, unit + 1);
        }

        duration = TimeSpan.FromMilliseconds(total);
        return text.Length > 0 && total <= Longest;
    }

    /// <summary>The shortest form: <c>1h30m</c>; parts below a millisecond are dropped.</summary>
    public static string Format(TimeSpan duration)
    {
        var left = (long)duration.TotalMilliseconds;
        if (left <= 0) return "0s";
        var text = new StringBuilder();
        foreach (var (unit, milliseconds) in Units.AsSpan(2))
        {
            if (left < milliseconds) continue;
            text.Append(CultureInfo.InvariantCulture, $"{left / milliseconds}{unit}");
            left %= milliseconds;
        }

        return text.ToString();
    }

    private static int Run(string text, int from, Func<char, bool> belongs)
    {
        var at = from;
        while (at < text.Length && belongs(text[at])) at++;
        return at - from;
    }
}
