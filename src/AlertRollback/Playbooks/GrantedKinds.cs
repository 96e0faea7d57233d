using AlertRollback.Kubernetes;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks;

/// <summary>A kind as the cluster serves it, or why it must not be used.</summary>
/// <param name="Kind">Null exactly when it is refused.</param>
internal sealed record KindOutcome(ResourceKind? Kind, PinOutcome.Refused? Refused);

/// <summary>
/// Which kinds of objects a team may have changed by patch and manifest (S15): the ordinary ones, which give nobody any
/// power, and those that the operator grants by name. A kind that is not known may carry power, so it has to be granted too.
/// </summary>
public sealed class GrantedKinds(OperatorConfiguration operators)
{
    private static readonly IReadOnlyList<ResourceKind> Ordinary =
    [
        ResourceKind.ConfigMap,
        ResourceKind.Service,
        ResourceKind.Deployment,
        ResourceKind.StatefulSet,
        ResourceKind.DaemonSet,
        ResourceKind.Job,
        ResourceKind.CronJob,
        ResourceKind.Ingress,
        ResourceKind.NetworkPolicy,
        ResourceKind.HorizontalPodAutoscaler,
        ResourceKind.Rollout,
        ResourceKind.Rollout with { Kind = "AnalysisTemplate", Plural = "analysistemplates" },
    ];

    /// <summary>As the operator names it: <c>Secret</c>, <c>Role.rbac.authorization.k8s.io</c>.</summary>
    public static string NameOf(string apiVersion, string kind) => apiVersion.Split('/') is [var group, _] ? $"{kind}.{group}" : kind;

    /// <summary>An ordinary kind by its word; null for any other.</summary>
    public static ResourceKind? OrdinaryOf(string kind) => Ordinary.FirstOrDefault(k => k.Kind == kind);

    /// <summary>The same for what is of that version, too, or of another one of its group.</summary>
    public static ResourceKind? OrdinaryOf(string apiVersion, string kind) => Needed(apiVersion, kind) is null ? OrdinaryOf(kind) : null;

    /// <summary>The version of an ordinary kind, so that it need not be said; null for any other.</summary>
    public static string? VersionOf(string kind) => OrdinaryOf(kind)?.ApiVersion;

    /// <summary>The name that has to be granted; null when the kind is an ordinary one.</summary>
    public static string? Needed(string apiVersion, string kind) =>
        Ordinary.Any(k => NameOf(k.ApiVersion, k.Kind) == NameOf(apiVersion, kind)) ? null : NameOf(apiVersion, kind);

    /// <exception cref="KubernetesException">The cluster cannot be asked.</exception>
    internal async Task<KindOutcome> FindAsync(IKubernetesApi api, string team, string apiVersion, string kind, CancellationToken cancellation)
    {
        if (Needed(apiVersion, kind) is { } needed && operators.Teams.GetValueOrDefault(team)?.Kinds.Contains(needed) != true)
            return Refused(Reason.NotGranted, $"the kind {needed} is not granted to the team {team}: it may carry power");
        return await api.FindKindAsync(apiVersion, kind, cancellation) is { } found
            ? new KindOutcome(found, null)
            : Refused(Reason.NotFound, $"the cluster has no kind {kind} in {apiVersion}");
    }

    private static KindOutcome Refused(Reason reason, string text) => new(null, new PinOutcome.Refused(reason, text));
}
