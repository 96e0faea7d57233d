using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>A workload and its revisions, as they were at one moment.</summary>
/// <param name="Revisions">All revisions owned by the workload's uid, newest first.</param>
public sealed record WorkloadSnapshot(WorkloadRef Workload, KubernetesObject Live, IReadOnlyList<Revision> Revisions)
{
    public string Uid => Live.Uid;

    /// <summary>
    /// The current pod template, normalized. The API server gives defaults to all but those of custom kinds: of a Rollout it
    /// is the one its ReplicaSet keeps, or the live one as long as there is none.
    /// </summary>
    public JsonObject Template { get; } = ArgoRollout.Current(Workload, Live, Revisions)?.Template ?? LiveTemplate.Of(Live);

    public string Digest => field ??= PodTemplate.Digest(Template);

    /// <summary>The revision that keeps the live template; null in the moment before the controller has made it.</summary>
    public Revision? Current => Revisions.FirstOrDefault(r => r.Digest == Digest);

    /// <summary>The kept revisions between the current one and an older one, by that one's number: going back to it takes them back, too.</summary>
    public IEnumerable<Revision> JumpedOver(long target) => Revisions.Where(r => r.Number > target && r.Digest != Digest);

    /// <summary>The version that an Argo Rollout still has beside the current one, which is on its way; null when nothing is under way.</summary>
    public Revision? Stable => Workload.Kind == WorkloadKind.Rollout && ArgoRollout.IsUnderWay(Live)
        ? Revisions.FirstOrDefault(r => r.ArgoHash == ArgoRollout.StableHash(Live))
        : null;

    /// <summary>An Argo Rollout whose controller has not seen the live template: what is under way cannot be told.</summary>
    public bool IsUnseen => Workload.Kind == WorkloadKind.Rollout && Live.At("spec", "workloadRef") is null && ArgoRollout.CurrentHash(Live) is null;

    public bool Paused => Live.Flag("spec", "paused");

    /// <summary>Desired number of pods; for a DaemonSet the number of nodes it should run on.</summary>
    public long Replicas => Workload.Kind == WorkloadKind.DaemonSet
        ? Live.Number("status", "desiredNumberScheduled") ?? 0
        : Live.Number("spec", "replicas") ?? 1;

    public long RevisionHistoryLimit => Live.Number("spec", "revisionHistoryLimit") ?? 10;

    public Ownership Ownership { get; } = Ownership.Of(Live);

    /// <summary>Why no undo of it would be carried out as it stands, each a sentence for people; empty: nothing forbids one (S5, S6).</summary>
    /// <param name="isHeld">Whether the owner of the live workload leaves it alone.</param>
    public IReadOnlyList<string> Obstacles(Predicate<KubernetesObject> isHeld) => [.. UndoRules.Refusals(Workload, Live, isHeld, rollbackId: null).Select(r => r.Text)];

    /// <summary>The live template and its number for people: <c>rental-api:v2 (revision 7)</c>.</summary>
    public string Describe() =>
        Current?.ToString() ?? string.Join(", ", PodTemplate.Images(Template).Select(i => i.Image));
}

/// <summary>The pod template as it stands in the live object, normalized.</summary>
public static class LiveTemplate
{
    public static JsonObject Of(KubernetesObject live) =>
        live.At("spec", "template") is JsonObject template ? PodTemplate.Normalize(template) : [];

    public static string Digest(KubernetesObject live) => PodTemplate.Digest(Of(live));
}
