using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Isolation;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>network_isolation: {allow_dns: true}</c> takes the service's pods off the network; <c>{lift: true}</c> lets them back.</summary>
public sealed class NetworkIsolationAction(Clusters clusters, TimeProvider time) : IAction, INeedsRights
{
    private const string Lifted = "lifted";
    private const string Unenforced = "A cluster without a network plugin that enforces NetworkPolicies ignores it: look whether the pods are really cut off.";
    private const string OpenConnections = "Connections that are open already may stay open, depending on the network plugin.";

    private readonly ObjectChanges _changes = new(clusters, time, "network_isolation");

    public string Name => "network_isolation";

    public string Summary => "Cuts the service's pods off the network by a NetworkPolicy of its own. Lasting under steps, until a step with lift: true; for a time under meanwhile, with a wait among the steps (meanwhile: [network_isolation], steps: [wait: 15m], and no within, or one that is longer): then it is lifted by itself, also after a restart.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("directions", ParameterType.Texts, "Which traffic is forbidden.", Default: "[ingress, egress]", Example: "[egress]", Allowed: ["ingress", "egress"]),
        new("allow_dns", ParameterType.YesNo, "The pods may still ask the cluster's DNS.", Default: "false", Example: "true"),
        new("allow_from", ParameterType.List, "Who may still reach the pods: each with cidr, or with labels of pods, of namespaces or of both; ports (TCP) where not all.", Example: "[{pods: {app: forensics}, ports: [22]}]"),
        new("allow_to", ParameterType.List, "Whom the pods may still reach, written like allow_from.", Example: "[{cidr: 10.0.0.0/24, ports: [27017]}]"),
        new("lift", ParameterType.YesNo, "Takes away every isolation of this workload that this service applied, in whichever rollback.", Default: "false", Example: "true"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        foreach (var key in parameters.Select(p => p.Key).Where(k => k != "lift" && Lifts(parameters)))
            yield return $"\"lift\" takes all away: \"{key}\" means nothing beside it";
        if (parameters["directions"] is JsonArray { Count: 0 })
            yield return "\"directions\" is empty, which would forbid nothing";
        foreach (var (key, direction) in new[] { ("allow_from", "Ingress"), ("allow_to", "Egress"), ("allow_dns", "Egress") })
        {
            if (parameters.ContainsKey(key) && !IsolationPolicy.Directions(parameters).Contains(direction))
                yield return $"\"{key}\" is for {direction.ToLowerInvariant()}, which is not among \"directions\"";
        }

        foreach (var fault in AllowedPeers.Validate(parameters["allow_from"], "allow_from").Concat(AllowedPeers.Validate(parameters["allow_to"], "allow_to")))
            yield return fault;
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Workload(service);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        ServiceWorkload.Of(service) is { } workload ? [.. NeededRight.To("get", workload.Resource), .. NeededRight.Beyond("get list create delete", ResourceKind.NetworkPolicy)] : [];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        if (ServiceWorkload.Of(context.Service) is not { } workload)
            return ServiceWorkload.NotDeclared(context.Service);
        try
        {
            var api = clusters.Of(context.Service);
            if (await api.GetAsync(workload.Object, cancellation) is not { } live)
                return new PinOutcome.Refused(Reason.NotFound, $"{workload} does not exist");
            return Lifts(parameters) ? await PinLiftAsync(context, workload, live, cancellation) : await PinIsolationAsync(context, workload, live, parameters, cancellation);
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => pin[Lifted] switch
    {
        JsonArray { Count: 0 } => await StillNotIsolatedAsync(context, cancellation),
        JsonArray policies => await EachAsync(context, policies, (lift, policy) => lift.LiftAsync(policy, cancellation)),
        _ => await _changes.ApplyAsync(context, pin, cancellation),
    };

    public async Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => pin[Lifted] switch
    {
        JsonArray { Count: 0 } => new StepOutcome.Done(Reason.AlreadyAtTarget, "nothing was lifted"),
        JsonArray policies => await EachAsync(context, policies, (lift, policy) => lift.PutBackAsync(policy, cancellation)),
        _ => await _changes.RestoreAsync(context, pin, cancellation),
    };

    private async Task<PinOutcome> PinIsolationAsync(StepContext context, WorkloadRef workload, KubernetesObject live, JsonObject parameters, CancellationToken cancellation)
    {
        if (IsolationPolicy.Of(workload, live, parameters) is not { } body)
            return new PinOutcome.Refused(Reason.NothingWouldMatch, $"{workload} selects no pods by label: the whole namespace would be cut off");
        var target = new ObjectRef(ResourceKind.NetworkPolicy, workload.Namespace, context.NameFor($"isolate-{workload.Name}"));
        var holes = await HolesAsync(clusters.Of(context.Service), workload, live, IsolationPolicy.Directions(parameters), cancellation);
        var to = $"no {string.Join(" and no ", IsolationPolicy.Directions(parameters).Select(d => d.ToLowerInvariant()))} {Allowed(parameters)}, by {target}";
        return await _changes.PinAsync(context, [new Wanted(target, null, []) { Body = body }], $"pods of {workload} on the network", to, [Unenforced, OpenConnections, .. holes], cancellation);
    }

    private static async Task<IEnumerable<string>> HolesAsync(
        IKubernetesApi api, WorkloadRef workload, KubernetesObject live, IReadOnlyList<string> directions, CancellationToken cancellation)
    {
        var others = (await api.ListAsync(ResourceKind.NetworkPolicy, workload.Namespace, null, cancellation)).Where(p => IsolationPolicy.LetsThrough(p, live, directions));
        return others.OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"NetworkPolicy {p.Name} lets traffic of these pods through, and still will: policies add up.");
    }

    private async Task<PinOutcome> PinLiftAsync(StepContext context, WorkloadRef workload, KubernetesObject live, CancellationToken cancellation)
    {
        var policies = (await InPlaceAsync(context, workload, cancellation)).OrderBy(p => p.Name, StringComparer.Ordinal).Select(LiftedPolicy.Of).ToList();
        if (policies.Count == 0)
            return await PinNothingToLiftAsync(context, workload, live, cancellation);
        var names = string.Join(", ", policies.Select(p => p.Name));
        return new PinOutcome.Pinned(
            new JsonObject { [Lifted] = new JsonArray([.. policies.Select(p => p.ToJson())]) },
            $"pods of {workload} isolated by {names}", "on the network again", [], [.. policies.Select(p => $"networkpolicy/{workload.Namespace}/{p.Name}: deleted")],
            [.. policies.Select(p => $"{context.Service.Workload!.Cluster}/networkpolicy/{workload.Namespace}/{p.Name}")]);
    }

    // So already is success for what converges; but pods that another workload's isolation holds are not on the network.
    private async Task<PinOutcome> PinNothingToLiftAsync(StepContext context, WorkloadRef workload, KubernetesObject live, CancellationToken cancellation)
    {
        var all = await clusters.Of(context.Service).ListAsync(ResourceKind.NetworkPolicy, workload.Namespace, null, cancellation);
        if (all.Where(p => !p.BeingDeleted && IsolationPolicy.Holds(p, live)).Select(p => p.Name).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } others)
            return new PinOutcome.Refused(Reason.NothingWouldChange, $"no isolation of {workload} is in place, but its pods are held by that of another workload ({string.Join(", ", others)})");
        return context.Earlier.Any(e => e.Action == Name)
            ? new PinOutcome.Refused(Reason.NothingWouldChange, $"no isolation of {workload} is in place; what the same plan isolates is lifted by itself under meanwhile")
            : new PinOutcome.Pinned(new JsonObject { [Lifted] = new JsonArray() }, $"pods of {workload} not isolated", "not isolated, as they are", [], [], []);
    }

    private async Task<IEnumerable<KubernetesObject>> InPlaceAsync(StepContext context, WorkloadRef workload, CancellationToken cancellation) =>
        (await clusters.Of(context.Service).ListAsync(ResourceKind.NetworkPolicy, workload.Namespace, IsolationPolicy.LabelSelector(workload), cancellation)).Where(p => !p.BeingDeleted);

    // Between the plan and now somebody may have found a reason to.
    private async Task<StepOutcome> StillNotIsolatedAsync(StepContext context, CancellationToken cancellation)
    {
        var workload = ServiceWorkload.Of(context.Service)!;
        return await TriedAsync(async () => (await InPlaceAsync(context, workload, cancellation)).Select(p => p.Name).ToList() is { Count: > 0 } names
            ? new StepOutcome.Superseded($"{workload} was isolated meanwhile by somebody else ({string.Join(", ", names)}), and stays so")
            : new StepOutcome.Done(Reason.AlreadyAtTarget, $"{workload} is not isolated, nothing was lifted"));
    }

    // What one of them comes to does not keep the others from being tried.
    private async Task<StepOutcome> EachAsync(StepContext context, JsonArray policies, Func<IsolationLift, LiftedPolicy, Task<StepOutcome>> carryOut)
    {
        var lift = new IsolationLift(clusters.Of(context.Service), ServiceObject.NamespaceOf(context.Service)!);
        var ends = new List<StepOutcome>();
        foreach (var policy in policies.Select(p => LiftedPolicy.FromJson(p!)))
        {
            if (context.Journal.MayWrite() is { } stop)
                return stop;
            ends.Add(await TriedAsync(() => carryOut(lift, policy)));
        }

        return ends.Find(e => e is not StepOutcome.Done) ?? new StepOutcome.Done(
            ends.TrueForAll(e => e is StepOutcome.Done { Reason: Reason.AlreadyAtTarget }) ? Reason.AlreadyAtTarget : Reason.Applied, string.Join("; ", ends.Select(e => e.Text)));
    }

    private static async Task<StepOutcome> TriedAsync(Func<Task<StepOutcome>> once)
    {
        try
        {
            return await once();
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(fault.Fault is KubernetesFault.Invalid or KubernetesFault.Forbidden ? Reason.RejectedByApi : Reason.ApiError, fault.Message);
        }
    }

    private static string Allowed(JsonObject parameters)
    {
        var peers = new[] { "allow_from", "allow_to" }.Sum(k => (parameters[k] as JsonArray)?.Count ?? 0);
        var words = new[] { parameters["allow_dns"]?.GetValue<bool>() == true ? "DNS" : null, peers > 0 ? $"{peers} named peers" : null }.OfType<string>().ToList();
        return words.Count == 0 ? "at all" : $"but {string.Join(" and ", words)}";
    }

    private static bool Lifts(JsonObject parameters) => parameters["lift"]?.GetValue<bool>() == true;
}
