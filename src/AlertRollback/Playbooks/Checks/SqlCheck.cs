using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>sql: {database: rental, file: orphaned-lines.sql, equals: 0}</c> asks PostgreSQL one thing.</summary>
public sealed class SqlCheck(GrantedDatabases databases) : ICheck, INeedsRights
{
    private const int LongestAnswer = 1000;
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    public string Name => "sql";

    public string Summary => "Asks PostgreSQL one statement, in a transaction that cannot write and ends after its time; no row, or no value, measures nothing.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("database", ParameterType.Text, "The operator's name of the database.", Required: true, Example: "rental", Grant: Grant.Database),
        new("query", ParameterType.Text, "The statement; a placeholder may stand in its strings.", Example: "SELECT version_num FROM alembic_version"),
        new("file", ParameterType.Files, "A file beside the matrix with the one statement.", Example: "orphaned-lines.sql"),
        .. ValueRule.Parameters,
        new("rows", ParameterType.Integer, "How many rows it has to answer with; 0: none.", Example: "0"),
        new("timeout", ParameterType.Duration, "Longest time the database may take.", Default: "10s", Example: "20s"),
        new("name", ParameterType.Text, "What people call the answer; default: the file or the query.", Example: "orphaned lines"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        if (parameters.ContainsKey("query") == parameters.ContainsKey("file"))
            yield return "it needs one of \"query\" and \"file\"";
        else if (parameters["file"] is JsonArray { Count: not 1 })
            yield return "\"file\" is one file";
        else if (SqlQuery.Fault(TextOf(parameters), placeholders: parameters.ContainsKey("query")) is { } fault)
            yield return fault;
        if (ValueRule.Fault(parameters) is { } wrong)
            yield return wrong;
        if (parameters.ContainsKey("rows") && ValueRule.Of(parameters, t => t) is not null)
            yield return "\"rows\" and a limit for the one value exclude each other";
    }

    public bool Judges(JsonObject parameters) => parameters.ContainsKey("rows") || ValueRule.Of(parameters, t => t) is not null;

    public TimeSpan Longest(Matrix.ServiceDefinition service, JsonObject parameters) => CheckRound.Beyond(parameters, DefaultTimeout);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        databases.Rights(service, parameters, looks: true);

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var what = parameters["name"]?.GetValue<string>() ?? (parameters["file"] as JsonArray)?[0]!["file"]!.GetValue<string>() ?? Texts.Clip(TextOf(parameters), 120);
        var rule = ValueRule.Of(parameters, text => CheckPlaceholders.Fill(text, context, Placeholders.AsIs));
        var rows = parameters["rows"]?.GetValue<long>();
        var expected = rows is null ? rule?.ToString() : Counted(rows.Value);

        var (database, why) = Question.Find(databases, context.Service.Team, parameters["database"]!.GetValue<string>(), DatabaseKind.Postgresql);
        if (database is null)
            return [new CheckResult(Verdict.Inconclusive, what, why, expected)];
        var statement = parameters.ContainsKey("query")
            ? SqlQuery.Fill(TextOf(parameters), (text, escape) => CheckPlaceholders.Fill(text, context, escape))
            : SqlQuery.Alone(TextOf(parameters));
        var timeout = HttpExpectation.Span(parameters["timeout"]) ?? DefaultTimeout;
        var answer = await Question.AskAsync(databases, database, Occasion.Of(context), Psql.Ask(database, statement, timeout), timeout, cancellation);
        var (verdict, measured) = answer.Output is null ? (Verdict.Inconclusive, answer.Why) : Judge(SqlAnswer.Of(answer.Output), rule, rows);
        return [new CheckResult(verdict, what, Texts.Clip(measured, LongestAnswer), expected)];
    }

    private static (Verdict, string) Judge(SqlAnswer answer, ValueRule? rule, long? rows)
    {
        if (rows is { } wanted)
            return (answer.Rows.Count == wanted ? Verdict.Pass : Verdict.Fail, Counted(answer.Rows.Count));
        if (answer.Rows.Count == 0)
            return (Verdict.Inconclusive, "no row");
        if (answer.HasNull)
            return (Verdict.Inconclusive, answer.Value is null && answer.Rows.Count == 1 && answer.Rows[0].Count == 1 ? "no value (null)" : $"a value is missing: {answer.Text}");
        if (rule is null)
            return (Verdict.Pass, answer.Text);
        return answer.Value is { } value ? (rule.Judge(value), answer.Text) : (Verdict.Inconclusive, $"more than one value: {answer.Text}");
    }

    private static string TextOf(JsonObject parameters) =>
        parameters["query"]?.GetValue<string>() ?? (parameters["file"] as JsonArray)?[0]!["text"]!.GetValue<string>() ?? "";

    private static string Counted(long rows) => string.Create(CultureInfo.InvariantCulture, $"{rows} {(rows == 1 ? "row" : "rows")}");
}
