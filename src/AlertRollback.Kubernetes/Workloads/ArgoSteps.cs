using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>
/// What goes with the undo of an Argo Rollout: before it, the abort of a version that is on its way, so that the stable one
/// has all traffic at once; after it, the way to the target without steps and analyses, which a version that ran before needs
/// no more. Both as Argo's own program does them, on the status. Safe to repeat.
/// </summary>
public sealed class ArgoSteps(IKubernetesApi api, TimeProvider time)
{
    /// <summary>Whether the plan goes past steps, which people should know.</summary>
    public static bool AreSkipped(WorkloadSnapshot snapshot, UndoPin pin) =>
        ArgoRollout.HasSteps(snapshot.Live) && snapshot.Revisions.FirstOrDefault(r => r.Uid == pin.Target.Uid)?.ArgoHash != ArgoRollout.StableHash(snapshot.Live);

    /// <summary>Whether the pinned origin is on its way beside a stable version.</summary>
    public static bool IsUnderWay(WorkloadSnapshot snapshot) => ArgoRollout.IsUnderWay(snapshot.Live) && !IsAborted(snapshot.Live);

    /// <summary>Whether a new template goes by way of steps, pauses and analyses.</summary>
    public static bool Has(KubernetesObject live) => ArgoRollout.HasSteps(live);

    /// <summary>Nothing to abort is <see cref="UndoOutcome.AlreadyAtTarget"/>.</summary>
    public Task<UndoOutcome> AbortAsync(UndoPin pin, CancellationToken cancellation) =>
        SetAsync(pin.Workload, pin.Uid, "abort", live => LiveTemplate.Digest(live) == pin.OriginDigest && ArgoRollout.IsUnderWay(live) && !IsAborted(live), cancellation);

    /// <summary>Nothing to skip, not yet, or nothing that is left to skip is <see cref="UndoOutcome.AlreadyAtTarget"/>.</summary>
    /// <param name="digest">Of the template that is gone to.</param>
    public Task<UndoOutcome> PromoteAsync(WorkloadRef workload, string uid, string digest, CancellationToken cancellation) =>
        SetAsync(workload, uid, "promoteFull", live => LiveTemplate.Digest(live) == digest && ArgoRollout.IsUnderWay(live) && ArgoRollout.HasSteps(live)
            && !IsAborted(live) && !live.Flag("status", "promoteFull"), cancellation);

    private Task<UndoOutcome> SetAsync(WorkloadRef workload, string uid, string member, Func<KubernetesObject, bool> isNeeded, CancellationToken cancellation)
    {
        return UndoOutcome.Converging(workload, time, because: $"{member} of {workload}: ").RunAsync(_ => TurnAsync(), sent: false, cancellation);

        async Task<UndoOutcome> TurnAsync()
        {
            var live = await api.GetAsync(workload.Object, cancellation);
            if (live is null || live.Uid != uid || !isNeeded(live))
                return new UndoOutcome.AlreadyAtTarget(live?.ResourceVersion ?? "", live?.Generation ?? 0, live is null ? "" : LiveTemplate.Digest(live));
            JsonArray patch = [.. UndoRequest.Preconditions(live), UndoRequest.Operation("add", $"/status/{member}", true)];
            var written = await api.JsonPatchAsync(workload.Object, patch, new WriteOptions { Subresource = "status" }, cancellation);
            return new UndoOutcome.Applied(written.ResourceVersion, written.Generation, LiveTemplate.Digest(written));
        }
    }

    private static bool IsAborted(KubernetesObject live) => live.Flag("status", "abort");
}
