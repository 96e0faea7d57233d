using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>Who owns fields of an object, as far as a server-side apply has to know.</summary>
internal static class FieldOwners
{
    /// <summary>Another manager owns fields that were to be set; its name and the fields are in the message.</summary>
    public static bool IsConflict(KubernetesException fault) =>
        fault.Fault is KubernetesFault.Conflict && fault.Message.StartsWith("Apply failed with", StringComparison.Ordinal);

    public static IEnumerable<string> Others(KubernetesObject live) => live.ManagedFields.Select(Manager).Where(m => m != WriteOptions.FieldManager);

    /// <summary>
    /// Whether anybody wrote to what an object is wanted to be since we created it; controllers write annotations and the status.
    /// Where nobody says who wrote, somebody may have.
    /// </summary>
    /// <param name="created">How we created it: <c>Apply</c> or <c>Update</c>.</param>
    public static bool OthersWrote(KubernetesObject live, string created) => !live.ManagedFields.Any() || live.ManagedFields.Any(e =>
        (Manager(e) != WriteOptions.FieldManager || e["operation"]?.ToString() != created)
        && ((e["fieldsV1"] as JsonObject)?.Any(f => f.Key is not ("f:metadata" or "f:status")) ?? true));

    private static string Manager(JsonObject entry) => entry["manager"]?.ToString() ?? "";
}
