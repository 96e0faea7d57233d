using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Databases;

/// <summary>What came of asking a database something.</summary>
/// <param name="Output">Null exactly when there is no answer.</param>
/// <param name="Why">Why there is none.</param>
internal sealed record Answer(string? Output, string Why)
{
    public static Answer None(string why) => new(null, why);
}

/// <summary>Asks a granted database by one of its own programs. Whatever goes wrong is no answer, never an exception.</summary>
internal static class Question
{
    /// <summary>The database, if it was granted to the team and is of this kind; else why not.</summary>
    public static (GrantedDatabase? Database, string Why) Find(GrantedDatabases databases, string team, string name, DatabaseKind kind) => databases.Find(team, name) switch
    {
        null => (null, $"the database {name} is not granted to team {team}"),
        var other when other.Kind != kind => (null, $"the database {name} is no {kind.Word()}, but {other.Kind.Word()}"),
        var database => (database, ""),
    };

    public static async Task<Answer> AskAsync(
        GrantedDatabases databases, GrantedDatabase database, Occasion occasion, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation) =>
        await databases.PlaceAsync(database, occasion, cancellation) switch
        {
            // Its own time-out comes first: who is asked may say why.
            DatabasePlace.Found found => Of(await found.Place.RunAsync(command, timeout + TimeSpan.FromSeconds(2), cancellation)),
            DatabasePlace.Absent absent => Answer.None(absent.Why),
            DatabasePlace.Unknown unknown => Answer.None(unknown.Why),
            var other => throw new InvalidOperationException($"no such place: {other}"),
        };

    private static Answer Of(CommandResult result) => ErrorLine.Of(result) switch
    {
        CommandResult.Ended { Clipped: true } => Answer.None("the answer is longer than is read"),
        CommandResult.Ended { ExitCode: 0 } ended => new Answer(ended.Output, ""),
        CommandResult.Ended ended => Answer.None(ended.LastLine.Length == 0 ? $"exit code {ended.ExitCode}" : ended.LastLine),
        CommandResult.NotStarted not => Answer.None($"not run: {not.Why}"),
        CommandResult.Unknown unknown => Answer.None(unknown.Why),
        _ => throw new InvalidOperationException($"no such result: {result}"),
    };
}
