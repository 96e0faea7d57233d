using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>How Argo Rollouts writes down what a Rollout runs, and what it adds to the templates of its ReplicaSets.</summary>
internal static class ArgoRollout
{
    public const string HashLabel = "rollouts-pod-template-hash";
    public const string RevisionAnnotation = "rollout.argoproj.io/revision";
    public const string HistoryAnnotation = "rollout.argoproj.io/revision-history";
    private const string injectedAnnotation = "rollout.argoproj.io/ephemeral-metadata";
    private static readonly string[] antiAffinities = ["preferredDuringSchedulingIgnoredDuringExecution", "requiredDuringSchedulingIgnoredDuringExecution"];

    /// <summary>The hash of the live template's ReplicaSet; null while the controller has not seen the template.</summary>
    public static string? CurrentHash(KubernetesObject live) =>
        live.ObservedGeneration >= live.Generation && live.Text("status", "currentPodHash") is { Length: > 0 } hash ? hash : null;

    /// <summary>The hash of the ReplicaSet that has all traffic when nothing is under way.</summary>
    public static string? StableHash(KubernetesObject live) => live.Text("status", "stableRS") is { Length: > 0 } hash ? hash : null;

    /// <summary>Whether a new version is on its way beside a stable one.</summary>
    public static bool IsUnderWay(KubernetesObject live) =>
        CurrentHash(live) is { } current && StableHash(live) is { } stable && current != stable;

    /// <summary>Whether there is anything on the way that a promotion could skip.</summary>
    public static bool HasSteps(KubernetesObject live) =>
        live.At("spec", "strategy", "canary", "steps") is JsonArray { Count: > 0 } || live.At("spec", "strategy", "blueGreen") is JsonObject;

    /// <summary>The revision of the live template; null for other kinds, and while the controller has not made it.</summary>
    public static Revision? Current(WorkloadRef workload, KubernetesObject live, IReadOnlyList<Revision> revisions) =>
        workload.Kind == WorkloadKind.Rollout && CurrentHash(live) is { } hash ? revisions.FirstOrDefault(r => r.ArgoHash == hash) : null;

    /// <summary>
    /// The template without what the controller put into this ReplicaSet's alone: labels and annotations of canary or stable
    /// pods, and the rule that keeps the pods of two versions apart. Written back, they would belong to the Rollout for ever.
    /// </summary>
    public static JsonObject WithoutInjected(KubernetesObject replicaSet, JsonObject template)
    {
        if (replicaSet.Label(HashLabel) is null)
            return template;
        var copy = (JsonObject)template.DeepClone();
        RemoveMetadata(copy["metadata"] as JsonObject, Injected(replicaSet));
        if (copy["spec"] is JsonObject spec)
            RemoveAntiAffinity(spec);
        return copy;
    }

    private static JsonObject? Injected(KubernetesObject replicaSet)
    {
        try
        {
            return replicaSet.Annotation(injectedAnnotation) is { } text ? JsonNode.Parse(text) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void RemoveMetadata(JsonObject? metadata, JsonObject? injected)
    {
        foreach (var (kind, names) in injected ?? [])
        {
            foreach (var (name, _) in names as JsonObject ?? [])
                (metadata?[kind] as JsonObject)?.Remove(name);
        }
    }

    private static void RemoveAntiAffinity(JsonObject spec)
    {
        if (spec["affinity"] is not JsonObject affinity || affinity["podAntiAffinity"] is not JsonObject rules)
            return;
        foreach (var kind in antiAffinities)
        {
            if (rules[kind] is not JsonArray terms)
                continue;
            foreach (var term in terms.Where(KeepsVersionsApart).ToList())
                terms.Remove(term);
            if (terms.Count == 0)
                rules.Remove(kind);
        }

        if (rules.Count == 0)
            affinity.Remove("podAntiAffinity");
        if (affinity.Count == 0)
            spec.Remove("affinity");
    }

    private static bool KeepsVersionsApart(JsonNode? term) =>
        ((term?["podAffinityTerm"] ?? term)?["labelSelector"]?["matchExpressions"] as JsonArray)?.Any(e => e?["key"]?.ToString() == HashLabel) == true;
}
