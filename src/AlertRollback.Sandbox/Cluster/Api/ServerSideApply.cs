using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>What an apply makes of an object: its fields set, those it no longer names taken back, others' fields left alone.</summary>
internal static class ServerSideApply
{
    public static JsonObject Apply(ResourceKind kind, JsonObject? before, JsonObject manifest, string manager, bool force, DateTimeOffset now)
    {
        var managers = new FieldManagers(before);
        var wanted = FieldSet.Of(manifest);
        var live = before is null ? [] : FieldSet.Of(before);
        var taken = wanted.Where(f => live.TryGetValue(f.Key, out var value) && value != f.Value && managers.Owners(f.Key, manager, "Apply").Any())
            .Select(f => f.Key).ToHashSet();
        if (taken.Count > 0 && !force) throw Conflict(taken, managers, manager);
        var result = Merge(before ?? [], manifest);
        foreach (var dropped in managers.Of(manager, "Apply").Where(f => !wanted.ContainsKey(f) && !managers.Owners(f, manager, "Apply").Any()))
            FieldSet.Remove(result, dropped);
        managers.Applied(manager, wanted.Keys.ToHashSet(), taken, now);
        managers.Write(kind, result);
        return result;
    }

    private static JsonObject Merge(JsonObject target, JsonObject manifest)
    {
        var result = target.Clone();
        foreach (var (member, value) in manifest)
        {
            result[member] = value switch
            {
                JsonObject o => Merge(result[member] as JsonObject ?? [], o),
                JsonArray list when MergeKeys.Of(member, list) is { } key => MergeList(result[member] as JsonArray ?? [], list, key),
                _ => value?.DeepClone(),
            };
        }

        return result;
    }

    private static JsonArray MergeList(JsonArray target, JsonArray manifest, string key)
    {
        var result = (JsonArray)target.DeepClone();
        foreach (var element in manifest.OfType<JsonObject>())
        {
            if (MergeKeys.Find(result, key, element[key]) is { } old) result[result.IndexOf(old)] = Merge(old, element);
            else result.Add(element.DeepClone());
        }

        return result;
    }

    private static ApiRefusal Conflict(IReadOnlySet<string> taken, FieldManagers managers, string manager)
    {
        var causes = taken.Order(StringComparer.Ordinal)
            .Select(field => (Field: FieldSet.Display(field), Owner: managers.Owners(field, manager, "Apply").First())).ToList();
        var text = string.Join('\n', causes.Select(c => $"conflict with {c.Owner}: {c.Field}"));
        var details = new JsonObject
        {
            ["causes"] = new JsonArray([
                .. causes.Select(c => new JsonObject { ["reason"] = "FieldManagerConflict", ["message"] = $"conflict with {c.Owner}", ["field"] = c.Field })]),
        };
        return new ApiRefusal(409, "Conflict", $"Apply failed with {causes.Count} conflict{(causes.Count == 1 ? "" : "s")}: {text}", details);
    }
}
