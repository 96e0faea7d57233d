using AlertRollback.Kubernetes;

namespace AlertRollback.Sandbox.Cluster.Objects;

/// <summary>A kind that the pretend cluster serves.</summary>
internal sealed record ServedKind(ResourceKind Kind, string[] ShortNames, string[] Subresources);

internal static class Kinds
{
    public static readonly IReadOnlyList<ServedKind> All =
    [
        new(ResourceKind.Namespace, ["ns"], ["status"]),
        new(ResourceKind.Pod, ["po"], ["status", "log", "eviction"]),
        new(ResourceKind.Event, ["ev"], []),
        new(ResourceKind.ConfigMap, ["cm"], []),
        new(ResourceKind.Deployment, ["deploy"], ["status", "scale"]),
        new(ResourceKind.ReplicaSet, ["rs"], ["status", "scale"]),
        new(ResourceKind.StatefulSet, ["sts"], ["status", "scale"]),
        new(ResourceKind.DaemonSet, ["ds"], ["status"]),
        new(ResourceKind.ControllerRevision, [], []),
        new(ResourceKind.HorizontalPodAutoscaler, ["hpa"], ["status"]),
    ];

    public static ServedKind? Find(string group, string version, string plural) =>
        All.FirstOrDefault(k => k.Kind.Group == group && k.Kind.Version == version && k.Kind.Plural == plural);

    /// <summary>The kind as error messages name it: <c>deployments.apps</c>.</summary>
    public static string Qualified(this ResourceKind kind) => kind.Group.Length == 0 ? kind.Plural : $"{kind.Plural}.{kind.Group}";
}
