using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>migration: rental</c> says which migration a database is at, as its tool knows it.</summary>
public sealed class MigrationCheck(GrantedDatabases databases) : ICheck, INeedsRights
{
    public const string Word = "migration";

    public string Name => Word;

    public string Summary => "Which migration a database is at, asked as the operator declared it under migrations.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        DatabaseStep.Database with { Main = true },
        new("equals", ParameterType.Text, "The migration it has to be at.", Example: "\"20250120120000\""),
        new("not_equals", ParameterType.Text, "The migration it must not be at.", Example: "\"20250121093000\""),
    ];

    /// <summary>This check of a database, as a matrix would write it: what was answered while a revision ran is found again by it.</summary>
    public static CheckDefinition Of(string database) => new(Word, new JsonObject { ["database"] = database }, false);

    public IEnumerable<string> Validate(JsonObject parameters) => ValueRule.Fault(parameters) is { } fault ? [fault] : [];

    public bool Judges(JsonObject parameters) => ValueRule.Of(parameters, t => t) is not null;

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        Migrations.Rights(databases, service, parameters, looks: true);

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var name = DatabaseStep.NameOf(parameters);
        var rule = ValueRule.Of(parameters, text => CheckPlaceholders.Fill(text, context, Placeholders.AsIs));
        CheckResult Answer(Verdict verdict, string measured) => new(verdict, $"migration of {name}", measured, rule?.ToString());
        if (databases.Find(context.Service.Team, name) is not { } database)
            return [Answer(Verdict.Inconclusive, $"the database {name} is not granted to team {context.Service.Team}")];
        if (database.Migrations is null)
            return [Answer(Verdict.Inconclusive, $"the operator declares no migrations for {name}")];
        var (current, why) = await new Migrations(databases, database, context.Service, Occasion.Of(context)).CurrentAsync(cancellation);
        return [current is null ? Answer(Verdict.Inconclusive, why) : Answer(rule?.Judge(current) ?? Verdict.Pass, current)];
    }
}
