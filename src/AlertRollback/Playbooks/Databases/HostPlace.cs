using AlertRollback.Playbooks.Commands;
using AlertRollback.Playbooks.Programs;

namespace AlertRollback.Playbooks.Databases;

/// <summary>Runs programs on the machine of this service.</summary>
/// <param name="environment">All they get besides PATH and LANG.</param>
/// <param name="secrets">Values that never appear in what is kept of their output.</param>
internal sealed class HostPlace(LocalPrograms programs, string? directory, IReadOnlyDictionary<string, string> environment, IReadOnlyCollection<string> secrets) : ICommandPlace
{
    public string Text => "this machine";

    public async Task<CommandResult> RunAsync(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation)
    {
        var call = new ProgramCall(command, timeout) { Directory = directory, Environment = environment, Secrets = secrets };
        return await programs.RunAsync(call, cancellation) switch
        {
            ProgramResult.Ended ended => new CommandResult.Ended(ended.ExitCode, ended.Output, ended.Errors),
            ProgramResult.TimedOut over => new CommandResult.Unknown($"killed after {Durations.Format(over.After)}"),
            ProgramResult.NotStarted not => new CommandResult.NotStarted(not.Why, not.Measured),
            var other => throw new InvalidOperationException($"no such result: {other}"),
        };
    }
}
