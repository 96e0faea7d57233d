using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Actions;

namespace AlertRollback.Playbooks;

/// <summary>Beside <see cref="IAction"/> or <see cref="ICheck"/>, for those that reach a cluster: what has to be allowed for that in the service's namespace.</summary>
public interface INeedsRights
{
    /// <param name="parameters">With those placeholders filled in that are known beforehand; others stand as they are written.</param>
    IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters);
}

/// <summary>One thing that has to be allowed.</summary>
/// <param name="Group">The API group; empty for the core.</param>
/// <param name="Resource">The plural, with its subresource: <c>deployments</c>, <c>pods/eviction</c>.</param>
/// <param name="GrantedBy">The folder of deploy/ that grants it: <c>target</c>; null: none does.</param>
public sealed record NeededRight(string Verb, string Group, string Resource, string? GrantedBy = NeededRight.Target)
{
    /// <summary>What every team's namespace grants.</summary>
    public const string Target = "target";

    /// <summary>Where; null: in the service's namespace. An empty namespace: for what belongs to none, such as nodes.</summary>
    public (string Cluster, string Namespace)? Place { get; init; }

    /// <summary>The only object it is for; null: any. A Role that somebody wrote by hand may well name it.</summary>
    public string? Name { get; init; }

    internal static IEnumerable<NeededRight> To(string verbs, ResourceKind kind, string? subresource = null) =>
        verbs.Split(' ').Select(v => new NeededRight(v, kind.Group, subresource is null ? kind.Plural : $"{kind.Plural}/{subresource}"));

    /// <summary>To do it with objects of a kind that not every team has to do with, or of any kind.</summary>
    /// <param name="name">Of the only object; null, or with a placeholder that is not known yet: any.</param>
    internal static IEnumerable<NeededRight> Beyond(string verbs, ResourceKind kind, string? name = null) =>
        To(verbs, kind).Select(r => r with { GrantedBy = FolderOf(r), Name = name is not null && ServiceObject.IsName(name) ? name : null });

    private static string? FolderOf(NeededRight right) => (right.Resource, right.Verb) switch
    {
        ("configmaps", "get") or ("deployments" or "statefulsets" or "daemonsets" or "rollouts", "get" or "patch") => Target,
        ("configmaps", "create" or "patch" or "delete") => "rights/config-maps",
        ("services", "get" or "patch") => "rights/services",
        ("ingresses", "get" or "patch") => "rights/ingresses",
        ("networkpolicies", "get" or "list" or "create" or "delete") => "rights/network-policies",
        ("jobs", "get" or "list" or "create") or ("cronjobs", "get") => "rights/jobs",
        ("secrets", "get" or "create") => "rights/secrets",
        _ => null,
    };

    /// <summary>To read a workload with its revisions.</summary>
    internal static IEnumerable<NeededRight> ToRead(WorkloadRef workload) => [.. To("get", workload.Resource), .. To("list", workload.RevisionResource)];

    /// <summary>To follow a workload until it runs.</summary>
    internal static IEnumerable<NeededRight> ToFollow(WorkloadRef workload) => [.. ToRead(workload), .. To("list watch", workload.Resource), .. To("list", ResourceKind.Event)];

    /// <summary>To change a workload's template and wait until it runs, over broken pods (S5) and a canary's steps.</summary>
    internal static IEnumerable<NeededRight> ToChange(WorkloadRef workload) =>
    [
        .. ToFollow(workload), .. To("patch", workload.Resource), .. To("get", workload.RevisionResource),
        .. workload.Kind == WorkloadKind.StatefulSet ? To("list", ResourceKind.Pod).Concat(To("create", ResourceKind.Pod, "eviction")) : [],
        .. workload.Kind == WorkloadKind.Rollout ? To("patch", workload.Resource, "status") : [],
    ];

    /// <summary>The same for the service's own workload.</summary>
    internal static IEnumerable<NeededRight> ToChange(ServiceDefinition service) =>
        ServiceWorkload.Of(service) is { } workload ? [.. ToChange(workload), .. SuspendedOwner.Rights(service, "get")] : [];

    /// <summary>The same for an object of whatever kind.</summary>
    internal static IEnumerable<NeededRight> ToChange(ResourceKind kind, string name) =>
        WorkloadRef.Parse($"{kind.Kind}/any/any") is { } workload ? ToChange(workload) : Beyond("get patch", kind, name);

    /// <summary>To read a service's workload with its revisions.</summary>
    internal static IEnumerable<NeededRight> ToRead(ServiceDefinition service) => ServiceWorkload.Of(service) is { } workload ? ToRead(workload) : [];
}
