using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Isolation;

/// <summary>The NetworkPolicy that takes a workload's pods off the network, and how it is found again by another rollback.</summary>
internal static class IsolationPolicy
{
    private const string Isolates = Marks.Prefix + "isolates";

    /// <summary>What a policy of ours is found by; a label, because only labels can be asked for.</summary>
    public static string LabelSelector(WorkloadRef workload) => $"{Isolates}={IdOf(workload)}";

    /// <summary>What is created; null when the workload's pods cannot be selected, which would isolate the whole namespace.</summary>
    public static JsonObject? Of(WorkloadRef workload, KubernetesObject live, JsonObject parameters)
    {
        if (live.At("spec", "selector") is not JsonObject selector || WorkloadReader.Selector(live) is null)
            return null;
        var directions = Directions(parameters);
        var spec = new JsonObject { ["podSelector"] = selector.DeepClone(), ["policyTypes"] = new JsonArray([.. directions.Select(d => JsonValue.Create(d))]) };
        if (directions.Contains("Ingress"))
            spec["ingress"] = AllowedPeers.Rules(parameters["allow_from"], "from");
        if (directions.Contains("Egress"))
            spec["egress"] = new JsonArray([.. Dns(parameters), .. AllowedPeers.Rules(parameters["allow_to"], "to").Select(r => r!.DeepClone())]);
        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["labels"] = new JsonObject { [Isolates] = IdOf(workload) },
                ["annotations"] = new JsonObject { [Isolates] = workload.ToString() },
            },
            ["spec"] = spec,
        };
    }

    /// <summary>As a NetworkPolicy spells them.</summary>
    public static IReadOnlyList<string> Directions(JsonObject parameters) =>
        [.. (parameters["directions"] as JsonArray)?.Select(d => d!.GetValue<string>() == "ingress" ? "Ingress" : "Egress").Distinct() ?? ["Ingress", "Egress"]];

    /// <summary>Whether it is an isolation of ours, of whichever workload, that cuts this workload's pods off.</summary>
    public static bool Holds(KubernetesObject policy, KubernetesObject workload) =>
        policy.Label(Isolates) is not null && Selects(policy.At("spec", "podSelector") as JsonObject, PodLabels(workload));

    /// <summary>Policies add up: what another one lets through for these pods still gets through.</summary>
    public static bool LetsThrough(KubernetesObject policy, KubernetesObject workload, IReadOnlyList<string> directions) =>
        Selects(policy.At("spec", "podSelector") as JsonObject, PodLabels(workload))
        && directions.Any(d => policy.At("spec", d == "Ingress" ? "ingress" : "egress") is JsonArray { Count: > 0 });

    private static JsonObject PodLabels(KubernetesObject workload) => workload.At("spec", "template", "metadata", "labels") as JsonObject ?? [];

    // An expression is taken as met: better warned of for nothing than not at all.
    private static bool Selects(JsonObject? selector, JsonObject labels) =>
        (selector?["matchLabels"] as JsonObject ?? []).All(l => labels[l.Key]?.ToString() == l.Value?.ToString());

    private static IEnumerable<JsonNode> Dns(JsonObject parameters) => parameters["allow_dns"]?.GetValue<bool>() == true ? [AllowedPeers.Dns()] : [];

    // A label's value has 63 characters at most, and no slash.
    private static string IdOf(WorkloadRef workload) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(workload.ToString())))[..32];
}
