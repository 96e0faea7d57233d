using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes;

/// <summary>
/// A Kubernetes object as the API server sent it. Kept as JSON, because a typed model would drop the fields it does not
/// know, and a pod template that went through one would no longer be the template that ran.
/// </summary>
public sealed class KubernetesObject(JsonObject json)
{
    public JsonObject Json { get; } = json;

    public string Name => Text("metadata", "name") ?? "";
    public string Namespace => Text("metadata", "namespace") ?? "";
    public string Uid => Text("metadata", "uid") ?? "";
    public string ResourceVersion => Text("metadata", "resourceVersion") ?? "";
    public long Generation => Number("metadata", "generation") ?? 0;

    /// <summary>The generation that the object's controller has seen; Argo Rollouts writes it as a text.</summary>
    public long ObservedGeneration => Number("status", "observedGeneration")
        ?? (long.TryParse(Text("status", "observedGeneration"), NumberStyles.None, CultureInfo.InvariantCulture, out var seen) ? seen : 0);

    public DateTimeOffset? CreationTimestamp => Time("metadata", "creationTimestamp");
    public bool BeingDeleted => Text("metadata", "deletionTimestamp") is not null;

    public string? Annotation(string name) => Text("metadata", "annotations", name);

    public string? Label(string name) => Text("metadata", "labels", name);

    /// <summary>The reference to the controlling owner, or null.</summary>
    public JsonObject? Controller => (At("metadata", "ownerReferences") as JsonArray)?
        .OfType<JsonObject>()
        .FirstOrDefault(o => o["controller"] is JsonValue v && v.TryGetValue(out bool yes) && yes);

    /// <summary>The uid of the controlling owner, or null.</summary>
    public string? ControllerUid => Controller?["uid"]?.GetValue<string>();

    /// <summary>Who wrote which fields, and how; empty where nobody says so.</summary>
    public IEnumerable<JsonObject> ManagedFields => (At("metadata", "managedFields") as JsonArray)?.OfType<JsonObject>() ?? [];

    /// <summary>The node at a path of member names, or null when any of them is missing.</summary>
    public JsonNode? At(params ReadOnlySpan<string> path)
    {
        JsonNode? node = Json;
        foreach (var part in path)
        {
            if (node is not JsonObject o || !o.TryGetPropertyValue(part, out node))
                return null;
        }

        return node;
    }

    public string? Text(params ReadOnlySpan<string> path) =>
        At(path) is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public long? Number(params ReadOnlySpan<string> path) =>
        At(path) is JsonValue value && value.TryGetValue(out long number) ? number : null;

    public bool Flag(params ReadOnlySpan<string> path) =>
        At(path) is JsonValue value && value.TryGetValue(out bool yes) && yes;

    public DateTimeOffset? Time(params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(Text(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
