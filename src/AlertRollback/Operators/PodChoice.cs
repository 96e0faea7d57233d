using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Operators;

/// <summary>Which pod a command shall run in: one by name, one of a workload or one of a label selector.</summary>
/// <param name="Workload">For example <c>deployment/production/rental-api</c>; null: by <paramref name="Pod"/> or <paramref name="Selector"/>.</param>
public sealed record PodChoice(string Cluster, string Namespace, WorkloadRef? Workload, string? Pod, string? Selector, string? Container)
{
    /// <summary>What two commands must not do at the same time.</summary>
    public string Lock => Workload is { } workload ? $"{Cluster}/{workload}" : $"{Cluster}/pods/{Namespace}/{Pod ?? Selector}";

    public string Text => Workload?.ToString() ?? (Pod is null ? $"pods with {Selector}" : $"pod {Pod}");

    public JsonObject ToJson() => new()
    {
        ["cluster"] = Cluster,
        ["namespace"] = Namespace,
        ["workload"] = Workload?.ToString(),
        ["pod"] = Pod,
        ["selector"] = Selector,
        ["container"] = Container,
    };

    public static PodChoice FromJson(JsonNode json) => new(
        json["cluster"]!.GetValue<string>(), json["namespace"]!.GetValue<string>(),
        json["workload"]?.GetValue<string>() is { } workload ? WorkloadRef.Parse(workload) : null,
        json["pod"]?.GetValue<string>(), json["selector"]?.GetValue<string>(), json["container"]?.GetValue<string>());

    /// <summary>All pods that are meant, in whatever state.</summary>
    /// <exception cref="KubernetesException">They cannot be read.</exception>
    public async Task<IEnumerable<KubernetesObject>> PodsAsync(IKubernetesApi api, CancellationToken cancellation)
    {
        if (Pod is not null)
            return await api.GetAsync(new ObjectRef(ResourceKind.Pod, Namespace, Pod), cancellation) is { } one ? [one] : [];
        if (Workload is null)
            return await api.ListAsync(ResourceKind.Pod, Namespace, Selector, cancellation);
        if (await new WorkloadReader(api).ReadAsync(Workload, cancellation) is not { } snapshot)
            return [];
        return await WorkloadPods.OfAsync(api, snapshot, cancellation);
    }
}
