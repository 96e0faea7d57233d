using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Playbooks;

/// <summary>Beside <see cref="IAction"/>, for those that do something in a cluster: what has to be allowed for that in the service's namespace.</summary>
public interface INeedsRights
{
    IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters);
}

/// <summary>One thing that has to be allowed.</summary>
/// <param name="Group">The API group; empty for the core.</param>
/// <param name="Resource">The plural, with its subresource: <c>deployments</c>, <c>pods/eviction</c>.</param>
/// <param name="GrantedBy">The folder of deploy/ that grants it: <c>target</c>.</param>
public sealed record NeededRight(string Verb, string Group, string Resource, string GrantedBy = NeededRight.Target)
{
    /// <summary>What every team's namespace grants.</summary>
    public const string Target = "target";

    internal static IEnumerable<NeededRight> To(string verbs, ResourceKind kind, string? subresource = null) =>
        verbs.Split(' ').Select(v => new NeededRight(v, kind.Group, subresource is null ? kind.Plural : $"{kind.Plural}/{subresource}"));

    /// <summary>To read a workload with its revisions.</summary>
    internal static IEnumerable<NeededRight> ToRead(WorkloadRef workload) => [.. To("get", workload.Resource), .. To("list", workload.RevisionResource)];

    /// <summary>To change a workload's template and wait until it runs, over broken pods (S5) and a canary's steps.</summary>
    internal static IEnumerable<NeededRight> ToChange(WorkloadRef workload) =>
    [
        .. ToRead(workload), .. To("patch list watch", workload.Resource), .. To("get", workload.RevisionResource), .. To("list", ResourceKind.Event),
        .. workload.Kind == WorkloadKind.StatefulSet ? To("list", ResourceKind.Pod).Concat(To("create", ResourceKind.Pod, "eviction")) : [],
        .. workload.Kind == WorkloadKind.Rollout ? To("patch", workload.Resource, "status") : [],
    ];

    /// <summary>The same for the service's own workload.</summary>
    internal static IEnumerable<NeededRight> ToChange(ServiceDefinition service) => ServiceWorkload.Of(service) is { } workload ? ToChange(workload) : [];
}
