using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>The conditions of a Deployment's status, changed by its controller's rules.</summary>
internal sealed class Conditions(JsonObject? status, DateTimeOffset now)
{
    private readonly List<JsonObject> all = [.. status.Each("conditions").Select(c => c.Clone())];

    public JsonArray Json => new([.. all.Select(c => c.Clone())]);

    public bool Any => all.Count > 0;

    public JsonObject? Find(string type) => all.Find(c => c.TextAt("type") == type);

    /// <summary>Leaves a condition of the same status and reason as it is, times included.</summary>
    public void Set(string type, string value, string reason, string message)
    {
        var current = Find(type);
        if (current.TextAt("status") == value && current.TextAt("reason") == reason) return;
        Renew(type, value, reason, message);
    }

    /// <summary>Writes the condition anew, so that its lastUpdateTime moves; the transition time only moves with the status.</summary>
    public void Renew(string type, string value, string reason, string message)
    {
        var current = Find(type);
        var stamp = ClusterJson.Stamp(now);
        if (current is not null) all.Remove(current);
        all.Add(new JsonObject
        {
            ["type"] = type,
            ["status"] = value,
            ["lastUpdateTime"] = stamp,
            ["lastTransitionTime"] = current.TextAt("status") == value ? current.TextAt("lastTransitionTime") : stamp,
            ["reason"] = reason,
            ["message"] = message,
        });
    }

    public void Remove(string type) => all.RemoveAll(c => c.TextAt("type") == type);
}
