using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Playbooks.Databases;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class SqlActionTests(ThrowAwayPostgres postgres)
{
    private const string Schema = "CREATE TABLE a (n int); INSERT INTO a VALUES (1); CREATE TABLE b (n int)";

    [Fact]
    public async Task All_of_it_is_done()
    {
        var (outcome, database) = await RunAsync("INSERT INTO a VALUES (2); DELETE FROM a WHERE n = 1;");

        outcome.ShouldBeOfType<StepOutcome.Done>();
        (await database.RunAsync("SELECT string_agg(n::text, ',') FROM a")).ShouldBe("2");
    }

    [Theory]
    [InlineData("DELETE FROM a; SELECT nothing FROM nowhere;")]
    [InlineData("BEGIN; DELETE FROM a; SELECT 1/0; COMMIT;")]
    [InlineData("DELETE FROM a; INSERT INTO a SELECT 1/0; DELETE FROM b")]
    public async Task Or_nothing(string script)
    {
        var (outcome, database) = await RunAsync(script);

        outcome.ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(Reason.CommandFailed);
        (await database.RunAsync("SELECT count(*) FROM a")).ShouldBe("1");
    }

    [Fact]
    public async Task A_server_that_is_not_there_was_not_asked()
    {
        var database = await postgres.CreateAsync();

        (await RunAsync(Allowed(database) with { Port = 1 }, "DELETE FROM a")).ShouldBeOfType<StepOutcome.Failed>().Text.ShouldContain("Connection refused");
    }

    [Fact]
    public async Task A_connection_that_broke_may_have_committed()
    {
        var (outcome, _) = await RunAsync("DELETE FROM a; SELECT pg_terminate_backend(pg_backend_pid())");

        outcome.ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.OutcomeUnknown);
    }

    [Theory]
    [InlineData("SELECT count(*) FROM b", Reason.Applied)]
    [InlineData("SELECT count(*) FROM a", Reason.ConditionNotMet)]
    [InlineData("SELECT NULL", Reason.Inconclusive)]
    public async Task What_it_requires_is_asked_first(string query, Reason reason)
    {
        var (outcome, database) = await RunAsync("DELETE FROM a", require: query);

        ReasonOf(outcome).ShouldBe(reason);
        (await database.RunAsync("SELECT count(*) FROM a")).ShouldBe(reason == Reason.Applied ? "0" : "1");
    }

    [Theory]
    [InlineData("SELECT count(*) FROM b", Reason.AlreadyAtTarget)]
    [InlineData("SELECT count(*) FROM a", Reason.CommandFailed)]
    [InlineData("SELECT NULL", Reason.OutcomeUnknown)]
    [InlineData(null, Reason.OutcomeUnknown)]
    public async Task S17_after_a_crash_it_is_read_back_and_never_repeated(string? doneWhen, Reason reason)
    {
        var (outcome, database) = await RunAsync("DELETE FROM a", doneWhen: doneWhen, attempt: 2);

        ReasonOf(outcome).ShouldBe(reason);
        (await database.RunAsync("SELECT count(*) FROM a")).ShouldBe("1");
    }

    [Fact]
    public async Task Declared_to_converge_it_is_run_again_after_a_crash()
    {
        var (outcome, database) = await RunAsync("DELETE FROM a", attempt: 2, converges: true);

        ReasonOf(outcome).ShouldBe(Reason.Applied);
        (await database.RunAsync("SELECT count(*) FROM a")).ShouldBe("0");
    }

    [Theory]
    [InlineData(false, Reason.ConditionNotMet, "1")]
    [InlineData(true, Reason.Applied, "0")]
    public async Task What_it_requires_is_asked_after_a_crash_too_as_long_as_nothing_was_begun(bool begun, Reason reason, string rows)
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync(Schema);
        var journal = new FakeStepJournal();
        if (begun)
            await journal.MarkAsync("begun", [], "", TestContext.Current.CancellationToken);

        var outcome = await RunAsync(Allowed(database), "DELETE FROM a", require: "SELECT count(*) FROM a", attempt: 2, converges: true, journal: journal);

        ReasonOf(outcome).ShouldBe(reason);
        (await database.RunAsync("SELECT count(*) FROM a")).ShouldBe(rows);
    }

    [Fact]
    public async Task What_proves_nothing_is_no_success()
    {
        var (outcome, _) = await RunAsync("INSERT INTO a VALUES (2)", doneWhen: "SELECT count(*) FROM a");

        outcome.ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(Reason.NotAsExpected);
    }

    [Fact]
    public async Task S15_it_has_to_be_granted_and_allowed()
    {
        var database = await postgres.CreateAsync();
        var parameters = Parameters("DELETE FROM a");

        (await Action(database.Granted).RefusedAsync(Acting.Context(), parameters)).Text.ShouldBe("the operator does not allow \"scripts\" for the database rental");
        (await Action(Allowed(database) with { Kind = DatabaseKind.Mongodb }).RefusedAsync(Acting.Context(), parameters)).Text.ShouldBe("the database rental is no postgresql, but mongodb");
    }

    [Fact]
    public async Task A_database_declared_anew_since_the_plan_is_left_alone()
    {
        var database = await postgres.CreateAsync();
        var pin = await Action(Allowed(database)).PinAsync(Acting.Context(), Parameters("DELETE FROM a"));

        (await Action(Allowed(database) with { Database = "other" }).ApplyAsync(Acting.Context(), pin)).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.NotGranted);
    }

    [Theory]
    [InlineData("DELETE FROM a; COMMIT; DELETE FROM b")]
    [InlineData("")]
    [InlineData("\\! rm -rf /")]
    public void Faults_are_found_when_the_matrix_is_loaded(string script) =>
        Action(new GrantedDatabase(DatabaseKind.Postgresql, new DatabaseReach.Program(null))).Validate(Parameters(script)).ShouldHaveSingleItem();

    [Fact]
    public async Task The_additive_schema_of_the_admission_team_goes_once_and_only_unused()
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync("CREATE TABLE applications (id int, enhanced_metadata jsonb); CREATE TABLE users (last_activity_timestamp timestamptz); CREATE TABLE user_activity_log (id int); CREATE TABLE performance_metrics (); INSERT INTO user_activity_log VALUES (1)");
        var script = Granting.Shipped("admission/rollback-schema.sql");

        (await RunAsync(Allowed(database), script)).ShouldBeOfType<StepOutcome.Failed>().Text.ShouldContain("user_activity_log is in use: 1 rows");
        (await database.RunAsync("SELECT count(*) FROM user_activity_log")).ShouldBe("1");
        await database.RunAsync("DELETE FROM user_activity_log");
        (await RunAsync(Allowed(database), script)).ShouldBeOfType<StepOutcome.Done>();
        (await RunAsync(Allowed(database), script)).ShouldBeOfType<StepOutcome.Done>();
        (await database.RunAsync("SELECT to_regclass('user_activity_log') IS NULL")).ShouldBe("t");
    }

    internal static GrantedDatabase Allowed(ThrowAwayPostgres.Database database) => database.Granted with { Allow = ["scripts", "restore", "migrate"] };

    internal static SqlAction Action(GrantedDatabase database)
    {
        var databases = Granting.Of(database);
        return new SqlAction(databases, [new SqlCheck(databases)], TimeProvider.System);
    }

    internal static JsonObject Parameters(string script) => new()
    {
        ["database"] = "rental",
        ["file"] = new JsonArray(new JsonObject { ["file"] = "script.sql", ["text"] = script }),
    };

    private async Task<(StepOutcome, ThrowAwayPostgres.Database)> RunAsync(string script, string? require = null, string? doneWhen = null, int attempt = 1, bool converges = false)
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync(Schema);
        return (await RunAsync(Allowed(database), script, require, doneWhen, attempt, converges), database);
    }

    private static async Task<StepOutcome> RunAsync(
        GrantedDatabase database, string script, string? require = null, string? doneWhen = null, int attempt = 1, bool converges = false, IStepJournal? journal = null)
    {
        var action = Action(database);
        var parameters = Parameters(script);
        if (require is not null)
            parameters["require"] = Zero(require);
        if (doneWhen is not null)
            parameters["done_when"] = Zero(doneWhen);
        if (converges)
            parameters["converges"] = true;
        var pin = await action.PinAsync(Acting.Context(), parameters);
        return await action.ApplyAsync(Acting.Context(attempt: attempt, journal: journal), pin);
    }

    private static JsonArray Zero(string query) =>
        [InlineChecks.Write(new CheckDefinition("sql", new JsonObject { ["database"] = "rental", ["query"] = query, ["equals"] = "0" }, false))];

    private static Reason ReasonOf(StepOutcome outcome) => outcome switch
    {
        StepOutcome.Done done => done.Reason,
        StepOutcome.Failed failed => failed.Reason,
        StepOutcome.CannotTell unknown => unknown.Reason,
        _ => throw new InvalidOperationException(outcome.ToString()),
    };
}

/// <summary>On a real PostgreSQL.</summary>
internal sealed class SqlUse : ActionUse
{
    public override Type Action => typeof(SqlAction);

    // What was written since belongs to whoever wrote it.
    public override bool SeesOthers => false;

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var database = await ThrowAwayPostgres.Current.CreateAsync();
        await database.RunAsync("CREATE TABLE runs (n serial)");
        return new World(database);
    }

    private sealed class World(ThrowAwayPostgres.Database database) : ActionWorld
    {
        public override ServiceDefinition Service => Acting.Service();

        public override JsonObject Parameters => SqlActionTests.Parameters("INSERT INTO runs DEFAULT VALUES");

        public override string Before => "0 runs";

        public override string After => "1 runs";

        public override int Writes => int.Parse(database.RunAsync("SELECT count(*) FROM runs").GetAwaiter().GetResult());

        public override IEnumerable<(ServiceDefinition Service, Reason Reason)> Refused => [(Service with { Team = "admission" }, Reason.NotGranted)];

        public override IAction Create() => SqlActionTests.Action(SqlActionTests.Allowed(database));

        public override async Task<string> LookAsync() => $"{await database.RunAsync("SELECT count(*) FROM runs")} runs";
    }
}
