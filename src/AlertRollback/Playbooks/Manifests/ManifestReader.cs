using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Yaml;

namespace AlertRollback.Playbooks.Manifests;

/// <summary>
/// Reads Kubernetes manifests: YAML or JSON, one or several documents. Values mean what kubectl takes them for (0644 is
/// octal), and where versions of YAML differ (yes, on) it is a fault.
/// </summary>
internal sealed class ManifestReader
{
    private static readonly string[] Doubtful = ["y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"];

    private readonly FaultList _faults = new();

    /// <summary>Every manifest, and every fault in words.</summary>
    public static (IReadOnlyList<Manifest> Manifests, IReadOnlyList<string> Faults) Read(string file, string text)
    {
        var reader = new ManifestReader();
        var found = reader.ReadAll(file, text);
        var faults = reader._faults.Sorted().Select(f => f.ToString()).Concat(found.Select(m => m.Fault()).OfType<string>()).ToList();
        if (found.Count == 0 && faults.Count == 0) faults.Add($"{file}: it has no manifest");
        return (found, faults);
    }

    /// <summary>The only document, which need not have all that an object has, or every fault in words.</summary>
    public static (JsonObject? Json, IReadOnlyList<string> Faults) ReadOne(string file, string text)
    {
        var reader = new ManifestReader();
        var found = reader.ReadAll(file, text);
        var faults = reader._faults.Sorted().Select(f => f.ToString()).ToList();
        if (found.Count != 1 && faults.Count == 0) faults.Add($"{file}: it has {(found.Count == 0 ? "no manifest" : $"{found.Count} manifests, and one is meant")}");
        return faults.Count == 0 ? (found[0].Json, []) : (null, faults);
    }

    private List<Manifest> ReadAll(string file, string text)
    {
        var documents = YamlFile.ReadDocuments(file, text, _faults);
        var found = new List<Manifest>();
        foreach (var (document, number) in documents.Select((d, i) => (d, i + 1)))
        {
            if (Json(document) is JsonObject json) found.Add(Manifest.Of(documents.Count == 1 ? file : $"{file}, document {number}", json));
            else _faults.Add(document.Place, "a manifest is a mapping", null);
        }

        return found;
    }

    private JsonNode? Json(YamlNode node) => node switch
    {
        YamlMap map => new JsonObject(map.Entries.Select(e => KeyValuePair.Create(e.Key.Text, Json(e.Value)))),
        YamlList list => new JsonArray([.. list.Items.Select(Json)]),
        YamlScalar { IsNull: true } => null,
        YamlScalar { Plain: false } quoted => JsonValue.Create(quoted.Text),
        YamlScalar plain => Plain(plain),
        _ => throw new InvalidOperationException($"unknown node {node.GetType().Name}"),
    };

    private JsonValue Plain(YamlScalar scalar)
    {
        var text = scalar.Text;
        if (Doubtful.Contains(text)) _faults.Add(scalar.Place, $"{text} is a text to some and true or false to others", "write true or false, or put it in quotes");
        if (text is "true" or "false") return JsonValue.Create(text == "true");
        if (Whole(text) is { } whole) return JsonValue.Create(whole);
        return text.Any(char.IsAsciiDigit) && !text.Any(char.IsWhiteSpace) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : JsonValue.Create(text);
    }

    private static long? Whole(string text)
    {
        if (text.Length > 1 && text[0] == '0' && text.All(c => c is >= '0' and <= '7')) return Convert.ToInt64(text, 8);
        if (text.StartsWith("0x", StringComparison.Ordinal) && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)) return hex;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
