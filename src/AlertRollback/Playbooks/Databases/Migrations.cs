using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Playbooks.Databases;

/// <summary>The migrations of a database: where it is, and the tool that takes it back.</summary>
/// <param name="occasion">What the database itself is asked for.</param>
internal sealed partial class Migrations(GrantedDatabases databases, GrantedDatabase database, ServiceDefinition service, Occasion occasion)
{
    /// <summary>What alembic calls a database without any migration.</summary>
    private const string Base = "base";
    private const string OneStep = "-1";
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(20);

    private readonly GrantedMigrations _granted = database.Migrations!;

    /// <summary>Whether a text can be a migration's id, and no option of the tool.</summary>
    public static bool IsId(string text) => Id().IsMatch(text);

    /// <summary>To ask where it is, and, unless that is all, to run the tool.</summary>
    public static IEnumerable<NeededRight> Rights(GrantedDatabases databases, ServiceDefinition service, JsonObject parameters, bool looks)
    {
        if (databases.Find(service.Team, DatabaseStep.NameOf(parameters)) is not { Migrations: { } granted } database)
            return [];
        var tool = GrantedDatabases.RightsIn(WhereOf(granted, service), looks);
        var asked = granted.CurrentRun.Count > 0 ? tool : GrantedDatabases.RightsIn(database.Reach, looks);
        return looks ? asked : tool.Concat(asked);
    }

    /// <summary>The migration the database is at; null: it could not be told, and why.</summary>
    public async Task<(string? Current, string Why)> CurrentAsync(CancellationToken cancellation)
    {
        if (_granted.CurrentRun.Count > 0)
            return Of(await RunAsync(_granted.CurrentRun, Quick, cancellation));
        if (database.Kind != DatabaseKind.Postgresql)
            return (null, "only a PostgreSQL can be asked in SQL");
        var answer = await Question.AskAsync(databases, database, occasion, Psql.Ask(database, SqlQuery.Alone(_granted.Current!), Quick), Quick, cancellation);
        if (answer.Output is null)
            return (null, answer.Why);
        var rows = SqlAnswer.Of(answer.Output);
        return rows.HasNull ? (null, "no value (null)")
            : rows.Rows.Count > 0 ? (rows.Text, "")
            : _granted.Tool == MigrationTools.Alembic ? (Base, "") : (null, "no row");
    }

    /// <summary>Takes the database back; <paramref name="to"/> null: by one step.</summary>
    public Task<CommandResult> DownAsync(string? to, TimeSpan timeout, CancellationToken cancellation) =>
        RunAsync([.. _granted.Down.Select(a => a.Replace(MigrationTools.To, to ?? OneStep, StringComparison.Ordinal))], timeout, cancellation);

    /// <summary>The tool's own judgement afterwards; null: it has none.</summary>
    public async Task<CommandResult?> ValidateAsync(TimeSpan timeout, CancellationToken cancellation) =>
        _granted.Validate.Count == 0 ? null : await RunAsync(_granted.Validate, timeout, cancellation);

    /// <summary>Why the tool cannot be run; null when it can.</summary>
    public async Task<DatabasePlace?> UnreachableAsync(CancellationToken cancellation) => await PlaceAsync(cancellation) is var place and not DatabasePlace.Found ? place : null;

    public string Tool => string.Join(' ', _granted.Down.Take(2));

    /// <summary>Whether the tool runs in a pod, where nothing ends it.</summary>
    public bool AreInPod => Where is DatabaseReach.Pod;

    private async Task<CommandResult> RunAsync(IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation) => await PlaceAsync(cancellation) switch
    {
        DatabasePlace.Found found => await found.Place.RunAsync(command, timeout, cancellation),
        DatabasePlace.Absent absent => new CommandResult.NotStarted(absent.Why, Measured: true),
        DatabasePlace.Unknown unknown => new CommandResult.NotStarted(unknown.Why),
        var other => throw new InvalidOperationException($"no such place: {other}"),
    };

    // The code that holds the migrations is the service's own, unless the operator says otherwise.
    private static DatabaseReach? WhereOf(GrantedMigrations granted, ServiceDefinition service) => granted.Where ?? (PodChoices.Of(service, []) is { } own ? new DatabaseReach.Pod(own) : null);

    private DatabaseReach? Where => WhereOf(_granted, service);

    private async Task<DatabasePlace> PlaceAsync(CancellationToken cancellation) =>
        Where is { } where ? await databases.ToolPlaceAsync(where, _granted.Directory, cancellation)
            : new DatabasePlace.Absent($"service {service.Name} declares no workload in which the tool could run");

    private static (string?, string) Of(CommandResult result) => result switch
    {
        CommandResult.Ended { ExitCode: 0 } ended when ended.Output.Trim() is { Length: > 0 } said && IsId(said) => (said, ""),
        CommandResult.Ended { ExitCode: 0 } => (null, "its answer is no migration"),
        CommandResult.Ended ended => (null, ended.LastLine.Length == 0 ? $"exit code {ended.ExitCode}" : ended.LastLine),
        CommandResult.NotStarted not => (null, $"not run: {not.Why}"),
        CommandResult.Unknown unknown => (null, unknown.Why),
        _ => throw new InvalidOperationException($"no such result: {result}"),
    };

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Id();
}
