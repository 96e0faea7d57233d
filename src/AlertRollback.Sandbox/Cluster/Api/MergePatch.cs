using System.Text.Json.Nodes;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>RFC 7396.</summary>
internal static class MergePatch
{
    public static JsonObject Apply(JsonObject target, JsonObject patch)
    {
        var result = (JsonObject)target.DeepClone();
        foreach (var (member, value) in patch)
        {
            if (value is null) result.Remove(member);
            else if (value is JsonObject inner) result[member] = Apply(result[member] as JsonObject ?? [], inner);
            else result[member] = value.DeepClone();
        }

        return result;
    }
}
