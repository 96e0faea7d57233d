using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>exec: {command: [npm, run, cache:clear]}</c> runs a program in a pod of the service.</summary>
public sealed class ExecAction(Clusters clusters, TimeProvider time) : IAction, INeedsObjects, INeedsRights
{
    private const string Locks = "locks";
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestReadBack = TimeSpan.FromMinutes(1);

    public string Name => "exec";

    public string Summary => "Runs a program in a container, without terminal and shell; its exit code decides. Never repeated after a crash: read_back decides, else people.";

    public Repeatability Repeatability => Repeatability.Once;

    public bool ChangesProduction => true;
    public bool IsOpaque => true;

    public bool DestroysDataWith(JsonObject parameters) => DeclaredDestruction.Of(parameters);

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("command", ParameterType.Texts, "The program and its arguments as a list; a shell's text has to be written out, without placeholders.", Required: true, Example: "[npm, run, cache:clear]", Main: true),
        .. PodChoices.Parameters,
        new("timeout", ParameterType.Duration, "Longest wait for its end.", Default: "5m", Example: "30s"),
        new("read_back", ParameterType.Texts, "A program that only looks whether it was carried out: 0 yes, 1 no. Of what was begun only a yes decides: nothing ends a program in a pod, it may still be at work.", Example: "[npm, run, cache:is-empty]"),
        DeclaredDestruction.Parameter,
    ];

    public IEnumerable<string> Validate(JsonObject parameters) =>
        PodChoices.Validate(parameters)
            .Concat(ArgumentList.Validate(parameters["command"], "command"))
            .Concat(ArgumentList.Validate(parameters["read_back"], "read_back"));

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceNeeds.Pod(service, parameters);

    public IEnumerable<NeededObject> Objects(ServiceDefinition service, JsonObject parameters) =>
        PodChoices.Objects(service, parameters);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        PodChoices.Of(service, parameters) is { } choice ? [.. choice.RightsToRun(), .. choice.RightsToSeeOwners()] : [];

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var (chosen, unfit) = PodChoices.Filled(parameters, context.Fill);
        if (PodChoices.Of(context.Service, chosen) is not { } choice)
            return ServiceWorkload.NotDeclared(context.Service);
        var (command, fault) = ArgumentList.Fill(TextValues.List(parameters["command"]), text => context.Fill(text, Placeholders.AsIs));
        var (readBack, alsoFault) = ArgumentList.Fill(TextValues.List(parameters["read_back"]), text => context.Fill(text, Placeholders.AsIs));
        if ((fault ?? alsoFault ?? unfit) is { } wrong)
            return new PinOutcome.Refused(Reason.NotGranted, wrong);
        try
        {
            if (await choice.FindAsync(clusters.Of(context.Service), cancellation) is not { } pod)
                return new PinOutcome.Refused(Reason.NotFound, $"no pod runs for {choice.Text}");
            var locks = await LocksAsync(clusters.Of(context.Service), choice, pod, cancellation);
            return new PinOutcome.Pinned(Pin(choice, pod, command, readBack, parameters, locks), "", $"run {ArgumentList.Text(command)} in pod {pod.Pod}", [], [], locks);
        }
        catch (KubernetesException problem)
        {
            return ServiceWorkload.CannotRead(problem);
        }
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var command = TextValues.List(pin["command"]);
        var readBack = TextValues.List(pin["read_back"]);
        var place = await PlaceAsync(context, pin, cancellation);
        var timeout = HttpExpectation.Span(pin["timeout"]) ?? DefaultTimeout;
        var left = context.Deadline - time.GetUtcNow();
        var longest = timeout < left ? timeout : left;
        return await new OneRun(
            $"{command[0]} in {place.Text}",
            () => place.RunAsync(command, longest, cancellation),
            readBack.Count == 0 ? null : async () => ReadBack.Of(await place.RunAsync(readBack, LongestReadBack, cancellation)))
        {
            AtWork = new AtWork(time, longest) { NothingEndsIt = true },
        }.ApplyAsync(context, cancellation);
    }

    private static async Task<IReadOnlyList<string>> LocksAsync(IKubernetesApi api, PodChoice choice, PodPin pod, CancellationToken cancellation) =>
        await choice.LocksAsync(api, choice.Workload is null && await api.GetAsync(new ObjectRef(ResourceKind.Pod, pod.Namespace, pod.Pod), cancellation) is { } live ? [live] : [], cancellation);

    // An earlier step of the same method may have replaced the pods: another one of the same choice, and of the same workload,
    // does as well, as long as nothing was run. A pod that was named is not replaced by another one.
    private async Task<PodPlace> PlaceAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var api = clusters.Of(context.Service);
        var pinned = new PodPlace(api, PodPin.FromJson(pin["place"]!));
        var choice = PodChoice.FromJson(pin["choice"]!);
        try
        {
            return choice.Pod is null && OneRun.IsFresh(context) && !await pinned.StillIsAsync(cancellation) && await choice.FindAsync(api, cancellation) is { } another
                && (await LocksAsync(api, choice, another, cancellation)).All(l => pin[Locks] is not JsonArray held || held.Any(h => h!.GetValue<string>() == l))
                ? new PodPlace(api, another)
                : pinned;
        }
        catch (KubernetesException)
        {
            return pinned;
        }
    }

    private static JsonObject Pin(PodChoice choice, PodPin pod, IReadOnlyList<string> command, IReadOnlyList<string> readBack, JsonObject parameters, IReadOnlyList<string> locks) => new()
    {
        ["choice"] = choice.ToJson(),
        ["place"] = pod.ToJson(),
        ["command"] = new JsonArray([.. command.Select(a => JsonValue.Create(a))]),
        ["read_back"] = new JsonArray([.. readBack.Select(a => JsonValue.Create(a))]),
        ["timeout"] = parameters["timeout"]?.DeepClone(),
        [Locks] = new JsonArray([.. locks.Select(l => JsonValue.Create(l))]),
    };
}
