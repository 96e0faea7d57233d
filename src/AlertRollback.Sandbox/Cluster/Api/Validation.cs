using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>What the API server refuses with 422, in its words.</summary>
internal static partial class Validation
{
    private const string NameRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " +
        "alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    public static void Check(ResourceKind kind, JsonObject json, JsonObject? before)
    {
        var name = json.TextAt("metadata", "name") ?? "";
        var causes = new List<Cause>();
        if (before is null && (name.Length > 253 || !Name().IsMatch(name))) causes.Add(new Cause("metadata.name", $"Invalid value: \"{name}\": {NameRule}"));
        if (kind.IsWorkload()) Workload(json, before, causes);
        if (!kind.IsWorkload()) KindRules.Check(kind, json, before, causes);
        if (before is not null && json.TextAt("metadata", "uid") is var uid && uid != before.TextAt("metadata", "uid"))
            causes.Add(new Cause("metadata.uid", $"Invalid value: \"{uid}\": field is immutable"));
        if (causes.Count > 0) throw ApiRefusal.Invalid(kind, name, causes);
    }

    private static void Workload(JsonObject json, JsonObject? before, List<Cause> causes)
    {
        var selector = json.ObjectAt("spec", "selector");
        var labels = json.TextsAt("spec", "template", "metadata", "labels");
        if (selector is null or { Count: 0 })
            causes.Add(new Cause("spec.selector", "Required value", "FieldValueRequired"));
        else if (!LabelSelector.Of(selector).Matches(labels))
            causes.Add(new Cause("spec.template.metadata.labels", $"Invalid value: {GoMap(labels)}: `selector` does not match template `labels`"));
        if (!json.Each("spec", "template", "spec", "containers").Any())
            causes.Add(new Cause("spec.template.spec.containers", "Required value", "FieldValueRequired"));
        foreach (var (container, index) in json.Each("spec", "template", "spec", "containers").Select((c, i) => (c, i)))
        {
            if (string.IsNullOrEmpty(container.TextAt("image")))
                causes.Add(new Cause($"spec.template.spec.containers[{index}].image", "Required value", "FieldValueRequired"));
        }

        if (json.NumberAt("spec", "replicas") is < 0 and var replicas)
            causes.Add(new Cause("spec.replicas", $"Invalid value: {replicas}: must be greater than or equal to 0"));
        if (before is not null && !JsonNode.DeepEquals(before.At("spec", "selector"), selector))
            causes.Add(new Cause("spec.selector", $"Invalid value: {selector?.ToJsonString()}: field is immutable"));
    }

    private static string GoMap(IReadOnlyDictionary<string, string> labels) =>
        $"map[string]string{{{string.Join(", ", labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"\"{l.Key}\":\"{l.Value}\""))}}}";

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Name();
}
