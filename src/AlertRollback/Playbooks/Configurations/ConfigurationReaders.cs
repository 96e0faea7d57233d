using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Configurations;

/// <summary>Which workloads read a configuration: all of the namespace, not only those that somebody thinks of.</summary>
internal static class ConfigurationReaders
{
    /// <exception cref="KubernetesException">They cannot be read.</exception>
    public static async Task<IReadOnlyList<WorkloadSnapshot>> OfAsync(IKubernetesApi api, string @namespace, IReadOnlyCollection<string> configMaps, CancellationToken cancellation)
    {
        var readers = new List<WorkloadSnapshot>();
        foreach (var kind in Enum.GetValues<WorkloadKind>())
        {
            // Not every cluster has Argo's.
            var resource = new WorkloadRef(kind, @namespace, "any").Resource;
            if (await api.FindKindAsync(resource.ApiVersion, resource.Kind, cancellation) is null)
                continue;
            foreach (var live in await api.ListAsync(resource, @namespace, null, cancellation))
            {
                if (Reads(live, configMaps) && await new WorkloadReader(api).ReadAsync(new WorkloadRef(kind, @namespace, live.Name), cancellation) is { } snapshot)
                    readers.Add(snapshot);
            }
        }

        return [.. readers.OrderBy(r => r.Workload.ToString(), StringComparer.Ordinal)];
    }

    private static bool Reads(KubernetesObject live, IReadOnlyCollection<string> configMaps) =>
        live.At("spec", "template") is System.Text.Json.Nodes.JsonObject template && ConfigurationReferences.Of(template).ConfigMaps.Intersect(configMaps).Any();
}
