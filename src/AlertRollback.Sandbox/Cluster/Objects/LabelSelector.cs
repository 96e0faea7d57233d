using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AlertRollback.Sandbox.Cluster.Objects;

internal enum SelectorOperator { In, NotIn, Exists, DoesNotExist }

internal sealed record Requirement(string Key, SelectorOperator Operator, IReadOnlyList<string> Values)
{
    public bool Matches(IReadOnlyDictionary<string, string> labels) => Operator switch
    {
        SelectorOperator.In => labels.TryGetValue(Key, out var value) && Values.Contains(value),
        SelectorOperator.NotIn => !labels.TryGetValue(Key, out var value) || !Values.Contains(value),
        SelectorOperator.Exists => labels.ContainsKey(Key),
        _ => !labels.ContainsKey(Key),
    };
}

/// <summary>A label selector, from a query (<c>app=web,tier in (a,b),!old</c>) or from an object's <c>spec.selector</c>.</summary>
internal sealed partial class LabelSelector(IReadOnlyList<Requirement> requirements)
{
    public bool Matches(IReadOnlyDictionary<string, string> labels) => requirements.All(r => r.Matches(labels));

    /// <summary>Null when the text is no selector.</summary>
    public static LabelSelector? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return new LabelSelector([]);
        var parts = CommaOutsideBrackets().Split(text).Select(One).ToList();
        return parts.TrueForAll(p => p is not null) ? new LabelSelector([.. parts.OfType<Requirement>()]) : null;
    }

    public static LabelSelector Of(JsonObject? selector)
    {
        var equal = selector.TextsAt("matchLabels").Select(l => new Requirement(l.Key, SelectorOperator.In, [l.Value]));
        var expressions = selector.Each("matchExpressions").Select(e => new Requirement(
            e.TextAt("key") ?? "",
            Enum.Parse<SelectorOperator>(e.TextAt("operator") ?? "Exists"),
            [.. (e["values"] as JsonArray ?? []).Select(v => v!.ToString())]));
        return new LabelSelector([.. equal, .. expressions]);
    }

    private static Requirement? One(string part)
    {
        part = part.Trim();
        if (SetBased().Match(part) is { Success: true } set)
        {
            var values = set.Groups[3].Value.Split(',', StringSplitOptions.TrimEntries);
            return new Requirement(set.Groups[1].Value, set.Groups[2].Value == "in" ? SelectorOperator.In : SelectorOperator.NotIn, values);
        }

        if (Equality().Match(part) is { Success: true } equality)
        {
            var @operator = equality.Groups[2].Value == "!=" ? SelectorOperator.NotIn : SelectorOperator.In;
            return new Requirement(equality.Groups[1].Value, @operator, [equality.Groups[3].Value]);
        }

        if (Presence().Match(part) is not { Success: true } presence) return null;
        return new Requirement(
            presence.Groups[2].Value, presence.Groups[1].Length == 0 ? SelectorOperator.Exists : SelectorOperator.DoesNotExist, []);
    }

    [GeneratedRegex(@",(?![^(]*\))")]
    private static partial Regex CommaOutsideBrackets();

    [GeneratedRegex(@"^([A-Za-z0-9][-A-Za-z0-9_./]*)\s+(in|notin)\s*\(([^()]*)\)\z")]
    private static partial Regex SetBased();

    [GeneratedRegex(@"^([A-Za-z0-9][-A-Za-z0-9_./]*)\s*(==?|!=)\s*([-A-Za-z0-9_.]*)\z")]
    private static partial Regex Equality();

    [GeneratedRegex(@"^(!?)\s*([A-Za-z0-9][-A-Za-z0-9_./]*)\z")]
    private static partial Regex Presence();
}
