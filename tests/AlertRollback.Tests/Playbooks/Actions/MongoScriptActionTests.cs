using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Playbooks.Databases;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>MongoDB cannot be had here: a script stands in for mongosh.</summary>
public sealed class MongoScriptActionTests : IDisposable
{
    private readonly Scripts _scripts = new();

    [Fact]
    public async Task The_team_s_script_is_given_to_mongosh_as_it_is()
    {
        _scripts.Write("mongosh", $"for a; do last=$a; done; printf '%s' \"$last\" > {_scripts.At("script")}; echo '{{\"templates\":3,\"schedules\":1,\"left\":0}}'");
        var script = Granting.Shipped("reports/reports-rollback.js");

        (await RunAsync(script)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldEndWith("ended well: {\"templates\":3,\"schedules\":1,\"left\":0}");
        (await File.ReadAllTextAsync(_scripts.At("script"), TestContext.Current.CancellationToken)).ShouldBe(script.TrimEnd('\n') + "\n");
    }

    [Fact]
    public async Task An_error_is_a_measured_failure()
    {
        _scripts.Write("mongosh", "echo 'MongoServerError: not primary' >&2; exit 1");

        (await RunAsync("db.a.drop()")).ShouldBeOfType<StepOutcome.Failed>().Text.ShouldEndWith("exit code 1: MongoServerError: not primary");
    }

    [Fact]
    public async Task S16_a_script_in_a_pod_that_nobody_ended_may_still_be_at_work()
    {
        await using var cluster = await TestCluster.SandboxAsync();
        await cluster.TwoReleasesAsync();
        var (api, recorder) = ExecRecorder.Over(cluster.Api, _ => new ExecResult(0, "{\"n\": 3}\n", ""));
        var inPod = new DatabaseReach.Pod(new PodChoice("default", cluster.Namespace, null, null, "app=rental-api", "app"));
        var databases = Granting.Of(new GrantedDatabase(DatabaseKind.Mongodb, inPod) { Database = "reports", Allow = ["scripts"] }, api: api);
        var action = new MongoScriptAction(databases, [new MongoCheck(databases)], TimeProvider.System);
        var parameters = SqlActionTests.Parameters("db.a.drop()");
        parameters["done_when"] = new JsonArray(InlineChecks.Write(new CheckDefinition("mongo", new JsonObject { ["database"] = "rental", ["count"] = "a", ["equals"] = "0" }, false)));
        var pin = await action.PinAsync(Acting.Context(), parameters);
        var journal = new FakeStepJournal();
        await journal.PrepareAsync("begun", new JsonObject { ["until"] = $"{TimeProvider.System.GetUtcNow():O}" }, "", TestContext.Current.CancellationToken);

        var outcome = await action.ApplyAsync(Acting.Context(attempt: 2, journal: journal, deadline: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(4)), pin);

        outcome.ShouldBeOfType<StepOutcome.CannotTell>(outcome.Text).Text.ShouldContain("it may still be at work");
        recorder.Ran.ShouldAllBe(r => !r.Command.Contains("drop", StringComparison.Ordinal), "it is never run twice");
    }

    [Fact]
    public void An_empty_file_is_a_fault_of_the_matrix() => Action(_scripts).Validate(SqlActionTests.Parameters(" \n")).ShouldBe(["there is no script"]);

    internal static MongoScriptAction Action(Scripts scripts)
    {
        var databases = Granting.Of(new GrantedDatabase(DatabaseKind.Mongodb, new DatabaseReach.Program(null)) { Database = "reports", Allow = ["scripts"] }, scripts.Programs());
        return new MongoScriptAction(databases, [new MongoCheck(databases)], TimeProvider.System);
    }

    private async Task<StepOutcome> RunAsync(string script)
    {
        var action = Action(_scripts);
        return await action.ApplyAsync(Acting.Context(), await action.PinAsync(Acting.Context(), SqlActionTests.Parameters(script)));
    }

    public void Dispose() => _scripts.Dispose();
}

internal sealed class MongoScriptUse : ActionUse
{
    public override Type Action => typeof(MongoScriptAction);

    public override bool SeesOthers => false;

    public override Task<ActionWorld> ArrangeAsync(bool real) => Task.FromResult<ActionWorld>(new World());

    private sealed class World : ActionWorld
    {
        private readonly Scripts _scripts = new();

        public World() => _scripts.Write("mongosh", $"echo run >> {_scripts.At("runs")}");

        public override ServiceDefinition Service => Acting.Service();

        public override JsonObject Parameters => SqlActionTests.Parameters("db.a.drop()");

        public override string Before => "0 runs";

        public override string After => "1 runs";

        public override int Writes => _scripts.Lines("runs");

        public override IEnumerable<(ServiceDefinition Service, Reason Reason)> Refused => [(Service with { Team = "admission" }, Reason.NotGranted)];

        public override IAction Create() => MongoScriptActionTests.Action(_scripts);

        public override Task<string> LookAsync() => Task.FromResult($"{Writes} runs");

        public override ValueTask DisposeAsync()
        {
            _scripts.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
