using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary>What the service says that deploys its workload; while it is suspended, the workload may be changed (S6).</summary>
internal static class SuspendedOwner
{
    public const string Key = "owned_by";

    public static GitopsOwner? Of(ServiceDefinition service) => GitopsOwner.Parse(service.Settings[Key]?.GetValue<string>());

    /// <summary>To look at it, or to suspend it.</summary>
    public static IEnumerable<NeededRight> Rights(ServiceDefinition service, string verbs) => Of(service) is not { } owner ? [] :
        NeededRight.To(verbs, owner.Object.Kind).Select(r => r with { GrantedBy = "rights/owners", Place = (Clusters.NameOf(service), owner.Object.Namespace), Name = owner.Object.Name });

    /// <summary>Why it would put back what is changed of the live workload; null: it will be suspended by then.</summary>
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public static async Task<PinOutcome?> ObstacleAsync(StepContext context, IKubernetesApi api, GitopsOwner owner, CancellationToken cancellation)
    {
        if (context.Earlier.Any(e => e is { Action: SuspendOwnerAction.Word, IsConditional: false } && ObjectChanges.Touches(e, context.Service, owner.Object)))
            return null;
        return await WhyNotAsync(api, owner, cancellation) is { } why
            ? new PinOutcome.Refused(Reason.OwnedByGitops, $"{why}: let {SuspendOwnerAction.Word} come before, suspend it yourself, or revert the release in git")
            : null;
    }

    /// <summary>The same right before the write; null: it may be made.</summary>
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public static async Task<StepOutcome?> ObstacleAsync(IKubernetesApi api, UndoPin pin, CancellationToken cancellation) =>
        GitopsOwner.Parse(pin.Owner) is { } owner && await WhyNotAsync(api, owner, cancellation) is { } why
            ? new StepOutcome.CannotTell(Reason.OwnedByGitops, $"nothing was changed: {why}")
            : null;

    private static async Task<string?> WhyNotAsync(IKubernetesApi api, GitopsOwner owner, CancellationToken cancellation) =>
        await api.GetAsync(owner.Object, cancellation) is not { } live ? $"{owner}, to which the workload belongs, does not exist"
        : owner.IsSuspended(live) ? null
        : $"{owner}, to which the workload belongs, is not suspended and would undo the undo";
}
