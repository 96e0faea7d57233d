using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>mongo: {database: reports, count: reporttemplates, above: 0}</c> asks MongoDB whether it lives, how many documents it has, or a command that only looks.</summary>
public sealed class MongoCheck(GrantedDatabases databases) : ICheck, INeedsRights
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(20);
    private static readonly string[] Looking = ["ping", "hello", "dbStats", "collStats", "serverStatus", "replSetGetStatus", "connectionStatus", "buildInfo", "validate"];
    private static readonly string[] OfServer = ["ping", "hello", "serverStatus", "replSetGetStatus", "connectionStatus", "buildInfo"];

    public string Name => "mongo";

    public string Summary => "Asks MongoDB by mongosh: that it lives, how many documents of a collection there are, or a command that only looks.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("database", ParameterType.Text, "The operator's name of the database. Alone: that it answers a ping.", Required: true, Example: "reports", Main: true, Grant: Grant.Database),
        new("count", ParameterType.Text, "A collection, whose documents are counted.", Example: "reporttemplates"),
        new("where", ParameterType.Mapping, "Which of them, as MongoDB's filter in Extended JSON.", Example: "{reportType: patient-outcomes}"),
        new("within", ParameterType.Duration, "Only those created within this time, by their _id.", Example: "24h"),
        new("command", ParameterType.Text, $"A command that only looks: {string.Join(", ", Looking)}.", Example: "validate", Allowed: Looking),
        new("of", ParameterType.Text, "The collection of validate and collStats.", Example: "reporttemplates"),
        new("path", ParameterType.Text, "The place of the one value in the command's answer.", Default: "ok; valid for validate", Example: "connections.current"),
        .. ValueRule.Parameters,
        new("timeout", ParameterType.Duration, "Longest wait for an answer.", Default: "20s", Example: "10s"),
        new("name", ParameterType.Text, "What people call the answer.", Example: "templates left"),
    ];

    public IEnumerable<string> Validate(JsonObject parameters)
    {
        var command = parameters["command"]?.GetValue<string>();
        if (parameters.ContainsKey("count") && command is not null)
            yield return "\"count\" and \"command\" exclude each other";
        if ((parameters.ContainsKey("where") || parameters.ContainsKey("within")) && !parameters.ContainsKey("count"))
            yield return "\"where\" and \"within\" belong to \"count\"";
        if (command is "validate" or "collStats" != parameters.ContainsKey("of"))
            yield return "\"of\" names the collection of validate and collStats, and of nothing else";
        if (parameters["path"]?.GetValue<string>() is { } path && (command is null || JsonPath.TryParse(path) is null))
            yield return "\"path\" belongs to \"command\" and is written like connections.current";
        if (ValueRule.Fault(parameters) is { } wrong)
            yield return wrong;
    }

    public bool Judges(JsonObject parameters) =>
        ValueRule.Of(parameters, t => t) is not null || (!parameters.ContainsKey("count") && !parameters.ContainsKey("path"));

    public TimeSpan Longest(ServiceDefinition service, JsonObject parameters) => CheckRound.Beyond(parameters, DefaultTimeout);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        databases.Rights(service, parameters, looks: true);

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        string Fill(string text) => CheckPlaceholders.Fill(text, context, Placeholders.AsIs);
        var rule = ValueRule.Of(parameters, Fill) ?? (Judges(parameters) ? new ValueRule("equals", DefaultOf(parameters)) : null);
        var what = parameters["name"]?.GetValue<string>() ?? What(parameters);
        var (database, why) = Question.Find(databases, context.Service.Team, parameters["database"]!.GetValue<string>(), DatabaseKind.Mongodb);
        if (database is null)
            return [new CheckResult(Verdict.Inconclusive, what, why, rule?.ToString())];
        var answer = await Question.AskAsync(
            databases, database, Occasion.Of(context), MongoShell.Evaluate(database, Script(parameters, Fill, context.Now)), HttpExpectation.Span(parameters["timeout"]) ?? DefaultTimeout, cancellation);
        var (verdict, measured) = answer.Output is null && IsPing(parameters) && IsNobody(answer.Why) ? (Verdict.Fail, answer.Why) : Judge(answer, rule, Path(parameters));
        return [new CheckResult(verdict, what, measured, rule?.ToString())];
    }

    private static bool IsPing(JsonObject parameters) => !parameters.ContainsKey("count") && CommandOf(parameters) == "ping";

    // As mongosh says that there is no server, or none that leads.
    private static bool IsNobody(string why) =>
        why.StartsWith("MongoNetworkError", StringComparison.Ordinal) || why.StartsWith("MongoServerSelectionError", StringComparison.Ordinal);

    private static (Verdict, string) Judge(Answer answer, ValueRule? rule, JsonPath path)
    {
        if (answer.Output is null)
            return (Verdict.Inconclusive, answer.Why);
        if (Parse(answer.Output) is not { } document)
            return (Verdict.Inconclusive, "the answer is no JSON");
        if (!path.TryFind(document, out var found) || found is null or JsonObject or JsonArray)
            return (Verdict.Inconclusive, $"no value at {path.Text}");
        return (rule?.Judge(found.ToString()) ?? Verdict.Pass, Texts.Clip(found.ToString(), 200));
    }

    // mongosh may print a notice first; the answer is the last line.
    private static JsonNode? Parse(string output)
    {
        try
        {
            return JsonNode.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "");
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private static string Script(JsonObject parameters, Func<string, string> fill, DateTimeOffset now)
    {
        if (parameters["count"]?.GetValue<string>() is not { } collection)
            return $"print(EJSON.stringify({(OfServer.Contains(CommandOf(parameters)) ? "db.getSiblingDB(\"admin\")" : "db")}.runCommand({Command(parameters, fill)}), {{relaxed: true}}))";
        var filter = FilledJson.Of(parameters["where"], fill) as JsonObject ?? [];
        if (HttpExpectation.Span(parameters["within"]) is { } span)
            filter = new JsonObject { ["$and"] = new JsonArray(filter, new JsonObject { ["_id"] = new JsonObject { ["$gte"] = new JsonObject { ["$oid"] = FirstId(now - span) } } }) };
        return $"print(EJSON.stringify({{n: db.getCollection({MongoShell.Text(fill(collection))}).countDocuments(EJSON.parse({MongoShell.Text(filter.ToJsonString())}))}}, {{relaxed: true}}))";
    }

    private static string Command(JsonObject parameters, Func<string, string> fill) =>
        new JsonObject { [CommandOf(parameters)] = parameters["of"]?.GetValue<string>() is { } of ? fill(of) : 1 }.ToJsonString();

    // An ObjectId begins with the seconds since 1970.
    private static string FirstId(DateTimeOffset from) => $"{from.ToUnixTimeSeconds():x8}{new string('0', 16)}";

    private static string CommandOf(JsonObject parameters) => parameters["command"]?.GetValue<string>() ?? "ping";

    private static JsonPath Path(JsonObject parameters) =>
        JsonPath.TryParse(parameters["path"]?.GetValue<string>() ?? (parameters.ContainsKey("count") ? "n" : CommandOf(parameters) == "validate" ? "valid" : "ok"))!;

    private static string DefaultOf(JsonObject parameters) => CommandOf(parameters) == "validate" ? "true" : "1";

    private static string What(JsonObject parameters) => (parameters["count"], parameters["of"]) switch
    {
        ({ } counted, _) => $"documents of {counted}",
        (_, { } of) => $"{CommandOf(parameters)} of {of}",
        _ => $"{CommandOf(parameters)} of {parameters["database"]}",
    };
}
