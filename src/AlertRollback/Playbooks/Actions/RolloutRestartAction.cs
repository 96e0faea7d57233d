using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>rollout_restart</c> starts the pods anew, e.g. so that they read their configuration.</summary>
public sealed class RolloutRestartAction(Clusters clusters, TimeProvider time) : IAction, INeedsObjects, INeedsRights
{
    private readonly ObjectChanges _changes = new(clusters, time, "rollout_restart");

    public string Name => "rollout_restart";

    public string Summary => "Starts all pods of the service's workload anew, rolling, as kubectl rollout restart does, and waits until they run; those of an Argo Rollout without a canary, as Argo's own restart does.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("also", ParameterType.Texts, "Other workloads of the same namespace that read the same configuration: NAME of a Deployment, or statefulset/NAME, daemonset/NAME, rollout/NAME.",
            Example: "embedding-queue-workers"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters) =>
        Also(parameters).Where(n => Workload("namespace", n) is null).Select(n => $"\"{n}\" is not a workload: NAME of a Deployment, or statefulset/NAME, daemonset/NAME, rollout/NAME");

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Workload(service);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        ServiceObject.NamespaceOf(service) is { } space ? Also(parameters).Select(n => Workload(space, n)).OfType<WorkloadRef>().Select(w => new NeededObject(w.Object)) : [];

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        NeededRight.ToChange(service).Concat(ServiceObject.NamespaceOf(service) is { } space ? Also(parameters).Select(n => Workload(space, n)).OfType<WorkloadRef>().SelectMany(NeededRight.ToChange) : []);

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) =>
        WorkloadChange.PinAsync(context, clusters.Of(context.Service), async snapshot =>
        {
            var wanted = new List<Wanted> { Restart(context, snapshot) };
            foreach (var name in Also(parameters))
            {
                if (Workload(snapshot.Workload.Namespace, name) is not { } workload
                    || await new WorkloadReader(clusters.Of(context.Service)).ReadAsync(workload, cancellation) is not { } other)
                {
                    return new PinOutcome.Refused(Reason.NotFound, $"{name} does not exist in {snapshot.Workload.Namespace}");
                }

                wanted.Add(Restart(context, other));
            }

            var names = string.Join(", ", wanted.Select(w => w.Target.Name));
            return await _changes.PinAsync(context, wanted, $"{names} as they run", $"{names} started anew", [], cancellation);
        }, cancellation);

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => _changes.ApplyAsync(context, pin, cancellation);

    internal static Wanted Restart(StepContext context, WorkloadSnapshot snapshot) =>
        WorkloadChange.Of(snapshot, [snapshot.Workload.Kind == WorkloadKind.Rollout ? ArgoRestart.Planned(context) : new Change(EditPin.RestartedAt, Stamp(context))]);

    // The same at every attempt, and another for a second restart in the same rollback.
    private static string Stamp(StepContext context)
    {
        var step = SHA256.HashData(Encoding.UTF8.GetBytes(context.StepKey));
        return (context.Run.Started + TimeSpan.FromMilliseconds(((step[0] << 8) | step[1]) % 1000)).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }

    private static IReadOnlyList<string> Also(JsonObject parameters) => TextValues.List(parameters["also"]);

    private static WorkloadRef? Workload(string @namespace, string name) => name.Split('/') switch
    {
        [var only] => WorkloadRef.Parse($"deployment/{@namespace}/{only}"),
        [var kind, var of] => WorkloadRef.Parse($"{kind}/{@namespace}/{of}"),
        _ => null,
    };
}
