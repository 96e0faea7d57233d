using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>resource_usage: {memory_below: 90%}</c> asks the metrics API what the service's pods, or the nodes, use.</summary>
public sealed class ResourceUsageCheck(Clusters clusters) : ICheck, INeedsRights
{
    // What metrics-server says is at most some scrapes old; more, and it has stopped.
    private static readonly TimeSpan Oldest = TimeSpan.FromMinutes(5);

    public string Name => "resource_usage";

    public string Summary => "Asks the metrics API (metrics.k8s.io) what memory and CPU the service's pods, or the nodes, use. Without that API, or with old figures, nothing was measured.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("of", ParameterType.Text, "Whose use.", Default: "pods", Example: "nodes", Allowed: ["pods", "nodes"], Main: true),
        new("memory_below", ParameterType.Text, "An amount, or a share of the limit of the pod's containers with its sidecars, of what the node has to give.", Example: "90%"),
        new("cpu_below", ParameterType.Text, "An amount in cores, or a share.", Example: "500m"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        foreach (var key in new[] { "memory_below", "cpu_below" }.Where(k => parameters.ContainsKey(k) && UsageLimit.Of(parameters[k]!.GetValue<string>()) is null))
            yield return $"\"{key}\" is written like 900Mi, 500m or 90%";
    }

    public bool Judges(JsonObject parameters) => parameters.Any(p => p.Key is "memory_below" or "cpu_below");

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Workload(service);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        parameters["of"]?.ToString() == "nodes"
            ? NeededRight.To("list", ResourceKind.NodeMetrics).Concat(NeededRight.To("list", ResourceKind.Node)).Select(r => r with { GrantedBy = null, Place = (Clusters.NameOf(service), "") })
            : [.. NeededRight.ToRead(service), .. NeededRight.To("list", ResourceKind.Pod), .. NeededRight.To("list", ResourceKind.PodMetrics).Select(r => r with { GrantedBy = "rights/metrics" })];

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var nodes = parameters["of"]?.GetValue<string>() == "nodes";
        var (memory, cpu) = (UsageLimit.Of(parameters["memory_below"]?.GetValue<string>()), UsageLimit.Of(parameters["cpu_below"]?.GetValue<string>()));
        try
        {
            var api = clusters.Of(context.Service);
            var used = nodes ? await NodesAsync(api, context.Now, cancellation) : await PodsAsync(api, context, cancellation);
            var results = used.SelectMany(u => u.Results(memory, cpu, nodes ? "capacity" : "limit")).Where(r => !Judges(parameters) || r.Expected is not null).ToList();
            return results.Count > 0 ? results : [Nothing(nodes, nodes ? "no node was measured" : "no pod runs")];
        }
        catch (KubernetesException fault)
        {
            return [Nothing(nodes, fault.Fault == KubernetesFault.NotFound ? "this cluster has no metrics API" : $"the metrics API cannot be asked: {fault.Message}")];
        }
    }

    private static async Task<IEnumerable<Usage>> PodsAsync(IKubernetesApi api, CheckContext context, CancellationToken cancellation)
    {
        if (ServiceWorkload.Of(context.Service) is not { } workload || await new WorkloadReader(api).ReadAsync(workload, cancellation) is not { } snapshot)
            return [];
        var measured = (await api.ListAsync(ResourceKind.PodMetrics, workload.Namespace, null, cancellation)).ToDictionary(m => m.Name, StringComparer.Ordinal);
        // What is over, e.g. evicted by its node, is left lying about and uses nothing.
        return (await WorkloadPods.OfAsync(api, snapshot, cancellation)).Where(p => !p.BeingDeleted && !PodState.IsOver(p)).Select(pod =>
        {
            var usage = measured.GetValueOrDefault(pod.Name) is { } found && IsFresh(found, context.Now) ? found : null;
            var containers = Running(pod);
            return new Usage($"pod {pod.Name}", Sum(usage, "cpu"), Sum(usage, "memory"), Limits(containers, "cpu"), Limits(containers, "memory"));
        }).ToList();
    }

    private static async Task<IEnumerable<Usage>> NodesAsync(IKubernetesApi api, DateTimeOffset now, CancellationToken cancellation)
    {
        var measured = (await api.ListAsync(ResourceKind.NodeMetrics, "", null, cancellation)).ToDictionary(m => m.Name, StringComparer.Ordinal);
        return (await api.ListAsync(ResourceKind.Node, "", null, cancellation)).OrderBy(n => n.Name, StringComparer.Ordinal).Select(node =>
        {
            var usage = measured.GetValueOrDefault(node.Name) is { } found && IsFresh(found, now) ? found : null;
            double? Whole(string what) => Amount(node.At("status", "allocatable", what));
            return new Usage($"node {node.Name}", Amount(usage?.At("usage", "cpu")), Amount(usage?.At("usage", "memory")), Whole("cpu"), Whole("memory"));
        }).ToList();
    }

    private static CheckResult Nothing(bool nodes, string why) => new(Verdict.Inconclusive, $"resource usage of {(nodes ? "nodes" : "pods")}", why, null);

    private static bool IsFresh(KubernetesObject metrics, DateTimeOffset now) => metrics.Time("timestamp") is not { } at || now - at < Oldest;

    private static double? Sum(KubernetesObject? metrics, string what) => metrics?.At("containers") is JsonArray { Count: > 0 } containers
        ? containers.Select(c => Amount(c?["usage"]?[what])).Aggregate((double?)0, (sum, amount) => sum + amount)
        : null;

    // A sidecar is a container that prepares the pod and never ends: it is measured with the others.
    private static List<JsonObject> Running(KubernetesObject pod) =>
    [
        .. (pod.At("spec", "containers") as JsonArray)?.OfType<JsonObject>() ?? [],
        .. (pod.At("spec", "initContainers") as JsonArray)?.OfType<JsonObject>().Where(c => c["restartPolicy"]?.ToString() == "Always") ?? [],
    ];

    // Without a limit on one of them the pod has none.
    private static double? Limits(List<JsonObject> containers, string what) => containers.Count == 0
        ? null
        : containers.Select(c => Amount(c["resources"]?["limits"]?[what])).Aggregate((double?)0, (sum, amount) => sum + amount);

    private static double? Amount(JsonNode? node) => Quantity.TryParse(node?.ToString(), out var amount) ? amount : null;
}
