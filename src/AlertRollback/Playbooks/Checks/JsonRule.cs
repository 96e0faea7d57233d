using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Checks;

/// <summary>What one value of a JSON answer has to be: <c>equals</c> a text, or a number <c>below</c> or <c>above</c>.</summary>
internal sealed record JsonRule(JsonPath Path, string Word, JsonNode Wanted)
{
    private static readonly string[] Words = ["equals", "below", "above"];

    public static IReadOnlyList<Parameter> Fields { get; } =
    [
        new("path", ParameterType.Text, "The value's place, names and indexes.", Required: true, Example: "checks[0].status"),
        new("equals", ParameterType.Text, "The value as text.", Example: "UP"),
        new("below", ParameterType.Number, "The value has to be a number below.", Example: "10"),
        new("above", ParameterType.Number, "The value has to be a number above.", Example: "0"),
    ];

    /// <summary>The rule, the text it asks for filled in.</summary>
    public static JsonRule? Of(JsonObject? fields, Func<string, Func<string, string>, string> fill) =>
        fields?["path"]?.ToString() is { } text && JsonPath.TryParse(text) is { } path && Array.Find(Words, fields.ContainsKey) is { } word
            ? new JsonRule(path, word, FilledJson.Of(fields[word], wanted => fill(wanted, Placeholders.AsIs))!)
            : null;

    public static string? Fault(JsonObject? fields, string what)
    {
        if (fields is null)
            return null;
        if (JsonPath.TryParse(fields["path"]?.ToString() ?? "[") is null)
            return $"the \"path\" of {what} is written like checks[0].status";
        return fields.Count == 2 && Of(fields, Placeholders.Unfilled) is not null ? null : $"{what} needs a \"path\" and one of \"equals\", \"below\" and \"above\"";
    }

    /// <summary>A body without the value measured nothing; one that is no JSON at all is a measured failure.</summary>
    public (Verdict Verdict, string Measured) Judge(string body)
    {
        if (!TryParse(body, out var document))
            return (Verdict.Fail, "the body is no JSON");
        if (!Path.TryFind(document, out var found) || found is JsonObject or JsonArray)
            return (Verdict.Inconclusive, $"no value at {Path.Text}");
        var text = found?.ToString() ?? "null";
        var measured = $"{Path.Text} is {Texts.Clip(text, 60)}";
        if (Word == "equals")
            return (text == Wanted.ToString() ? Verdict.Pass : Verdict.Fail, measured);
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || double.IsNaN(number))
            return (Verdict.Inconclusive, $"{measured}, which is no number");
        return (new Limit(Word, Wanted.GetValue<double>()).Judge([number]), measured);
    }

    /// <summary>As fields again: nothing is left to fill in.</summary>
    public JsonObject ToJson() => new() { ["path"] = Path.Text, [Word] = Wanted.DeepClone() };

    public override string ToString() => Word == "equals" ? $"{Path.Text} is {Wanted}" : $"{Path.Text} {Word} {Wanted}";

    private static bool TryParse(string body, out JsonNode? document)
    {
        try
        {
            document = JsonNode.Parse(body);
            return true;
        }
        catch (JsonException)
        {
            document = null;
            return false;
        }
    }
}
