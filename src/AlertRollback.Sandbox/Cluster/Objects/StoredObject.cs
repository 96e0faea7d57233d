using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Sandbox.Cluster.Objects;

/// <summary>One version of an object. Its JSON is never changed once it is stored, and read only under the store's lock.</summary>
internal sealed class StoredObject(ResourceKind kind, JsonObject json)
{
    public ResourceKind Kind { get; } = kind;
    public JsonObject Json { get; } = json;
    public string Name { get; } = json.TextAt("metadata", "name") ?? "";
    public string Namespace { get; } = json.TextAt("metadata", "namespace") ?? "";
    public string Uid { get; } = json.TextAt("metadata", "uid") ?? "";
    public string Version { get; } = json.TextAt("metadata", "resourceVersion") ?? "";
    public IReadOnlyDictionary<string, string> Labels { get; } = json.TextsAt("metadata", "labels");
    public string? ControllerUid { get; } = json.Each("metadata", "ownerReferences").FirstOrDefault(o => o.FlagAt("controller")).TextAt("uid");
    public bool BeingDeleted { get; } = json.TextAt("metadata", "deletionTimestamp") is not null;

    public string Text { get; } = json.ToJsonString(ClusterJson.Options);

    public string? Annotation(string name) => Json.TextAt("metadata", "annotations", name);
}
