using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>config_map: {name: feature-flags, set: {REPORTS_MODULE_ENABLED: "false"}}</c> merges keys into a ConfigMap.</summary>
public sealed class ConfigMapAction(Clusters clusters, TimeProvider time) : IAction, INeedsObjects, INeedsRights
{
    private static readonly ObjectPath Data = ObjectPath.Of("data");

    private readonly ObjectChanges _changes = new(clusters, time, "config_map");

    public string Name => "config_map";

    public string Summary => "Sets or removes keys of a ConfigMap in the service's namespace; its other keys stay. Pods that read it as environment need a rollout_restart.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("name", ParameterType.Text, "The ConfigMap.", Required: true, Example: "feature-flags"),
        new("set", ParameterType.Mapping, "Keys and their texts.", Example: "{REPORTS_MODULE_ENABLED: \"false\"}"),
        new("remove", ParameterType.Texts, "Keys that are taken away.", Example: "OLD_SETTING"),
        new("create", ParameterType.YesNo, "Create it when it does not exist; a restore deletes it again.", Default: "false", Example: "true"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters) => SetAndRemove.Faults(parameters, AcceptedNames.IsKey, AcceptedNames.Key);

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Space(service);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        parameters["create"]?.GetValue<bool>() == true ? [] : NeededObject.Of(service, ResourceKind.ConfigMap, parameters["name"]);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        [.. NeededRight.Beyond(parameters["create"]?.GetValue<bool>() == true ? "get create patch delete" : "get patch", ResourceKind.ConfigMap), .. SuspendedOwner.Rights(service, "get")];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        if (ServiceObject.Of(context, ResourceKind.ConfigMap, parameters["name"]!.GetValue<string>(), out var refused) is not { } target)
            return refused!;
        var set = TextValues.Of(FilledJson.Of(parameters["set"], t => context.Fill(t, Placeholders.AsIs)));
        try
        {
            var live = await clusters.Of(context.Service).GetAsync(target, cancellation);
            if (live is null && parameters["create"]?.GetValue<bool>() != true)
                return new PinOutcome.Refused(Reason.NotFound, $"{target} does not exist");
            var wanted = live is null
                ? new Wanted(target, null, []) { Body = new JsonObject { ["data"] = new JsonObject(set.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value))) } }
                : new Wanted(target, live, [.. set.Select(v => new Change(Data.Member(v.Key), v.Value)), .. SetAndRemove.Removed(parameters).Select(k => new Change(Data.Member(k), null))]);
            string[] warnings = [$"Pods that read {target.Name} as environment see the change only after a restart (rollout_restart)."];
            return await _changes.PinAsync(context, [wanted], live is null ? $"no {target}" : $"{target}", SetAndRemove.Words(set, parameters), warnings, cancellation);
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => _changes.ApplyAsync(context, pin, cancellation);

    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => _changes.RestoreAsync(context, pin, cancellation);
}
