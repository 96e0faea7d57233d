using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Playbooks.Databases;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Databases;

/// <summary>Programs of databases in Jobs: a real psql and pg_dump, run by what the manifest says.</summary>
public sealed class DatabaseJobTests(ThrowAwayPostgres postgres) : IAsyncLifetime
{
    private const string Password = "hunter2-of-rental";

    private TestCluster _cluster = null!;
    private IKubernetesApi _api = null!;
    private JobNode _node = null!;
    private ThrowAwayPostgres.Database _server = null!;
    private readonly Scripts _scripts = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private DatabaseReach.Job OfImage => new("default", _cluster.Namespace, null, "postgres:15", null, "rental-db-tools", null, TimeSpan.FromHours(1));

    private GrantedDatabase Granted => _server.Granted with { Reach = OfImage, Password = new DatabaseSecret(null, null, new SecretKey("rental-db", "password")), Allow = ["scripts", "restore"] };

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.SandboxAsync();
        (_api, _node) = JobNode.Over(_cluster.Api, _scripts.Folder);
        var secret = (JsonObject)JsonNode.Parse($$"""{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "rental-db"}, "data": {"password": "{{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Password))}}"} }""")!;
        await _cluster.Api.CreateAsync(ResourceKind.Secret, _cluster.Namespace, secret, new WriteOptions(), Cancellation);
        await CronJobs.AddAsync(_cluster.Api, _cluster.Namespace, "tools", "tools:v1", "\"backoffLimit\": 3,");
        _server = await postgres.CreateAsync();
        await _server.RunAsync("CREATE TABLE a (n int); INSERT INTO a VALUES (1); CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE WARNING ''mind the gap''; RETURN 2; END'");
        _cluster.Forget();
    }

    public async ValueTask DisposeAsync()
    {
        _scripts.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task A_question_is_a_job_whose_log_is_the_answer()
    {
        (await AskAsync("SELECT two()", "2")).ShouldBe(new CheckResult(Verdict.Pass, "SELECT two()", "2", "equals 2"));
        (await AskAsync("SELECT two()", "3")).Verdict.ShouldBe(Verdict.Fail, "the same question has its answer already");

        var job = _node.Ran.ShouldHaveSingleItem();
        var pod = job["spec"]!["template"]!["spec"]!;
        (pod["restartPolicy"]!.ToString(), pod["serviceAccountName"]!.ToString(), pod["automountServiceAccountToken"]!.ToString()).ShouldBe(("Never", "rental-db-tools", "false"));
        (job["spec"]!["backoffLimit"]!.GetValue<int>(), job["spec"]!["ttlSecondsAfterFinished"]!.GetValue<long>()).ShouldBe((0, 3600));
    }

    [Theory]
    [InlineData("SELECT two()", Verdict.Pass)]
    [InlineData("SELECT nothing FROM nowhere", Verdict.Inconclusive)]
    public async Task The_answer_is_the_program_s_and_not_that_of_a_proxy_which_a_mesh_puts_before_it(string query, Verdict verdict)
    {
        _node.HasProxy = true;

        (await AskAsync(query, "2")).Verdict.ShouldBe(verdict);
    }

    [Fact]
    public async Task S19_the_password_comes_from_the_secret_and_stands_nowhere()
    {
        _scripts.Write("psql", "printf \"$PGPASSWORD\" | wc -c");

        (await AskAsync("SELECT 1", $"{Password.Length}")).Verdict.ShouldBe(Verdict.Pass);
        var job = _node.Ran.ShouldHaveSingleItem();
        job.ToJsonString().ShouldNotContain(Password);
        job["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]!.ToJsonString().ShouldBe("""[{"name":"PGPASSWORD","valueFrom":{"secretKeyRef":{"name":"rental-db","key":"password"}}}]""");
    }

    [Fact]
    public async Task S16_what_ends_badly_measures_nothing_and_says_why()
    {
        var answer = await AskAsync("SELECT nothing FROM nowhere", "1");

        answer.Verdict.ShouldBe(Verdict.Inconclusive);
        answer.Measured.ShouldContain("relation \"nowhere\" does not exist");
        (await new SqlCheck(Databases(Granted)).AskAsync(Context() with { MayWrite = () => new StepOutcome.CannotTell(Reason.StoppedByPerson, "stopped") }, Query("SELECT 4", "4"), Cancellation)).Single()
            .Measured.ShouldBe("not run: not run: stopped");
        _node.Ran.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_script_is_run_once_and_its_end_is_found_again_after_a_crash()
    {
        var (action, journal) = (Sql(Granted), new FakeStepJournal());
        var pin = await action.PinAsync(Step(journal), SqlActionTests.Parameters("INSERT INTO a VALUES (2)"));
        _cluster.Writes.ShouldBe(0, "a plan runs no Job");

        (await action.ApplyAsync(Step(journal), pin)).ShouldBeOfType<StepOutcome.Done>();
        var afterCrash = WithoutEnd(journal);
        (await action.ApplyAsync(Step(afterCrash, attempt: 2), pin)).ShouldBeOfType<StepOutcome.Done>().Reason.ShouldBe(Reason.Applied);

        (await _server.RunAsync("SELECT string_agg(n::text, ',' ORDER BY n) FROM a")).ShouldBe("1,2");
        _node.Ran.Count.ShouldBe(1);
        journal.Marks.Values.ShouldNotContain(m => m.ToJsonString().Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S17_a_job_that_is_gone_is_not_made_again()
    {
        var (action, journal) = (Sql(Granted), new FakeStepJournal());
        var pin = await action.PinAsync(Step(journal), SqlActionTests.Parameters("INSERT INTO a VALUES (2)"));
        (await action.ApplyAsync(Step(journal), pin)).ShouldBeOfType<StepOutcome.Done>();
        var job = (await _cluster.Api.ListAsync(ResourceKind.Job, _cluster.Namespace, null, Cancellation)).Single();
        await _cluster.Api.DeleteAsync(new ObjectRef(ResourceKind.Job, _cluster.Namespace, job.Name), job.Uid, new DeleteOptions(GraceSeconds: 0, Propagation: "Background"), Cancellation);

        (await action.ApplyAsync(Step(WithoutEnd(journal), attempt: 2), pin)).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.OutcomeUnknown);
        _node.Ran.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("INSERT INTO a VALUES (2)", Reason.Applied, "2")]
    [InlineData("INSERT INTO a VALUES (2); SELECT 1/0", Reason.CommandFailed, "1")]
    [InlineData("SELECT 1", Reason.NotAsExpected, "1")]
    public async Task The_same_question_before_and_after_a_script_is_asked_twice(string script, Reason reason, string rows)
    {
        var (action, journal) = (Sql(Granted), new FakeStepJournal());
        var parameters = SqlActionTests.Parameters(script);
        parameters["require"] = Check("SELECT count(*) FROM a", "1");
        parameters["done_when"] = Check("SELECT count(*) FROM a", "2");

        var outcome = await action.ApplyAsync(Step(journal), await action.PinAsync(Step(journal), parameters));

        (outcome switch { StepOutcome.Done done => done.Reason, StepOutcome.Failed failed => failed.Reason, _ => throw new InvalidOperationException(outcome.ToString()) }).ShouldBe(reason, outcome.Text);
        (await _server.RunAsync("SELECT count(*) FROM a")).ShouldBe(rows);
    }

    [Theory]
    [InlineData("SELECT count(*) FROM a", Reason.Applied, 1)]
    [InlineData("SELECT nothing FROM nowhere", Reason.Inconclusive, 0)]
    public async Task A_question_whose_job_still_runs_is_asked_again_and_no_other(string query, Reason reason, int waits)
    {
        // The node shows the Job's end only once the step has waited.
        _node.StillRuns = waits > 0;
        var clock = new WaitingTime { Waited = () => _node.StillRuns = false };
        var databases = Granting.Of(Granted, api: _api, time: new PassingTime(TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(20)));
        var action = new SqlAction(databases, [new SqlCheck(databases)], clock);
        var (parameters, journal) = (SqlActionTests.Parameters("INSERT INTO a VALUES (2)"), new FakeStepJournal());
        parameters["require"] = Check(query, "1");

        var outcome = await action.ApplyAsync(Step(journal), await action.PinAsync(Step(journal), parameters));

        (outcome switch { StepOutcome.Done done => done.Reason, StepOutcome.CannotTell not => not.Reason, _ => throw new InvalidOperationException(outcome.ToString()) }).ShouldBe(reason, outcome.Text);
        clock.Waits.ShouldBe(waits);
    }

    [Fact]
    public async Task With_the_kill_switch_thrown_nothing_is_made()
    {
        var journal = new FakeStepJournal { Stop = new StepOutcome.CannotTell(Reason.StoppedByPerson, "stopped"), StopsAfter = "begun" };
        var action = Sql(Granted);
        var pin = await action.PinAsync(Step(journal), SqlActionTests.Parameters("DELETE FROM a"));

        (await action.ApplyAsync(Step(journal), pin)).ShouldBeOfType<StepOutcome.CannotTell>().Text.ShouldContain("stopped");
        (_node.Ran.Count, _cluster.Writes).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_cronjob_gives_its_image_and_variables_and_nothing_of_how_often_it_is_tried()
    {
        _scripts.Write("psql", "printf \"$PGPASSWORD $MODE\"");
        var database = Granted with { Reach = OfImage with { CronJob = "tools", Image = null, Account = null }, Password = new DatabaseSecret(null, "DB_PASSWORD") };

        (await new SqlCheck(Databases(database)).AskAsync(Context(), Query("SELECT 1", "hunter2-of-node check"), Cancellation)).Single().Verdict.ShouldBe(Verdict.Pass);

        var job = _node.Ran.ShouldHaveSingleItem();
        job["spec"]!["template"]!["spec"]!["restartPolicy"]!.ToString().ShouldBe("Never", "the node would run the program again");
        job["spec"]!["backoffLimit"]!.GetValue<int>().ShouldBe(0);
        job["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.ToString().ShouldBe("tools:v1");
    }

    [Fact]
    public async Task A_cronjob_that_is_not_there_is_refused_by_the_plan()
    {
        var database = Granted with { Reach = OfImage with { CronJob = "nothing", Image = null, Account = null } };

        (await Sql(database).RefusedAsync(Step(new FakeStepJournal()), SqlActionTests.Parameters("SELECT 1"))).Text.ShouldContain("nothing does not exist");
    }

    [Fact]
    public async Task A_backup_is_made_proven_and_put_back_by_its_name()
    {
        using var folder = new TemporaryFolder();
        var database = Granted with { Reach = OfImage with { Claim = "rental-backups" }, Backups = new GrantedBackups(folder.Path, "rental_${time}.sql.gz") };
        var (backup, restore) = (new BackupAction(Databases(database), TimeProvider.System), new RestoreBackupAction(Databases(database), TimeProvider.System));
        var step = Step(new FakeStepJournal());
        (await backup.ApplyAsync(step, await backup.PinAsync(step, Acting.Json("""{"database": "rental"}""")))).ShouldBeOfType<StepOutcome.Done>();
        var file = Path.GetFileName(Directory.GetFiles(folder.Path).ShouldHaveSingleItem());
        await _server.RunAsync("DELETE FROM a");

        var again = Step(new FakeStepJournal(), key: "steps/1");
        (await restore.RefusedAsync(again, Acting.Json("""{"database": "rental", "from": "latest"}"""))).Text.ShouldStartWith("a plan runs no Job to look which backups there are");
        var pin = await restore.PinAsync(again, Acting.Json($$"""{"database": "rental", "from": "{{file}}"}"""));
        (await restore.ApplyAsync(again, pin)).ShouldBeOfType<StepOutcome.Done>();

        (await _server.RunAsync("SELECT count(*) FROM a")).ShouldBe("1");
        var pod = _node.Ran[0]["spec"]!["template"]!["spec"]!;
        pod["volumes"]!.ToJsonString().ShouldBe("""[{"name":"alertrollback-claim","persistentVolumeClaim":{"claimName":"rental-backups"}}]""");
        pod["containers"]![0]!["volumeMounts"]![0]!["mountPath"]!.ToString().ShouldBe(folder.Path);
        (await AskBackupAsync(database, file)).Verdict.ShouldBe(Verdict.Pass);
    }

    [Fact]
    public async Task A_backup_that_is_broken_is_found_out_before_anything_is_touched()
    {
        using var folder = new TemporaryFolder();
        folder.Write("rental_20260120T000000Z.sql.gz", "no backup");
        var restore = new RestoreBackupAction(Databases(Granted with { Backups = new GrantedBackups(folder.Path, "rental_${time}.sql.gz") }), TimeProvider.System);
        var step = Step(new FakeStepJournal());
        var pin = await restore.PinAsync(step, Acting.Json("""{"database": "rental", "from": "rental_20260120T000000Z.sql.gz"}"""));

        (await restore.ApplyAsync(step, pin)).ShouldBeOfType<StepOutcome.Failed>().Text.ShouldStartWith("nothing was changed: rental_20260120T000000Z.sql.gz cannot be read");
        (await _server.RunAsync("SELECT count(*) FROM a")).ShouldBe("1");
    }

    [Fact]
    public async Task A_restore_that_a_person_stops_while_it_is_prepared_says_so()
    {
        using var folder = new TemporaryFolder();
        folder.Write("rental_20260120T000000Z.sql.gz", "never read to its end");
        var restore = new RestoreBackupAction(Databases(Granted with { Backups = new GrantedBackups(folder.Path, "rental_${time}.sql.gz") }), TimeProvider.System);
        var step = Step(new FakeStepJournal { Stop = new StepOutcome.CannotTell(Reason.StoppedByPerson, "stopped by kim"), StopsAfter = "job" });
        var pin = await restore.PinAsync(step, Acting.Json("""{"database": "rental", "from": "rental_20260120T000000Z.sql.gz"}"""));

        var outcome = await restore.ApplyAsync(step, pin);

        outcome.ShouldBe(new StepOutcome.CannotTell(Reason.StoppedByPerson, "nothing was changed: rental_20260120T000000Z.sql.gz cannot be proven: stopped by kim"));
    }

    [Fact]
    public async Task Mongosh_and_redis_cli_are_run_the_same_way()
    {
        _scripts.Write("mongosh", "echo noise >&2; test \"$MONGODB_URI\" = hunter2-of-rental && echo '{\"n\":3}'");
        _scripts.Write("redis-cli", "test \"$REDISCLI_AUTH\" = hunter2-of-rental && echo PONG");
        var (key, reach) = (new DatabaseSecret(null, null, new SecretKey("rental-db", "password")), OfImage);

        (await new MongoCheck(Databases(new GrantedDatabase(DatabaseKind.Mongodb, reach) { Database = "reports", Uri = key }))
            .AskAsync(Context(), Asking.Parameters("""{"database": "rental", "count": "templates", "equals": "3"}"""), Cancellation)).Single().Verdict.ShouldBe(Verdict.Pass);
        (await new RedisCheck(Databases(new GrantedDatabase(DatabaseKind.Redis, reach) { Password = key })).AskAsync(Context(), Asking.Parameters("""{"database": "rental"}"""), Cancellation)).Single().Verdict.ShouldBe(Verdict.Pass);
    }

    [Theory]
    [InlineData("0", Verdict.Pass, "10.0.0.7 mongodb-cluster")]
    [InlineData("2", Verdict.Fail, "no address")]
    [InlineData("127", Verdict.Inconclusive, "getent ended with exit code 127")]
    public async Task A_name_is_looked_up_in_a_job_where_no_pod_can(string code, Verdict verdict, string measured)
    {
        _scripts.Write("getent", $"test {code} = 0 && echo 10.0.0.7 mongodb-cluster; exit {code}");

        var result = (await new DnsCheck(new Clusters(_api), TimeProvider.System).AskAsync(Context(), Asking.Parameters("""{"host": "mongodb-cluster", "image": "busybox:1.36"}"""), Cancellation)).Single();

        result.ShouldBe(new CheckResult(verdict, "address of mongodb-cluster", measured, "an address"));
        _node.Ran.ShouldHaveSingleItem()["spec"]!["template"]!["spec"]!["containers"]![0]!["command"]!.ToJsonString().ShouldBe("""["getent","hosts","mongodb-cluster"]""");
    }

    /// <summary>A step that waits for a second is woken at once.</summary>
    private sealed class WaitingTime : TimeProvider
    {
        public required Action Waited { get; init; }

        public int Waits { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != TimeSpan.FromSeconds(1))
                return System.CreateTimer(callback, state, dueTime, period);
            Waits++;
            Waited();
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    private ServiceDefinition Service => new("rental", "rental-api", new WorkloadDefinition("deployment", _cluster.Namespace, "rental-api"), null, null, null);

    private GrantedDatabases Databases(GrantedDatabase database) => Granting.Of(database, api: _api);

    private SqlAction Sql(GrantedDatabase database) => new(Databases(database), [new SqlCheck(Databases(database))], TimeProvider.System);

    private CheckContext Context() => Asking.Context() with { Service = Service, Since = DateTimeOffset.UnixEpoch, MayWrite = () => null };

    private StepContext Step(FakeStepJournal journal, int attempt = 1, string key = "steps/0") => Acting.Context(Service, attempt, journal, stepKey: key);

    private static FakeStepJournal WithoutEnd(FakeStepJournal journal)
    {
        var copy = new FakeStepJournal();
        foreach (var (name, data) in journal.Marks.Where(m => m.Key != "ended"))
            copy.MarkAsync(name, data, "", Cancellation).GetAwaiter().GetResult();
        return copy;
    }

    private async Task<CheckResult> AskAsync(string query, string equals) =>
        (await new SqlCheck(Databases(Granted)).AskAsync(Context(), Query(query, equals), Cancellation)).ShouldHaveSingleItem();

    private async Task<CheckResult> AskBackupAsync(GrantedDatabase database, string file) =>
        (await new BackupCheck(Databases(database)).AskAsync(Context(), Asking.Parameters($$"""{"database": "rental", "from": "{{file}}"}"""), Cancellation)).ShouldHaveSingleItem();

    private static JsonObject Query(string query, string equals) => new() { ["database"] = "rental", ["query"] = query, ["equals"] = equals };

    private static JsonArray Check(string query, string equals) => [InlineChecks.Write(new CheckDefinition("sql", Query(query, equals), false))];
}
