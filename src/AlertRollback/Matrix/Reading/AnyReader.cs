using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>A value of any form, for the parameters that only their action understands.</summary>
internal sealed partial class AnyReader(string what, PlaceholderRule placeholders, FaultList faults)
{
    private readonly List<Placed> _texts = [];

    /// <summary>Every text that was read, wherever it stands in the value.</summary>
    public IReadOnlyList<Placed> Texts => _texts;

    public JsonNode? Read(YamlNode node) => node switch
    {
        YamlMap map => new JsonObject(map.Entries.Select(e => KeyValuePair.Create(Key(e.Key), Read(e.Value)))),
        YamlList list => new JsonArray([.. list.Items.Select(Read)]),
        YamlScalar { IsNull: true } => null,
        YamlScalar scalar => ReadScalar(scalar),
        _ => throw new InvalidOperationException($"unknown node {node.GetType().Name}"),
    };

    private string Key(Placed key)
    {
        PlaceholderRule.None.Check(key, $"a key in {what}", faults);
        return key.Text;
    }

    private JsonValue ReadScalar(YamlScalar scalar)
    {
        var text = new Placed(scalar.Text, scalar.Place);
        placeholders.Check(text, what, faults);
        if (scalar.Plain && scalar.Text is "true" or "false") return JsonValue.Create(scalar.Text == "true");
        if (scalar.Plain && long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) && IsAsWritten(whole, scalar.Text)) return JsonValue.Create(whole);
        if (scalar.Plain && !LooksLikeInteger(scalar.Text) && double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)) return AsWritten(scalar);
        _texts.Add(text);
        return JsonValue.Create(scalar.Text);
    }

    // 1.10 and 1.1 are one number, but not one version: whoever takes it for a text must see how it was written.
    private JsonValue AsWritten(YamlScalar number)
    {
        if (InJson().IsMatch(number.Text)) return JsonNode.Parse(number.Text)!.AsValue();
        faults.Add(number.Place, $"{what} contains {Shown.Quoted(number.Text)}, which may be a number or a text", "write a number like 0.5, a text in quotes");
        return JsonValue.Create(number.Text);
    }

    // 007 is no number: as one it would not come out as it was written.
    private static bool IsAsWritten(long whole, string text) => whole.ToString(CultureInfo.InvariantCulture) == text;

    private static bool LooksLikeInteger(string text) => text.All(c => char.IsAsciiDigit(c) || c is '-' or '+');

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex InJson();
}
