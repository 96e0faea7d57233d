using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;
using AlertRollback.Playbooks.Programs;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>command: deploy-rental-production</c> runs a program that the operator declared under this name.</summary>
public sealed class CommandAction(GrantedCommands commands, TimeProvider time) : IAction
{
    private const string Begun = "begun";
    private const string Ended = "ended";
    private static readonly TimeSpan LongestReadBack = TimeSpan.FromMinutes(1);

    public string Name => "command";

    public string Summary => "Runs a program that the operator declared by this name; its exit code decides. Never repeated after a crash, unless the operator declared that it converges.";

    public Repeatability Repeatability => Repeatability.Once;

    public bool ChangesProduction => true;
    public bool IsOpaque => true;

    public bool DestroysDataWith(JsonObject parameters) => DeclaredDestruction.Of(parameters);

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("name", ParameterType.Text, "The operator's name of the command; never a command line.", Required: true, Example: "deploy-rental-production", Main: true, Grant: Grant.Command),
        new("inputs", ParameterType.Mapping, "Values for the inputs the operator declared; each has to match the operator's expression.", Example: "{version: \"${version}\"}"),
        DeclaredDestruction.Parameter,
    ];

    public IEnumerable<string> Validate(JsonObject parameters) => TextValues.Faults("inputs", parameters["inputs"]);

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var name = parameters["name"]!.GetValue<string>();
        if (commands.Find(context.Service.Team, name) is not { } command)
            return Task.FromResult(NotGranted(context.Service.Team, name));
        var inputs = GrantedCommands.Inputs(parameters, text => context.Fill(text, Placeholders.AsIs));
        var line = GrantedCommands.Fill(command, command.Run, inputs);
        return Task.FromResult<PinOutcome>(line.Run is null
            ? new PinOutcome.Refused(Reason.NotGranted, $"command {name}: {line.Fault}")
            : new PinOutcome.Pinned(Pin(name, inputs, line.Run), "", Text(name, inputs), [], [], [$"command/{context.Service.Team}/{name}"]));
    }

    public async Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        if (context.Journal.Marks.ContainsKey(Ended))
            return new StepOutcome.Done(Reason.AlreadyAtTarget, $"{pin["name"]} was run already");
        var name = pin["name"]!.GetValue<string>();
        if (commands.Find(context.Service.Team, name) is not { } command)
            return new StepOutcome.CannotTell(Reason.NotGranted, $"command {name} is not granted any more");
        var inputs = GrantedCommands.Inputs(pin, text => text);
        if (GrantedCommands.Fill(command, command.Run, inputs).Run is not { } run || GrantedCommands.Digest(run) != pin["digest"]!.GetValue<string>())
            return new StepOutcome.CannotTell(Reason.NotGranted, $"command {name} was declared anew by the operator since it was planned");

        // Whatever an earlier process began may have been carried out (S17).
        if ((context.Attempt > 1 || context.Journal.Marks.ContainsKey(Begun)) && !command.Converges)
            return await ReadBackAsync(context, command, inputs, $"whether {name} was run is not known", mayBeAtWork: true, cancellation);
        if (context.Journal.MayWrite() is { } stop)
        {
            return context.Journal.Marks.ContainsKey(Begun)
                && await ReadBackAsync(context, command, inputs, $"{name} was begun before", mayBeAtWork: false, cancellation) is StepOutcome.Done found ? found : stop;
        }

        var left = context.Deadline - time.GetUtcNow();
        await context.Journal.PrepareAsync(Begun, new AtWork(time, command.Timeout < left ? command.Timeout : left).Beginning(), "", cancellation);
        return await RunAsync(context, name, command, run, inputs, cancellation);
    }

    private async Task<StepOutcome> RunAsync(
        StepContext context, string name, GrantedCommand command, IReadOnlyList<string> run, IReadOnlyDictionary<string, string> inputs, CancellationToken cancellation)
    {
        switch (await commands.RunAsync(command, run, context.Deadline - time.GetUtcNow(), cancellation))
        {
            case ProgramResult.Ended { ExitCode: 0 } ended:
                await context.Journal.MarkAsync(Ended, [], "", cancellation);
                return new StepOutcome.Done(Reason.Applied, Said($"{name} ended well after {Texts.Milliseconds(ended.Took)}", ended.LastLine));
            case ProgramResult.Ended ended:
                return new StepOutcome.Failed(Reason.CommandFailed, Said($"{name} ended with exit code {ended.ExitCode}", ended.LastLine));
            case ProgramResult.TimedOut over:
                return await ReadBackAsync(context, command, inputs, Said($"{name} was killed after {Durations.Format(over.After)}", over.LastLine), mayBeAtWork: false, cancellation);
            case ProgramResult.NotStarted not:
                var text = $"{name} was not run: {not.Why}";
                return not.Measured ? new StepOutcome.Failed(Reason.ProgramAbsent, text) : new StepOutcome.CannotTell(Reason.CannotTell, text);
            case var other:
                throw new InvalidOperationException($"no such result: {other}");
        }
    }

    private async Task<StepOutcome> ReadBackAsync(
        StepContext context, GrantedCommand command, IReadOnlyDictionary<string, string> inputs, string why, bool mayBeAtWork, CancellationToken cancellation)
    {
        if (command.ReadBack.Count == 0 || GrantedCommands.Fill(command, command.ReadBack, inputs).Run is not { } run)
            return new StepOutcome.CannotTell(Reason.OutcomeUnknown, why);
        async Task<ReadBack> AskAsync() => await commands.RunAsync(command, run, LongestReadBack, cancellation) switch
        {
            ProgramResult.Ended { ExitCode: 0 } yes => new ReadBack.CarriedOut(yes.LastLine),
            ProgramResult.Ended { ExitCode: 1 } no => new ReadBack.NotCarriedOut(no.LastLine),
            _ => new ReadBack.Unknown("reading back did not tell"),
        };
        var begun = mayBeAtWork ? context.Journal.Marks.GetValueOrDefault(Begun) : null;
        switch (await new AtWork(time, command.Timeout).AskAsync(context, begun, AskAsync, cancellation))
        {
            case ReadBack.CarriedOut yes:
                await context.Journal.MarkAsync(Ended, [], "", cancellation);
                return new StepOutcome.Done(Reason.AlreadyAtTarget, Said($"{why}; reading back, it was carried out", yes.Text));
            case ReadBack.NotCarriedOut no:
                return new StepOutcome.Failed(Reason.CommandFailed, Said($"{why}; reading back, it was not carried out", no.Text));
            case ReadBack.Unknown unknown:
                return new StepOutcome.CannotTell(Reason.OutcomeUnknown, $"{why}, and {unknown.Why}");
            case var other:
                throw new InvalidOperationException($"no such answer: {other}");
        }
    }

    private static PinOutcome NotGranted(string team, string name) =>
        new PinOutcome.Refused(Reason.NotGranted, $"command {name} is not granted to team {team}");

    private static JsonObject Pin(string name, SortedDictionary<string, string> inputs, IReadOnlyList<string> run) => new()
    {
        ["name"] = name,
        ["inputs"] = new JsonObject(inputs.Select(i => KeyValuePair.Create(i.Key, (JsonNode?)JsonValue.Create(i.Value)))),
        ["digest"] = GrantedCommands.Digest(run),
    };

    private static string Text(string name, SortedDictionary<string, string> inputs) =>
        inputs.Count == 0 ? $"run {name}" : $"run {name} with {string.Join(", ", inputs.Select(i => $"{i.Key} {i.Value}"))}";

    private static string Said(string what, string lastLine) => lastLine.Length == 0 ? what : $"{what}: {lastLine}";
}
