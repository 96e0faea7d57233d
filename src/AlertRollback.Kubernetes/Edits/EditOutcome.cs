namespace AlertRollback.Kubernetes.Edits;

/// <summary>Why an object is not changed.</summary>
public enum EditRefusal
{
    NotFound,
    BeingDeleted,
    OwnedByGitops,
    Paused,
    OnDelete,
    Partitioned,

    /// <summary>The Argo Rollout takes its template from another object (workloadRef).</summary>
    TemplateElsewhere,

    /// <summary>The Argo Rollout has a version that is still on its way.</summary>
    CanaryUnderWay,

    /// <summary>A place cannot be told: several items are called the same, or an item on the way is missing.</summary>
    Ambiguous,

    /// <summary>Fields belong to another field manager, and taking them was not asked for.</summary>
    FieldConflict,

    /// <summary>The revision that kept the old values is gone.</summary>
    ValuesGone,

    /// <summary>The API server rejects it, e.g. an admission webhook or missing rights.</summary>
    Rejected,
}

/// <summary>What pinning a change found.</summary>
public abstract record EditPlan
{
    public sealed record Pinned(EditPin Pin, IReadOnlyList<string> Warnings) : EditPlan;

    public sealed record Refused(EditRefusal Refusal, string Text) : EditPlan;
}

/// <summary>How applying or restoring a change ended.</summary>
public abstract record EditOutcome
{
    /// <param name="Live">The object after it; null when it was deleted.</param>
    public sealed record Applied(KubernetesObject? Live) : EditOutcome;

    public sealed record AlreadyThere(KubernetesObject? Live) : EditOutcome;

    /// <summary>What is live is somebody else's and stays.</summary>
    public sealed record Superseded(string Text) : EditOutcome;

    public sealed record Refused(EditRefusal Refusal, string Text) : EditOutcome;

    /// <summary>It was asked whether it may write, and may not: nothing was changed.</summary>
    public sealed record Withheld : EditOutcome;

    /// <summary>Nothing was changed and the way was blocked; worth trying again.</summary>
    public sealed record NotDone(string Text) : EditOutcome;

    /// <summary>A write was sent and could not be read back; apply again.</summary>
    public sealed record Unknown(string Text) : EditOutcome;
}

/// <summary>The annotation that tells a change of ours from somebody else's after a crash (S2).</summary>
/// <param name="Annotation">The same for a step of a playbook in every rollback, so that marks do not pile up.</param>
public sealed record StepMark(string Annotation, string RollbackId, string StepKey)
{
    public string Value => $"{RollbackId}/{StepKey}";

    /// <summary>Whether a mark of the same action stands there, also an earlier step's.</summary>
    internal bool StandsAt(ObjectPath path) =>
        path.Parts is [PathPart.Member { Name: "metadata" }, PathPart.Member { Name: "annotations" }, PathPart.Member annotation]
        && annotation.Name.StartsWith(Annotation[..(Annotation.LastIndexOf('-') + 1)], StringComparison.Ordinal);
}
