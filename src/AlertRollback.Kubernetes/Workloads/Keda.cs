using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>An autoscaler that KEDA made sleeps at 0 replicas, as any does; but KEDA itself scales up from there (S7).</summary>
public static class Keda
{
    private const string PausedReplicas = "autoscaling.keda.sh/paused-replicas";

    public static readonly ResourceKind ScaledObject = new("keda.sh", "v1alpha1", "ScaledObject", "scaledobjects");

    /// <summary>Why 0 replicas would not last; null when they do, as KEDA has nothing to do with it or is paused.</summary>
    public static async Task<string?> ObjectionAsync(IKubernetesApi api, KubernetesObject autoscaler, CancellationToken cancellation)
    {
        if (NameOf(autoscaler) is not { } name)
            return null;
        var objection = $"KEDA's ScaledObject {name} would scale it up again: pause it first ({PausedReplicas}: \"0\")";
        try
        {
            return await api.GetAsync(new ObjectRef(ScaledObject, autoscaler.Namespace, name), cancellation) is { } scaled && IsPausedAtZero(scaled) ? null : objection;
        }
        catch (KubernetesException e) when (e.Fault == KubernetesFault.Forbidden)
        {
            return $"{objection}; whether it is paused may not be read";
        }
    }

    private static string? NameOf(KubernetesObject autoscaler) => autoscaler.Label("scaledobject.keda.sh/name")
        ?? (autoscaler.At("metadata", "ownerReferences") as JsonArray)?.OfType<JsonObject>().FirstOrDefault(o => o["kind"]?.ToString() == ScaledObject.Kind)?["name"]?.ToString();

    // A number that it is paused at goes before the mere pause.
    private static bool IsPausedAtZero(KubernetesObject scaled) =>
        scaled.Annotation(PausedReplicas) is { } replicas ? replicas == "0" : scaled.Annotation("autoscaling.keda.sh/paused") == "true";
}
