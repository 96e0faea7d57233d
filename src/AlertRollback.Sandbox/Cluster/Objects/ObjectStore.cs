using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Sandbox.Cluster.Objects;

/// <summary>One entry of the history that watches read.</summary>
/// <param name="Before">The version it replaced; null for a creation.</param>
internal sealed record Change(long Version, ChangeType Type, StoredObject Object, StoredObject? Before);

internal enum ChangeType { Added, Modified, Deleted }

/// <summary>
/// All objects, one counter of resource versions, and the history of changes, as etcd has them. The caller holds
/// <see cref="Gate"/> around every use, so that a request or a round of the controllers is one transaction.
/// </summary>
internal sealed class ObjectStore(TimeProvider time)
{
    // Changes that can still be watched; older resource versions answer 410 Gone.
    private const int HistoryLength = 4096;

    private readonly Dictionary<(string Kind, string Namespace, string Name), StoredObject> objects = [];
    private readonly List<Change> history = [];
    private TaskCompletionSource changed = NewSignal();
    private long forgotten;

    public Lock Gate { get; } = new();

    /// <summary>The newest resource version.</summary>
    public long Version { get; private set; } = 100;

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Ends at the next change; take it before looking, so that none is missed.</summary>
    public Task NextChange => changed.Task;

    public StoredObject? Find(ResourceKind kind, string @namespace, string name) => objects.GetValueOrDefault((kind.Qualified(), @namespace, name));

    /// <summary>The objects of a kind in the order of namespace and name, as etcd's keys have it.</summary>
    public IEnumerable<StoredObject> All(ResourceKind kind, string? @namespace = null) => objects.Values
        .Where(o => o.Kind == kind && (string.IsNullOrEmpty(@namespace) || o.Namespace == @namespace))
        .OrderBy(o => o.Namespace, StringComparer.Ordinal).ThenBy(o => o.Name, StringComparer.Ordinal);

    public IReadOnlyList<StoredObject> Everything => [.. objects.Values];

    public StoredObject Create(ResourceKind kind, JsonObject json)
    {
        var metadata = json.Need("metadata");
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = ClusterJson.Stamp(Now);
        if (Generations.Counts(kind)) metadata["generation"] = 1;
        return Write(kind, json, ChangeType.Added, before: null);
    }

    /// <summary>Stores the new version; one that equals the old changes nothing, as in the real API.</summary>
    public StoredObject Update(StoredObject before, JsonObject json, bool byClient = false)
    {
        if (JsonNode.DeepEquals(before.Json, json)) return before;
        if (Generations.MovesOn(before, json, byClient)) json.Need("metadata")["generation"] = before.Json.CountAt("metadata", "generation") + 1;
        return Write(before.Kind, json, ChangeType.Modified, before);
    }

    /// <summary>Changes a copy of the object and stores it.</summary>
    public StoredObject Update(StoredObject before, Action<JsonObject> change)
    {
        var json = before.Json.Clone();
        change(json);
        return Update(before, json);
    }

    public void Remove(StoredObject target)
    {
        if (!objects.Remove((target.Kind.Qualified(), target.Namespace, target.Name))) return;
        var json = target.Json.Clone();
        Record(new StoredObject(target.Kind, Stamped(json)), ChangeType.Deleted, target);
    }

    /// <summary>The changes after a version, or null when that version is no longer in the history.</summary>
    public IReadOnlyList<Change>? Since(long version)
    {
        if (version < forgotten) return null;
        var from = history.FindIndex(c => c.Version > version);
        return from < 0 ? [] : history[from..];
    }

    /// <summary>Compaction: watches from any earlier version answer 410 Gone.</summary>
    public void ForgetHistory()
    {
        forgotten = Version;
        history.Clear();
    }

    private StoredObject Write(ResourceKind kind, JsonObject json, ChangeType type, StoredObject? before)
    {
        var stored = new StoredObject(kind, Stamped(json));
        objects[(kind.Qualified(), stored.Namespace, stored.Name)] = stored;
        Record(stored, type, before);
        return stored;
    }

    private JsonObject Stamped(JsonObject json)
    {
        json.Need("metadata")["resourceVersion"] = (++Version).ToString(CultureInfo.InvariantCulture);
        return json;
    }

    private void Record(StoredObject stored, ChangeType type, StoredObject? before)
    {
        history.Add(new Change(Version, type, stored, before));
        if (history.Count > HistoryLength)
        {
            forgotten = history[0].Version;
            history.RemoveAt(0);
        }

        var signal = changed;
        changed = NewSignal();
        signal.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
