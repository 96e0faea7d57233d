using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>patch: {strategic: {spec: {template: {spec: {containers: [{name: app, image: "app:v1"}]}}}}}</c> changes any object of the service's namespace.</summary>
public sealed class PatchAction(Clusters clusters, GrantedKinds kinds, IRevisionLedger ledger, TimeProvider time) : IAction, INeedsObjects, INeedsRights
{
    private static readonly string[] Forms = ["strategic", "merge", "json"];
    private static readonly string[] Operations = ["add", "replace", "remove", "move", "copy", "test"];

    private readonly ObjectChanges _changes = new(clusters, time, "patch");

    public string Name => "patch";

    public string Summary => "Patches the service's workload, or another object of its namespace. What the patch would change is found by a dry run, shown, and changed only while it is still as it was; a workload is waited for. What would let a pod reach beyond its namespace (host, node paths, privileges, another service account) is refused.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("strategic", ParameterType.Mapping, "A strategic merge patch, which finds containers by name; for Kubernetes' own kinds.", Example: "{spec: {template: {spec: {containers: [{name: app, image: \"app:v1\"}]}}}}"),
        new("merge", ParameterType.Mapping, "A merge patch (RFC 7396): lists are replaced as a whole.", Example: "{metadata: {labels: {tier: gold}}}"),
        new("json", ParameterType.List, "A JSON patch (RFC 6902).", Example: "[{op: replace, path: /spec/paused, value: false}]"),
        new("kind", ParameterType.Text, "The kind of the object; kinds that may carry power have to be granted.", Default: "the service's workload", Example: "NetworkPolicy"),
        new("api_version", ParameterType.Text, "The kind's version.", Default: "that of the ordinary kinds", Example: "networking.k8s.io/v1"),
        new("name", ParameterType.Text, "The object.", Default: "the service's workload", Example: "emergency-isolation"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (Forms.Count(parameters.ContainsKey) != 1)
            yield return "it needs exactly one of \"strategic\", \"merge\" and \"json\"";
        if (parameters["kind"] is null != parameters["name"] is null || (parameters["kind"] is null && parameters["api_version"] is not null))
            yield return "\"kind\" and \"name\" belong together; without both it is the service's workload";
        if (parameters["kind"]?.GetValue<string>() is { } kind && VersionOf(parameters) is null)
            yield return $"\"{kind}\" needs its \"api_version\"";
        if (parameters["kind"]?.GetValue<string>() == ResourceKind.Secret.Kind)
            yield return "the values of a Secret must not stand in a matrix: use rotate_secret, or apply with a granted secret";
        foreach (var form in Forms[..2].Where(f => parameters[f] is not null and not JsonObject))
            yield return $"\"{form}\" is a mapping";
        foreach (var operation in (parameters["json"] as JsonArray ?? []).Where(o => !IsOperation(o)))
            yield return $"{operation?.ToJsonString() ?? "nothing"} is no operation: write {{op: replace, path: /spec/paused, value: false}}";
        foreach (var from in (parameters["json"] as JsonArray ?? []).Select(o => (o as JsonObject)?["from"]?.ToString()).OfType<string>().Where(f => f.Contains("/template", StringComparison.Ordinal)))
            yield return $"what stands at {from} may be secret and is kept nowhere: write the value itself";
    }

    public IEnumerable<(Grant Grant, string Name)> Needs(JsonObject parameters) =>
        parameters["kind"]?.GetValue<string>() is { } kind && VersionOf(parameters) is { } version && GrantedKinds.Needed(version, kind) is { } needed ? [(Grant.Kind, needed)] : [];

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        parameters["kind"]?.ToString() is { } word && GrantedKinds.OrdinaryOf(VersionOf(parameters) ?? "", word) is { } kind ? NeededObject.Of(service, kind, parameters["name"]) : [];

    // Of a kind that is not an ordinary one the cluster alone knows what it is called there.
    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        !parameters.ContainsKey("kind") ? NeededRight.ToChange(service)
        : GrantedKinds.OrdinaryOf(VersionOf(parameters) ?? "", parameters["kind"]!.ToString()) is { } kind ? [.. NeededRight.ToChange(kind, parameters["name"]!.ToString()), .. SuspendedOwner.Rights(service, "get")] : [];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var api = clusters.Of(context.Service);
        try
        {
            var target = await TargetAsync(context, api, parameters, cancellation);
            if (target.Object is not { } found)
                return target.Refused!;
            if (await api.GetAsync(found, cancellation) is not { } live)
                return new PinOutcome.Refused(Reason.NotFound, $"{found} does not exist");
            var filled = FilledJson.Of(parameters, t => context.Fill(t, Placeholders.AsIs))!.AsObject();
            var (before, after) = await DryRuns.BesideAsync(api, found, live, o => DryRunAsync(api, found, o, filled, cancellation), cancellation);
            return await PinAsync(context, api, found, before, after, filled, cancellation);
        }
        catch (KubernetesException fault) when (fault.Fault is KubernetesFault.Invalid)
        {
            return new PinOutcome.Refused(Reason.RejectedByApi, $"the API server would reject it: {fault.Message}");
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        _changes.ApplyAsync(context, pin, cancellation, written: () => LeftRelease.QuarantineAsync(ledger, context, pin, cancellation));

    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => _changes.RestoreAsync(context, pin, cancellation);

    private async Task<PinOutcome> PinAsync(
        StepContext context, IKubernetesApi api, ObjectRef target, KubernetesObject live, KubernetesObject after, JsonObject filled, CancellationToken cancellation)
    {
        var changes = ObjectDifference.Between(live.Json, after.Json, newLast: filled.ContainsKey("strategic"));
        if (changes.FirstOrDefault(c => ObjectDifference.WouldTellEnvironment(live.Json, c)) is { } telling)
            return new PinOutcome.Refused(Reason.Ambiguous, $"{target}: {telling.Path} would be replaced as a whole, with the environment in it; name what is meant and keep the order");
        if (changes.FirstOrDefault(c => ObjectDifference.WouldTellTemplate(live.Json, c, filled)) is { } whole)
            return new PinOutcome.Refused(Reason.Ambiguous, $"{target}: {whole.Path} would be written as a whole, and what it has from before may be secret: write all of it");
        if (PodReach.Refusal(target, live.Json, after.Json, isPart: false) is { } reach)
            return reach;
        var snapshot = await WorkloadChange.SnapshotAsync(api, target, cancellation);
        var wanted = snapshot is null ? new Wanted(target, live, changes) : WorkloadChange.Of(snapshot, changes) with { Live = live };
        var to = changes.Count == 1 ? $"{changes[0].Path} changed" : $"{changes.Count} places changed";
        var pinned = await _changes.PinAsync(context, [wanted], snapshot?.Describe() ?? $"{target}", changes.Count == 0 ? "as it is" : to, [], cancellation);
        return snapshot is not null && IsRelease(context, snapshot, changes)
            ? WorkloadChange.Replacing(context, pinned, ledger, snapshot, PodTemplate.Images(LiveTemplate.Of(after)))
            : pinned;
    }

    private async Task<(ObjectRef? Object, PinOutcome? Refused)> TargetAsync(StepContext context, IKubernetesApi api, JsonObject parameters, CancellationToken cancellation)
    {
        if (parameters["kind"]?.GetValue<string>() is not { } word)
            return ServiceWorkload.Of(context.Service) is { } workload ? (workload.Object, null) : (null, ServiceWorkload.NotDeclared(context.Service));
        var kind = await kinds.FindAsync(api, context.Service.Team, VersionOf(parameters)!, word, cancellation);
        if (kind.Kind is null)
            return (null, kind.Refused);
        var target = ServiceObject.Of(context, kind.Kind, parameters["name"]!.GetValue<string>(), out var refused);
        return (target is not null && !kind.Kind.Namespaced ? target with { Namespace = "" } : target, refused);
    }

    // Of the object as it was read: what comes out is the difference to that one.
    private static Task<KubernetesObject> DryRunAsync(IKubernetesApi api, ObjectRef target, KubernetesObject live, JsonObject parameters, CancellationToken cancellation)
    {
        var dry = new WriteOptions(DryRun: true);
        if (parameters["json"] is JsonArray operations)
            return api.JsonPatchAsync(target, [new JsonObject { ["op"] = "test", ["path"] = "/metadata/uid", ["value"] = live.Uid }, .. operations.Select(o => o!.DeepClone())], dry, cancellation);
        return parameters["strategic"] is JsonObject strategic
            ? api.StrategicMergePatchAsync(target, strategic, dry, cancellation)
            : api.MergePatchAsync(target, (JsonObject)parameters["merge"]!, dry, cancellation);
    }

    private static bool IsRelease(StepContext context, WorkloadSnapshot snapshot, IReadOnlyList<Change> changes) =>
        snapshot.Workload == ServiceWorkload.Of(context.Service) && changes.Any(c => c.Path.StartsWith(EditPin.Template));

    private static string? VersionOf(JsonObject parameters) =>
        parameters["api_version"]?.GetValue<string>() ?? (parameters["kind"]?.GetValue<string>() is { } kind ? kind == ResourceKind.Secret.Kind ? "v1" : GrantedKinds.VersionOf(kind) : null);

    private static bool IsOperation(JsonNode? node) =>
        node is JsonObject operation && Operations.Contains(operation["op"]?.ToString()) && operation["path"]?.ToString().StartsWith('/') == true;
}
