using System.Text.Json.Nodes;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Checks;

/// <summary>What a number has to be: one of <c>below</c>, <c>above</c>, <c>equals</c> and <c>not_equals</c>.</summary>
internal sealed record Limit(string Word, double Value)
{
    private static readonly string[] Words = ["below", "above", "equals", "not_equals"];

    public static IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("below", ParameterType.Number, "Every number has to be below.", Example: "10"),
        new("above", ParameterType.Number, "Every number has to be above.", Example: "0"),
        new("equals", ParameterType.Number, "Every number has to be equal.", Example: "0"),
        new("not_equals", ParameterType.Number, "No number may be equal.", Example: "0"),
    ];

    /// <summary>The limit among the parameters; null when there is none.</summary>
    public static Limit? Of(JsonObject parameters) =>
        Array.Find(Words, parameters.ContainsKey) is { } word && parameters[word] is JsonValue value && value.TryGetValue(out double number) ? new Limit(word, number) : null;

    /// <summary>What is wrong with the parameters; null when nothing is.</summary>
    public static string? Fault(JsonObject parameters) =>
        Words.Count(parameters.ContainsKey) > 1 ? "\"below\", \"above\", \"equals\" and \"not_equals\" exclude each other" : null;

    /// <summary>Nothing measured is never a pass.</summary>
    public Verdict Judge(IReadOnlyCollection<double> values) =>
        values.Count == 0 || values.Any(double.IsNaN) ? Verdict.Inconclusive : values.All(Holds) ? Verdict.Pass : Verdict.Fail;

    public bool Holds(double value) => Word switch
    {
        "below" => value < Value,
        "above" => value > Value,
        "equals" => value == Value,
        _ => value != Value,
    };

    public override string ToString() => $"{Word.Replace('_', ' ')} {Texts.Number(Value)}";
}
