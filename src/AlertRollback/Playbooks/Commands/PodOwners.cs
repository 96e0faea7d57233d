using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Commands;

/// <summary>Whose pods are that a label selector found, or a name: they are no other team's (S15), and nobody else works on them meanwhile (S13).</summary>
internal static class PodOwners
{
    /// <summary>The locks of the choice and of the workloads that the pods belong to.</summary>
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public static async Task<IReadOnlyList<string>> LocksAsync(this PodChoice choice, IKubernetesApi api, IEnumerable<KubernetesObject> pods, CancellationToken cancellation)
    {
        // They were found as that workload's own.
        if (choice.Workload is not null)
            return [choice.Lock];
        var locks = new List<string> { choice.Lock };
        foreach (var owner in pods.Select(ControllerOf).OfType<(string, string)>().Distinct())
            if (await WorkloadAsync(api, choice.Namespace, owner, cancellation) is { } workload)
                locks.Add($"{choice.Cluster}/{workload}");
        return [.. locks.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>What is needed besides to find them.</summary>
    public static IEnumerable<NeededRight> RightsToSeeOwners(this PodChoice choice) => choice.Workload is null ? NeededRight.To("get", ResourceKind.ReplicaSet) : [];

    private static async Task<WorkloadRef?> WorkloadAsync(IKubernetesApi api, string @namespace, (string Kind, string Name) owner, CancellationToken cancellation)
    {
        if (owner.Kind == ResourceKind.ReplicaSet.Kind)
        {
            if (await api.GetAsync(new ObjectRef(ResourceKind.ReplicaSet, @namespace, owner.Name), cancellation) is not { } replicaSet || ControllerOf(replicaSet) is not { } above)
                return null;
            owner = above;
        }

        return WorkloadRef.Parse($"{owner.Kind}/{@namespace}/{owner.Name}");
    }

    private static (string Kind, string Name)? ControllerOf(KubernetesObject live) =>
        live.Controller is { } owner ? (owner["kind"]!.ToString(), owner["name"]!.ToString()) : null;
}
