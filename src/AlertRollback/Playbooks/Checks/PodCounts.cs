using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Checks;

/// <summary>The pods that a check is about.</summary>
/// <param name="Wanted">How many its workload wants; null: they are chosen by label.</param>
/// <param name="Pods">Without those that are done.</param>
internal sealed record PodCounts(string What, long? Wanted, IReadOnlyList<KubernetesObject> Pods)
{
    public static IReadOnlyList<Parameter> Parameters { get; } =
    [
        .. PodChoices.Parameters.Where(p => p.Name is "workload" or "selector").Select(p => p with
        {
            Summary = p.Summary.Replace(", of which a ready pod is taken", "", StringComparison.Ordinal),
            Default = p.Name == "workload" ? "the service's" : null,
        }),
    ];

    public IEnumerable<KubernetesObject> Staying => Pods.Where(p => !p.BeingDeleted);

    public int Ready => Staying.Count(PodState.IsReady);

    /// <summary>How many the workload calls available; 0 for pods of a label.</summary>
    public long Available { get; private init; }

    /// <summary>Why pods are not ready, for people.</summary>
    public string Failing => string.Join(", ", Staying.Select(PodState.Failure).OfType<FailingPod>().Take(3));

    /// <summary>The pods, or why they cannot be told.</summary>
    public static async Task<(PodCounts? Counts, CheckResult? Answer)> ReadAsync(
        IKubernetesApi api, CheckContext context, JsonObject parameters, string expected, CancellationToken cancellation)
    {
        var (chosen, unfit) = PodChoices.Filled(parameters, CheckPlaceholders.Of(context));
        if (unfit is not null)
            return (null, new CheckResult(Verdict.Inconclusive, "pods", unfit, expected));
        if (PodChoices.Of(context.Service, chosen) is not { } choice)
            return (null, new CheckResult(Verdict.Inconclusive, "pods", "the service declares no workload", expected));
        var what = $"pods of {(choice.Workload is { } named ? named.ToString() : choice.Selector)}";
        try
        {
            var live = choice.Workload is { } workload ? await api.GetAsync(workload.Object, cancellation) : null;
            if (choice.Workload is not null && live is null)
                return (null, new CheckResult(Verdict.Fail, what, $"{choice.Workload} does not exist", expected));
            var pods = (await choice.PodsAsync(api, cancellation)).Where(p => !PodState.IsOver(p));
            return (new PodCounts(what, live is null ? null : WantedOf(live), [.. pods]) { Available = live is null ? 0 : AvailableOf(live) }, null);
        }
        catch (KubernetesException fault)
        {
            return (null, new CheckResult(Verdict.Inconclusive, what, $"the Kubernetes API cannot be read: {fault.Message}", expected));
        }
    }

    // Servers before 1.22 count no available pods of a StatefulSet.
    private static long AvailableOf(KubernetesObject workload) => workload.Json["kind"]?.ToString() switch
    {
        "DaemonSet" => workload.Number("status", "numberAvailable") ?? 0,
        "StatefulSet" => workload.Number("status", "availableReplicas") ?? workload.Number("status", "readyReplicas") ?? 0,
        _ => workload.Number("status", "availableReplicas") ?? 0,
    };

    private static long WantedOf(KubernetesObject workload) => workload.Json["kind"]?.ToString() == "DaemonSet"
        ? workload.Number("status", "desiredNumberScheduled") ?? 0
        : workload.Number("spec", "replicas") ?? 1;
}
