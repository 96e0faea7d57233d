using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Databases;

/// <summary>
/// What a database's program complains of first. What follows says where, or repeats the command, which may hold data (S19).
/// </summary>
internal static class ErrorLine
{
    public static CommandResult Of(CommandResult result) =>
        result is CommandResult.Ended { ExitCode: not 0 } ended && Array.Find(ended.Errors.Split('\n'), l => l.Contains("error:", StringComparison.OrdinalIgnoreCase)) is { } line
            ? ended with { Errors = line }
            : result;
}
