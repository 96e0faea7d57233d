using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Tests.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Playbooks.Databases;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>A script stands in for alembic; the table it works on is a real one in a real PostgreSQL.</summary>
public sealed class MigrationDownActionTests(ThrowAwayPostgres postgres) : IDisposable
{
    private readonly Scripts _scripts = new();

    public void Dispose() => _scripts.Dispose();

    [Theory]
    [InlineData("0002", "0002")]
    [InlineData("0001", "0001")]
    [InlineData("previous", "0002")]
    [InlineData("base", "base")]
    public async Task The_database_is_taken_back_and_read_again(string to, string at)
    {
        var (server, database) = await ArrangeAsync();

        (await RunAsync(database, to)).ShouldBeOfType<StepOutcome.Done>();

        (await CurrentAsync(server)).ShouldBe(at);
        _scripts.Lines("runs").ShouldBe(1);
    }

    [Fact]
    public async Task A_database_that_is_there_already_is_left_alone()
    {
        var (_, database) = await ArrangeAsync();

        (await RunAsync(database, "0003")).ShouldBeOfType<StepOutcome.Done>().Reason.ShouldBe(Reason.AlreadyAtTarget);
        _scripts.Lines("runs").ShouldBe(0);
    }

    [Fact]
    public async Task A_database_that_somebody_moved_since_the_plan_is_left_alone()
    {
        var (server, database) = await ArrangeAsync();
        var pin = await Action(database).PinAsync(Acting.Context(), Parameters("0001"));
        await server.RunAsync("UPDATE alembic_version SET version_num = '0004'");

        (await Action(database).ApplyAsync(Acting.Context(), pin)).ShouldBeOfType<StepOutcome.Superseded>();
        _scripts.Lines("runs").ShouldBe(0);
    }

    [Fact]
    public async Task It_is_not_begun_when_its_time_is_over()
    {
        var (server, database) = await ArrangeAsync();
        var pin = await Action(database).PinAsync(Acting.Context(), Parameters("0001"));

        (await Action(database).ApplyAsync(Acting.Context(deadline: TimeProvider.System.GetUtcNow()), pin)).ShouldBe(
            new StepOutcome.Failed(Reason.TimedOut, "nothing was changed: asking where rental is took all the time"));
        (_scripts.Lines("runs"), await CurrentAsync(server)).ShouldBe((0, "0003"));
    }

    [Theory]
    [InlineData("0001", "done")]
    [InlineData("0003", "failed")]
    [InlineData("0002", "unknown")]
    public async Task S17_after_a_crash_where_the_database_is_decides(string at, string expected)
    {
        var (server, database) = await ArrangeAsync();
        var pin = await Action(database).PinAsync(Acting.Context(), Parameters("0001"));
        await server.RunAsync($"UPDATE alembic_version SET version_num = '{at}'");

        Word(await Action(database).ApplyAsync(Acting.Context(attempt: 2), pin)).ShouldBe(expected);
        _scripts.Lines("runs").ShouldBe(0);
    }

    [Theory]
    [InlineData("0003", true, "unknown")]
    [InlineData("0003", false, "failed")]
    [InlineData("0001", true, "done")]
    public async Task S17_that_nothing_moved_is_believed_only_once_the_tool_has_to_be_over(string at, bool mayBeAtWork, string expected)
    {
        var (server, database) = await ArrangeAsync();
        var pin = await Action(database).PinAsync(Acting.Context(), Parameters("0001"));
        var (journal, now) = (new FakeStepJournal(), TimeProvider.System.GetUtcNow());
        await journal.PrepareAsync("begun", new JsonObject { ["until"] = $"{(mayBeAtWork ? now.AddHours(1) : now):O}" }, "", TestContext.Current.CancellationToken);
        await server.RunAsync($"UPDATE alembic_version SET version_num = '{at}'");

        Word(await Action(database).ApplyAsync(Acting.Context(attempt: 2, journal: journal, deadline: now.AddSeconds(4)), pin)).ShouldBe(expected);
        _scripts.Lines("runs").ShouldBe(0);
    }

    [Fact]
    public async Task S16_a_tool_in_a_pod_that_nobody_ended_may_still_move_the_database()
    {
        await using var cluster = await TestCluster.SandboxAsync();
        await cluster.TwoReleasesAsync();
        var (api, _) = ExecRecorder.Over(cluster.Api, c => c[0] == "current" ? new ExecResult(0, "0003\n", "") : new ExecResult(null, "", "", TimedOut: true));
        var inPod = new DatabaseReach.Pod(new PodChoice("default", cluster.Namespace, null, null, "app=rental-api", "app"));
        var database = new GrantedDatabase(DatabaseKind.Postgresql, inPod) { Allow = ["migrate"], Migrations = new GrantedMigrations("npm", inPod, null, ["down", "${to}"], []) { CurrentRun = ["current"] } };
        var action = new MigrationDownAction(Granting.Of(database, api: api), new Clusters(api), new FakeRevisionLedger(), TimeProvider.System);
        var context = Acting.Context(deadline: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(2));

        Word(await action.ApplyAsync(context, await action.PinAsync(context, Parameters("0001")))).ShouldBe("unknown");
    }

    [Theory]
    [InlineData("exit 1", "failed")]
    [InlineData("move 0002; exit 1", "unknown")]
    [InlineData("move 0001; exit 1", "done")]
    [InlineData("exit 0", "failed")]
    [InlineData("move 0002", "failed")]
    public async Task Not_what_the_tool_says_decides_but_where_the_database_is(string body, string expected)
    {
        var (_, database) = await ArrangeAsync(body);

        Word(await RunAsync(database, "0001")).ShouldBe(expected);
    }

    [Theory]
    [InlineData("exit 0", "done")]
    [InlineData("echo 3 documents without a version; exit 1", "failed")]
    public async Task What_does_not_validate_afterwards_has_failed(string validate, string expected)
    {
        var (_, database) = await ArrangeAsync();
        _scripts.Write("validate", validate);

        Word(await RunAsync(database with { Migrations = database.Migrations! with { Validate = [_scripts.At("validate")] } }, "0001")).ShouldBe(expected);
    }

    [Fact]
    public async Task A_tool_of_the_operator_s_own_gets_the_migration_as_an_argument()
    {
        var (server, database) = await ArrangeAsync();
        await server.RunAsync("CREATE TABLE schema_migrations (version text); INSERT INTO schema_migrations VALUES ('20250120120000'), ('20250121093000')");
        var program = ((DatabaseReach.Program)database.Reach).Folder;
        _scripts.Write("npm", $"[ \"$1 $2 $3\" = 'run migrate:down --' ] && {program}/psql -q -h 127.0.0.1 -p {database.Port} -U postgres -d {server.Name} -c \"DELETE FROM schema_migrations WHERE version > '$4'\"");
        var npm = new GrantedMigrations("npm", new DatabaseReach.Program(_scripts.Folder), "SELECT max(version) FROM schema_migrations", ["npm", "run", "migrate:down", "--", "${to}"], []);

        (await RunAsync(database with { Migrations = npm }, "20250120120000")).ShouldBeOfType<StepOutcome.Done>();

        (await server.RunAsync("SELECT max(version) FROM schema_migrations")).ShouldBe("20250120120000");
        (await Action(database with { Migrations = npm }).RefusedAsync(Acting.Context(), Parameters("previous"))).Text.ShouldBe("npm knows no step back: name the migration");
    }

    [Theory]
    [InlineData("--sql")]
    [InlineData("0001; rm")]
    [InlineData("")]
    public async Task A_value_that_is_no_migration_is_refused(string value)
    {
        var (_, database) = await ArrangeAsync();
        var context = Acting.Context() with { Run = RunFacts.None with { Inputs = RunFacts.None.Inputs.Add("migration", value) } };

        (await Action(database).RefusedAsync(context, Parameters("${migration}"))).Text.ShouldEndWith("is no migration's id");
    }

    [Fact]
    public async Task S15_it_has_to_be_allowed_and_the_tool_the_operator_s()
    {
        var (_, database) = await ArrangeAsync();
        var parameters = Parameters("0001");
        parameters["tool"] = "npm";

        (await Action(database).RefusedAsync(Acting.Context(), parameters)).Text.ShouldBe("the migrations of rental are taken back by alembic, not by npm");
        (await Action(database with { Allow = ["scripts"] }).RefusedAsync(Acting.Context(), Parameters("0001"))).Text.ShouldBe("the operator does not allow \"migrate\" for the database rental");
        (await Action(database with { Migrations = null }).RefusedAsync(Acting.Context(), Parameters("0001"))).Text.ShouldBe("the operator declares no migrations for rental");
    }

    [Theory]
    [InlineData("0002", "migration 0002, with which ")]
    [InlineData(null, "it was not seen which migration rental was at while ")]
    public async Task The_target_is_the_migration_that_the_revision_to_go_back_to_was_seen_with(string? seen, string text)
    {
        var (_, database) = await ArrangeAsync();
        await using var cluster = await TestCluster.SandboxAsync();
        await cluster.TwoReleasesAsync();
        var service = new ServiceDefinition("rental", "rental-api", new WorkloadDefinition("deployment", cluster.Namespace, "rental-api"), null, null, null);
        var ledger = new Remembering(seen);
        var action = new MigrationDownAction(Granting.Of(database), new Clusters(cluster.Api), ledger, TimeProvider.System);
        var parameters = Parameters("target");
        parameters["of"] = "previous";

        var outcome = await action.PinAsync(Acting.Context(service), parameters, TestContext.Current.CancellationToken);

        (outcome is PinOutcome.Pinned pinned ? pinned.To : ((PinOutcome.Refused)outcome).Text).ShouldStartWith($"{text}rental-api:v1 (revision 1)");
        CheckKey.Of(service, ledger.Asked.ShouldNotBeNull()).ShouldBe(CheckKey.Of(service, action.Remembers(service, parameters).Single()), "what is asked for is what was remembered");
    }

    [Fact]
    public async Task The_check_says_where_the_database_is()
    {
        var (_, database) = await ArrangeAsync();
        var check = new MigrationCheck(Granting.Of(database));

        async Task<CheckResult> AskAsync(string parameters) => (await check.AskAsync(Asking.Context(), Asking.Parameters(parameters), TestContext.Current.CancellationToken)).Single();
        (await AskAsync("""{"database": "rental"}""")).ShouldBe(new CheckResult(Verdict.Pass, "migration of rental", "0003", null));
        (await AskAsync("""{"database": "rental", "equals": "0003"}""")).Verdict.ShouldBe(Verdict.Pass);
        (await AskAsync("""{"database": "rental", "equals": "0002"}""")).Verdict.ShouldBe(Verdict.Fail);
        (await AskAsync("""{"database": "other"}""")).Verdict.ShouldBe(Verdict.Inconclusive);
    }

    private static JsonObject Parameters(string to) => new() { ["database"] = "rental", ["to"] = to };

    private static MigrationDownAction Action(GrantedDatabase database) =>
        new(Granting.Of(database), new Clusters(new NoCluster("no cluster is needed")), new FakeRevisionLedger(), TimeProvider.System);

    private static async Task<StepOutcome> RunAsync(GrantedDatabase database, string to)
    {
        var action = Action(database);
        return await action.ApplyAsync(Acting.Context(), await action.PinAsync(Acting.Context(), Parameters(to)));
    }

    private async Task<(ThrowAwayPostgres.Database, GrantedDatabase)> ArrangeAsync(string? body = null)
    {
        var server = await postgres.CreateAsync();
        return (server, await AlembicAsync(server, _scripts, body));
    }

    /// <summary>A database at migration 0003, and a script that knows alembic's words.</summary>
    internal static async Task<GrantedDatabase> AlembicAsync(ThrowAwayPostgres.Database server, Scripts scripts, string? body = null)
    {
        await server.RunAsync("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('0003')");
        var granted = server.Granted;
        var psql = $"{((DatabaseReach.Program)granted.Reach).Folder}/psql -q -h {granted.Host} -p {granted.Port} -U {granted.User} -d {server.Name} -c";
        scripts.Write("alembic", $$"""
            echo run >> {{scripts.At("runs")}}
            move() { if [ "$1" = base ]; then {{psql}} 'DELETE FROM alembic_version'; else {{psql}} "UPDATE alembic_version SET version_num = '$1'"; fi; }
            [ "$1" = downgrade ] || exit 9
            {{body ?? """if [ "$2" = -1 ]; then move 0002; else move "$2"; fi"""}}
            """);
        return granted with
        {
            Allow = ["migrate"],
            Migrations = new GrantedMigrations(MigrationTools.Alembic, new DatabaseReach.Program(scripts.Folder), MigrationTools.CurrentOf(MigrationTools.Alembic), MigrationTools.DownOf(MigrationTools.Alembic), []),
        };
    }

    private static async Task<string> CurrentAsync(ThrowAwayPostgres.Database server) =>
        await server.RunAsync("SELECT version_num FROM alembic_version") is { Length: > 0 } at ? at : "base";

    private static string Word(StepOutcome outcome) => outcome switch
    {
        StepOutcome.Done => "done",
        StepOutcome.Failed => "failed",
        StepOutcome.CannotTell { Reason: Reason.OutcomeUnknown } => "unknown",
        _ => outcome.ToString()!,
    };

    private sealed class Remembering(string? migration) : IRevisionLedger
    {
        public CheckDefinition? Asked { get; private set; }

        public bool IsQuarantined(string uid, string digest) => false;

        public bool IsKnownGood(string uid, string digest) => false;

        public IReadOnlyCollection<string> KnownGood(string uid) => [];

        public DateTimeOffset? BecameCurrentAt(string uid, string digest) => null;

        public Task<string?> QuarantineAsync(string uid, string workload, string digest, IReadOnlyList<string> images, string rollbackId, CancellationToken cancellation) => Task.FromResult<string?>(null);

        public IReadOnlyList<string>? MeasuredAt(string uid, string digest, ServiceDefinition service, CheckDefinition check)
        {
            Asked = check;
            return migration is null ? null : [migration];
        }
    }
}

/// <summary>On a real alembic_version table.</summary>
internal sealed class MigrationDownUse : ActionUse
{
    public override Type Action => typeof(MigrationDownAction);

    public override bool SeesOthers => false;

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var scripts = new Scripts();
        var server = await ThrowAwayPostgres.Current.CreateAsync();
        return new World(server, await MigrationDownActionTests.AlembicAsync(server, scripts), scripts);
    }

    private sealed class World(ThrowAwayPostgres.Database server, GrantedDatabase database, Scripts scripts) : ActionWorld
    {
        public override ServiceDefinition Service => Acting.Service();

        public override JsonObject Parameters => Acting.Json("""{"database": "rental", "to": "0002"}""");

        public override string Before => "0003";

        public override string After => "0002";

        public override int Writes => scripts.Lines("runs");

        public override IEnumerable<(ServiceDefinition Service, Reason Reason)> Refused => [(Service with { Team = "admission" }, Reason.NotGranted)];

        public override IAction Create() =>
            new MigrationDownAction(Granting.Of(database), new Clusters(new NoCluster("no cluster is needed")), new FakeRevisionLedger(), TimeProvider.System);

        public override Task<string> LookAsync() => server.RunAsync("SELECT version_num FROM alembic_version");

        public override ValueTask DisposeAsync()
        {
            scripts.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
