using System.Globalization;
using System.Text.RegularExpressions;

namespace AlertRollback.Sandbox.Prometheus;

/// <summary>What the pretend Prometheus understands of a query: the names in it and a few signs. It is no PromQL engine.</summary>
internal sealed partial class SandboxQuery
{
    private static readonly string[] WorkloadLabels = ["job", "service", "container", "app"];

    private readonly string text;
    private readonly HashSet<string> names;

    private SandboxQuery(string text)
    {
        this.text = text;
        Bare = Strings().Replace(text, "\"\"");
        names = [.. Names().Matches(Bare).Select(m => m.Value)];
    }

    /// <summary>The query without what its strings say.</summary>
    private string Bare { get; }

    /// <summary>Whether one series divided by another is asked for.</summary>
    public bool IsRatio => Bare.Contains('/', StringComparison.Ordinal);

    /// <summary>Whether only server errors are asked for.</summary>
    public bool IsOfErrors => text.Contains("=~\"5..\"", StringComparison.Ordinal);

    /// <summary>Whether one number for all is asked for.</summary>
    public bool IsAggregate => names.Overlaps(["sum", "count", "avg", "min", "max"]);

    /// <summary>The first argument of <c>histogram_quantile</c>, 0..1.</summary>
    public double? Quantile => QuantileCall().Match(Bare) is { Success: true } call
        && double.TryParse(call.Groups[1].Value, CultureInfo.InvariantCulture, out var share) ? share : null;

    /// <summary>How many seconds the number is of: those of its range for <c>increase</c>, else one.</summary>
    public double Seconds => Mentions("increase") && RangeOfIncrease().Match(Bare) is { Success: true } range && Durations.TryParse(range.Groups[1].Value, out var length)
        ? length.TotalSeconds : 1;

    /// <summary>The query, or why Prometheus would not take it.</summary>
    public static (SandboxQuery? Query, string? Fault) Read(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return (null, "unknown position: parse error: no expression found in input");
        var query = new SandboxQuery(text);
        if (query.Bare.IndexOfAny(['$', '#', ';', '\\']) is >= 0 and var at) return (null, $"1:{at + 1}: parse error: unexpected character: '{query.Bare[at]}'");
        if (query.Bare.Replace("\"\"", "", StringComparison.Ordinal).Contains('"', StringComparison.Ordinal)) return (null, "parse error: unterminated quoted string");
        return query.Unbalanced() is { } sign ? (null, $"parse error: unexpected or unclosed '{sign}'") : (query, null);
    }

    public bool Mentions(string name) => names.Contains(name);

    /// <summary>False when the query asks for another workload by name.</summary>
    public bool IsAbout(string workload) => Matchers().Matches(text)
        .Where(m => WorkloadLabels.Contains(m.Groups[1].Value))
        .All(m => m.Groups[2].Value == workload);

    private char? Unbalanced()
    {
        var open = new Stack<char>();
        foreach (var sign in Bare)
        {
            if (sign is '(' or '[' or '{') open.Push(sign);
            else if (sign is ')' or ']' or '}' && !(open.TryPop(out var opened) && "()[]{}".Contains($"{opened}{sign}", StringComparison.Ordinal))) return sign;
        }

        return open.TryPeek(out var left) ? left : null;
    }

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Strings();

    [GeneratedRegex("[a-zA-Z_:][a-zA-Z0-9_:]*")]
    private static partial Regex Names();

    [GeneratedRegex("""\b([a-zA-Z_]\w*)\s*=\s*"([^"]*)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Matchers();

    [GeneratedRegex(@"\[([0-9a-z]+)\]")]
    private static partial Regex RangeOfIncrease();

    [GeneratedRegex(@"histogram_quantile\s*\(\s*([0-9.]+)")]
    private static partial Regex QuantileCall();
}
