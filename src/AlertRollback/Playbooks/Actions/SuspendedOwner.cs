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

    /// <summary>Why what a pin was planned with as owner would put the change back; null: nothing would, or it will be suspended by then.</summary>
    /// <param name="pinned">As <see cref="GitopsOwner.Parse"/> reads it; null: the object belongs to nobody.</param>
    /// <param name="changed">What is changed.</param>
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public static async Task<PinOutcome?> ObstacleAsync(StepContext context, IKubernetesApi api, string? pinned, ObjectRef changed, CancellationToken cancellation)
    {
        if (GitopsOwner.Parse(pinned) is not { } owner || IsSuspendedBefore(context, owner))
            return null;
        return await WhyNotAsync(api, owner, changed, cancellation) is { } why
            ? new PinOutcome.Refused(Reason.OwnedByGitops, $"{why}: let {SuspendOwnerAction.Word} come before, suspend it yourself, or revert the release in git")
            : null;
    }

    /// <summary>The same right before the write; null: it may be made.</summary>
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public static async Task<StepOutcome?> ObstacleAsync(IKubernetesApi api, string? pinned, ObjectRef changed, CancellationToken cancellation) =>
        GitopsOwner.Parse(pinned) is { } owner && await WhyNotAsync(api, owner, changed, cancellation) is { } why
            ? new StepOutcome.CannotTell(Reason.OwnedByGitops, $"not changed: {why}")
            : null;

    /// <summary>For a plan to deploy by way of git; null: nothing stands in its way.</summary>
    public static async Task<string?> WarningAsync(StepContext context, Clusters clusters, CancellationToken cancellation)
    {
        if (Of(context.Service) is not { } owner)
            return null;
        try
        {
            return IsSuspendedBefore(context, owner) || (await clusters.Of(context.Service).GetAsync(owner.Object, cancellation) is { } live && owner.IsSuspended(live))
                ? $"{owner} is suspended: what is pushed is deployed only once somebody resumes it." : null;
        }
        catch (KubernetesException fault)
        {
            return $"Whether {owner} is suspended, and would not deploy what is pushed, could not be read: {fault.Message}";
        }
    }

    private static bool IsSuspendedBefore(StepContext context, GitopsOwner owner) =>
        context.Earlier.Any(e => e is { Action: SuspendOwnerAction.Word, IsConditional: false } && ObjectChanges.Touches(e, context.Service, owner.Object));

    private static async Task<string?> WhyNotAsync(IKubernetesApi api, GitopsOwner owner, ObjectRef changed, CancellationToken cancellation) =>
        await api.GetAsync(owner.Object, cancellation) is not { } live ? $"{owner}, to which {changed} belongs, does not exist"
        : owner.IsSuspended(live) ? null
        : $"{owner}, to which {changed} belongs, is not suspended and would put it back";
}
