using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>Who owns fields of an object, as far as a server-side apply has to know.</summary>
internal static class FieldOwners
{
    /// <summary>Another manager owns fields that were to be set; its name and the fields are in the message.</summary>
    public static bool IsConflict(KubernetesException fault) =>
        fault.Fault is KubernetesFault.Conflict && fault.Message.StartsWith("Apply failed with", StringComparison.Ordinal);

    public static IEnumerable<string> Others(KubernetesObject live) =>
        ((live.At("metadata", "managedFields") as JsonArray)?.OfType<JsonObject>() ?? [])
            .Select(m => m["manager"]?.ToString() ?? "")
            .Where(m => m != WriteOptions.FieldManager);
}
