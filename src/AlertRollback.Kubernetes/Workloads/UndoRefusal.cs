using System.Text.Json.Serialization;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>Why an undo is not carried out.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UndoRefusal>))]
public enum UndoRefusal
{
    NotFound,
    BeingDeleted,
    Paused,
    OwnedByGitops,

    /// <summary>The StatefulSet or DaemonSet replaces pods only when somebody deletes them.</summary>
    OnDelete,

    /// <summary>The StatefulSet's partition keeps some pods at the old revision.</summary>
    Partitioned,

    /// <summary>The Rollout takes its template from another object (workloadRef).</summary>
    TemplateElsewhere,
    NoCandidate,
    NoKnownGood,

    /// <summary>Several revisions are what was asked for.</summary>
    Ambiguous,

    /// <summary>The target is no longer kept by the cluster, or not as it was pinned.</summary>
    TargetPruned,
    TargetEqualsCurrent,
    NothingWouldChange,

    /// <summary>The API server rejects the change, e.g. an admission webhook or missing rights.</summary>
    Rejected,
}
