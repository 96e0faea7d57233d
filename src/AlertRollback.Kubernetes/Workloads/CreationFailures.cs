using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>Why pods are not even created: a quota, a LimitRange or an admission webhook refuses them. Secrets are masked (S19).</summary>
public static class CreationFailures
{
    private const int longest = 300;

    // Clocks differ (S9).
    private static readonly TimeSpan doubt = TimeSpan.FromSeconds(30);

    /// <summary>What a Deployment says of it by a condition; null: nothing.</summary>
    public static string? In(KubernetesObject live) =>
        (live.At("status", "conditions") as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => c["type"]?.ToString() == "ReplicaFailure" && c["status"]?.ToString() == "True") is { } condition
            ? Said(condition["reason"]?.ToString(), condition["message"]?.ToString())
            : null;

    /// <summary>What the events of a StatefulSet, DaemonSet or Job say of it, which have no condition for it. Best effort; null: nothing.</summary>
    /// <param name="since">Older events tell of something else.</param>
    public static async Task<string?> InEventsAsync(IKubernetesApi api, string @namespace, string uid, DateTimeOffset? since, CancellationToken cancellation)
    {
        try
        {
            return (await api.ListAsync(ResourceKind.Event, @namespace, null, cancellation))
                .Where(e => e.Text("involvedObject", "uid") == uid && e.Text("reason") == "FailedCreate" && !(At(e) < since - doubt))
                .MaxBy(At) is { } newest ? Said(newest.Text("reason"), newest.Text("message")) : null;
        }
        catch (KubernetesException)
        {
            return null;
        }
    }

    private static DateTimeOffset? At(KubernetesObject e) => e.Time("lastTimestamp") ?? e.Time("eventTime") ?? e.CreationTimestamp;

    private static string Said(string? reason, string? message) =>
        Clipped.Head(EvidenceReader.Mask($"pods cannot be created: {reason}{(string.IsNullOrEmpty(message) ? "" : $": {message}")}"), longest);
}
