using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Playbooks.Containers;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>container: {name: rental-api-prod, host: rental-vm, image: last_known_good}</c> takes a container back to an earlier image.</summary>
public sealed class ContainerAction(GrantedEngines engines, IRevisionLedger ledger, TimeProvider time) : IAction
{
    private static readonly TimeSpan DefaultRunsFor = TimeSpan.FromSeconds(5);

    public string Name => "container";

    public string Summary => "Replaces a container of a granted engine by one of an earlier image with the same ports, environment, volumes and networks. The image has to be there before anything stops; what ran before is put back when the new one does not stay up, and is kept, stopped, otherwise.";

    public Repeatability Repeatability => Repeatability.Converges;

    public bool ChangesProduction => true;

    public bool ReplacesRelease => true;

    public bool Restores => true;

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("name", ParameterType.Text, "The container; default: the service's.", Example: "rental-api-prod"),
        new("host", ParameterType.Text, "The operator's name of the engine that runs it; default: the service's.", Example: "rental-vm", Grant: Grant.Engine),
        new("image", ParameterType.Text, "The image: last_known_good, previous, or its exact name; it is pinned to its id and never pulled.", Default: "last_known_good", Example: "previous", Main: true),
        new("runs_for", ParameterType.Duration, "How long it has to run before it counts as started; with a health check it has to be healthy, too.", Default: "5s", Example: "30s"),
    ];

    public IReadOnlyList<Parameter> ServiceParameters => ServiceContainer.Parameters;

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters["image"]?.GetValue<string>() is { } image && !image.Contains("${", StringComparison.Ordinal) && !IsImage(image))
            yield return $"\"image\" is last_known_good, previous or an image's name, not \"{Texts.Clip(image, 80)}\"";
    }

    public ServiceNeed? Missing(ServiceDefinition service, JsonObject parameters) => ServiceContainer.Of(service, parameters) is null ? ServiceContainer.Need : null;

    public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        parameters = (JsonObject)FilledJson.Of(parameters, text => context.Fill(text, Placeholders.AsIs))!;
        if (ServiceContainer.Of(context.Service, parameters) is not var (host, name))
            return new PinOutcome.Refused(Reason.WorkloadNotDeclared, $"neither the step nor service {context.Service.Name} says which container");
        var wanted = parameters["image"]?.GetValue<string>() ?? TargetImage.LastKnownGood;
        if (!IsImage(wanted))
            return new PinOutcome.Refused(Reason.NoCandidate, $"{Texts.Clip(wanted, 80)} is no image's name");
        try
        {
            if (engines.Find(context.Service.Team, host, name) is not { } granted)
                return new PinOutcome.Refused(Reason.NotGranted, $"container {name} of engine {host} is not granted to team {context.Service.Team}");
            if (await granted.Engine.ContainerAsync(name, cancellation) is not { } live)
                return new PinOutcome.Refused(Reason.NotFound, $"there is no container {name} on {host}");
            if (Refusal(live) is { } refused)
                return refused;
            return await new TargetImage(granted.Engine, ledger).ChooseAsync(wanted, granted.Address, live, cancellation) switch
            {
                TargetImage.Choice.Chosen chosen => Pinned(context, parameters, granted, live, chosen),
                TargetImage.Choice.Refused no => new PinOutcome.Refused(no.Reason, no.Text),
                var other => throw new InvalidOperationException($"no such choice: {other}"),
            };
        }
        catch (EngineException fault)
        {
            return new PinOutcome.CannotTell($"engine {host} cannot be asked: {fault.Message}");
        }
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        var swap = SwapPin.FromJson(pin);
        var outcome = await WithEngineAsync(context, swap, s => s.ReplaceAsync(cancellation), cancellation);
        if (outcome is StepOutcome.Done)
        {
            var why = await ledger.QuarantineAsync(swap.Uid, swap.Uid, swap.Origin.Id, [swap.Origin.Reference], context.RollbackId, cancellation);
            if (why is not null && !context.Journal.Marks.ContainsKey(IRevisionLedger.NotQuarantined))
                await context.Journal.MarkAsync(IRevisionLedger.NotQuarantined, [], why, cancellation);
        }

        return outcome;
    }

    public Task<StepOutcome> RestoreAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
        WithEngineAsync(context, SwapPin.FromJson(pin), s => s.PutBackAsync(cancellation), cancellation);

    // One that ends on its way leaves something changed: people have to know what.
    private async Task<StepOutcome> WithEngineAsync(StepContext context, SwapPin pin, Func<ContainerSwap, Task<StepOutcome>> act, CancellationToken cancellation)
    {
        if (engines.Find(context.Service.Team, pin.Host, pin.Name) is not { } granted)
            return new StepOutcome.CannotTell(Reason.NotGranted, $"container {pin.Name} of engine {pin.Host} is not granted any more");
        var swap = new ContainerSwap(granted.Engine, pin, context, time);
        var outcome = await FaultlessAsync(pin, () => act(swap));
        return outcome is StepOutcome.CannotTell or StepOutcome.Failed { Reason: Reason.TimedOut } && await swap.LeftAsync(cancellation) is { } left
            ? outcome with { Text = $"{outcome.Text}; {left}" }
            : outcome;
    }

    private static async Task<StepOutcome> FaultlessAsync(SwapPin pin, Func<Task<StepOutcome>> act)
    {
        try
        {
            return await act();
        }
        catch (EngineException fault)
        {
            return new StepOutcome.CannotTell(fault.Fault == EngineFault.OutcomeUnknown ? Reason.OutcomeUnknown : Reason.ApiError, $"engine {pin.Host}: {fault.Message}");
        }
    }

    private static PinOutcome.Refused? Refusal(ContainerState live)
    {
        if (live.RemovesItself)
            return new PinOutcome.Refused(Reason.Irreversible, $"{live.Name} was started with --rm: stopped, it would be gone, with no way back");
        return live.Label("com.docker.swarm.service.name") is { } service
            ? new PinOutcome.Refused(Reason.OwnedByGitops, $"{live.Name} belongs to the swarm service {service}, which would replace it")
            : null;
    }

    private PinOutcome.Pinned Pinned(StepContext context, JsonObject parameters, GrantedContainer granted, ContainerState live, TargetImage.Choice.Chosen chosen)
    {
        var origin = new PinnedImage(live.ImageId, live.Image);

        // A container is never changed, only replaced: it is as old as its release, unless the same image was started anew.
        var since = ledger.BecameCurrentAt(granted.Address, live.ImageId) ?? live.Created;
        var pin = new SwapPin(
            granted.Host, granted.Name, granted.Address, live.Id, context.NameFor($"{granted.Name}-replaced"), context.NameFor($"{granted.Name}-next"),
            live.IsUp, live.RestartPolicy, HttpExpectation.Span(parameters["runs_for"]) ?? DefaultRunsFor, origin, chosen.Image);
        return new PinOutcome.Pinned(
            pin.ToJson(), origin.ToString(), chosen.Image.ToString(), [.. chosen.Warnings, .. Warnings(live)], [$"image: {origin.Reference} → {chosen.Image.Reference}"], [granted.Address])
        {
            HasSuspect = true,
            SuspectSince = since,
            WasPutBack = since is { } at && !ledger.IsQuarantined(granted.Address, live.ImageId) && ledger.WasPutBack(granted.Address, live.ImageId, at),
        };
    }

    private static IEnumerable<string> Warnings(ContainerState live)
    {
        if (!live.IsUp)
            yield return $"{live.Name} does not run now ({live.Condition})";
        if (live.Label("com.docker.compose.project") is { } project)
            yield return $"The next \"compose up\" of {project} replaces it by what its file says.";
    }

    private static bool IsImage(string text) =>
        text is TargetImage.Previous or TargetImage.LastKnownGood || ImageName.IsValid(text) || (text.StartsWith("sha256:", StringComparison.Ordinal) && text[7..].All(char.IsAsciiHexDigit));
}
