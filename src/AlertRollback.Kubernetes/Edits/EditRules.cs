using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>What forbids a change whatever it is (S5, S6). Asked when pinning and again right before the write.</summary>
internal static class EditRules
{
    /// <param name="places">What would be changed.</param>
    /// <param name="isHeld">Whether the owner of the live object leaves it alone.</param>
    public static EditPlan.Refused? Refusal(ObjectRef target, KubernetesObject live, IReadOnlyCollection<ObjectPath> places, StepMark mark, Predicate<KubernetesObject> isHeld)
    {
        if (live.BeingDeleted)
            return new(EditRefusal.BeingDeleted, $"{target} is being deleted");
        if (Ownership.Of(live).Owner is { } owner && !GitopsOwner.IsLeftAlone(target.Kind, live, places) && !isHeld(live))
            return new(EditRefusal.OwnedByGitops, $"{target} belongs to {owner}, which would put it back");
        if (Restarts(target.Kind, places) && live.Flag("spec", "paused"))
            return new(EditRefusal.Paused, $"{target} is paused");

        // Pods that nobody replaces would make the change look done.
        return places.Any(p => p.StartsWith(EditPin.Template)) && WorkloadRef.Parse(target.ToString()) is { } workload
            && UndoRules.Refusal(workload, live, isHeld, mark.RollbackId) is { } refusal
            ? new(Word(refusal.Refusal), refusal.Text)
            : null;
    }

    /// <summary>Where it is kept when pods were last asked to start anew; what stood there before is of no use to anybody.</summary>
    public static bool IsRestart(ObjectPath place) => place == EditPin.RestartAt || place == EditPin.RestartedAt;

    public static bool Restarts(ResourceKind kind, IEnumerable<ObjectPath> places) =>
        kind == ResourceKind.Rollout && places.Any(p => p.StartsWith(EditPin.RestartAt));

    /// <summary>Only right before the write: an earlier step of the same plan may take back what is on its way.</summary>
    public static EditPlan.Refused? CanaryUnderWay(EditPin pin, KubernetesObject live) => pin.MeetsCanary(live)
        ? new(EditRefusal.CanaryUnderWay, $"{pin.Object} has a version that is still on its way: it has to end, or to be taken back, first")
        : null;

    private static EditRefusal Word(UndoRefusal refusal) => refusal switch
    {
        UndoRefusal.Paused => EditRefusal.Paused,
        UndoRefusal.OnDelete => EditRefusal.OnDelete,
        UndoRefusal.Partitioned => EditRefusal.Partitioned,
        UndoRefusal.TemplateElsewhere => EditRefusal.TemplateElsewhere,
        _ => EditRefusal.Rejected,
    };
}
