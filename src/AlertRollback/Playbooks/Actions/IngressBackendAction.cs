using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Matrix;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>ingress_backend: {name: shop, host: shop.example.com, path: /reports, to: maintenance}</c> sends a path's requests to another Service.</summary>
public sealed class IngressBackendAction(Clusters clusters, TimeProvider time) : IAction, INeedsObjects, INeedsRights
{
    private const string Service = "service";
    private const string Port = "port";

    private readonly ObjectChanges _changes = new(clusters, time, "ingress_backend");

    public string Name => "ingress_backend";

    public string Summary => "Sends the requests of an Ingress's host and path to another Service, e.g. a maintenance page; a restore puts the backend back exactly. Refused when nothing would answer, or when it would take the whole host and nobody said so.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("name", ParameterType.Text, "The Ingress, in the service's namespace.", Required: true, Example: "shop"),
        new("to", ParameterType.Text, "The Service that gets the requests, in the same namespace.", Required: true, Example: "maintenance-service"),
        new("host", ParameterType.Text, "The host of the rule, as it is written there.", Default: "the only rule's, else the rule without a host", Example: "shop.example.com"),
        new("path", ParameterType.Texts, "The path or paths, as they are written there.", Default: "the rule's only one", Example: "/reports"),
        new(Port, ParameterType.Text, "The Service's port by number or name.", Default: "its only one", Example: "http"),
        new("whole_host", ParameterType.YesNo, "It is meant that everything of the host goes there.", Default: "false", Example: "true"),
    ];

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Space(service);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        [.. NeededObject.Of(service, ResourceKind.Ingress, parameters["name"]), .. NeededObject.Of(service, ResourceKind.Service, parameters["to"])];

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        [.. NeededRight.Beyond("get patch", ResourceKind.Ingress), .. NeededRight.To("list", ResourceKind.Pod), new NeededRight("get", "", "services", "rights/ingresses"),
            .. SuspendedOwner.Rights(service, "get")];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var api = clusters.Of(context.Service);
        if (ServiceObject.Of(context, ResourceKind.Service, Text(parameters, "to")!, out var refused) is not { } to)
            return refused!;
        try
        {
            // Servers before 1.19 have the beta only, with another form of backend.
            var kind = await api.FirstServedAsync(ServedKinds.Ingresses, cancellation);
            if (ServiceObject.Of(context, kind ?? ResourceKind.Ingress, Text(parameters, "name")!, out refused) is not { } target)
                return refused!;
            if (kind is null || await api.GetAsync(target, cancellation) is not { } live)
                return new PinOutcome.Refused(Reason.NotFound, $"{target} does not exist");
            var (paths, unclear) = IngressPaths.Find(live, Text(parameters, "host"), TextValues.List(parameters["path"]));
            if (paths is null)
                return unclear! with { Text = $"{target}: {unclear.Text}" };
            if (paths.TakesAll && parameters["whole_host"]?.GetValue<bool>() != true)
                return new PinOutcome.Refused(Reason.TooMuch, $"{target}: {paths} is everything of this host; say whole_host: true if that is meant");
            var (port, silent) = await AnsweringAsync(api, to, Text(parameters, Port), cancellation);
            return silent is null
                ? await PinAsync(context, new Wanted(target, live, [.. paths.Backends.Select(b => new Change(b, Backend(kind, to.Name, port!)))]), paths, (to, port!), cancellation)
                : new PinOutcome.Refused(Reason.NothingWouldMatch, silent);
        }
        catch (KubernetesException fault)
        {
            return ServiceWorkload.CannotRead(fault);
        }
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        await SilentByNowAsync(context, pin, cancellation) ?? await _changes.ApplyAsync(context, pin, cancellation);

    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => _changes.RestoreAsync(context, pin, cancellation);

    private async Task<PinOutcome> PinAsync(StepContext context, Wanted wanted, IngressPaths paths, (ObjectRef Service, JsonObject Port) to, CancellationToken cancellation)
    {
        var pinned = await _changes.PinAsync(context, [wanted], "", $"{paths} leads to {to.Service.Name}:{to.Port["port"]}", [], cancellation);
        if (pinned is not PinOutcome.Pinned { Pin: var pin } planned)
            return pinned;
        (pin[Service], pin[Port]) = (to.Service.Name, to.Port["port"]!.ToString());
        return planned with { From = $"{paths} leads to {string.Join(", ", ObjectChanges.Before(pin).Select(BackendText).Distinct())}" };
    }

    // The plan may be older than the pods: asked again right before the write, never after it.
    private async Task<StepOutcome?> SilentByNowAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        if (context.Journal.MayWrite() is { } stop)
            return stop;
        try
        {
            var to = new ObjectRef(ResourceKind.Service, ServiceObject.NamespaceOf(context.Service)!, pin[Service]!.GetValue<string>());
            return !await _changes.IsThereAsync(context, pin, cancellation)
                && await AnsweringAsync(clusters.Of(context.Service), to, pin[Port]!.GetValue<string>(), cancellation) is { Silent: { } silent }
                    ? new StepOutcome.Failed(Reason.NothingWouldMatch, $"nothing was changed: {silent}")
                    : null;
        }
        catch (KubernetesException fault)
        {
            return new StepOutcome.CannotTell(Reason.ApiError, fault.Message);
        }
    }

    private static async Task<(JsonObject? Port, string? Silent)> AnsweringAsync(IKubernetesApi api, ObjectRef service, string? wanted, CancellationToken cancellation)
    {
        if (await api.GetAsync(service, cancellation) is not { BeingDeleted: false } live)
            return (null, $"{service} does not exist");
        if (ServiceEndpoints.Port(live, wanted) is not { } port)
            return (null, wanted is null ? $"{service} has several ports ({ServiceEndpoints.Ports(live)}): name one" : $"{service} has no port {wanted}, but {ServiceEndpoints.Ports(live)}");
        return (port, await ServiceEndpoints.NothingAnswersAsync(api, live, port, cancellation));
    }

    private static JsonObject Backend(ResourceKind kind, string service, JsonObject port) => kind.Version == "v1beta1"
        ? new JsonObject { ["serviceName"] = service, ["servicePort"] = port["port"]!.DeepClone() }
        : new JsonObject { [Service] = new JsonObject { ["name"] = service, [Port] = new JsonObject { ["number"] = port["port"]!.DeepClone() } } };

    private static string BackendText(JsonNode? backend) =>
        $"{backend?["serviceName"] ?? backend?[Service]?["name"] ?? backend?["resource"]?["name"] ?? "nothing"}:{backend?["servicePort"] ?? backend?[Service]?[Port]?["number"] ?? backend?[Service]?[Port]?["name"] ?? ""}".TrimEnd(':');

    private static string? Text(JsonObject parameters, string name) => parameters[name]?.GetValue<string>();
}
