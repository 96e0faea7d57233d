using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Playbooks.Databases;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Checks;

public sealed class SqlCheckTests(ThrowAwayPostgres postgres)
{
    [Theory]
    [InlineData("SELECT 0", """{"equals": "0"}""", Verdict.Pass, "0")]
    [InlineData("SELECT 0.0", """{"equals": "0"}""", Verdict.Pass, "0.0")]
    [InlineData("SELECT 3", """{"equals": "0"}""", Verdict.Fail, "3")]
    [InlineData("SELECT 3", """{"not_equals": "0"}""", Verdict.Pass, "3")]
    [InlineData("SELECT '0042_up'", """{"equals": "0042_up"}""", Verdict.Pass, "0042_up")]
    [InlineData("SELECT '20250120120000'", """{"equals": "20250120120001"}""", Verdict.Fail, "20250120120000")]
    [InlineData("SELECT 12345678901234567890", """{"equals": "12345678901234567891"}""", Verdict.Fail, "12345678901234567890")]
    [InlineData("SELECT 3", """{"below": 4}""", Verdict.Pass, "3")]
    [InlineData("SELECT 4", """{"below": 4}""", Verdict.Fail, "4")]
    [InlineData("SELECT 4", """{"above": 3.5}""", Verdict.Pass, "4")]
    [InlineData("SELECT 'many'", """{"above": 3.5}""", Verdict.Inconclusive, "many")]
    [InlineData("SELECT 'NaN'::float8", """{"equals": "0"}""", Verdict.Inconclusive, "NaN")]
    [InlineData("SELECT 'NaN'::float8", """{"not_equals": "0"}""", Verdict.Inconclusive, "NaN")]
    [InlineData("SELECT 'NaN'::float8", """{"equals": "NaN"}""", Verdict.Pass, "NaN")]
    [InlineData("SELECT 1 WHERE false", """{"equals": "0"}""", Verdict.Inconclusive, "no row")]
    [InlineData("SELECT 1 WHERE false", "{}", Verdict.Inconclusive, "no row")]
    [InlineData("SELECT NULL", """{"equals": "0"}""", Verdict.Inconclusive, "no value (null)")]
    [InlineData("SELECT max(n) FROM (SELECT 1 WHERE false) AS none (n)", "{}", Verdict.Inconclusive, "no value (null)")]
    [InlineData("SELECT ''", """{"not_equals": "x"}""", Verdict.Pass, "")]
    [InlineData("VALUES (1), (2)", """{"equals": "1"}""", Verdict.Inconclusive, "more than one value: 1, 2")]
    [InlineData("SELECT 1, 2", """{"equals": "1"}""", Verdict.Inconclusive, "more than one value: 1 2")]
    [InlineData("SELECT 1 WHERE false", """{"rows": 0}""", Verdict.Pass, "0 rows")]
    [InlineData("SELECT NULL", """{"rows": 0}""", Verdict.Fail, "1 row")]
    [InlineData("VALUES ('a;b'), (E'c\\nd')", "{}", Verdict.Pass, "a;b, c d")]
    [InlineData("SHOW transaction_read_only", """{"equals": "on"}""", Verdict.Pass, "on")]
    public async Task An_answer_is_judged(string query, string rule, Verdict verdict, string measured)
    {
        var result = await AskAsync((await postgres.CreateAsync()).Granted, Query(query, rule));

        (result.Verdict, result.Measured).ShouldBe((verdict, measured));
    }

    [Theory]
    [InlineData("WITH gone AS (DELETE FROM rentals RETURNING 1) SELECT count(*) FROM gone", "cannot execute SELECT in a read-only transaction")]
    [InlineData("SELECT clear()", "cannot execute DELETE in a read-only transaction")]
    [InlineData("SELECT set_config('transaction_read_only', 'off', false), clear()", "transaction read-write mode must be set before any query")]
    [InlineData("SELECT nothing FROM nowhere", "relation \"nowhere\" does not exist")]
    [InlineData("SELECT pg_sleep(20)", "canceling statement due to statement timeout")]
    public async Task Nothing_is_written_and_nothing_lasts_and_neither_measures_anything(string query, string said)
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync("CREATE TABLE rentals (id int); INSERT INTO rentals VALUES (1); CREATE FUNCTION clear() RETURNS int LANGUAGE sql AS 'DELETE FROM rentals RETURNING 1'");

        var result = await AskAsync(database.Granted, Query(query, """{"equals": "1", "timeout": "300ms"}"""));

        result.Verdict.ShouldBe(Verdict.Inconclusive);
        result.Measured.ShouldContain(said);
        (await database.RunAsync("SELECT count(*) FROM rentals")).ShouldBe("1");
    }

    [Theory]
    [InlineData("x' OR true --", "0")]
    [InlineData("it's", "1")]
    [InlineData("a\\", "1")]
    public async Task A_value_is_a_string_and_nothing_else(string version, string count)
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync("CREATE TABLE releases (v text); INSERT INTO releases VALUES ('it''s'), ('a\\')");
        var context = Asking.Context() with { Run = RunFacts.None with { Inputs = RunFacts.None.Inputs.Add("version", version) } };

        var result = await new SqlCheck(Granting.Of(database.Granted)).AskAsync(context, Query("SELECT count(*) FROM releases WHERE v = '${version}'", "{}"), TestContext.Current.CancellationToken);

        result.Single().Measured.ShouldBe(count);
    }

    [Theory]
    [InlineData("""{"database": "rental"}""", "it needs one of \"query\" and \"file\"")]
    [InlineData("""{"database": "rental", "query": "SELECT 1", "file": [{"file": "a.sql", "text": "SELECT 1"}]}""", "it needs one of \"query\" and \"file\"")]
    [InlineData("""{"database": "rental", "file": [{"file": "a.sql", "text": "SELECT 1"}, {"file": "b.sql", "text": "SELECT 1"}]}""", "\"file\" is one file")]
    [InlineData("""{"database": "rental", "file": [{"file": "a.sql", "text": "SELECT 1; SELECT 2"}]}""", "there are several statements: only one may be asked")]
    [InlineData("""{"database": "rental", "query": "SELECT 1", "equals": "0", "above": 1}""", "\"equals\", \"not_equals\", \"below\" and \"above\" exclude each other")]
    [InlineData("""{"database": "rental", "query": "SELECT 1", "equals": "0", "rows": 1}""", "\"rows\" and a limit for the one value exclude each other")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters, string fault) =>
        new SqlCheck(Granting.Of(new GrantedDatabase(DatabaseKind.Postgresql, new DatabaseReach.Program(null)))).Validate(Asking.Parameters(parameters)).ShouldBe([fault]);

    [Theory]
    [InlineData("other", "the database other is not granted to team rental")]
    [InlineData("rental", "the database rental is no postgresql, but redis")]
    public async Task S15_only_a_database_of_its_own_and_of_this_kind_is_asked(string name, string why)
    {
        var parameters = Query("SELECT 1", "{}");
        parameters["database"] = name;

        (await AskAsync(new GrantedDatabase(DatabaseKind.Redis, new DatabaseReach.Program(null)), parameters)).ShouldBe(new CheckResult(Verdict.Inconclusive, "SELECT 1", why, null));
    }

    [Fact]
    public async Task A_server_that_is_not_there_measures_nothing()
    {
        var database = await postgres.CreateAsync();

        (await AskAsync(database.Granted with { Port = 1 }, Query("SELECT 1", """{"equals": "1"}"""))).Verdict.ShouldBe(Verdict.Inconclusive);
    }

    [Fact]
    public async Task The_password_goes_into_the_environment_and_nowhere_else()
    {
        using var scripts = new Scripts();
        var file = scripts.At("secret");
        await File.WriteAllTextAsync(file, "hunter22\n", TestContext.Current.CancellationToken);
        scripts.Write("psql", $"printf '%s ' \"$@\" > {scripts.At("arguments")}; printf \"$PGPASSWORD\"");
        var database = new GrantedDatabase(DatabaseKind.Postgresql, new DatabaseReach.Program(null)) { Database = "rental", User = "reader", Host = "db", Port = 5433, Password = new DatabaseSecret(file, null) };

        var check = new SqlCheck(Granting.Of(database, scripts.Programs()));
        var result = (await check.AskAsync(Asking.Context(), Query("SELECT 1", "{}"), TestContext.Current.CancellationToken)).Single();

        result.Measured.ShouldBe("***");
        var arguments = await File.ReadAllTextAsync(scripts.At("arguments"), TestContext.Current.CancellationToken);
        arguments.ShouldNotContain("hunter22");
        arguments.ShouldContain("-w -h db -p 5433 -U reader -d rental");
    }

    [Fact]
    public async Task In_a_pod_the_password_stays_in_the_container()
    {
        await using var cluster = await TestCluster.SandboxAsync();
        await cluster.TwoReleasesAsync();
        var database = await postgres.CreateAsync();
        await database.RunAsync("CREATE TABLE rentals (id int); INSERT INTO rentals VALUES (1), (2)");
        // What the container's shell would do, done by a real one with a real psql.
        var (api, recorder) = ExecRecorder.Over(cluster.Api, command => Shell.Run(command, "SERVER_PASSWORD=hunter22"));
        var granted = database.Granted with
        {
            Reach = new DatabaseReach.Pod(new PodChoice("default", cluster.Namespace, null, null, "app=rental-api", "app")),
            Password = new DatabaseSecret(null, "SERVER_PASSWORD"),
        };

        var result = (await new SqlCheck(Granting.Of(granted, api: api)).AskAsync(Asking.Context(), Query("SELECT count(*) FROM rentals", """{"equals": "2"}"""), TestContext.Current.CancellationToken)).Single();

        result.ShouldBe(new CheckResult(Verdict.Pass, "SELECT count(*) FROM rentals", "2", "equals 2"));
        var ran = recorder.Ran.ShouldHaveSingleItem().Command;
        ran.ShouldStartWith("sh -c export PGPASSWORD=\"$SERVER_PASSWORD\"; exec \"$@\" sh psql -X ");
        ran.ShouldNotContain("hunter22");
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("UPDATE users SET last_activity_timestamp = now()", false)]
    public async Task What_is_not_in_use_is_all_zero(string use, bool zero)
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync("CREATE TABLE applications (enhanced_metadata jsonb); CREATE TABLE users (last_activity_timestamp timestamptz); CREATE TABLE user_activity_log (); CREATE TABLE performance_metrics (); INSERT INTO users VALUES (NULL);" + use);

        var result = await AskAsync(database.Granted, new JsonObject
        {
            ["database"] = "rental",
            ["file"] = new JsonArray(new JsonObject { ["file"] = "additive-schema-in-use.sql", ["text"] = Granting.Shipped("admission/additive-schema-in-use.sql") }),
        });

        result.Verdict.ShouldBe(Verdict.Pass);
        Zeros.Only(result.Measured).ShouldBe(zero, result.Measured);
    }

    private static async Task<CheckResult> AskAsync(GrantedDatabase database, JsonObject parameters) =>
        (await new SqlCheck(Granting.Of(database)).AskAsync(Asking.Context(), parameters, TestContext.Current.CancellationToken)).ShouldHaveSingleItem();

    private static JsonObject Query(string query, string more)
    {
        var parameters = Asking.Parameters(more);
        (parameters["database"], parameters["query"]) = ("rental", query);
        return parameters;
    }
}
