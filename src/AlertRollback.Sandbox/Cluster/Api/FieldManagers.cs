using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>Who owns which fields: <c>metadata.managedFields</c>. A manager's applies and its other writes are told apart.</summary>
internal sealed class FieldManagers(JsonObject? before)
{
    private readonly List<Entry> entries =
    [
        .. before.Each("metadata", "managedFields").Select(e => new Entry(
            e.TextAt("manager") ?? "", e.TextAt("operation") ?? "Update", e.TextAt("time") ?? "", FieldSet.Read(e.ObjectAt("fieldsV1")))),
    ];

    public HashSet<string> Of(string manager, string operation) => Find(manager, operation)?.Fields ?? [];

    /// <summary>The others who own a field.</summary>
    public IEnumerable<string> Owners(string field, string exceptManager, string exceptOperation) => entries
        .Where(e => e.Fields.Contains(field) && !(e.Manager == exceptManager && e.Operation == exceptOperation))
        .Select(e => e.Operation == "Update" ? $"\"{e.Manager}\" using v1" : $"\"{e.Manager}\"");

    /// <summary>Whoever changes a field by other means than an apply takes it from everybody.</summary>
    public void Updated(string manager, JsonObject after, DateTimeOffset now)
    {
        var (old, young) = (before is null ? [] : FieldSet.Of(before), FieldSet.Of(after));
        var changed = young.Where(f => !old.TryGetValue(f.Key, out var value) || value != f.Value).Select(f => f.Key).ToHashSet();
        foreach (var entry in entries) entry.Fields.RemoveWhere(f => changed.Contains(f) || !young.ContainsKey(f));
        Set(manager, "Update", [.. Of(manager, "Update"), .. changed], now);
    }

    public void Applied(string manager, IReadOnlySet<string> fields, IReadOnlySet<string> taken, DateTimeOffset now)
    {
        foreach (var entry in entries) entry.Fields.RemoveWhere(taken.Contains);
        Set(manager, "Apply", [.. fields], now);
    }

    public void Write(ResourceKind kind, JsonObject json) => json.Need("metadata")["managedFields"] = new JsonArray([
        .. entries.Where(e => e.Fields.Count > 0 || e.Operation == "Update").Select(e => new JsonObject
        {
            ["manager"] = e.Manager,
            ["operation"] = e.Operation,
            ["apiVersion"] = kind.ApiVersion,
            ["time"] = e.Time,
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = FieldSet.Write(e.Fields),
        })]);

    private void Set(string manager, string operation, HashSet<string> fields, DateTimeOffset now)
    {
        var entry = Find(manager, operation);
        var time = entry is not null && entry.Fields.SetEquals(fields) ? entry.Time : ClusterJson.Stamp(now);
        if (entry is not null) entries.Remove(entry);
        entries.Add(new Entry(manager, operation, time, fields));
    }

    private Entry? Find(string manager, string operation) => entries.Find(e => e.Manager == manager && e.Operation == operation);

    private sealed record Entry(string Manager, string Operation, string Time, HashSet<string> Fields);
}
