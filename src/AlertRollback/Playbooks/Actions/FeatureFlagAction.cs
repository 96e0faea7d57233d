using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Playbooks.Flags;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>feature_flag: {set: {enabled: false, rollout_percentage: 0}}</c> sets the service's flag and reads it back.</summary>
public sealed class FeatureFlagAction(GrantedHttp http, Clusters clusters, TimeProvider time) : IAction, INeedsObjects, INeedsRights
{
    private static readonly ObjectPath Data = ObjectPath.Of("data");
    private static readonly TimeSpan DefaultWithin = TimeSpan.FromSeconds(30);

    private readonly ObjectChanges _maps = new(clusters, time, "feature_flag");

    public string Name => "feature_flag";

    public string Summary => "Sets fields of the service's feature flag and reads them back; the service says under flag how it is reached. Not reading as wanted is a measured failure.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("set", ParameterType.Mapping, "Fields and their values; in a ConfigMap and for a program they are texts.", Required: true, Example: "{enabled: false, rollout_percentage: 0}"),
        new("read_back", ParameterType.Mapping, "When, and as what, it has to read.", Example: "{after: 5s, expect: {rollout_percentage: 0}}")
        {
            Fields =
            [
                new("after", ParameterType.Duration, "How long it may take before it is asked.", Default: "0s", Example: "5s"),
                new("within", ParameterType.Duration, "How long it is asked, once a second, from then on.", Default: "30s", Example: "10s"),
                new("expect", ParameterType.Mapping, "What it has to read as.", Default: "all that is set", Example: "{rollout_percentage: 0}"),
            ],
        },
    ];

    public IReadOnlyList<Parameter> ServiceParameters => [FlagSettings.Parameter];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters["set"] is not JsonObject { Count: > 0 } set)
        {
            yield return "\"set\" is a mapping of at least one field to its value";
            yield break;
        }

        foreach (var (field, value) in set.Concat(parameters["read_back"]?["expect"] as JsonObject ?? []))
        {
            if (value is not JsonValue)
                yield return $"\"{field}\" is one value";
            if (field.StartsWith('-'))
                yield return $"\"{field}\" would be read as an option";
        }
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => FlagSettings.IsDeclared(service) ? null : FlagSettings.Need;

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        FlagSettings.Objects(service);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        [.. FlagSettings.Rights(service, "get patch"), .. FlagSettings.ConfigMapOf(service) is null ? [] : SuspendedOwner.Rights(service, "get")];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var set = Filled(context, parameters["set"]);
        if (FlagSettings.ConfigMapOf(context.Service) is { } map)
            return await PinAsync(context, map, set, cancellation);
        if (FlagSettings.PlaceOf(context.Service, http, clusters) is not { } place)
            return new PinOutcome.Refused(Reason.NotFound, FlagSettings.NotDeclared(context.Service));
        var back = parameters["read_back"];
        var expected = new FlagExpectation(
            back?["expect"] is { } expect ? Filled(context, expect) : set,
            HttpExpectation.Span(back?["after"]) ?? TimeSpan.Zero,
            HttpExpectation.Span(back?["within"]) ?? DefaultWithin);
        return await new FlagChange(place, time).PinAsync(set, expected, $"flag/{context.Service.Team}/{context.Service.Name}", cancellation);
    }

    private async Task<PinOutcome> PinAsync(StepContext context, ObjectRef map, JsonObject set, CancellationToken cancellation)
    {
        try
        {
            if (await clusters.Of(context.Service).GetAsync(map, cancellation) is not { } live)
                return new PinOutcome.Refused(Reason.NotFound, $"{map} does not exist");
            var before = FlagValues.Only(live.At("data") as JsonObject ?? [], set.Select(s => s.Key));
            var wanted = new Wanted(map, live, [.. set.Select(s => new Change(Data.Member(s.Key), FlagValues.Plain(s.Value)))]);
            return await _maps.PinAsync(context, [wanted], before.Count == 0 ? "not set" : FlagValues.Text(before), FlagValues.Text(set), [], cancellation);
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        IsOfConfigMap(pin) ? _maps.ApplyAsync(context, pin, cancellation)
        : Change(context) is { } change ? change.ApplyAsync(context, pin, cancellation)
        : NotDeclared(context);

    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        IsOfConfigMap(pin) ? _maps.RestoreAsync(context, pin, cancellation)
        : Change(context) is { } change ? change.RestoreAsync(context, pin, cancellation)
        : NotDeclared(context);

    private FlagChange? Change(StepContext context) => FlagSettings.PlaceOf(context.Service, http, clusters) is { } place ? new FlagChange(place, time) : null;

    private static Task<StepOutcome> NotDeclared(StepContext context) =>
        Task.FromResult<StepOutcome>(new StepOutcome.CannotTell(Reason.NotFound, FlagSettings.NotDeclared(context.Service)));

    private static bool IsOfConfigMap(JsonObject pin) => !pin.ContainsKey("to");

    private static JsonObject Filled(StepContext context, JsonNode? values) => (JsonObject)FilledJson.Of(values, text => context.Fill(text, Placeholders.AsIs))!;
}
