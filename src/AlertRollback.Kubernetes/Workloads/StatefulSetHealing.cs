using System.Globalization;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>
/// A StatefulSet with ordered pods waits for its broken pod for ever, even after the undo: its pods of any revision but the
/// target that are not ready are evicted, highest ordinal first (S5). It may have been stuck at an older revision before the
/// undone one came. Safe to repeat.
/// </summary>
public sealed class StatefulSetHealing(IKubernetesApi api)
{
    /// <summary>Names of the evicted pods; empty when there is nothing to heal, or the template is no longer the target.</summary>
    /// <exception cref="KubernetesException">Also <see cref="KubernetesFault.TooManyRequests"/> when a disruption budget forbids it for now.</exception>
    public async Task<IReadOnlyList<string>> HealAsync(UndoPin pin, CancellationToken cancellation)
    {
        if (pin.Workload.Kind != WorkloadKind.StatefulSet || pin.Origin.Identity.Length == 0)
            return [];

        var live = await api.GetAsync(pin.Workload.Object, cancellation);
        if (live is null || live.Uid != pin.Uid || PodTemplate.Digest(LiveTemplate.Of(live)) != pin.Target.Digest)
            return [];

        // Before the controller has seen the undo it would make the same broken pod again.
        if (live.ObservedGeneration < live.Generation || live.Text("status", "updateRevision") is not { } target || target == pin.Origin.Identity)
            return [];

        var evicted = new List<string>();
        var pods = await api.ListAsync(ResourceKind.Pod, pin.Workload.Namespace, WorkloadReader.Selector(live), cancellation);
        foreach (var pod in pods.Where(p => IsBroken(p, pin.Uid, target)).OrderByDescending(Ordinal))
        {
            if (await api.EvictAsync(pin.Workload.Namespace, pod.Name, pod.Uid, cancellation))
                evicted.Add(pod.Name);
        }

        return evicted;
    }

    private static bool IsBroken(KubernetesObject pod, string set, string target) =>
        pod.ControllerUid == set
        && pod.Label("controller-revision-hash") is { } revision
        && revision != target
        && !pod.BeingDeleted
        && !PodState.IsReady(pod);

    private static int Ordinal(KubernetesObject pod) =>
        int.TryParse(pod.Name.AsSpan(pod.Name.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : -1;
}
