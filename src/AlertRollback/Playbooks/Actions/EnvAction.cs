using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>env: {set: {CIRCUIT_BREAKER_ENABLED: "true"}}</c> sets or removes environment variables.</summary>
public sealed class EnvAction(Clusters clusters, TimeProvider time) : IAction, INeedsRights
{
    private readonly ObjectChanges _changes = new(clusters, time, "env");

    public string Name => "env";

    public string Summary => "Sets or removes environment variables of a container of the service's workload and waits until its pods run with them. Not for secrets: see rotate_secret.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("set", ParameterType.Mapping, "Variables and their values.", Example: "{CIRCUIT_BREAKER_ENABLED: \"true\"}"),
        new("remove", ParameterType.Texts, "Variables that are taken away.", Example: "FEATURE_X"),
        new("container", ParameterType.Text, "Which container.", Default: "the only one, or the one called like the workload", Example: "api"),
        CanarySteps.Parameter("keep"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters) => SetAndRemove.Faults(parameters, AcceptedNames.IsVariable, "a variable");

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Workload(service);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        NeededRight.ToChange(service);

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) =>
        WorkloadChange.PinAsync(context, clusters.Of(context.Service), async snapshot =>
        {
            var name = parameters["container"]?.GetValue<string>() is { } named ? context.Fill(named, Placeholders.AsIs) : null;
            if (WorkloadChange.Container(snapshot, name) is not { } container)
                return WorkloadChange.NoContainer(snapshot, name);
            var env = WorkloadChange.PathOf(container).Member("env");
            var set = TextValues.Of(FilledJson.Of(parameters["set"], t => context.Fill(t, Placeholders.AsIs)));
            Change[] changes =
            [
                .. set.Select(v => new Change(env.Item("name", v.Key), new JsonObject { ["name"] = v.Key, ["value"] = v.Value }, MayBeSecret: true)),
                .. SetAndRemove.Removed(parameters).Select(v => new Change(env.Item("name", v), null, MayBeSecret: true)),
            ];
            var wanted = WorkloadChange.Of(snapshot, changes);
            var pinned = await _changes.PinAsync(context, [wanted], $"the environment of {snapshot.Describe()}", SetAndRemove.Words(set, parameters), [], cancellation);
            return CanarySteps.Planned(pinned, snapshot, parameters);
        }, cancellation);

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => _changes.ApplyAsync(context, pin, cancellation);

    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => _changes.RestoreAsync(context, pin, cancellation);
}
