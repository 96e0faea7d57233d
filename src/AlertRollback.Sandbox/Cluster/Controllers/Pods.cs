using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>What the workload controllers do with pods.</summary>
internal static class Pods
{
    public static IEnumerable<StoredObject> Of(ObjectStore store, StoredObject owner) =>
        store.All(ResourceKind.Pod, owner.Namespace).Where(p => p.ControllerUid == owner.Uid);

    public static bool Active(StoredObject pod) => !pod.BeingDeleted && pod.Json.TextAt("status", "phase") is not ("Succeeded" or "Failed");

    public static bool Ready(StoredObject pod) => Condition(pod)?.TextAt("status") == "True";

    /// <summary>Ready for at least that long.</summary>
    public static bool Available(StoredObject pod, int minReadySeconds, DateTimeOffset now) => Ready(pod)
        && (minReadySeconds == 0 || ClusterJson.Time(Condition(pod).TextAt("lastTransitionTime")) + TimeSpan.FromSeconds(minReadySeconds) <= now);

    public static StoredObject Create(ObjectStore store, StoredObject owner, string name, JsonObject template, IEnumerable<KeyValuePair<string, string>> labels)
    {
        var metadata = template.ObjectAt("metadata")?.Clone() ?? [];
        metadata["name"] = name;
        metadata["namespace"] = owner.Namespace;
        foreach (var (key, value) in labels) metadata.Need("labels")[key] = value;
        metadata["ownerReferences"] = new JsonArray(OwnerReference(owner));
        return store.Create(ResourceKind.Pod, new JsonObject
        {
            ["kind"] = "Pod",
            ["apiVersion"] = "v1",
            ["metadata"] = metadata,
            ["spec"] = template["spec"]!.DeepClone(),
            ["status"] = new JsonObject { ["phase"] = "Pending" },
        });
    }

    public static void Delete(ObjectStore store, StoredObject pod) =>
        store.Update(pod, json => json.Need("metadata")["deletionTimestamp"] = ClusterJson.Stamp(store.Now));

    public static JsonObject OwnerReference(StoredObject owner) => new()
    {
        ["apiVersion"] = owner.Kind.ApiVersion,
        ["kind"] = owner.Kind.Kind,
        ["name"] = owner.Name,
        ["uid"] = owner.Uid,
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    };

    private static JsonObject? Condition(StoredObject pod) => pod.Json.Each("status", "conditions").FirstOrDefault(c => c.TextAt("type") == "Ready");
}
