using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Manifests;

/// <summary>One object as a team wrote it.</summary>
/// <param name="Source">Where it stands, for people: <c>chaos.yml</c>, <c>chaos.yml, document 2</c>.</param>
public sealed record Manifest(string Source, JsonObject Json)
{
    public string ApiVersion => Text(Json["apiVersion"]);

    public string Kind => Text(Json["kind"]);

    public string Name => Text(Json["metadata"]?["name"]);

    public string Namespace => Text(Json["metadata"]?["namespace"]);

    public bool IsSecret => Kind == "Secret" && ApiVersion == "v1";

    /// <summary>Without what only a server writes, which exported objects often carry.</summary>
    public static Manifest Of(string source, JsonObject json)
    {
        var own = (JsonObject)json.DeepClone();
        own.Remove("status");
        if (own["metadata"] is JsonObject metadata)
        {
            foreach (var name in new[] { "managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink" })
                metadata.Remove(name);
            (metadata["annotations"] as JsonObject)?.Remove("kubectl.kubernetes.io/last-applied-configuration");
        }

        return new Manifest(source, own);
    }

    /// <summary>What it lacks, in words; null: nothing.</summary>
    public string? Fault() =>
        ApiVersion.Length == 0 || Kind.Length == 0 ? $"{Source}: it has no apiVersion or no kind"
        : Json["items"] is not null && Kind.EndsWith("List", StringComparison.Ordinal) ? $"{Source}: a {Kind} is no object: write its items one by one"
        : Name.Length == 0 ? $"{Source}: it has no metadata.name"
        : null;

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}
