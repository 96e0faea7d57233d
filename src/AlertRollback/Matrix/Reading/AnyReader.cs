using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Matrix.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>A value of any form, for the parameters that only their action understands.</summary>
internal static class AnyReader
{
    public static JsonNode? Read(YamlNode node, string what, FaultList faults) => node switch
    {
        YamlMap map => new JsonObject(map.Entries.Select(e => KeyValuePair.Create(e.Key.Text, Read(e.Value, what, faults)))),
        YamlList list => new JsonArray([.. list.Items.Select(i => Read(i, what, faults))]),
        YamlScalar { IsNull: true } => null,
        YamlScalar scalar => ReadScalar(scalar, what, faults),
        _ => throw new InvalidOperationException($"unknown node {node.GetType().Name}"),
    };

    private static JsonValue ReadScalar(YamlScalar scalar, string what, FaultList faults)
    {
        PlaceholderRule.Check(new Placed(scalar.Text, scalar.Place), what, Placeholders.WhenRun, faults);
        if (!scalar.Plain) return JsonValue.Create(scalar.Text);
        if (scalar.Text is "true" or "false") return JsonValue.Create(scalar.Text == "true");
        if (long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return JsonValue.Create(whole);
        return double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : JsonValue.Create(scalar.Text);
    }
}
