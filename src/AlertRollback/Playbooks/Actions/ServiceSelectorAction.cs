using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>service_selector: {name: api-service, set: {version: stable}}</c> sends a Service's traffic to other pods.</summary>
public sealed partial class ServiceSelectorAction(Clusters clusters, TimeProvider time) : IAction, INeedsObjects, INeedsRights
{
    private const string Selector = "selector";
    private const string AtLeast = "at_least";
    private static readonly ObjectPath Place = ObjectPath.Of("spec", Selector);

    private readonly ObjectChanges _changes = new(clusters, time, "service_selector");

    public string Name => "service_selector";

    public string Summary => "Sets or removes labels of a Service's selector, so that its traffic goes to other pods. Refused when no ready pod would match. A restore takes added labels away again.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("name", ParameterType.Text, "The Service, in the service's namespace.", Required: true, Example: "api-service"),
        new("set", ParameterType.Mapping, "Labels and their values.", Example: "{version: stable}"),
        new("remove", ParameterType.Texts, "Labels that are no longer asked for.", Example: "canary"),
        new(AtLeast, ParameterType.Integer, "How many ready pods have to match.", Default: "1", Example: "2"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        foreach (var fault in SetAndRemove.Faults(parameters, LabelKey().IsMatch, "a label"))
            yield return fault;
        foreach (var (key, value) in TextValues.Of(parameters["set"] as JsonObject).Where(v => !v.Value.Contains("${", StringComparison.Ordinal) && !LabelValue().IsMatch(v.Value)))
            yield return $"\"{Texts.Clip(value, 70)}\" cannot be the value of label {key}";
        if (parameters[AtLeast]?.GetValue<long>() is < 1)
            yield return $"\"{AtLeast}\" is at least 1";
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Space(service);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        NeededObject.Of(service, ResourceKind.Service, parameters["name"]);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        [.. NeededRight.Beyond("get patch", ResourceKind.Service), .. NeededRight.To("list", ResourceKind.Pod), .. SuspendedOwner.Rights(service, "get")];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        if (ServiceObject.Of(context, ResourceKind.Service, parameters["name"]!.GetValue<string>(), out var refused) is not { } target)
            return refused!;
        var set = TextValues.Of(FilledJson.Of(parameters["set"], t => context.Fill(t, Placeholders.AsIs)));
        if (set.FirstOrDefault(v => !LabelValue().IsMatch(v.Value)) is { Key: { } key })
            return new PinOutcome.Refused(Reason.NothingWouldMatch, $"what was filled in for label {key} cannot be a label's value");
        try
        {
            var api = clusters.Of(context.Service);
            if (await api.GetAsync(target, cancellation) is not { } live)
                return new PinOutcome.Refused(Reason.NotFound, $"{target} does not exist");
            var (now, then) = (Labels(live), Labels(live));
            foreach (var (label, value) in set)
                then[label] = value;
            foreach (var label in SetAndRemove.Removed(parameters))
                then.Remove(label);
            if (now.Count == 0 || then.Count == 0)
                return new PinOutcome.Refused(Reason.NothingWouldMatch, now.Count == 0 ? $"{target} has no selector: labels do not decide where it leads" : $"{target} would have no selector left");
            var atLeast = parameters[AtLeast]?.GetValue<long>() ?? 1;
            var ready = await ReadyAsync(api, target.Namespace, then, cancellation);
            if (ready < atLeast)
                return new PinOutcome.Refused(Reason.NothingWouldMatch, TooFew(then, ready, atLeast));
            return await PinAsync(context, new Wanted(target, live, Changes(set, SetAndRemove.Removed(parameters))), (now, then), (ready, atLeast), cancellation);
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        await EmptyByNowAsync(context, pin, cancellation) ?? await _changes.ApplyAsync(context, pin, cancellation);

    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => _changes.RestoreAsync(context, pin, cancellation);

    private async Task<PinOutcome> PinAsync(
        StepContext context, Wanted wanted, (SortedDictionary<string, string> Now, SortedDictionary<string, string> Then) labels, (int Ready, long AtLeast) pods, CancellationToken cancellation)
    {
        var to = $"{wanted.Target} leads to {Text(labels.Then)} ({pods.Ready} ready pods)";
        var pinned = await _changes.PinAsync(context, [wanted], $"{wanted.Target} leads to {Text(labels.Now)}", to, [], cancellation);
        if (pinned is PinOutcome.Pinned { Pin: var pin })
        {
            pin["service"] = wanted.Target.Name;
            pin[Selector] = new JsonObject(labels.Then.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)JsonValue.Create(l.Value))));
            pin[AtLeast] = pods.AtLeast;
        }

        return pinned;
    }

    // The plan may be older than the pods: asked again right before the write, never after it.
    private async Task<StepOutcome?> EmptyByNowAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var target = new ObjectRef(ResourceKind.Service, ServiceObject.NamespaceOf(context.Service)!, pin["service"]!.GetValue<string>());
        var then = new SortedDictionary<string, string>(((JsonObject)pin[Selector]!).ToDictionary(l => l.Key, l => l.Value!.GetValue<string>()), StringComparer.Ordinal);
        try
        {
            var api = clusters.Of(context.Service);
            if (context.Journal.MayWrite() is { } stop)
                return stop;
            if (await api.GetAsync(target, cancellation) is not { } live || Labels(live).SequenceEqual(then))
                return null;
            var atLeast = pin[AtLeast]!.GetValue<long>();
            return await ReadyAsync(api, target.Namespace, then, cancellation) is var ready && ready < atLeast
                ? new StepOutcome.Failed(Reason.NothingWouldMatch, $"nothing was changed: {TooFew(then, ready, atLeast)}")
                : null;
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }
    }

    private static async Task<int> ReadyAsync(IKubernetesApi api, string @namespace, SortedDictionary<string, string> selector, CancellationToken cancellation) =>
        (await api.ListAsync(ResourceKind.Pod, @namespace, string.Join(',', selector.Select(l => $"{l.Key}={l.Value}")), cancellation))
            .Count(p => !p.BeingDeleted && PodState.IsReady(p));

    private static IReadOnlyList<Change> Changes(IReadOnlyList<KeyValuePair<string, string>> set, IReadOnlyList<string> removed) =>
        [.. set.Select(v => new Change(Place.Member(v.Key), v.Value)), .. removed.Select(k => new Change(Place.Member(k), null))];

    private static SortedDictionary<string, string> Labels(KubernetesObject service) => new(
        (service.At("spec", Selector) as JsonObject ?? []).ToDictionary(l => l.Key, l => l.Value?.ToString() ?? ""), StringComparer.Ordinal);

    private static string TooFew(SortedDictionary<string, string> selector, int ready, long atLeast) =>
        $"{(ready == 0 ? "no ready pod" : $"only {ready} of {atLeast} ready pods")} would match {Text(selector)}";

    private static string Text(SortedDictionary<string, string> selector) => string.Join(',', selector.Select(l => $"{l.Key}={l.Value}"));

    [GeneratedRegex(@"^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelKey();

    [GeneratedRegex(@"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelValue();
}
