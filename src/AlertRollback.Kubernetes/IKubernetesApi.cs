using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes;

/// <summary>How a write is to be made.</summary>
/// <param name="DryRun">Validate and admit, but change nothing (<c>dryRun=All</c>).</param>
public sealed record WriteOptions(bool DryRun = false)
{
    public const string FieldManager = "alertrollback";

    /// <summary>A part of the object that is written by itself, e.g. <c>status</c>; null: the object.</summary>
    public string? Subresource { get; init; }
}

/// <summary>How an object is to be deleted.</summary>
/// <param name="GraceSeconds">Overrides the object's own grace period; 0 for at once.</param>
/// <param name="Propagation"><c>Background</c>, <c>Foreground</c> or <c>Orphan</c>; null for the kind's default.</param>
public sealed record DeleteOptions(int? GraceSeconds = null, string? Propagation = null);

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

    /// <summary>
    /// Strategic merge patch, for built-in kinds only: lists with a merge key (containers, env, ports, volumes) are merged
    /// by it; answers with the object after it.
    /// </summary>
    Task<KubernetesObject> StrategicMergePatchAsync(ObjectRef target, JsonObject patch, WriteOptions options, CancellationToken cancellation);

    /// <summary>
    /// Server-side apply: creates the object or sets the manifest's fields and removes those that an earlier apply of ours
    /// set and this one leaves out. A field of another manager is <see cref="KubernetesFault.Conflict"/>, unless forced.
    /// </summary>
    Task<KubernetesObject> ServerSideApplyAsync(ObjectRef target, JsonObject manifest, bool force, WriteOptions options, CancellationToken cancellation);

    /// <summary>Creates an object; a name that exists already is <see cref="KubernetesFault.Conflict"/>.</summary>
    Task<KubernetesObject> CreateAsync(ResourceKind kind, string @namespace, JsonObject body, WriteOptions options, CancellationToken cancellation);

    /// <summary>Deletes exactly the object of this uid. True when that was accepted or it is gone, false when another one has its name by now.</summary>
    Task<bool> DeleteAsync(ObjectRef target, string uid, DeleteOptions options, CancellationToken cancellation);

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

    /// <summary>
    /// Runs a command in a container, without terminal and input, and waits for its end. Sent once; a connection that breaks
    /// before the end is told is <see cref="KubernetesFault.OutcomeUnknown"/>.
    /// </summary>
    /// <param name="container">Null for the pod's only one, or its default.</param>
    /// <param name="command">The program and its arguments; no shell.</param>
    Task<ExecResult> ExecAsync(
        string @namespace, string pod, string? container, IReadOnlyList<string> command, ExecOptions options, CancellationToken cancellation);

    /// <summary>Where the server keeps a kind, e.g. <c>argoproj.io/v1alpha1</c>, <c>Rollout</c>; null when it has none. Kept for some minutes.</summary>
    Task<ResourceKind?> FindKindAsync(string apiVersion, string kind, CancellationToken cancellation);
}
