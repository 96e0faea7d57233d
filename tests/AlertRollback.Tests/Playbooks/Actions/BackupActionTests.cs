using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Playbooks.Databases;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>On a real PostgreSQL: backed up, damaged, restored, compared.</summary>
public sealed class BackupActionTests(ThrowAwayPostgres postgres) : IDisposable
{
    internal const string Schema = "CREATE TYPE state AS ENUM ('open', 'done'); CREATE TABLE rentals (id int PRIMARY KEY, state state); CREATE VIEW busy AS SELECT id FROM rentals WHERE state = 'open'; INSERT INTO rentals SELECT n, 'open' FROM generate_series(1, 500) AS n";
    private const string Look = "SELECT count(*) || ' rentals, ' || (SELECT count(*) FROM busy) || ' busy' FROM rentals";
    private const string Whole = "500 rentals, 500 busy";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("${time}.dump")]
    [InlineData("rental_${time}.sql.gz")]
    public async Task What_was_backed_up_and_then_damaged_is_put_back(string pattern)
    {
        var (server, database) = await ArrangeAsync(pattern);
        (await BackUpAsync(database)).ShouldBeOfType<StepOutcome.Done>();
        var file = Files().ShouldHaveSingleItem();
        await server.RunAsync("DELETE FROM rentals WHERE id > 3; UPDATE rentals SET state = 'done'; DROP VIEW busy; CREATE VIEW busy AS SELECT id FROM rentals WHERE false");

        var (pinned, outcome) = await RestoreAsync(database, file);

        outcome.ShouldBeOfType<StepOutcome.Done>();
        (await server.RunAsync(Look)).ShouldBe(Whole);
        pinned.Warnings[0].ShouldStartWith("all that was written to rental since ");
        // The present was kept first, and can itself be put back.
        var kept = Files().Except([file]).ShouldHaveSingleItem();
        (await RestoreAsync(database, kept, step: "steps/9")).Outcome.ShouldBeOfType<StepOutcome.Done>();
        (await server.RunAsync(Look)).ShouldBe("3 rentals, 0 busy");
    }

    [Fact]
    public async Task A_plain_dump_of_the_site_s_own_goes_into_an_empty_schema()
    {
        var (server, database) = await ArrangeAsync("rental_${time}.sql.gz");
        var program = ((DatabaseReach.Program)database.Reach).Folder;
        Shell.Run(["sh", "-c", $"{program}/pg_dump -h {database.Host} -p {database.Port} -U {database.User} {database.Database} | gzip > {_folder.Path}/rental_20260121_103000.sql.gz"]).ExitCode.ShouldBe(0);
        await server.RunAsync("DROP VIEW busy; ALTER TABLE rentals ADD later int; CREATE TABLE added (rental int REFERENCES rentals); CREATE FUNCTION helps() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE EXTENSION pg_trgm");

        (await RestoreAsync(database, "2026-01-21 10:30:00")).Outcome.ShouldBeOfType<StepOutcome.Done>();

        (await server.RunAsync(Look)).ShouldBe(Whole);
        (await server.RunAsync("SELECT to_regclass('added') IS NULL AND to_regproc('helps') IS NULL AND EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') AND has_schema_privilege('pg_monitor', 'public', 'USAGE')")).ShouldBe("t");
    }

    [Theory]
    [InlineData("${time}.dump")]
    [InlineData("rental_${time}.sql.gz")]
    public async Task A_backup_whose_end_is_missing_is_none_and_nothing_is_touched(string pattern)
    {
        var (server, database) = await ArrangeAsync(pattern);
        await BackUpAsync(database);
        var file = Files().Single();
        using (var stream = File.OpenWrite(Path.Combine(_folder.Path, file)))
            stream.SetLength(stream.Length - 40);

        (await Restore(database).RefusedAsync(Context(), Parameters(file))).ShouldSatisfyAllConditions(r => r.Reason.ShouldBe(Reason.NotAsExpected), r => r.Text.ShouldContain("cannot be read"));
        (await server.RunAsync(Look)).ShouldBe(Whole);
    }

    [Fact]
    public async Task A_backup_that_broke_after_the_plan_is_found_out_before_anything_is_touched()
    {
        var (server, database) = await ArrangeAsync("${time}.dump");
        await BackUpAsync(database);
        var file = Files().Single();
        var pin = await Restore(database).PinAsync(Context(), Parameters(file));
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, file), "PGDMP", TestContext.Current.CancellationToken);

        (await Restore(database).ApplyAsync(Context(), pin)).ShouldBeOfType<StepOutcome.Failed>().Text.ShouldStartWith("nothing was changed");
        (await server.RunAsync(Look)).ShouldBe(Whole);
        Files().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_restore_that_fails_in_the_middle_leaves_the_database_as_it_was()
    {
        var (server, database) = await ArrangeAsync("${time}.dump");
        await BackUpAsync(database);
        await server.RunAsync("DELETE FROM rentals WHERE id > 3; CREATE VIEW depends AS SELECT * FROM busy");

        (await RestoreAsync(database, Files().Single())).Outcome.ShouldBeOfType<StepOutcome.Failed>().Text.ShouldContain("depend");

        (await server.RunAsync(Look)).ShouldBe("3 rentals, 3 busy");
    }

    [Fact]
    public async Task The_latest_is_the_newest_that_can_be_read_and_that_no_rollback_made()
    {
        var (_, database) = await ArrangeAsync("${time}.dump");
        await BackUpAsync(database);
        File.Copy(Path.Combine(_folder.Path, Files().Single()), Path.Combine(_folder.Path, "20260120T000000Z.dump"));
        _folder.Write("20260121T000000Z.dump", "PGDMP");

        var pinned = (await Restore(database).PinAsync(Context(), Parameters("latest"), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();

        pinned.To.ShouldBe("rental as in 20260120T000000Z");
        pinned.Warnings.ShouldContain(w => w.StartsWith("passed over: 20260121T000000Z.dump cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S17_a_restore_of_unknown_outcome_is_never_repeated()
    {
        var (server, database) = await ArrangeAsync("${time}.dump");
        await BackUpAsync(database);
        var pin = await Restore(database).PinAsync(Context(), Parameters(Files().Single()));
        await server.RunAsync("DELETE FROM rentals");

        (await Restore(database).ApplyAsync(Context() with { Attempt = 2 }, pin)).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.OutcomeUnknown);
        (await server.RunAsync("SELECT count(*) FROM rentals")).ShouldBe("0");
    }

    [Theory]
    [InlineData("whole", typeof(StepOutcome.Done))]
    [InlineData("broken", typeof(StepOutcome.Failed))]
    [InlineData("none", typeof(StepOutcome.Failed))]
    public async Task S17_after_a_crash_the_file_decides(string left, Type outcome)
    {
        var (_, database) = await ArrangeAsync("${time}.dump");
        if (left != "none")
            await BackUpAsync(database);
        if (left == "broken")
            await File.WriteAllTextAsync(Path.Combine(_folder.Path, Files().Single()), "PGDMP", TestContext.Current.CancellationToken);
        var action = new BackupAction(Granting.Of(database), TimeProvider.System);
        var pin = await action.PinAsync(Context(), Acting.Json("""{"database": "rental"}"""));

        (await action.ApplyAsync(Acting.Context(attempt: 2), pin)).ShouldBeOfType(outcome);
    }

    [Fact]
    public async Task Only_the_tables_asked_for_are_backed_up()
    {
        var (server, database) = await ArrangeAsync("${time}.dump");
        await server.RunAsync("CREATE TABLE other (id int); INSERT INTO other VALUES (1)");
        (await BackUpAsync(database, """{"database": "rental", "tables": ["public.other"]}""")).ShouldBeOfType<StepOutcome.Done>();
        await server.RunAsync("DELETE FROM other; DELETE FROM rentals WHERE id > 3");

        (await RestoreAsync(database, Files().Single())).Outcome.ShouldBeOfType<StepOutcome.Done>();

        (await server.RunAsync("SELECT (SELECT count(*) FROM other) || ' ' || (SELECT count(*) FROM rentals)")).ShouldBe("1 3");
        (await BackUpAsync(database, """{"database": "rental", "tables": ["nowhere"]}""", "steps/1")).ShouldBeOfType<StepOutcome.Failed>();
    }

    [Fact]
    public async Task S15_what_is_not_granted_or_not_allowed_is_refused()
    {
        var (_, database) = await ArrangeAsync("${time}.dump");
        await BackUpAsync(database);

        (await Restore(database with { Allow = ["scripts"] }).RefusedAsync(Context(), Parameters("latest"))).Text.ShouldBe("the operator does not allow \"restore\" for the database rental");
        (await Restore(database with { Backups = null }).RefusedAsync(Context(), Parameters("latest"))).Text.ShouldBe("the operator grants no directory for backups of rental");
        (await Restore(database).RefusedAsync(Context(), Parameters("20200101"))).Text.ShouldStartWith("there is no backup 20200101; there are ");
        (await Restore(database).RefusedAsync(Context(), Parameters("../../etc/passwd"))).Reason.ShouldBe(Reason.NotFound);
    }

    [Theory]
    [InlineData("latest", "25h", Verdict.Pass, "rental_20261123_020000, 10h old; 6 in all, the newest rental_20261123_020000, rental_20261122_020000, rental_20261121_020000, rental_20261120_020000, rental_20261119_020000")]
    [InlineData("latest", "9h", Verdict.Fail, "rental_20261123_020000, 10h old")]
    [InlineData("2026-11-20 02:00:00", null, Verdict.Pass, "rental_20261120_020000")]
    [InlineData("2026-11-17 02:00:00", null, Verdict.Fail, "6 in all")]
    public async Task In_object_storage_the_newest_are_listed_by_the_operator_s_program(string from, string? youngerThan, Verdict verdict, string measured)
    {
        using var scripts = new Scripts();
        var lines = Enumerable.Range(18, 6).Select(d => $"2026-11-{d} 02:00:11    1234567 rental_202611{d}_020000.sql.gz");
        var aws = scripts.Write("aws", $"test \"$*\" = 's3 ls s3://backups/rental/' && printf '                           PRE older/\n{string.Join("\\n", lines)}\n'");
        var (_, database) = await ArrangeAsync("rental_${time}.sql.gz");
        var listed = database with { Backups = database.Backups! with { Listing = [aws, "s3", "ls", "s3://backups/rental/"] } };
        var parameters = new JsonObject { ["database"] = "rental", ["from"] = from, ["read"] = false };
        if (youngerThan is not null)
            parameters["younger_than"] = youngerThan;

        var result = (await new BackupCheck(Granting.Of(listed)).AskAsync(Asking.Context(), parameters, TestContext.Current.CancellationToken)).Single();

        result.Verdict.ShouldBe(verdict);
        result.Measured.ShouldStartWith(measured);
    }

    [Fact]
    public async Task A_store_that_cannot_be_listed_measures_nothing()
    {
        using var scripts = new Scripts();
        var (_, database) = await ArrangeAsync("${time}.dump");
        var listed = database with { Backups = database.Backups! with { Listing = [scripts.Write("aws", "echo 'Unable to locate credentials' >&2; exit 255")] } };

        var result = (await new BackupCheck(Granting.Of(listed)).AskAsync(Asking.Context(), new JsonObject { ["database"] = "rental", ["read"] = false }, TestContext.Current.CancellationToken)).Single();

        result.Verdict.ShouldBe(Verdict.Inconclusive);
        result.Measured.ShouldEndWith("cannot be listed: Unable to locate credentials");
    }

    [Theory]
    [InlineData("2026-11-23T11:00", "25h", Verdict.Pass)]
    [InlineData("2026-11-21T11:00", "25h", Verdict.Fail)]
    [InlineData("2026-11-21T11:00", null, Verdict.Pass)]
    [InlineData(null, null, Verdict.Fail)]
    public async Task The_check_says_whether_there_is_one_that_can_be_read(string? made, string? youngerThan, Verdict verdict)
    {
        var (_, database) = await ArrangeAsync("${time}.dump");
        await BackUpAsync(database);
        var own = Path.Combine(_folder.Path, Files().Single());
        if (made is not null)
            File.Move(own, Path.Combine(_folder.Path, $"{DateTimeOffset.Parse(made + "Z"):yyyyMMdd'T'HHmmss'Z'}.dump"));
        var parameters = new JsonObject { ["database"] = "rental" };
        if (youngerThan is not null)
            parameters["younger_than"] = youngerThan;

        (await new BackupCheck(Granting.Of(database)).AskAsync(Asking.Context(), parameters, TestContext.Current.CancellationToken)).Single().Verdict.ShouldBe(verdict);
    }

    [Fact]
    public async Task A_collection_of_mongodb_has_a_file_of_its_own_and_the_uri_is_never_an_argument()
    {
        using var scripts = new Scripts();
        var uri = scripts.At("uri");
        await File.WriteAllTextAsync(uri, "mongodb://me:hunter22@db/reports", TestContext.Current.CancellationToken);
        // Stand-ins: what mongodump writes is a gzip file, and mongorestore reads it.
        scripts.Write("mongodump", $"cat >> {scripts.At("configuration")}; echo \"dump $*\" >> {scripts.At("arguments")}; for a; do case $a in --archive=*) echo data | gzip > \"${{a#--archive=}}\";; esac; done");
        scripts.Write("mongorestore", $"cat > /dev/null; echo \"restore $*\" >> {scripts.At("arguments")}");
        var database = new GrantedDatabase(DatabaseKind.Mongodb, new DatabaseReach.Program(null))
        {
            Database = "reports",
            Uri = new DatabaseSecret(uri, null),
            Allow = ["restore"],
            Backups = new GrantedBackups(_folder.Path, "${time}.archive.gz"),
        };
        var databases = Granting.Of(database, scripts.Programs());
        var action = new BackupAction(databases, TimeProvider.System);
        var pin = await action.PinAsync(Context(), Acting.Json("""{"database": "rental", "collections": ["reporttemplates", "reportschedules"]}"""));

        (await action.ApplyAsync(Context(), pin)).ShouldBeOfType<StepOutcome.Done>();
        Files().Select(f => f.Split('+')[1]).ShouldBe(["reportschedules.archive.gz", "reporttemplates.archive.gz"], ignoreOrder: true);
        var restore = new RestoreBackupAction(databases, TimeProvider.System);
        (await restore.ApplyAsync(Context("steps/1"), await restore.PinAsync(Context("steps/1"), Parameters(Files()[0].Split('+')[0])))).ShouldBeOfType<StepOutcome.Done>();

        var arguments = await File.ReadAllLinesAsync(scripts.At("arguments"), TestContext.Current.CancellationToken);
        arguments.ShouldNotContain(a => a.Contains("hunter22", StringComparison.Ordinal));
        arguments.Count(a => a.StartsWith("restore --drop --gzip --nsInclude=reports.*", StringComparison.Ordinal)).ShouldBe(2);
        arguments[0].ShouldStartWith("dump --db=reports --collection=reporttemplates --gzip --archive=");
        (await File.ReadAllLinesAsync(scripts.At("configuration"), TestContext.Current.CancellationToken))[0].ShouldBe("uri: \"mongodb://me:hunter22@db/reports\"");
    }

    [Theory]
    [InlineData("echo 'Failed: stream or file does not appear to be a mongodump archive' >&2; exit 1", Verdict.Fail)]
    [InlineData("echo 'Failed: error connecting to db server: server selection error' >&2; exit 1", Verdict.Inconclusive)]
    [InlineData("kill -9 $$", Verdict.Inconclusive)]
    [InlineData("exit 127", Verdict.Inconclusive)]
    public async Task S16_a_proof_that_did_not_come_to_read_the_file_says_nothing_of_it(string mongorestore, Verdict verdict)
    {
        using var scripts = new Scripts();
        var uri = scripts.At("uri");
        await File.WriteAllTextAsync(uri, "mongodb://db/reports", TestContext.Current.CancellationToken);
        scripts.Write("mongorestore", $"cat > /dev/null; {mongorestore}");
        Shell.Run(["sh", "-c", $"echo data | gzip > {_folder.Path}/20260120T000000Z.archive.gz"]).ExitCode.ShouldBe(0);
        var database = new GrantedDatabase(DatabaseKind.Mongodb, new DatabaseReach.Program(null))
        {
            Database = "reports",
            Uri = new DatabaseSecret(uri, null),
            Backups = new GrantedBackups(_folder.Path, "${time}.archive.gz"),
        };

        var result = (await new BackupCheck(Granting.Of(database, scripts.Programs())).AskAsync(Asking.Context(), new JsonObject { ["database"] = "rental" }, TestContext.Current.CancellationToken)).Single();

        result.Verdict.ShouldBe(verdict, result.Measured);
    }

    private static StepContext Context(string step = "steps/0") => Acting.Context(stepKey: step);

    private static JsonObject Parameters(string from) => new() { ["database"] = "rental", ["from"] = from };

    private static RestoreBackupAction Restore(GrantedDatabase database) => new(Granting.Of(database), TimeProvider.System);

    private List<string> Files() => [.. Directory.GetFiles(_folder.Path).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private async Task<(ThrowAwayPostgres.Database, GrantedDatabase)> ArrangeAsync(string pattern)
    {
        var server = await postgres.CreateAsync();
        await server.RunAsync(Schema);
        return (server, server.Granted with { Allow = ["restore"], Backups = new GrantedBackups(_folder.Path, pattern) });
    }

    private static async Task<StepOutcome> BackUpAsync(GrantedDatabase database, string parameters = """{"database": "rental"}""", string step = "steps/0")
    {
        var action = new BackupAction(Granting.Of(database), TimeProvider.System);
        return await action.ApplyAsync(Context(step), await action.PinAsync(Context(step), Acting.Json(parameters)));
    }

    private static async Task<(PinOutcome.Pinned Pinned, StepOutcome Outcome)> RestoreAsync(GrantedDatabase database, string from, string step = "steps/1")
    {
        var action = Restore(database);
        var pinned = (await action.PinAsync(Context(step), Parameters(from), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();
        return (pinned, await action.ApplyAsync(Context(step), Acting.Json(pinned.Pin.ToJsonString())));
    }
}

/// <summary>On a real PostgreSQL.</summary>
internal sealed class BackupUse : ActionUse
{
    public override Type Action => typeof(BackupAction);

    public override bool SeesOthers => false;

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var server = await ThrowAwayPostgres.Current.CreateAsync();
        await server.RunAsync(BackupActionTests.Schema);
        return new World(server.Granted);
    }

    private sealed class World(GrantedDatabase server) : ActionWorld
    {
        private readonly TemporaryFolder _folder = new();

        public override ServiceDefinition Service => Acting.Service();

        public override JsonObject Parameters => Acting.Json("""{"database": "rental"}""");

        public override string Before => "0 backups";

        public override string After => "1 backups";

        public override int Writes => Directory.GetFiles(_folder.Path).Length;

        public override IEnumerable<(ServiceDefinition Service, Reason Reason)> Refused => [(Service with { Team = "admission" }, Reason.NotGranted)];

        public override IAction Create() => new BackupAction(Granting.Of(server with { Backups = new GrantedBackups(_folder.Path, "${time}.dump") }), TimeProvider.System);

        public override Task<string> LookAsync() => Task.FromResult($"{Writes} backups");

        public override ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>On a real PostgreSQL: an empty table, a full one in the backup; what the present was is kept.</summary>
internal sealed class RestoreBackupUse : ActionUse
{
    public override Type Action => typeof(RestoreBackupAction);

    public override bool SeesOthers => false;

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var server = await ThrowAwayPostgres.Current.CreateAsync();
        await server.RunAsync(BackupActionTests.Schema);
        var world = new World(server);
        Shell.Run([$"{((DatabaseReach.Program)server.Granted.Reach).Folder}/pg_dump", "-h", server.Granted.Host!, "-p", $"{server.Granted.Port}", "-U", server.Granted.User!, "-Fc", "-f", $"{world.Folder}/20260120T000000Z.dump", server.Name]).ExitCode.ShouldBe(0);
        await server.RunAsync("DELETE FROM rentals");
        return world;
    }

    private sealed class World(ThrowAwayPostgres.Database server) : ActionWorld
    {
        private readonly TemporaryFolder _folder = new();

        public string Folder => _folder.Path;

        public override ServiceDefinition Service => Acting.Service();

        public override JsonObject Parameters => Acting.Json("""{"database": "rental", "from": "latest"}""");

        public override string Before => "0 rentals, 1 backups";

        public override string After => "500 rentals, 2 backups";

        public override int Writes => Directory.GetFiles(_folder.Path).Length - 1;

        public override IEnumerable<(ServiceDefinition Service, Reason Reason)> Refused => [(Service with { Team = "admission" }, Reason.NotGranted)];

        public override IAction Create() => new RestoreBackupAction(
            Granting.Of(server.Granted with { Allow = ["restore"], Backups = new GrantedBackups(_folder.Path, "${time}.dump") }), TimeProvider.System);

        public override async Task<string> LookAsync() => $"{await server.RunAsync("SELECT count(*) FROM rentals")} rentals, {Directory.GetFiles(_folder.Path).Length} backups";

        public override ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
