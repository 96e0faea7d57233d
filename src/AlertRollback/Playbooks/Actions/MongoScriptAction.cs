using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Playbooks.Actions;

/// <summary><c>mongo_script: {database: reports, file: reports-rollback.js}</c> carries out a script by mongosh.</summary>
public sealed class MongoScriptAction(GrantedDatabases databases, IEnumerable<ICheck> checks, TimeProvider time) : IAction, INeedsRights
{
    private readonly ScriptStep _script = new(
        new ScriptKind(DatabaseKind.Mongodb, Of, _ => [], (database, script, _) => MongoShell.Evaluate(database, script), result => result), databases, checks, time);

    public string Name => "mongo_script";

    public string Summary => "Carries out a script in MongoDB by mongosh; an error ends it where it stands. The operator has to allow \"scripts\" for the database.";

    public Repeatability Repeatability => Repeatability.Once;

    public bool ChangesProduction => true;

    public bool DestroysData => true;

    public IReadOnlyList<Parameter> Parameters { get; } = ScriptStep.Parameters("reports-rollback.js");

    public IEnumerable<string> Validate(JsonObject parameters) => _script.Validate(parameters);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        databases.Rights(service, parameters, looks: false);

    public Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation) => _script.PinAsync(context, parameters, cancellation);

    public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) => _script.ApplyAsync(context, pin, cancellation);

    private static (string, string?) Of(string text) => text.Trim().Length == 0 ? ("", "there is no script")
        : text.Contains('\0', StringComparison.Ordinal) ? ("", "the script has a character that no argument can have")
        : (text, null);
}
