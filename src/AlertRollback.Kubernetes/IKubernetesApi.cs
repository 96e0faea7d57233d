using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes;

/// <summary>How a write is to be made.</summary>
/// <param name="DryRun">Validate and admit, but change nothing (<c>dryRun=All</c>).</param>
public sealed record WriteOptions(bool DryRun = false)
{
    public const string FieldManager = "alertrollback";
}

public enum WatchEventType { Added, Modified, Deleted }

/// <summary>One event of a watch.</summary>
public sealed record WatchEvent(WatchEventType Type, KubernetesObject Object);

/// <summary>Which part of a container's log to read.</summary>
public sealed record LogOptions(bool Previous = false, int? TailLines = null, int? SinceSeconds = null, int? LimitBytes = null);

/// <summary>
/// The Kubernetes API over HTTP, as far as rollbacks need it. Reads are retried (429 with Retry-After, 5xx, connection
/// faults, with jitter). Writes are retried only after an answer that says that nothing was done (429, connection refused);
/// otherwise they end in <see cref="KubernetesFault.OutcomeUnknown"/>. All methods throw <see cref="KubernetesException"/>.
/// </summary>
public interface IKubernetesApi
{
    /// <summary>The object, or null when there is none.</summary>
    Task<KubernetesObject?> GetAsync(ObjectRef target, CancellationToken cancellation);

    /// <summary>All objects that match, page by page.</summary>
    /// <param name="labelSelector">Kubernetes label selector; null for no restriction.</param>
    Task<IReadOnlyList<KubernetesObject>> ListAsync(ResourceKind kind, string @namespace, string? labelSelector, CancellationToken cancellation);

    /// <summary>RFC 6902 patch; answers with the object after it.</summary>
    Task<KubernetesObject> JsonPatchAsync(ObjectRef target, JsonArray patch, WriteOptions options, CancellationToken cancellation);

    /// <summary>RFC 7396 patch; answers with the object after it.</summary>
    Task<KubernetesObject> MergePatchAsync(ObjectRef target, JsonObject patch, WriteOptions options, CancellationToken cancellation);

    /// <summary>Creates an object; a name that exists already is <see cref="KubernetesFault.Conflict"/>.</summary>
    Task<KubernetesObject> CreateAsync(ResourceKind kind, string @namespace, JsonObject body, WriteOptions options, CancellationToken cancellation);

    /// <summary>Asks for a pod's eviction, for exactly this uid. False when the pod is gone or is another one by now.</summary>
    Task<bool> EvictAsync(string @namespace, string pod, string uid, CancellationToken cancellation);

    /// <summary>
    /// What happens to the objects of a kind, from now on, beginning with an Added for each that exists. Resumes by itself
    /// after a lost connection and after 410 Gone (then each existing object comes again as Modified). Never ends by itself:
    /// what passes is waited out, but a first list that is refused throws at once, and a watch that is refused again and
    /// again (401, 403, ...) throws after <see cref="KubernetesRetry.WatchRefusals"/> times, about half a minute.
    /// </summary>
    IAsyncEnumerable<WatchEvent> WatchAsync(ResourceKind kind, string @namespace, string? labelSelector, string? fieldSelector, CancellationToken cancellation);

    /// <summary>A container's log. Null when the container has none (not started, no previous one).</summary>
    Task<string?> ReadLogAsync(string @namespace, string pod, string container, LogOptions options, CancellationToken cancellation);

    /// <summary>The server's version, e.g. <c>v1.30.2</c>.</summary>
    Task<string> ServerVersionAsync(CancellationToken cancellation);
}
