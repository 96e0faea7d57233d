using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>suspend_owner</c> has Flux or Argo CD leave the service alone, so that what is changed of it after that lasts (S6).</summary>
public sealed class SuspendOwnerAction(Clusters clusters, OperatorConfiguration operators, TimeProvider time) : IAction, INeedsObjects, INeedsRights
{
    internal const string Word = "suspend_owner";

    private readonly ObjectChanges _changes = new(clusters, time, Word);

    public string Name => Word;

    public string Summary => "Suspends what the service says it is owned by: a Flux Kustomization or HelmRelease, or the automated sync of an Argo CD Application. All else that it deploys is suspended with it, and stays so until a person resumes it: first the release has to be reverted in git, or it comes back. A reconciliation that has begun already is not stopped. Refused for an Application that another one or an ApplicationSet would switch on again.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public IReadOnlyList<Parameter> Parameters { get; } = [];

    public IReadOnlyList<Parameter> ServiceParameters { get; } =
    [
        new(SuspendedOwner.Key, ParameterType.Text, "What deploys its workload, in the same cluster: kustomization/NAMESPACE/NAME or helmrelease/NAMESPACE/NAME of Flux, or application/NAMESPACE/NAME of Argo CD. While that is suspended, what it deploys may be changed.", Example: "kustomization/flux-system/${service}", Grant: Grant.Owner),
    ];

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) =>
        SuspendedOwner.Of(service) is null ? new ServiceNeed(SuspendedOwner.Key, $"{SuspendedOwner.Key}: {ServiceParameters[0].Example}") : null;

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        SuspendedOwner.Of(service) is { } owner ? [new NeededObject(owner.Object)] : [];

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) => SuspendedOwner.Rights(service, "get patch");

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        if (SuspendedOwner.Of(context.Service) is not { } owner)
            return new PinOutcome.Refused(Reason.NotFound, $"service {context.Service.Name} does not say in {SuspendedOwner.Key} what deploys it: kustomization, helmrelease or application, then /NAMESPACE/NAME");
        if (operators.Teams.GetValueOrDefault(context.Service.Team)?.Owners.Contains(owner.Address) != true)
            return new PinOutcome.Refused(Reason.NotGranted, $"{owner} is not granted to the team {context.Service.Team}");
        try
        {
            if (await clusters.Of(context.Service).GetAsync(owner.Object, cancellation) is not { } live)
                return new PinOutcome.Refused(Reason.NotFound, $"{owner} does not exist");
            var pinned = owner.IsSuspended(live)
                ? await _changes.PinAsync(context, [new Wanted(owner.Object, live, [])], $"{owner} is suspended", "suspended already", [Stays(owner)], cancellation)
                : await _changes.PinAsync(context, [new Wanted(owner.Object, live, [owner.Suspending])], $"{owner} deploys from git", "suspended", [Stays(owner)], cancellation);

            // It deploys other services, too: while one is taken back, another one's rollback does not have to wait.
            return pinned is PinOutcome.Pinned sound ? sound with { Locks = [], Afterwards = $"Revert the release in git, then resume what was suspended: {owner.Resuming(live)}" } : pinned;
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }

    private static string Stays(GitopsOwner owner) => $"{owner} stays suspended, with all that it deploys, until somebody resumes it: with the release still in git, that would come back.";

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => _changes.ApplyAsync(context, pin, cancellation);
}
