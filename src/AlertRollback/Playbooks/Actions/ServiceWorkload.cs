using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary>What the Kubernetes actions share: the service's declared workload, and the API's words as ours.</summary>
internal static class ServiceWorkload
{
    /// <summary>The workload as the Kubernetes layer names it; null when the service declares none of its kinds.</summary>
    public static WorkloadRef? Of(ServiceDefinition service) =>
        service.Workload is { } workload ? WorkloadRef.Parse(workload.ToString()) : null;

    public static PinOutcome NotDeclared(ServiceDefinition service) =>
        new PinOutcome.Refused(Reason.WorkloadNotDeclared, $"service {service.Name} declares no Deployment, StatefulSet, DaemonSet or Rollout");

    /// <summary>A fault while only reading: worth asking again unless asking again cannot help.</summary>
    public static PinOutcome CannotRead(KubernetesException fault) => fault.Fault switch
    {
        KubernetesFault.Forbidden or KubernetesFault.Unauthorized => new PinOutcome.Refused(Reason.NotGranted, $"the Kubernetes API does not let us: {fault.Message}"),

        // Certain, and no trouble: a method that needs none may follow.
        KubernetesFault.NoCluster => new PinOutcome.Refused(Reason.NotFound, $"there is no cluster here: {fault.Message}"),
        _ => new PinOutcome.CannotTell($"the Kubernetes API cannot be read: {fault.Message}"),
    };

    public static Reason Word(this UndoRefusal refusal) => refusal switch
    {
        UndoRefusal.NotFound => Reason.NotFound,
        UndoRefusal.BeingDeleted => Reason.BeingDeleted,
        UndoRefusal.Paused => Reason.Paused,
        UndoRefusal.OwnedByGitops => Reason.OwnedByGitops,
        UndoRefusal.OnDelete => Reason.OnDelete,
        UndoRefusal.Partitioned => Reason.Partitioned,
        UndoRefusal.TemplateElsewhere => Reason.TemplateElsewhere,
        UndoRefusal.NoCandidate => Reason.NoCandidate,
        UndoRefusal.NoKnownGood => Reason.NoKnownGood,
        UndoRefusal.Ambiguous => Reason.AmbiguousTarget,
        UndoRefusal.TargetPruned => Reason.TargetPruned,
        UndoRefusal.TargetEqualsCurrent => Reason.TargetEqualsCurrent,
        UndoRefusal.NothingWouldChange => Reason.NothingWouldChange,
        _ => Reason.RejectedByApi,
    };

    /// <summary>How a step ends whose write was not made.</summary>
    public static StepOutcome NotWritten(this UndoOutcome outcome) => outcome switch
    {
        UndoOutcome.Superseded superseded => new StepOutcome.Superseded(superseded.Text),
        UndoOutcome.Refused refused => new StepOutcome.CannotTell(refused.Refusal.Word(), $"nothing was changed: {refused.Text}"),
        UndoOutcome.NotDone blocked => new StepOutcome.CannotTell(Reason.ApiError, blocked.Text),
        UndoOutcome.Unknown unknown => new StepOutcome.CannotTell(Reason.OutcomeUnknown, unknown.Text),
        _ => throw new InvalidOperationException($"no such outcome: {outcome}"),
    };

    public static Reason Word(this ScaleRefusal refusal) => refusal switch
    {
        ScaleRefusal.NotFound => Reason.NotFound,
        ScaleRefusal.BeingDeleted => Reason.BeingDeleted,
        ScaleRefusal.OwnedByGitops => Reason.OwnedByGitops,
        ScaleRefusal.BelowAutoscalerMinimum => Reason.BelowAutoscalerMinimum,
        _ => Reason.RejectedByApi,
    };

    public static Reason Word(this EditRefusal refusal) => refusal switch
    {
        EditRefusal.NotFound => Reason.NotFound,
        EditRefusal.BeingDeleted => Reason.BeingDeleted,
        EditRefusal.OwnedByGitops => Reason.OwnedByGitops,
        EditRefusal.Paused => Reason.Paused,
        EditRefusal.OnDelete => Reason.OnDelete,
        EditRefusal.Partitioned => Reason.Partitioned,
        EditRefusal.TemplateElsewhere => Reason.TemplateElsewhere,
        EditRefusal.CanaryUnderWay => Reason.CanaryUnderWay,
        EditRefusal.Ambiguous => Reason.Ambiguous,
        EditRefusal.FieldConflict => Reason.FieldConflict,
        EditRefusal.ValuesGone => Reason.ValuesGone,
        _ => Reason.RejectedByApi,
    };
}
