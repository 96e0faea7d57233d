using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Checks;

/// <summary>What one value of a database has to be: <c>equals</c> or <c>not_equals</c> a number or text, or a number <c>below</c> or <c>above</c>.</summary>
internal sealed record ValueRule(string Word, string Wanted)
{
    private static readonly string[] Words = ["equals", "not_equals", "below", "above"];

    public static IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("equals", ParameterType.Text, "The one value, as a number where both are numbers, else as text.", Example: "0"),
        new("not_equals", ParameterType.Text, "What the one value must not be.", Example: "0"),
        new("below", ParameterType.Number, "The one value has to be a number below.", Example: "10"),
        new("above", ParameterType.Number, "The one value has to be a number above.", Example: "0"),
    ];

    /// <summary>The rule among the parameters, its text filled in; null when there is none.</summary>
    public static ValueRule? Of(JsonObject parameters, Func<string, string> fill) =>
        Array.Find(Words, parameters.ContainsKey) is { } word ? new ValueRule(word, fill(parameters[word]!.ToString())) : null;

    /// <summary>What is wrong with the parameters; null when nothing is.</summary>
    public static string? Fault(JsonObject parameters) =>
        Words.Count(parameters.ContainsKey) > 1 ? "\"equals\", \"not_equals\", \"below\" and \"above\" exclude each other" : null;

    /// <summary>A text where a number is asked for measures nothing, nor does what is not a number.</summary>
    public Verdict Judge(string value)
    {
        var numbers = double.TryParse(value.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            & double.TryParse(Wanted, NumberStyles.Float, CultureInfo.InvariantCulture, out var wanted);
        if (Word is "below" or "above")
            return numbers ? new Limit(Word, wanted).Judge([number]) : Verdict.Inconclusive;
        if (numbers && double.IsNaN(number) && !double.IsNaN(wanted))
            return Verdict.Inconclusive;
        // Long ids are texts: as numbers, two of them could be the same.
        var same = numbers && Math.Abs(wanted) < 1e15 && Math.Abs(number) < 1e15 ? number == wanted : value.Trim() == Wanted;
        return same == (Word == "equals") ? Verdict.Pass : Verdict.Fail;
    }

    public override string ToString() => $"{Word.Replace('_', ' ')} {Texts.Clip(Wanted, 60)}";
}
