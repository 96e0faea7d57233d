using System.Text.Json.Nodes;
using AlertRollback.Alerts.Matching.Re2;

namespace AlertRollback.Playbooks.Checks;

/// <summary>What a text has to be: <c>contains</c>, <c>equals</c> or <c>matches</c> (RE2, the whole text).</summary>
internal sealed record TextRule(string Word, string Wanted)
{
    private static readonly string[] Words = ["contains", "equals", "matches"];

    public static IReadOnlyList<Parameter> Fields { get; } =
    [
        new("contains", ParameterType.Text, "A text that has to be in it.", Example: "UP"),
        new("equals", ParameterType.Text, "All of it, blanks at its ends left out.", Example: "OK"),
        new("matches", ParameterType.Text, "A regular expression (RE2) that all of it has to match.", Example: "(?s).*version: 1\\..*"),
    ];

    public static TextRule? Of(JsonObject? fields) =>
        fields is not null && Array.Find(Words, fields.ContainsKey) is { } word ? new TextRule(word, fields[word]!.ToString()) : null;

    /// <summary>What is wrong with the fields; null when nothing is.</summary>
    public static string? Fault(JsonObject? fields, string what)
    {
        if (fields is null)
            return null;
        if (fields.Count != 1 || Of(fields) is not { } rule)
            return $"{what} needs one of \"contains\", \"equals\" and \"matches\"";
        return rule.Word == "matches" && !Re2Regex.TryCompile(rule.Wanted, out _, out var fault) ? $"{what}: {fault}" : null;
    }

    /// <summary>What is measured says which rule failed, never the text: bodies and outputs may hold secrets.</summary>
    public (Verdict Verdict, string Measured) Judge(string text) => Holds(text.Trim()) ? (Verdict.Pass, "") : (Verdict.Fail, Word switch
    {
        "contains" => "it is not in the answer",
        "equals" => "the answer is another text",
        _ => "the answer does not match",
    });

    public override string ToString() => $"{Word} {Texts.Clip(Wanted, 60)}";

    private bool Holds(string text) => Word switch
    {
        "contains" => text.Contains(Wanted, StringComparison.Ordinal),
        "equals" => text == Wanted,
        _ => Re2Regex.TryCompile(Wanted, out var expression, out _) && expression.IsMatch(text),
    };
}
