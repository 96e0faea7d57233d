using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Sandbox.Cluster.Objects;

/// <summary>A kind that the pretend cluster serves.</summary>
internal sealed record ServedKind(ResourceKind Kind, string[] ShortNames, string[] Subresources);

internal static class Kinds
{
    public static readonly IReadOnlyList<ServedKind> All =
    [
        new(ResourceKind.Namespace, ["ns"], ["status"]),
        new(ResourceKind.Node, ["no"], ["status"]),
        new(ResourceKind.Pod, ["po"], ["status", "log", "eviction", "exec"]),
        new(ResourceKind.Event, ["ev"], []),
        new(ResourceKind.ConfigMap, ["cm"], []),
        new(ResourceKind.Secret, [], []),
        new(ResourceKind.Service, ["svc"], ["status"]),
        new(ResourceKind.Deployment, ["deploy"], ["status", "scale"]),
        new(ResourceKind.ReplicaSet, ["rs"], ["status", "scale"]),
        new(ResourceKind.StatefulSet, ["sts"], ["status", "scale"]),
        new(ResourceKind.DaemonSet, ["ds"], ["status"]),
        new(ResourceKind.ControllerRevision, [], []),
        new(ResourceKind.HorizontalPodAutoscaler, ["hpa"], ["status"]),
        new(ResourceKind.Job, [], ["status"]),
        new(ResourceKind.CronJob, ["cj"], ["status"]),
        new(ResourceKind.Ingress, ["ing"], ["status"]),
        new(ResourceKind.NetworkPolicy, ["netpol"], []),
        new(ResourceKind.Rollout, ["ro"], ["status", "scale"]),
        new(GitopsOwner.Application, ["app"], []),
        new(GitopsOwner.Kustomization, ["ks"], ["status"]),
        new(GitopsOwner.HelmRelease, ["hr"], ["status"]),
        new(ResourceKind.PodMetrics, [], []),
        new(ResourceKind.NodeMetrics, [], []),
    ];

    public static ServedKind? Find(string group, string version, string plural) =>
        All.FirstOrDefault(k => k.Kind.Group == group && k.Kind.Version == version && k.Kind.Plural == plural);

    /// <summary>Runs pods from a template that its controller numbers.</summary>
    public static bool IsWorkload(this ResourceKind kind) => kind == ResourceKind.Deployment || kind == ResourceKind.ReplicaSet
        || kind == ResourceKind.StatefulSet || kind == ResourceKind.DaemonSet || kind == ResourceKind.Rollout;

    /// <summary>Measured, not written.</summary>
    public static bool IsReadOnly(this ResourceKind kind) => kind == ResourceKind.PodMetrics || kind == ResourceKind.NodeMetrics;

    /// <summary>Defined by a CustomResourceDefinition in a real cluster, whose fields the API server does not know.</summary>
    public static bool IsCustom(this ResourceKind kind) => kind == ResourceKind.Rollout
        || kind == GitopsOwner.Application || kind == GitopsOwner.Kustomization || kind == GitopsOwner.HelmRelease;

    /// <summary>The kind as error messages name it: <c>deployments.apps</c>.</summary>
    public static string Qualified(this ResourceKind kind) => kind.Group.Length == 0 ? kind.Plural : $"{kind.Plural}.{kind.Group}";
}
