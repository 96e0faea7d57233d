using System.Globalization;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>What became of a StatefulSet's broken pods.</summary>
/// <param name="Evicted">Their names; empty when there is nothing to heal, or the template is no longer the target.</param>
/// <param name="Held">The pod that could not be evicted, and why; null when each could.</param>
public sealed record HealedPods(IReadOnlyList<string> Evicted, HeldPod? Held)
{
    public static HealedPods None { get; } = new([], null);
}

/// <summary>A pod whose eviction was refused, e.g. by a disruption budget for now.</summary>
public sealed record HeldPod(string Name, KubernetesFault Fault, string Why)
{
    public override string ToString() => $"{Name} could not be evicted: {Why}";
}

/// <summary>
/// A StatefulSet with ordered pods waits for its broken pod for ever, also after its template was changed: its pods of any
/// revision but the target that are not ready are evicted, highest ordinal first (S5). It may have been stuck at an older
/// revision before an undone one came. Safe to repeat.
/// </summary>
public sealed class StatefulSetHealing(IKubernetesApi api)
{
    /// <param name="digest">Of the template that all pods are to have.</param>
    /// <exception cref="KubernetesException">It could not be seen what is broken.</exception>
    public async Task<HealedPods> HealAsync(WorkloadRef workload, string uid, string digest, CancellationToken cancellation)
    {
        if (workload.Kind != WorkloadKind.StatefulSet)
            return HealedPods.None;

        var live = await api.GetAsync(workload.Object, cancellation);
        if (live is null || live.Uid != uid || LiveTemplate.Digest(live) != digest || live.Text("spec", "updateStrategy", "type") == "OnDelete")
            return HealedPods.None;
        if (live.ObservedGeneration < live.Generation || live.Text("status", "updateRevision") is not { } target)
            return HealedPods.None;

        var pods = await api.ListAsync(ResourceKind.Pod, workload.Namespace, WorkloadReader.Selector(live), cancellation);
        var broken = pods.Where(p => IsBroken(p, uid, target) && Ordinal(p) >= FirstUpdated(live)).OrderByDescending(Ordinal).ToList();
        return broken.Count > 0 && await IsTargetAsync(workload, target, digest, cancellation)
            ? await EvictAsync(workload, broken, cancellation)
            : HealedPods.None;
    }

    // Before the controller has seen the target it would make the same broken pod again.
    private async Task<bool> IsTargetAsync(WorkloadRef workload, string revision, string digest, CancellationToken cancellation) =>
        await api.GetAsync(new ObjectRef(workload.RevisionResource, workload.Namespace, revision), cancellation) is { } kept && Revision.Of(kept)?.Digest == digest;

    private async Task<HealedPods> EvictAsync(WorkloadRef workload, List<KubernetesObject> pods, CancellationToken cancellation)
    {
        var evicted = new List<string>();
        foreach (var pod in pods)
        {
            try
            {
                if (await api.EvictAsync(workload.Namespace, pod.Name, pod.Uid, cancellation))
                    evicted.Add(pod.Name);
            }
            catch (KubernetesException e)
            {
                return new HealedPods(evicted, new HeldPod(pod.Name, e.Fault, e.Message));
            }
        }

        return new HealedPods(evicted, null);
    }

    // Pods below the partition stay at their revision: a new one would be as broken.
    private static long FirstUpdated(KubernetesObject live) =>
        (live.Number("spec", "ordinals", "start") ?? 0) + (live.Number("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0);

    private static bool IsBroken(KubernetesObject pod, string set, string target) =>
        pod.ControllerUid == set
        && pod.Label("controller-revision-hash") is { } revision
        && revision != target
        && !pod.BeingDeleted
        && !PodState.IsReady(pod);

    private static int Ordinal(KubernetesObject pod) =>
        int.TryParse(pod.Name.AsSpan(pod.Name.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : -1;
}
