using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>A merge patch that knows the keys of Kubernetes' lists, and the directives <c>$patch</c> and <c>$retainKeys</c>.</summary>
internal static class StrategicMergePatch
{
    public static JsonObject Apply(JsonObject target, JsonObject patch)
    {
        if (patch.TextAt("$patch") == "replace") return Bare(patch);
        var result = target.Clone();
        foreach (var (member, value) in patch.Where(m => !m.Key.StartsWith('$')))
        {
            if (value is null || value.TextAt("$patch") == "delete") result.Remove(member);
            else result[member] = Merge(member, result[member], value);
        }

        if (patch["$retainKeys"] is not JsonArray retained) return result;
        var keys = retained.Select(k => k?.ToString()).ToHashSet();
        foreach (var gone in result.Select(m => m.Key).Where(k => !keys.Contains(k)).ToList()) result.Remove(gone);
        return result;
    }

    private static JsonNode Merge(string member, JsonNode? before, JsonNode patch) => patch switch
    {
        JsonObject o => Apply(before as JsonObject ?? [], o),
        JsonArray list when MergeKeys.Of(member, list) is { } key => MergeList(before as JsonArray ?? [], list, key),
        _ => patch.DeepClone(),
    };

    private static JsonArray MergeList(JsonArray before, JsonArray patch, string key)
    {
        var elements = patch.OfType<JsonObject>().ToList();
        var replaced = elements.Exists(e => e.TextAt("$patch") == "replace" && e.Count == 1);
        var result = replaced ? [] : (JsonArray)before.DeepClone();
        foreach (var element in elements.Where(e => !(e.TextAt("$patch") == "replace" && e.Count == 1)))
        {
            var old = MergeKeys.Find(result, key, element[key]);
            if (element.TextAt("$patch") == "delete")
            {
                if (old is not null) result.Remove(old);
            }
            else if (old is null)
            {
                result.Add(Apply([], element));
            }
            else
            {
                result[result.IndexOf(old)] = Apply(old, element);
            }
        }

        return Ordered(result, before, [.. elements.Where(e => !e.ContainsKey("$patch")).Select(e => MergeKeys.Text(e, key))], key);
    }

    /// <summary>
    /// As the API server orders them: what the patch names in its order, and each of the others where it comes before the
    /// next named one in what was there. So what is new comes before the others.
    /// </summary>
    private static JsonArray Ordered(JsonArray merged, JsonArray before, List<string?> named, string key)
    {
        var places = before.OfType<JsonObject>().Select(e => MergeKeys.Text(e, key)).ToList();
        var others = new Queue<JsonObject>(merged.OfType<JsonObject>().Where(e => !named.Contains(MergeKeys.Text(e, key))));
        var ordered = new List<JsonObject>();
        foreach (var element in merged.OfType<JsonObject>().Where(e => named.Contains(MergeKeys.Text(e, key))).OrderBy(e => named.IndexOf(MergeKeys.Text(e, key))))
        {
            while (others.TryPeek(out var other) && places.IndexOf(MergeKeys.Text(other, key)) < places.IndexOf(MergeKeys.Text(element, key))) ordered.Add(others.Dequeue());
            ordered.Add(element);
        }

        return new JsonArray([.. ordered.Concat(others).Select(e => e.DeepClone())]);
    }

    private static JsonObject Bare(JsonObject patch)
    {
        var bare = patch.Clone();
        bare.Remove("$patch");
        return bare;
    }
}
