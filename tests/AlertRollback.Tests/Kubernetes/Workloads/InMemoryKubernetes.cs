using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Kubernetes.Workloads;

/// <summary>
/// Objects in memory with the preconditions of a real API server, so that a test can put a change of somebody else, or a
/// lost answer, exactly where it wants it. The same cases run against a real API server elsewhere.
/// </summary>
internal sealed class InMemoryKubernetes : IKubernetesApi
{
    private readonly Dictionary<string, KubernetesObject> objects = [];
    private readonly Channel<WatchEvent> events = Channel.CreateUnbounded<WatchEvent>();
    private long version = 100;

    public ConcurrentQueue<string> Calls { get; } = [];
    public List<string> Evicted { get; } = [];
    public Dictionary<string, string> Logs { get; } = [];

    /// <summary>Runs before each real patch, with its number from 1 on; may change objects or throw.</summary>
    public Action<int>? BeforePatch { get; set; }

    /// <summary>Runs before each patch that is only tried; may change objects.</summary>
    public Action? BeforeDryRun { get; set; }

    /// <summary>Runs after each real patch; may throw to lose the answer.</summary>
    public Action<int>? AfterPatch { get; set; }

    /// <summary>What an admission webhook makes of a patched object, in dry runs too.</summary>
    public Action<JsonObject>? Admission { get; set; }

    /// <summary>Runs before each read, with the path; may throw.</summary>
    public Action<string>? BeforeRead { get; set; }

    /// <summary>Nothing can be read, and a watch waits, as a real one does, and says nothing.</summary>
    public bool IsAway { get; set; }

    public int Patches { get; private set; }

    public KubernetesObject Put(ResourceKind kind, string json)
    {
        var node = (JsonObject)JsonNode.Parse(json)!;
        return Store(new ObjectRef(kind, node["metadata"]!["namespace"]!.ToString(), node["metadata"]!["name"]!.ToString()), node);
    }

    public void Remove(ObjectRef target) => objects.Remove(target.Path);

    public KubernetesObject this[ObjectRef target] => objects[target.Path];

    /// <summary>Somebody else changes an object.</summary>
    public void Change(ObjectRef target, Action<JsonObject> change)
    {
        var copy = (JsonObject)objects[target.Path].Json.DeepClone();
        change(copy);
        Store(target, copy);
    }

    public Task<KubernetesObject?> GetAsync(ObjectRef target, CancellationToken cancellation)
    {
        Calls.Enqueue($"GET {target.Path}");
        BeforeRead?.Invoke(target.Path);
        if (IsAway)
            throw new KubernetesException(KubernetesFault.Unavailable, "the API is away");
        return Task.FromResult(objects.TryGetValue(target.Path, out var found) ? Copy(found) : null);
    }

    public Task<IReadOnlyList<KubernetesObject>> ListAsync(ResourceKind kind, string @namespace, string? labelSelector, CancellationToken cancellation)
    {
        var path = kind.CollectionPath(@namespace);
        Calls.Enqueue($"LIST {path}");
        BeforeRead?.Invoke(path);
        IReadOnlyList<KubernetesObject> found = [.. objects.Where(o => o.Key.StartsWith(path + "/", StringComparison.Ordinal)).Select(o => Copy(o.Value)).Where(o => Selects(labelSelector, o))];
        return Task.FromResult(found);
    }

    public Task<KubernetesObject> JsonPatchAsync(ObjectRef target, JsonArray patch, WriteOptions options, CancellationToken cancellation)
    {
        Calls.Enqueue($"{(options.DryRun ? "DRY " : "")}PATCH {target.Path}");
        if (options.DryRun)
        {
            BeforeDryRun?.Invoke();
        }
        else
        {
            Patches++;
            BeforePatch?.Invoke(Patches);
        }

        if (!objects.TryGetValue(target.Path, out var live))
            throw new KubernetesException(KubernetesFault.NotFound, "not found");

        var copy = (JsonObject)live.Json.DeepClone();
        foreach (var operation in patch.OfType<JsonObject>())
            Operate(copy, live, operation);
        Admission?.Invoke(copy);
        if (options.DryRun)
            return Task.FromResult(new KubernetesObject(copy));

        var stored = Store(target, copy);
        AfterPatch?.Invoke(Patches);
        return Task.FromResult(Copy(stored));
    }

    public Task<KubernetesObject> MergePatchAsync(ObjectRef target, JsonObject patch, WriteOptions options, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<KubernetesObject> StrategicMergePatchAsync(ObjectRef target, JsonObject patch, WriteOptions options, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<KubernetesObject> ServerSideApplyAsync(ObjectRef target, JsonObject manifest, bool force, WriteOptions options, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<KubernetesObject> CreateAsync(ResourceKind kind, string @namespace, JsonObject body, WriteOptions options, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<bool> DeleteAsync(ObjectRef target, string uid, DeleteOptions options, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<bool> EvictAsync(string @namespace, string pod, string uid, CancellationToken cancellation)
    {
        Evicted.Add(pod);
        var target = new ObjectRef(ResourceKind.Pod, @namespace, pod);
        var there = objects.TryGetValue(target.Path, out var found) && found.Uid == uid;
        if (there)
            objects.Remove(target.Path);
        return Task.FromResult(there);
    }

    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceKind kind, string @namespace, string? labelSelector, string? fieldSelector, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var o in IsAway ? [] : await ListAsync(kind, @namespace, labelSelector, cancellation))
            yield return new WatchEvent(WatchEventType.Added, o);
        await foreach (var e in events.Reader.ReadAllAsync(cancellation))
            yield return e;
    }

    public void Tell(WatchEventType type, KubernetesObject o) => events.Writer.TryWrite(new WatchEvent(type, o));

    public Task<string?> ReadLogAsync(string @namespace, string pod, string container, LogOptions options, CancellationToken cancellation)
    {
        Calls.Enqueue($"LOG {pod}/{container}{(options.Previous ? " previous" : "")}");
        BeforeRead?.Invoke($"log/{pod}");
        return Task.FromResult(Logs.GetValueOrDefault($"{pod}/{container}{(options.Previous ? "/previous" : "")}"));
    }

    public Task<ExecResult> ExecAsync(
        string @namespace, string pod, string? container, IReadOnlyList<string> command, ExecOptions options, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<ResourceKind?> FindKindAsync(string apiVersion, string kind, CancellationToken cancellation) => throw new NotSupportedException();

    private KubernetesObject Store(ObjectRef target, JsonObject json)
    {
        json["metadata"]!["resourceVersion"] = (++version).ToString(CultureInfo.InvariantCulture);
        if (objects.TryGetValue(target.Path, out var before) && !JsonNode.DeepEquals(before.Json["spec"], json["spec"]))
            json["metadata"]!["generation"] = before.Generation + 1;
        // Read again from text, as it would come over the wire.
        return objects[target.Path] = new KubernetesObject((JsonObject)JsonNode.Parse(json.ToJsonString())!);
    }

    private static void Operate(JsonObject copy, KubernetesObject live, JsonObject operation)
    {
        var path = operation["path"]!.ToString();
        var value = operation["value"]?.DeepClone();
        if ((path == "/metadata/resourceVersion" && value?.ToString() != live.ResourceVersion) || (path == "/metadata/uid" && value?.ToString() != live.Uid))
            throw new KubernetesException(KubernetesFault.Conflict, "the object has been modified");

        var parts = path.Split('/').Skip(1).Select(p => p.Replace("~1", "/", StringComparison.Ordinal)).ToArray();
        var parent = parts[..^1].Aggregate((JsonNode)copy, (node, part) => node[part] ?? throw new KubernetesException(KubernetesFault.Invalid, $"no {path}"));
        var exists = parent.AsObject().ContainsKey(parts[^1]);
        if (operation["op"]!.ToString() != "add" && !exists)
            throw new KubernetesException(KubernetesFault.Invalid, $"no {path}");
        if (operation["op"]!.ToString() == "remove")
            parent.AsObject().Remove(parts[^1]);
        else
            parent[parts[^1]] = value;
    }

    private static bool Selects(string? selector, KubernetesObject o) =>
        selector is null || selector.Split(',').Select(s => s.Split('=')).All(s => o.Label(s[0]) == s[1]);

    private static KubernetesObject Copy(KubernetesObject o) => new((JsonObject)o.Json.DeepClone());
}
