using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>The limits of an autoscaler that targets a workload.</summary>
public sealed record AutoscalerLimits(string Name, long Min, long Max);

/// <summary>A change of replicas as it was decided.</summary>
public sealed record ScalePin(
    WorkloadRef Workload, string Uid, long From, long To, AutoscalerLimits? Autoscaler, IReadOnlyList<string> Warnings)
{
    public JsonObject ToJson() => (JsonObject)JsonSerializer.SerializeToNode(this, PinJson.Default.ScalePin)!;

    /// <exception cref="JsonException">It is not such a pin.</exception>
    public static ScalePin FromJson(JsonObject json) => json.Deserialize(PinJson.Default.ScalePin) ?? throw new JsonException("A scale's pin is missing.");
}
