using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;
using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>sql: {database: admission, file: rollback-schema.sql}</c> carries out a script in PostgreSQL, all of it or nothing.</summary>
public sealed class SqlAction(GrantedDatabases databases, IEnumerable<ICheck> checks, TimeProvider time) : IAction, INeedsRights
{
    // What psql says when it never came to the server.
    private static readonly string[] NeverThere = ["psql: error:", "psql: could not connect"];

    private readonly ScriptStep _script = new(
        new ScriptKind(DatabaseKind.Postgresql, SqlScript.Of, Parts, Psql.Run, Read), databases, checks, time);

    public string Name => "sql";

    public string Summary => "Carries out a script in PostgreSQL, in one transaction: all of it or nothing. The operator has to allow \"scripts\" for the database.";

    public Repeatability Repeatability => Repeatability.Once;

    public bool ChangesProduction => true;

    public bool DestroysData => true;

    public IReadOnlyList<Parameter> Parameters { get; } = ScriptStep.Parameters("rollback-schema.sql");

    public IEnumerable<string> Validate(JsonObject parameters) => _script.Validate(parameters);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        databases.Rights(service, parameters, looks: false);

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) => _script.PinAsync(context, parameters, cancellation);

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => _script.ApplyAsync(context, pin, cancellation);

    private static IReadOnlyList<string> Parts(string body)
    {
        var sql = new SqlText(body);
        return [.. sql.Statements.Select(s => sql.Of(s).ReplaceLineEndings(" ").Trim())];
    }

    // 3 is an error of the script, and the transaction is gone. 2 is a connection: one that broke may have committed first.
    private static CommandResult Read(CommandResult result) => result switch
    {
        CommandResult.Ended { ExitCode: 2 } lost when !NeverThere.Any(lost.Errors.StartsWith) => new CommandResult.Unknown($"the connection was lost: {lost.LastLine}"),
        _ => ErrorLine.Of(result),
    };
}
