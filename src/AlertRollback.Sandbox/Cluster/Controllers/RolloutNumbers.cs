using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>How many pods a rolling update may have too many or too few.</summary>
internal sealed record RolloutNumbers(int Replicas, int MaxSurge, int MaxUnavailable)
{
    public static RolloutNumbers Of(JsonObject deployment)
    {
        var replicas = deployment.CountAt("spec", "replicas");
        if (deployment.TextAt("spec", "strategy", "type") != "RollingUpdate") return new RolloutNumbers(replicas, 0, 0);
        var update = deployment.ObjectAt("spec", "strategy", "rollingUpdate");
        var surge = Resolve(update?["maxSurge"], replicas, roundUp: true);
        var unavailable = Resolve(update?["maxUnavailable"], replicas, roundUp: false);

        // Both zero would never move.
        if (surge == 0 && unavailable == 0) unavailable = 1;
        return new RolloutNumbers(replicas, surge, Math.Min(unavailable, replicas));
    }

    private static int Resolve(JsonNode? value, int replicas, bool roundUp)
    {
        var text = value?.ToString() ?? "0";
        if (!text.EndsWith('%')) return int.Parse(text, CultureInfo.InvariantCulture);
        var share = replicas * double.Parse(text[..^1], CultureInfo.InvariantCulture) / 100;
        return (int)(roundUp ? Math.Ceiling(share) : Math.Floor(share));
    }
}
