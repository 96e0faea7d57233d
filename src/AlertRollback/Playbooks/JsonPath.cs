using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AlertRollback.Playbooks;

/// <summary>One place in a JSON document, written like <c>checks[0].status</c>; the empty path is the document itself.</summary>
public sealed partial record JsonPath(string Text)
{
    private readonly IReadOnlyList<object> _parts = [.. Part().Matches(Text).Select(m => m.Groups[1].Success
        ? (object)m.Groups[1].Value
        : int.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture))];

    /// <summary>Null when the text is no path.</summary>
    public static JsonPath? TryParse(string text) => Whole().IsMatch(text) ? new JsonPath(text) : null;

    /// <summary>Whether the place exists, and what is there: a JSON null is there, too.</summary>
    public bool TryFind(JsonNode? document, out JsonNode? found)
    {
        found = document;
        foreach (var part in _parts)
        {
            var there = part switch
            {
                string name when found is JsonObject map => map.TryGetPropertyValue(name, out found),
                int index when found is JsonArray list && index < list.Count => (found = list[index]) is var _,
                _ => false,
            };
            if (!there)
                return false;
        }

        return true;
    }

    [GeneratedRegex(@"\.?([^.\[\]]+)|\[(\d{1,6})\]", RegexOptions.CultureInvariant)]
    private static partial Regex Part();

    [GeneratedRegex(@"\A(?:(?:[^.\[\]]+|\[\d{1,6}\])(?:\.[^.\[\]]+|\[\d{1,6}\])*)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();
}
