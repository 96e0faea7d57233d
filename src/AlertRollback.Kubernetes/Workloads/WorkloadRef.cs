using System.Text.Json.Serialization;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>Kinds with a pod template and revisions of it, which an undo can go back to.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WorkloadKind>))]
public enum WorkloadKind
{
    Deployment,
    StatefulSet,
    DaemonSet,

    /// <summary>Of Argo Rollouts.</summary>
    Rollout,
}

/// <summary>One workload's address, written <c>deployment/production/rental-api</c>.</summary>
public sealed record WorkloadRef(WorkloadKind Kind, string Namespace, string Name)
{
    [JsonIgnore]
    public ResourceKind Resource => Kind switch
    {
        WorkloadKind.Deployment => ResourceKind.Deployment,
        WorkloadKind.StatefulSet => ResourceKind.StatefulSet,
        WorkloadKind.Rollout => ResourceKind.Rollout,
        _ => ResourceKind.DaemonSet,
    };

    /// <summary>The kind of object that keeps this workload's revisions.</summary>
    [JsonIgnore]
    public ResourceKind RevisionResource =>
        HasReplicaSets ? ResourceKind.ReplicaSet : ResourceKind.ControllerRevision;

    [JsonIgnore]
    public bool HasReplicaSets => Kind is WorkloadKind.Deployment or WorkloadKind.Rollout;

    [JsonIgnore]
    public ObjectRef Object => new(Resource, Namespace, Name);

    /// <summary>Reads <c>kind/namespace/name</c>; null when it is anything else.</summary>
    public static WorkloadRef? Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 3 && KindOf(parts[0]) is { } kind && IsName(parts[1]) && IsName(parts[2])
            ? new WorkloadRef(kind, parts[1], parts[2])
            : null;
    }

    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()}/{Namespace}/{Name}";

    private static WorkloadKind? KindOf(string word) => word.ToLowerInvariant() switch
    {
        "deployment" => WorkloadKind.Deployment,
        "statefulset" => WorkloadKind.StatefulSet,
        "daemonset" => WorkloadKind.DaemonSet,
        "rollout" => WorkloadKind.Rollout,
        _ => null,
    };

    // Kubernetes' own rule for names (RFC 1123), so that no path trick gets any further than here.
    private static bool IsName(string text) =>
        text.Length is > 0 and <= 253
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
        && char.IsAsciiLetterOrDigit(text[0])
        && char.IsAsciiLetterOrDigit(text[^1]);
}
