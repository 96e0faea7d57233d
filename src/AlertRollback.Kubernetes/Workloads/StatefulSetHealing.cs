using System.Globalization;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>What became of a StatefulSet's broken pods.</summary>
/// <param name="Evicted">The pod that was; null when there is nothing to heal for now, or the template is no longer the target.</param>
/// <param name="Held">The pod that could not be evicted, and why.</param>
public sealed record HealedPods(string? Evicted, HeldPod? Held)
{
    public static HealedPods None { get; } = new(null, null);
}

/// <summary>A pod whose eviction was refused, e.g. by a disruption budget for now.</summary>
public sealed record HeldPod(string Name, KubernetesFault Fault, string Why)
{
    public override string ToString() => $"{Name} could not be evicted: {Why}";
}

/// <summary>
/// A StatefulSet with ordered pods waits for its broken pod for ever, also after its template was changed: its broken pods of
/// any revision but the target are evicted one by one, highest ordinal first (S5). It may have been stuck at an older revision
/// before an undone one came. Safe to repeat.
/// </summary>
public sealed class StatefulSetHealing(IKubernetesApi api, TimeProvider time)
{
    // A pod may be unready for a while because its peers are replaced: a minute, and half of one for clocks that differ (S9).
    private static readonly TimeSpan longUnready = TimeSpan.FromSeconds(90);

    // Its node may be lost, or its grace period days.
    private static readonly TimeSpan longEnding = TimeSpan.FromMinutes(5);

    /// <param name="expected">The template that all pods are to have.</param>
    /// <exception cref="KubernetesException">It could not be seen what is broken.</exception>
    public async Task<HealedPods> HealAsync(WorkloadRef workload, string uid, ExpectedTemplate expected, CancellationToken cancellation)
    {
        if (workload.Kind != WorkloadKind.StatefulSet)
            return HealedPods.None;

        var live = await api.GetAsync(workload.Object, cancellation);
        if (live is null || live.Uid != uid || !expected.Is(LiveTemplate.Of(live)) || live.Text("spec", "updateStrategy", "type") == "OnDelete")
            return HealedPods.None;
        if (live.ObservedGeneration < live.Generation || live.Text("status", "updateRevision") is not { } target)
            return HealedPods.None;

        var pods = (await api.ListAsync(ResourceKind.Pod, workload.Namespace, WorkloadReader.Selector(live), cancellation)).Where(p => p.ControllerUid == uid).ToList();
        return NextBroken(pods, target, FirstUpdated(live)) is { } broken && await IsTargetAsync(workload, target, expected, cancellation)
            ? await EvictAsync(workload, broken, cancellation)
            : HealedPods.None;
    }

    // The controller goes from the highest ordinal down: what is on its way already arrives first, unless it takes so long that it
    // may wait for the broken one itself. A pod of the target further down was there before an undo.
    private KubernetesObject? NextBroken(List<KubernetesObject> pods, string target, long first)
    {
        var broken = pods.Where(p => Ordinal(p) >= first && IsBroken(p, target)).MaxBy(Ordinal);
        return broken is null || pods.Exists(p => IsEnding(p) || (RevisionOf(p) == target && Ordinal(p) > Ordinal(broken) && PodState.UnreadySince(p) > time.GetUtcNow() - longUnready)) ? null : broken;
    }

    private bool IsEnding(KubernetesObject pod)
    {
        if (pod.Time("metadata", "deletionTimestamp") is not { } due)
            return pod.BeingDeleted;
        var asked = due - TimeSpan.FromSeconds(pod.Number("metadata", "deletionGracePeriodSeconds") ?? 0);
        return time.GetUtcNow() < asked + longEnding;
    }

    // Before the controller has seen the target it would make the same broken pod again.
    private async Task<bool> IsTargetAsync(WorkloadRef workload, string revision, ExpectedTemplate expected, CancellationToken cancellation) =>
        await api.GetAsync(new ObjectRef(workload.RevisionResource, workload.Namespace, revision), cancellation) is { } kept && Revision.Of(kept) is { } target && expected.Is(target.Template);

    private async Task<HealedPods> EvictAsync(WorkloadRef workload, KubernetesObject pod, CancellationToken cancellation)
    {
        try
        {
            return await api.EvictAsync(workload.Namespace, pod.Name, pod.Uid, cancellation) ? new HealedPods(pod.Name, null) : HealedPods.None;
        }
        catch (KubernetesException e)
        {
            return new HealedPods(null, new HeldPod(pod.Name, e.Fault, e.Message));
        }
    }

    // Pods below the partition stay at their revision: a new one would be as broken.
    private static long FirstUpdated(KubernetesObject live) =>
        (live.Number("spec", "ordinals", "start") ?? 0) + (live.Number("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0);

    private bool IsBroken(KubernetesObject pod, string target) =>
        RevisionOf(pod) is { } revision
        && revision != target
        && !PodState.IsReady(pod)
        && (PodState.IsAtFault(pod) || PodState.UnreadySince(pod) <= time.GetUtcNow() - longUnready);

    private static string? RevisionOf(KubernetesObject pod) => pod.Label("controller-revision-hash");

    private static int Ordinal(KubernetesObject pod) =>
        int.TryParse(pod.Name.AsSpan(pod.Name.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : -1;
}
