namespace AlertRollback.Kubernetes.Workloads;

/// <summary>What forbids an undo whatever its target is (S5, S6). Asked when pinning and again right before the write.</summary>
internal static class UndoRules
{
    /// <param name="isHeld">Whether the owner of the live workload leaves it alone.</param>
    /// <param name="rollbackId">The rollback whose own pause is no obstacle; null while pinning without one.</param>
    public static Choice.Refused? Refusal(WorkloadRef workload, KubernetesObject live, Predicate<KubernetesObject> isHeld, string? rollbackId) =>
        Refusals(workload, live, isHeld, rollbackId).FirstOrDefault();

    /// <summary>All of them, for whoever looks beforehand.</summary>
    public static IEnumerable<Choice.Refused> Refusals(WorkloadRef workload, KubernetesObject live, Predicate<KubernetesObject> isHeld, string? rollbackId)
    {
        if (live.BeingDeleted)
            yield return new(UndoRefusal.BeingDeleted, $"{workload} is being deleted");
        if (Ownership.Of(live).Owner is { } owner && !isHeld(live))
            yield return new(UndoRefusal.OwnedByGitops, $"{workload} belongs to {owner}, which would undo the undo");
        if (live.Flag("spec", "paused") && (rollbackId is null || live.Annotation(Marks.Pause) != rollbackId))
            yield return new(UndoRefusal.Paused, $"{workload} is paused");
        if (workload.Kind == WorkloadKind.Rollout && live.At("spec", "workloadRef") is not null)
            yield return new(UndoRefusal.TemplateElsewhere, $"{workload} takes its template from {live.Text("spec", "workloadRef", "kind")} {live.Text("spec", "workloadRef", "name")} (workloadRef): that is what has to be changed");
        if (workload.HasReplicaSets)
            yield break;
        if (live.Text("spec", "updateStrategy", "type") == "OnDelete")
            yield return new(UndoRefusal.OnDelete, $"{workload} replaces its pods only when somebody deletes them (updateStrategy OnDelete)");
        if (live.Number("spec", "updateStrategy", "rollingUpdate", "partition") is > 0 and var partition)
            yield return new(UndoRefusal.Partitioned, $"{workload} keeps pods below {partition} at their revision (partition)");
    }
}
