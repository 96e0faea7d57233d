using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Playbooks.Checks;

/// <summary><c>redis: reports-cache</c> passes when Redis answers a ping.</summary>
public sealed class RedisCheck(GrantedDatabases databases) : ICheck, INeedsRights
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    public string Name => "redis";

    public string Summary => "Asks Redis by redis-cli for its PONG. Refusing us, or still loading, is no PONG.";

    public IReadOnlyList<Parameter> Parameters { get; } =
    [
        new("database", ParameterType.Text, "The operator's name of the database.", Required: true, Example: "reports-cache", Main: true, Grant: Grant.Database),
        new("timeout", ParameterType.Duration, "Longest wait for an answer.", Default: "10s", Example: "5s"),
    ];

    public TimeSpan Longest(Matrix.ServiceDefinition service, JsonObject parameters) => CheckRound.Beyond(parameters, DefaultTimeout);

    public IEnumerable<NeededRight> Rights(ServiceDefinition service, JsonObject parameters) =>
        databases.Rights(service, parameters, looks: true);

    public async Task<IReadOnlyList<CheckResult>> AskAsync(CheckContext context, JsonObject parameters, CancellationToken cancellation)
    {
        var name = parameters["database"]!.GetValue<string>();
        var (database, why) = Question.Find(databases, context.Service.Team, name, DatabaseKind.Redis);
        var answer = database is null
            ? Answer.None(why)
            : await Question.AskAsync(databases, database, Occasion.Of(context), [DatabasePrograms.RedisCli, .. ServerOptions.Of(database, "--user"), "PING"], HttpExpectation.Span(parameters["timeout"]) ?? DefaultTimeout, cancellation);

        // redis-cli ends with 0 whatever the server said, and with 1 when there is none.
        var said = answer.Output?.Trim();
        return [new CheckResult(
            said is null ? Unanswered(answer.Why) : said == "PONG" ? Verdict.Pass : Verdict.Fail,
            $"ping of {name}", said is null ? answer.Why : Texts.Clip(said, 120), "PONG")];
    }

    private static Verdict Unanswered(string why) =>
        why.StartsWith("Could not connect to Redis", StringComparison.Ordinal) ? Verdict.Fail : Verdict.Inconclusive;
}
