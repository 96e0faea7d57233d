using System.Text.Json.Nodes;
using AlertRollback.Yaml;

namespace AlertRollback.Matrix.Reading;

/// <summary>Fills a service's own names into its texts while the file is read.</summary>
internal sealed class Filling(string service, FaultList faults)
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal) { [Placeholders.Service] = service };

    public IReadOnlyList<string> Names => [.. _values.Keys];

    public void Namespace(string name) => _values[Placeholders.Namespace] = name;

    /// <summary>Null when the text is at fault.</summary>
    public Placed? Fill(Placed? text, string what)
    {
        if (text is null) return null;
        var before = faults.Count;
        new PlaceholderRule(Names, []).Check(text, what, faults);
        return faults.Count > before ? null : Known(text);
    }

    /// <summary>Of a text whose placeholders were checked already; with a fault it stays as it is.</summary>
    public Placed Known(Placed text) => text with { Text = Known(text.Text) };

    public JsonNode? Fill(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Select(e => KeyValuePair.Create(e.Key, Fill(e.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Fill)]),
        JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(Known(text)),
        _ => node?.DeepClone(),
    };

    private string Known(string text) =>
        Placeholders.FirstUnknown(text, Names) is null ? Placeholders.Fill(text, _values, Placeholders.AsIs) : text;
}
