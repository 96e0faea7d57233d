using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Programs;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>command: rental-core-tests</c> passes when the program that the operator declared under this name ends with 0.</summary>
public sealed class CommandCheck(GrantedCommands commands) : ICheck
{
    public string Name => "command";

    public string Summary => "Runs a program that the operator declared by this name as read_only; exit code 0 passes, any other fails, a time-out measures nothing.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("name", ParameterType.Text, "The operator's name of the command; it has to be declared read_only, since it runs again and again.", Required: true, Example: "rental-core-tests", Main: true, Grant: Grant.Command),
        new("inputs", ParameterType.Mapping, "Values for the inputs the operator declared.", Example: "{version: \"${version}\"}"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters) => TextValues.Faults("inputs", parameters["inputs"]);

    public bool CanBeCompared(JsonObject parameters) => false;

    public TimeSpan Longest(ServiceDefinition service, JsonObject parameters) =>
        commands.Find(service.Team, parameters["name"]!.GetValue<string>()) is { } command ? CheckRound.Beyond(command.Timeout) : CheckRound.Usual;

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var name = parameters["name"]!.GetValue<string>();
        if (commands.Find(context.Service.Team, name) is not { } command)
            return [Unknown(name, $"not granted to team {context.Service.Team}")];
        if (!command.ReadOnly)
            return [Unknown(name, "the operator did not declare it read_only")];
        var inputs = GrantedCommands.Inputs(parameters, text => CheckPlaceholders.Fill(text, context, Placeholders.AsIs));
        var line = GrantedCommands.Fill(command, command.Run, inputs);
        if (line.Run is null)
            return [Unknown(name, line.Fault!)];
        return [await commands.RunAsync(command, line.Run, command.Timeout, cancellation) switch
        {
            ProgramResult.Ended ended => new CheckResult(ended.ExitCode == 0 ? Verdict.Pass : Verdict.Fail, name, Said(ended), "exit code 0"),
            ProgramResult.TimedOut over => Unknown(name, $"killed after {Durations.Format(over.After)}"),
            ProgramResult.NotStarted not => Unknown(name, not.Why),
            var other => throw new InvalidOperationException($"no such result: {other}"),
        }];
    }

    private static CheckResult Unknown(string name, string why) => new(Verdict.Inconclusive, name, why, "exit code 0");

    private static string Said(ProgramResult.Ended ended) =>
        $"exit code {ended.ExitCode} in {Texts.Milliseconds(ended.Took)}{(ended.LastLine.Length == 0 ? "" : $": {ended.LastLine}")}";
}
