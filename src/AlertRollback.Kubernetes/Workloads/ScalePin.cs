using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>The limits of an autoscaler that targets a workload.</summary>
public sealed record AutoscalerLimits(string Name, long Min, long Max);

/// <summary>A change of replicas as it was decided.</summary>
public sealed record ScalePin(
    WorkloadRef Workload, string Uid, long From, long To, AutoscalerLimits? Autoscaler, IReadOnlyList<string> Warnings)
{
    /// <summary>What deploys the workload and has to be suspended while it is scaled, as <see cref="GitopsOwner.Parse"/> reads it; null: nothing (S6).</summary>
    public string? Owner { get; init; }

    /// <summary>Whether the autoscaler may have set this number since the new one was there: within its limits, and 0 disables it.</summary>
    public bool MayBeAutoscaled(long replicas) => To > 0 && IsWithinLimits(replicas);

    /// <summary>Whether it is the pinned number, or may be the autoscaler's instead, and the way to the new one is still up, or still down.</summary>
    public bool MayBeginAt(long replicas) =>
        replicas == From || (From > 0 && IsWithinLimits(replicas) && Math.Sign(To - replicas) == Math.Sign(To - From));

    private bool IsWithinLimits(long replicas) => Autoscaler is { } limits && replicas >= limits.Min && replicas <= limits.Max;

    public JsonObject ToJson() => (JsonObject)JsonSerializer.SerializeToNode(this, PinJson.Default.ScalePin)!;

    /// <exception cref="JsonException">It is not such a pin.</exception>
    public static ScalePin FromJson(JsonObject json) => json.Deserialize(PinJson.Default.ScalePin) ?? throw new JsonException("A scale's pin is missing.");
}
