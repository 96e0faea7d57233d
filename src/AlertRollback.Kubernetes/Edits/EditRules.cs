using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>What forbids a change whatever it is (S5, S6). Asked when pinning and again right before the write.</summary>
internal static class EditRules
{
    public static EditPlan.Refused? Refusal(ObjectRef target, KubernetesObject live, bool changesTemplate, StepMark mark)
    {
        if (live.BeingDeleted)
            return new(EditRefusal.BeingDeleted, $"{target} is being deleted");
        if (Ownership.Of(live).Owner is { } owner)
            return new(EditRefusal.OwnedByGitops, $"{target} belongs to {owner}, which would put it back");

        // Pods that nobody replaces would make the change look done.
        return changesTemplate && WorkloadRef.Parse(target.ToString()) is { } workload && UndoRules.Refusal(workload, live, false, mark.RollbackId) is { } refusal
            ? new(Word(refusal.Refusal), refusal.Text)
            : null;
    }

    private static EditRefusal Word(UndoRefusal refusal) => refusal switch
    {
        UndoRefusal.Paused => EditRefusal.Paused,
        UndoRefusal.OnDelete => EditRefusal.OnDelete,
        UndoRefusal.Partitioned => EditRefusal.Partitioned,
        _ => EditRefusal.Rejected,
    };
}
