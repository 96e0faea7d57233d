using System.Diagnostics.CodeAnalysis;
using AlertRollback.Alerts;
using AlertRollback.Alerts.Matching;

namespace AlertRollback.CommandLine;

/// <summary>Labels as people type them: <c>service=rental-api</c> one by one, or <c>{service="rental-api"}</c> as a tool printed them.</summary>
internal static class LabelArguments
{
    public static bool TryParse(IReadOnlyList<string> arguments, out LabelSet labels, [NotNullWhen(false)] out string? fault)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        fault = arguments.Select(a => a.TrimStart().StartsWith('{') ? AddSet(a, pairs) : AddOne(a, pairs)).FirstOrDefault(f => f is not null) ?? Twice(pairs);
        labels = fault is null ? LabelSet.Of(pairs) : LabelSet.Empty;
        return fault is null;
    }

    private static string? AddOne(string argument, List<KeyValuePair<string, string>> pairs)
    {
        var sign = argument.IndexOf('=');
        if (sign < 1) return $"\"{argument}\" is no label: write name=value";
        pairs.Add(KeyValuePair.Create(argument[..sign].Trim(), Unquoted(argument[(sign + 1)..])));
        return null;
    }

    private static string? AddSet(string argument, List<KeyValuePair<string, string>> pairs)
    {
        var parse = MatcherParser.Parse(argument);
        if (parse.Fault is { } fault) return $"\"{argument}\" is no set of labels, {fault}";
        if (parse.Matchers.FirstOrDefault(m => m.Operator != MatchOperator.Equal) is { } other) return $"{other} is no label: an alert's labels only have \"=\"";
        pairs.AddRange(parse.Matchers.Select(m => KeyValuePair.Create(m.Name, m.Value)));
        return null;
    }

    // Whichever of the two were taken, the answer would be about another alert than was meant.
    private static string? Twice(List<KeyValuePair<string, string>> pairs) =>
        pairs.GroupBy(p => p.Key, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? $"the label {Shown.Quoted(twice.Key)} is given more than once, as {string.Join(" and ", twice.Select(p => Shown.Quoted(p.Value)))}: an alert has it once"
            : null;

    private static string Unquoted(string value) => value is ['"', .. var inner, '"'] ? inner : value;
}
