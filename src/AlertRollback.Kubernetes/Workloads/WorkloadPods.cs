namespace AlertRollback.Kubernetes.Workloads;

/// <summary>A workload's own pods, of all its revisions.</summary>
public static class WorkloadPods
{
    /// <exception cref="KubernetesException">They could not be listed.</exception>
    public static async Task<IReadOnlyList<KubernetesObject>> OfAsync(IKubernetesApi api, WorkloadSnapshot snapshot, CancellationToken cancellation)
    {
        // The selector only narrows the list: another workload's pods may carry the same labels.
        HashSet<string> owners = [snapshot.Uid, .. snapshot.Revisions.Select(r => r.Uid)];
        var pods = await api.ListAsync(ResourceKind.Pod, snapshot.Workload.Namespace, WorkloadReader.Selector(snapshot.Live), cancellation);
        return [.. pods.Where(p => p.ControllerUid is { } owner && owners.Contains(owner)).OrderBy(p => p.Name, StringComparer.Ordinal)];
    }
}
