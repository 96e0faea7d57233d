using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes;

/// <summary>Stands where no cluster is configured: whoever asks it is told so. A service without Kubernetes still starts.</summary>
/// <param name="fault">Whether there is none, or one whose configuration is faulty.</param>
public sealed class NoCluster(string why, KubernetesFault fault = KubernetesFault.Unavailable) : IKubernetesApi
{
    /// <summary>Nobody meant one to be here, so that nobody misses it.</summary>
    public bool NoneIsMeant => fault == KubernetesFault.NoCluster;

    public Task<KubernetesObject?> GetAsync(ObjectRef target, CancellationToken cancellation) => throw None();

    public Task<IReadOnlyList<KubernetesObject>> ListAsync(ResourceKind kind, string @namespace, string? labelSelector, CancellationToken cancellation) => throw None();

    public Task<KubernetesObject> JsonPatchAsync(ObjectRef target, JsonArray patch, WriteOptions options, CancellationToken cancellation) => throw None();

    public Task<KubernetesObject> MergePatchAsync(ObjectRef target, JsonObject patch, WriteOptions options, CancellationToken cancellation) => throw None();

    public Task<KubernetesObject> StrategicMergePatchAsync(ObjectRef target, JsonObject patch, WriteOptions options, CancellationToken cancellation) => throw None();

    public Task<KubernetesObject> ServerSideApplyAsync(ObjectRef target, JsonObject manifest, bool force, WriteOptions options, CancellationToken cancellation) => throw None();

    public Task<KubernetesObject> CreateAsync(ResourceKind kind, string @namespace, JsonObject body, WriteOptions options, CancellationToken cancellation) => throw None();

    public Task<bool> DeleteAsync(ObjectRef target, string uid, DeleteOptions options, CancellationToken cancellation) => throw None();

    public Task<bool> EvictAsync(string @namespace, string pod, string uid, CancellationToken cancellation) => throw None();

    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceKind kind, string @namespace, string? labelSelector, string? fieldSelector, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.FromException(None());
        yield break;
    }

    public Task<string?> ReadLogAsync(string @namespace, string pod, string container, LogOptions options, CancellationToken cancellation) => throw None();

    public Task<ExecResult> ExecAsync(
        string @namespace, string pod, string? container, IReadOnlyList<string> command, ExecOptions options, CancellationToken cancellation) => throw None();

    public Task<ResourceKind?> FindKindAsync(string apiVersion, string kind, CancellationToken cancellation) => throw None();

    private KubernetesException None() => new(fault, why);
}
