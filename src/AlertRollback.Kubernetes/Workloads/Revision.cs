using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>One revision of a workload, kept by its ReplicaSet or ControllerRevision.</summary>
/// <param name="Number">The controller's number; it grows when the revision is used again.</param>
/// <param name="Identity">Name of the ReplicaSet or ControllerRevision.</param>
/// <param name="Digest">Identity of the template, see <see cref="PodTemplate.Digest"/>.</param>
/// <param name="TimeIsReliable">False when the revision was used more than once, so that its creation is not when it became current.</param>
/// <param name="Template">Normalized.</param>
public sealed record Revision(
    long Number,
    string Identity,
    string Uid,
    string Digest,
    IReadOnlyList<ContainerImage> Images,
    DateTimeOffset? CreatedAt,
    bool TimeIsReliable,
    JsonObject Template)
{
    /// <summary>What Argo Rollouts calls it in the Rollout's status; null when no Rollout owns it.</summary>
    public string? ArgoHash { get; init; }

    /// <summary>What it changed in the database, as <see cref="ReleaseNotes"/> has it; null when it does not say.</summary>
    public string? DatabaseChange { get; init; }

    /// <summary>Why it can hardly be taken back; null when it does not say so.</summary>
    public string? Irreversible { get; init; }

    /// <summary>The annotations of <see cref="ReleaseNotes"/> on what keeps it: those that the workload had while it was the current one.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Whether they are what the workload last said while it was at this revision: a ReplicaSet is kept up to date, a
    /// ControllerRevision has what was there when it was made, of the release before where a pipeline writes its note afterwards.
    /// </summary>
    public bool NotesAreItsOwn { get; init; }

    /// <summary>The revision an object keeps, or null when it keeps none.</summary>
    public static Revision? Of(KubernetesObject kept)
    {
        // Items of a list come without their kind; only a ReplicaSet has a spec.
        var isReplicaSet = kept.Json.ContainsKey("spec");
        if ((isReplicaSet ? kept.At("spec", "template") : kept.At("data", "spec", "template")) is not JsonObject raw)
            return null;

        var number = isReplicaSet ? RevisionAnnotation(kept) : kept.Number("revision") ?? 0;
        var reused = kept.Annotation("deployment.kubernetes.io/revision-history") ?? kept.Annotation(ArgoRollout.HistoryAnnotation);
        var template = PodTemplate.Normalize(ArgoRollout.WithoutInjected(kept, raw));
        return new Revision(
            number, kept.Name, kept.Uid, PodTemplate.Digest(template), PodTemplate.Images(template), kept.CreationTimestamp, reused is null, template)
        {
            ArgoHash = kept.Label(ArgoRollout.HashLabel),
            DatabaseChange = ReleaseNotes.Known(ReleaseNotes.Note(kept, template, Marks.DatabaseChange)),
            Irreversible = Irreversibility.Reason(ReleaseNotes.Note(kept, template, Marks.Irreversible)),
            Notes = ReleaseNotes.On(kept),
            NotesAreItsOwn = isReplicaSet,
        };
    }

    public override string ToString() => $"{string.Join(", ", Images.Select(i => i.Image))} (revision {Number})";

    private static long RevisionAnnotation(KubernetesObject replicaSet) =>
        long.TryParse(replicaSet.Annotation("deployment.kubernetes.io/revision") ?? replicaSet.Annotation(ArgoRollout.RevisionAnnotation), out var number) ? number : 0;
}
