using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes;

/// <summary>The Kubernetes API over one HTTP client. Made by <see cref="KubernetesConnection.Connect"/>.</summary>
public sealed partial class KubernetesApi : IKubernetesApi
{
    private readonly ApiTransport transport;
    private volatile string evictionVersion = "policy/v1";

    internal KubernetesApi(ApiTransport transport) => this.transport = transport;

    public async Task<KubernetesObject?> GetAsync(ObjectRef target, CancellationToken cancellation)
    {
        var answer = await ReadAsync(ApiPath.Of(target), cancellation).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.NotFound)
            return null;
        return answer.Succeeded ? new KubernetesObject(answer.Json) : throw answer.Fault();
    }

    public async Task<IReadOnlyList<KubernetesObject>> ListAsync(ResourceKind kind, string @namespace, string? labelSelector, CancellationToken cancellation) =>
        (await ListAllAsync(kind, @namespace, labelSelector, null, cancellation).ConfigureAwait(false)).Items;

    public Task<KubernetesObject> JsonPatchAsync(ObjectRef target, JsonArray patch, WriteOptions options, CancellationToken cancellation) =>
        WriteAsync(HttpMethod.Patch, ApiPath.Of(target), new(patch.ToJsonString(), "application/json-patch+json"), options, cancellation);

    public Task<KubernetesObject> MergePatchAsync(ObjectRef target, JsonObject patch, WriteOptions options, CancellationToken cancellation) =>
        WriteAsync(HttpMethod.Patch, ApiPath.Of(target), new(patch.ToJsonString(), "application/merge-patch+json"), options, cancellation);

    public Task<KubernetesObject> StrategicMergePatchAsync(ObjectRef target, JsonObject patch, WriteOptions options, CancellationToken cancellation) =>
        WriteAsync(HttpMethod.Patch, ApiPath.Of(target), new(patch.ToJsonString(), "application/strategic-merge-patch+json"), options, cancellation);

    public Task<KubernetesObject> ServerSideApplyAsync(ObjectRef target, JsonObject manifest, bool force, WriteOptions options, CancellationToken cancellation) =>
        // The media type is YAML, of which JSON is a part.
        WriteAsync(HttpMethod.Patch, ApiPath.Of(target), new(manifest.ToJsonString(), "application/apply-patch+yaml"), options, cancellation, force);

    public Task<KubernetesObject> CreateAsync(ResourceKind kind, string @namespace, JsonObject body, WriteOptions options, CancellationToken cancellation) =>
        WriteAsync(HttpMethod.Post, ApiPath.ToCreate(kind, @namespace), new(body.ToJsonString(), "application/json"), options, cancellation);

    public async Task<bool> EvictAsync(string @namespace, string pod, string uid, CancellationToken cancellation)
    {
        ApiPath.Check(uid, "uid");
        var version = evictionVersion;
        var answer = await EvictAsync(version, @namespace, pod, uid, cancellation).ConfigureAwait(false);
        if (IsUnknownVersion(answer, pod) && version == "policy/v1")
        {
            // Servers before 1.22 know only the beta; 1.20 says 400 to a body of a version it does not know.
            answer = await EvictAsync("policy/v1beta1", @namespace, pod, uid, cancellation).ConfigureAwait(false);
            if (!IsUnknownVersion(answer, pod))
                evictionVersion = "policy/v1beta1";
        }

        if (answer.Succeeded)
            return true;
        var gone = answer.Status == HttpStatusCode.Conflict || (answer.Status == HttpStatusCode.NotFound && answer.SubjectName == pod);
        return gone ? false : throw answer.Fault();
    }

    public async Task<string?> ReadLogAsync(string @namespace, string pod, string container, LogOptions options, CancellationToken cancellation)
    {
        var query = ApiPath.Query(("container", container), ("previous", options.Previous ? "true" : null),
            ("tailLines", options.TailLines?.ToString()), ("sinceSeconds", options.SinceSeconds?.ToString()), ("limitBytes", options.LimitBytes?.ToString()));
        var answer = await ReadAsync(ApiPath.Of(new(ResourceKind.Pod, @namespace, pod)) + "/log" + query, cancellation).ConfigureAwait(false);
        if (answer.Succeeded)
            return answer.Body;
        return answer.Status == HttpStatusCode.BadRequest && SaysThereIsNone(answer.Message) ? null : throw answer.Fault();
    }

    private Task<ApiAnswer> EvictAsync(string version, string @namespace, string pod, string uid, CancellationToken cancellation)
    {
        var body = new JsonObject
        {
            ["apiVersion"] = version,
            ["kind"] = "Eviction",
            ["metadata"] = new JsonObject { ["name"] = pod, ["namespace"] = @namespace },
            ["deleteOptions"] = new JsonObject { ["preconditions"] = new JsonObject { ["uid"] = uid } },
        };
        var path = ApiPath.Of(new(ResourceKind.Pod, @namespace, pod)) + "/eviction";
        return transport.SendAsync(HttpMethod.Post, path, new(body.ToJsonString(), "application/json"), false, cancellation);
    }

    private static bool IsUnknownVersion(ApiAnswer answer, string pod) =>
        answer.Status == HttpStatusCode.BadRequest || (answer.Status == HttpStatusCode.NotFound && answer.SubjectName != pod);

    private static bool SaysThereIsNone(string message) =>
        message.Contains("waiting to start", StringComparison.Ordinal)
        || message.Contains("previous terminated container", StringComparison.Ordinal)
        || message.Contains("is not available", StringComparison.Ordinal)
        || message.Contains("ContainerCreating", StringComparison.Ordinal);

    private Task<ApiAnswer> ReadAsync(string path, CancellationToken cancellation) =>
        transport.SendAsync(HttpMethod.Get, path, null, true, cancellation);

    private async Task<KubernetesObject> WriteAsync(HttpMethod method, string path, HttpContentSource body, WriteOptions options, CancellationToken cancellation,
        bool force = false)
    {
        if (options.Subresource is { } part)
        {
            ApiPath.Check(part, "subresource");
            path += $"/{part}";
        }

        var query = ApiPath.Query(
            ("fieldManager", WriteOptions.FieldManager), ("dryRun", options.DryRun ? "All" : null), ("force", force ? "true" : null));
        var answer = await transport.SendAsync(method, path + query, body, options.DryRun, cancellation).ConfigureAwait(false);
        return answer.Succeeded ? new KubernetesObject(answer.Json) : throw answer.Fault();
    }

    private async Task<Snapshot> ListAllAsync(ResourceKind kind, string @namespace, string? labels, string? fields, CancellationToken cancellation)
    {
        for (var restarts = 0; restarts < transport.Retry.ListRestarts; restarts++)
        {
            if (await TryListAsync(kind, @namespace, labels, fields, transport.Retry.PageSize, cancellation).ConfigureAwait(false) is { } snapshot)
                return snapshot;
            await Task.Delay(transport.Pause(restarts), transport.Time, cancellation).ConfigureAwait(false);
        }

        // A list in one piece has no continuation that could expire.
        return await TryListAsync(kind, @namespace, labels, fields, null, cancellation).ConfigureAwait(false)
            ?? throw new KubernetesException(KubernetesFault.Gone, "the list expired again and again", HttpStatusCode.Gone);
    }

    /// <summary>Null when the continuation expired between two pages and the list has to be started over.</summary>
    private async Task<Snapshot?> TryListAsync(ResourceKind kind, string @namespace, string? labels, string? fields, int? pageSize, CancellationToken cancellation)
    {
        var items = new List<KubernetesObject>();
        string? next = null;
        while (true)
        {
            var query = ApiPath.Query(("limit", pageSize?.ToString(CultureInfo.InvariantCulture)), ("continue", next), ("labelSelector", labels), ("fieldSelector", fields));
            var answer = await ReadAsync(ApiPath.ToList(kind, @namespace) + query, cancellation).ConfigureAwait(false);
            if (answer.Status == HttpStatusCode.Gone && next is not null)
                return null;
            var page = answer.Succeeded ? new KubernetesObject(answer.Json) : throw answer.Fault();
            foreach (var item in (page.At("items") as JsonArray ?? []).OfType<JsonObject>())
                items.Add(new KubernetesObject((JsonObject)item.DeepClone()));
            next = page.Text("metadata", "continue");
            if (string.IsNullOrEmpty(next))
                return new Snapshot(items, page.ResourceVersion);
        }
    }

    private sealed record Snapshot(IReadOnlyList<KubernetesObject> Items, string ResourceVersion);
}
