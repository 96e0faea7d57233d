using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary>The parameter <c>to</c>: which revision of the service's workload.</summary>
internal static class RevisionTarget
{
    public const string Forms = "\"to\" is last_known_good, previous, {revision: NUMBER}, {version: \"1.2.2\"} or {image: REFERENCE}";

    /// <param name="more">Another word that it may be.</param>
    public static Parameter Parameter(string summary, params string[] more) => new("to", ParameterType.Mapping, $"{summary}: last_known_good, previous, {{revision: NUMBER}}, {{version: TEXT}} or {{image: REFERENCE}}.",
        Default: "last_known_good", Example: "last_known_good", Allowed: ["last_known_good", "previous", .. more], Main: true)
    {
        Fields =
        [
            new("revision", ParameterType.Text, "The controller's number of the revision.", Example: "7"),
            new("version", ParameterType.Text, "The label app.kubernetes.io/version, or an image's tag; refused when several revisions have it.", Example: "\"1.2.2\""),
            new("image", ParameterType.Text, "An image as the template has it, or its digest sha256:…; refused when several revisions run it.", Example: "shop/api:v1"),
        ],
    };

    /// <summary>Whether it has one of the forms; what inputs fill in later may still turn out not to.</summary>
    public static bool IsSound(JsonObject parameters) => Of(parameters, text => text.Contains("${", StringComparison.Ordinal) ? "1" : text) is not null;

    /// <summary>The target, its texts filled in; null when it has none of the forms.</summary>
    public static UndoTarget? Of(JsonObject parameters, Func<string, string> fill) => parameters["to"] switch
    {
        null => new UndoTarget.LastKnownGood(),
        JsonValue word when word.TryGetValue(out string? text) && text is "previous" or "last_known_good" => UndoTarget.Parse(word.GetValue<string>()),
        JsonObject { Count: 1 } map when map.First() is var (key, value) && key is "revision" or "version" or "image" && value is JsonValue named => Named(key, named, fill),
        _ => null,
    };

    // A version that was read as a number has lost its form: 1.10 is not 1.1.
    private static UndoTarget? Named(string key, JsonValue value, Func<string, string> fill) =>
        value.TryGetValue(out string? text) ? UndoTarget.Parse($"{key} {fill(text)}")
        : key == "revision" ? UndoTarget.Parse($"{key} {value}")
        : null;
}
