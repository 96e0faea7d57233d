using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Databases;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Checks;

/// <summary>MongoDB cannot be had here: a script stands in for mongosh, with answers as mongosh prints them.</summary>
public sealed class MongoCheckTests : IDisposable
{
    private readonly Scripts _scripts = new();

    [Theory]
    [InlineData("{}", """{"ok":1}""", Verdict.Pass, "1")]
    [InlineData("{}", """{"ok":0,"errmsg":"no"}""", Verdict.Fail, "0")]
    [InlineData("""{"count": "reporttemplates", "equals": "0"}""", """{"n":0}""", Verdict.Pass, "0")]
    [InlineData("""{"count": "reporttemplates", "above": 0}""", """{"n":0}""", Verdict.Fail, "0")]
    [InlineData("""{"count": "reporttemplates"}""", """{"n":17}""", Verdict.Pass, "17")]
    [InlineData("""{"command": "validate", "of": "reporttemplates"}""", """{"valid":true,"ok":1}""", Verdict.Pass, "true")]
    [InlineData("""{"command": "validate", "of": "reporttemplates"}""", """{"valid":false,"ok":1}""", Verdict.Fail, "false")]
    [InlineData("""{"command": "serverStatus", "path": "connections.current", "below": 500}""", """{"connections":{"current":12}}""", Verdict.Pass, "12")]
    [InlineData("""{"command": "serverStatus", "path": "connections.current", "below": 500}""", """{"ok":1}""", Verdict.Inconclusive, "no value at connections.current")]
    [InlineData("{}", "a notice\n{\"ok\":1}", Verdict.Pass, "1")]
    [InlineData("{}", "nothing", Verdict.Inconclusive, "the answer is no JSON")]
    public async Task An_answer_is_judged(string parameters, string answer, Verdict verdict, string measured)
    {
        _scripts.Write("mongosh", $"cat <<'END'\n{answer}\nEND");

        var result = await AskAsync(parameters);

        (result.Verdict, result.Measured).ShouldBe((verdict, measured));
    }

    [Fact]
    public async Task Not_being_let_in_measures_nothing()
    {
        _scripts.Write("mongosh", "echo 'MongoServerError: Authentication failed.' >&2; exit 1");

        (await AskAsync("{}")).ShouldBe(new CheckResult(Verdict.Inconclusive, "ping of rental", "MongoServerError: Authentication failed.", "equals 1"));
    }

    [Fact]
    public async Task Nobody_there_is_a_measured_failure_of_a_ping()
    {
        _scripts.Write("mongosh", "echo 'MongoNetworkError: connect ECONNREFUSED 127.0.0.1:27017' >&2; exit 1");

        (await AskAsync("{}")).Verdict.ShouldBe(Verdict.Fail);
        (await AskAsync("""{"count": "a", "equals": "0"}""")).Verdict.ShouldBe(Verdict.Inconclusive);
    }

    [Fact]
    public async Task Names_and_filters_are_values_and_never_code()
    {
        _scripts.Write("mongosh", $"for a; do last=$a; done; printf '%s' \"$last\" > {_scripts.At("script")}; echo '{{\"n\":0}}'");

        await AskAsync("""{"count": "a\"); db.dropDatabase(); (\"", "where": {"x": "${service}\"})"}}""");

        (await File.ReadAllTextAsync(_scripts.At("script"), TestContext.Current.CancellationToken)).ShouldBe(
            """print(EJSON.stringify({n: db.getCollection("a\u0022); db.dropDatabase(); (\u0022").countDocuments(EJSON.parse("{\u0022x\u0022:\u0022rental-api\\u0022})\u0022}"))}, {relaxed: true}))""");
    }

    [Fact]
    public async Task Documents_of_the_last_day_are_told_by_their_id()
    {
        _scripts.Write("mongosh", $"for a; do last=$a; done; printf '%s' \"$last\" > {_scripts.At("script")}; echo '{{\"n\":0}}'");

        await AskAsync("""{"count": "a", "within": "24h"}""");

        (await File.ReadAllTextAsync(_scripts.At("script"), TestContext.Current.CancellationToken))
            .ShouldContain($"\\u0022$oid\\u0022:\\u0022{(Asking.Noon - TimeSpan.FromHours(24)).ToUnixTimeSeconds():x8}0000000000000000\\u0022");
    }

    [Fact]
    public async Task The_connection_string_stays_in_a_variable()
    {
        var file = _scripts.At("uri");
        await File.WriteAllTextAsync(file, "mongodb://me:hunter22@db/rental", TestContext.Current.CancellationToken);
        _scripts.Write("mongosh", $"printf '%s\\n' \"$@\" > {_scripts.At("arguments")}; [ \"$MONGODB_URI\" = mongodb://me:hunter22@db/rental ] && echo '{{\"ok\":1}}'");

        (await AskAsync("{}", new DatabaseSecret(file, null))).Verdict.ShouldBe(Verdict.Pass);
        var arguments = await File.ReadAllTextAsync(_scripts.At("arguments"), TestContext.Current.CancellationToken);
        arguments.ShouldContain("db = connect(process.env.MONGODB_URI).getSiblingDB(\"reports\")");
        arguments.ShouldNotContain("hunter22");
    }

    [Theory]
    [InlineData("""{"count": "a", "command": "ping"}""")]
    [InlineData("""{"within": "1h"}""")]
    [InlineData("""{"command": "validate"}""")]
    [InlineData("""{"command": "ping", "of": "a"}""")]
    [InlineData("""{"path": "a"}""")]
    [InlineData("""{"command": "ping", "path": "a["}""")]
    [InlineData("""{"count": "a", "below": 1, "above": 1}""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) => Check(null).Validate(Asking.Parameters(parameters)).ShouldHaveSingleItem();

    private MongoCheck Check(DatabaseSecret? uri) =>
        new(Granting.Of(new GrantedDatabase(DatabaseKind.Mongodb, new DatabaseReach.Program(null)) { Database = "reports", Uri = uri }, _scripts.Programs()));

    private async Task<CheckResult> AskAsync(string more, DatabaseSecret? uri = null)
    {
        var parameters = Asking.Parameters(more);
        parameters["database"] = "rental";
        return (await Check(uri).AskAsync(Asking.Context(), parameters, TestContext.Current.CancellationToken)).ShouldHaveSingleItem();
    }

    public void Dispose() => _scripts.Dispose();
}
