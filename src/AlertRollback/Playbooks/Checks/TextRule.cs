using System.Text.Json.Nodes;
using AlertRollback.Alerts.Matching.Re2;
using AlertRollback.Matrix;

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

    /// <summary>The rule, its text filled in: in an expression, a value only ever means itself.</summary>
    public static TextRule? Of(JsonObject? fields, Func<string, Func<string, string>, string> fill) =>
        fields is not null && Array.Find(Words, fields.ContainsKey) is { } word
            ? new TextRule(word, fill(fields[word]!.ToString(), word == "matches" ? Re2Regex.Quote : Placeholders.AsIs))
            : null;

    /// <summary>What is wrong with the fields; null when nothing is.</summary>
    public static string? Fault(JsonObject? fields, string what)
    {
        if (fields is null)
            return null;
        if (fields.Count != 1 || Of(fields, Placeholders.Unfilled) is not { } rule)
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

    /// <summary>As fields again: nothing is left to fill in.</summary>
    public JsonObject ToJson() => new() { [Word] = Wanted };

    public override string ToString() => $"{Word} {Texts.Clip(Wanted, 60)}";

    private bool Holds(string text) => Word switch
    {
        "contains" => text.Contains(Wanted, StringComparison.Ordinal),
        "equals" => text == Wanted,
        _ => Re2Regex.TryCompile(Wanted, out var expression, out _) && expression.IsMatch(text),
    };
}
