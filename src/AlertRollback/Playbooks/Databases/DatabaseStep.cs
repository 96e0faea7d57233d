using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Databases;

/// <summary>What the actions on databases share: the grant, the place, and what they lock.</summary>
internal static class DatabaseStep
{
    public static Parameter Database { get; } = new("database", ParameterType.Text, "The operator's name of the database.", Required: true, Example: "rental", Grant: Grant.Database);

    public static Parameter Timeout { get; } = new("timeout", ParameterType.Duration, "Longest wait for its end.", Default: "the operator's for this database, 15m", Example: "5m");

    /// <summary>The database, if the team may do this with it; else the refusal.</summary>
    /// <param name="allow">What the operator has to allow; null: nothing more.</param>
    public static (GrantedDatabase? Database, PinOutcome? Refusal) Find(
        GrantedDatabases databases, StepContext context, JsonObject parameters, DatabaseKind? kind, string? allow)
    {
        var name = NameOf(parameters);
        var database = databases.Find(context.Service.Team, name);
        var why = database is null ? $"the database {name} is not granted to team {context.Service.Team}"
            : kind is not null && database.Kind != kind ? $"the database {name} is no {kind.Value.Word()}, but {database.Kind.Word()}"
            : allow is not null && !database.Allow.Contains(allow) ? $"the operator does not allow \"{allow}\" for the database {name}"
            : null;
        return why is null ? (database, null) : (null, new PinOutcome.Refused(Reason.NotGranted, why));
    }

    /// <summary>The database as it was planned with; else what became of that.</summary>
    public static (GrantedDatabase? Database, StepOutcome? Ended) Again(GrantedDatabases databases, StepContext context, JsonObject pin)
    {
        var name = NameOf(pin);
        return databases.Find(context.Service.Team, name) is { } database && Digest(database) == pin["digest"]!.GetValue<string>()
            ? (database, null)
            : (null, new StepOutcome.CannotTell(Reason.NotGranted, $"the database {name} was declared anew by the operator since it was planned"));
    }

    /// <summary>Whether its programs can be reached at all, before anybody is asked to agree.</summary>
    public static async Task<PinOutcome?> UnreachableAsync(GrantedDatabases databases, GrantedDatabase database, CancellationToken cancellation) =>
        await databases.PlaceAsync(database, Occasion.Planning, cancellation) switch
        {
            DatabasePlace.Absent absent => new PinOutcome.Refused(Reason.NotFound, absent.Why),
            DatabasePlace.Unknown unknown => new PinOutcome.CannotTell(unknown.Why),
            _ => null,
        };

    /// <summary>Runs one program of the database; where it cannot be run, that is the result.</summary>
    public static async Task<CommandResult> RunAsync(
        GrantedDatabases databases, GrantedDatabase database, StepContext context, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation) =>
        await databases.PlaceAsync(database, Occasion.Of(context), cancellation) switch
        {
            DatabasePlace.Found found => await found.Place.RunAsync(command, timeout, cancellation),
            DatabasePlace.Absent absent => new CommandResult.NotStarted(absent.Why, Measured: true),
            DatabasePlace.Unknown unknown => new CommandResult.NotStarted(unknown.Why),
            var other => throw new InvalidOperationException($"no such place: {other}"),
        };

    /// <summary>How what was run last in this step ended, where it can still be told.</summary>
    public static async Task<CommandResult?> EarlierAsync(
        GrantedDatabases databases, GrantedDatabase database, StepContext context, TimeSpan timeout, CancellationToken cancellation) =>
        await databases.PlaceAsync(database, Occasion.Of(context), cancellation) is DatabasePlace.Found found ? await found.Place.EarlierAsync(timeout, cancellation) : null;

    public static JsonObject Pin(GrantedDatabase database, JsonObject parameters) => new()
    {
        ["database"] = NameOf(parameters),
        ["digest"] = Digest(database),
        ["timeout"] = parameters["timeout"]?.DeepClone(),
    };

    public static string Lock(StepContext context, JsonObject parameters) => $"database/{context.Service.Team}/{NameOf(parameters)}";

    public static string NameOf(JsonObject json) => json["database"]!.GetValue<string>();

    /// <summary>How long it may take: the step's own time-out or the operator's, but not longer than the step has.</summary>
    public static TimeSpan TimeOf(StepContext context, GrantedDatabase database, JsonObject pin, TimeProvider time)
    {
        var wanted = Checks.HttpExpectation.Span(pin["timeout"]) ?? database.Timeout;
        var left = context.Deadline - time.GetUtcNow();
        return wanted < left ? wanted : left;
    }

    // A plan is bound to it: the same name may mean another database after the operator changed it.
    private static string Digest(GrantedDatabase database) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{database.Kind}\n{database.Reach}\n{database.Database}\n{database.Host}\n{database.Port}\n{database.User}\n{database.Backups}\n{string.Join(' ', database.Migrations?.Down ?? [])}")));
}
