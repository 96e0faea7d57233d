using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class FeatureFlagActionTests : IAsyncLifetime
{
    private const string Off = """
        {"set": {"enabled": false, "rollout_percentage": 0, "reason": "emergency_rollback of ${service}"},
         "read_back": {"after": "5s", "within": "10s", "expect": {"rollout_percentage": 0}}}
        """;

    private readonly PassingTime _time = new(Acting.Started);
    private PretendFlags _flags = null!;

    public async ValueTask InitializeAsync() => _flags = await PretendFlags.StartAsync();

    public ValueTask DisposeAsync() => _flags.DisposeAsync();

    [Fact]
    public async Task Sets_several_fields_at_once_with_the_key_and_reads_back_after_a_delay()
    {
        var (outcome, took) = await ApplyAsync(Off);

        outcome.ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe("reads back as rollout_percentage 0");
        took.ShouldBe(TimeSpan.FromSeconds(5));
        _flags.Written.ShouldBe([("PATCH", """{"enabled":false,"rollout_percentage":0,"reason":"emergency_rollback of rental-api"}""")]);
        _flags.Server.Asked.ShouldAllBe(a => a.Authorization == "Bearer emergency");
    }

    [Fact]
    public async Task The_plan_shows_what_it_is_and_what_it_will_be()
    {
        var pinned = (await Action.PinAsync(Context(), Acting.Json(Off), Cancellation)).ShouldBeOfType<PinOutcome.Pinned>();

        pinned.From.ShouldBe("enabled true, rollout_percentage 100");
        pinned.To.ShouldBe("enabled false, rollout_percentage 0, reason emergency_rollback of rental-api");
        pinned.Diff.ShouldBe(["enabled: true -> false", "rollout_percentage: 100 -> 0", "reason: nothing -> emergency_rollback of rental-api"]);
        pinned.Pin.ToJsonString().ShouldNotContain("emergency-key");
    }

    [Fact]
    public async Task A_service_that_takes_whole_flags_gets_what_else_is_in_it_too()
    {
        var (outcome, _) = await ApplyAsync("""{"set": {"rollout_percentage": 0} }""", method: "put");

        outcome.ShouldBeOfType<StepOutcome.Done>();
        _flags.Written.ShouldBe([("PUT", """{"enabled":true,"rollout_percentage":0,"owner":"ana"}""")]);
    }

    [Fact]
    public async Task S16_a_flag_that_does_not_read_as_wanted_in_time_is_a_measured_failure()
    {
        _flags.Instead = c => c.Request.Method == "PATCH" ? Results.NoContent() : null;
        var (outcome, took) = await ApplyAsync(Off);

        outcome.ShouldBeOfType<StepOutcome.Failed>().ShouldSatisfyAllConditions(
            f => f.Reason.ShouldBe(Reason.NotAsExpected),
            f => f.Text.ShouldEndWith("rollout_percentage reads 100, not 0"));
        took.ShouldBe(TimeSpan.FromSeconds(15));
    }

    [Theory]
    [InlineData(401, "it answers 401")]
    [InlineData(422, "it answers 422")]
    public async Task S16_a_service_that_says_no_is_a_measured_failure(int status, string said)
    {
        _flags.Instead = c => c.Request.Method == "PATCH" ? Results.StatusCode(status) : null;
        var (outcome, _) = await ApplyAsync(Off);

        outcome.ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(Reason.RejectedByService);
        outcome.Text.ShouldEndWith(said);
    }

    [Fact]
    public async Task A_service_that_fails_after_it_carried_it_out_is_read_back_and_not_asked_twice()
    {
        var failed = false;
        _flags.Instead = c =>
        {
            if (c.Request.Method == "PATCH")
            {
                _flags.Set("rollout_percentage", 0);
                failed = true;
                return Results.StatusCode(500);
            }

            return null;
        };
        var (outcome, _) = await ApplyAsync(Off);

        failed.ShouldBeTrue();
        outcome.ShouldBeOfType<StepOutcome.Done>();
        _flags.Server.Asked.Count(a => a.Body.Length > 0).ShouldBe(1);
    }

    [Fact]
    public async Task S16_a_service_that_nobody_reaches_is_planned_all_the_same_and_then_measured_so_that_the_ladder_goes_on()
    {
        var service = _flags.Service();
        var http = _flags.Http();
        await _flags.Server.DisposeAsync();
        var action = new FeatureFlagAction(http, new Clusters(new NoCluster("none")), TimeProvider.System);
        var pinned = (await action.PinAsync(Acting.Context(service), Acting.Json(Off), Cancellation)).ShouldBeOfType<PinOutcome.Pinned>();
        pinned.Warnings.ShouldHaveSingleItem().ShouldEndWith("(connection refused): it could not be put back.");

        var outcome = await action.ApplyAsync(Acting.Context(service), pinned.Pin);

        outcome.ShouldBeOfType<StepOutcome.Failed>().Text.ShouldEndWith("was not set: connection refused");
        (await action.RestoreAsync(Acting.Context(service), pinned.Pin, Cancellation)).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.ValuesGone);
    }

    [Fact]
    public async Task A_flag_that_does_not_exist_is_not_here_so_that_the_next_method_is_planned()
    {
        _flags.Instead = _ => Results.NotFound();
        (await Action.RefusedAsync(Context(), Acting.Json(Off))).Reason.ShouldBe(Reason.NotFound);
        (await Action.RefusedAsync(Acting.Context(), Acting.Json(Off))).Reason.ShouldBe(Reason.NotFound, "nor is one whose service does not say how it is reached");
    }

    [Fact]
    public async Task S15_a_host_that_is_not_granted_is_never_asked()
    {
        var action = new FeatureFlagAction(_flags.Http(host: "elsewhere"), new Clusters(new NoCluster("none")), TimeProvider.System);
        (await action.RefusedAsync(Context(), Acting.Json(Off))).Reason.ShouldBe(Reason.NotGranted);
        _flags.Server.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task S7_what_was_added_goes_and_what_was_there_comes_back()
    {
        var run = await RunAsync();

        (await run.RestoreAsync()).ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe("enabled true, rollout_percentage 100 again");
        _flags.Written[^1].Body.ShouldBe("""{"enabled":true,"rollout_percentage":100,"reason":null}""");
        _flags.Flag.ToJsonString().ShouldBe("""{"enabled":true,"rollout_percentage":100,"owner":"ana"}""");
    }

    [Fact]
    public async Task A_field_that_is_taken_and_never_shown_is_no_change_by_somebody_else()
    {
        _flags.Hidden.Add("reason");
        var run = await RunAsync();

        (await run.RestoreAsync()).ShouldBeOfType<StepOutcome.Done>();
        _flags.Written[^1].Body.ShouldBe("""{"enabled":true,"rollout_percentage":100}""");
    }

    [Fact]
    public async Task S7_a_flag_that_a_person_switched_off_first_stays_off()
    {
        var (action, context, pin) = await PinnedAsync();
        _flags.Set("enabled", false);
        _flags.Set("rollout_percentage", 0);
        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>().Reason.ShouldBe(Reason.AlreadyAtTarget);

        (await action.RestoreAsync(context, pin, Cancellation)).ShouldBeOfType<StepOutcome.Superseded>().Text.ShouldEndWith("was so before anything was written and stays so");
        _flags.Written.ShouldBeEmpty();
    }

    [Fact]
    public async Task S7_a_field_that_a_person_set_first_stays_and_the_others_come_back()
    {
        var (action, context, pin) = await PinnedAsync();
        _flags.Set("enabled", false);
        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();

        (await action.RestoreAsync(context, pin, Cancellation)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe("rollout_percentage 100 again; what somebody else had set stays: enabled");
        _flags.Flag.ToJsonString().ShouldBe("""{"enabled":false,"rollout_percentage":100,"owner":"ana"}""");
    }

    [Fact]
    public async Task S7_a_flag_that_was_set_only_in_part_is_put_back()
    {
        var (action, context, pin) = await PinnedAsync();
        _flags.Instead = c =>
        {
            if (c.Request.Method == "PATCH")
                _flags.Set("rollout_percentage", 0);
            return c.Request.Method == "PATCH" ? Results.StatusCode(422) : null;
        };
        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Failed>();
        _flags.Instead = _ => null;

        (await action.RestoreAsync(context, pin, Cancellation)).ShouldBeOfType<StepOutcome.Done>();
        _flags.Written.ShouldBe([("PATCH", """{"rollout_percentage":100}""")]);
    }

    [Fact]
    public async Task S7_what_was_sent_before_a_crash_is_known_to_be_ours()
    {
        var (action, context, pin) = await PinnedAsync();
        var journal = new FakeStepJournal();
        await journal.MarkAsync("sending", [], "", Cancellation);
        _flags.Set("enabled", false);
        _flags.Set("rollout_percentage", 0);
        var again = context with { Attempt = 2, Journal = journal };
        (await action.ApplyAsync(again, pin)).ShouldBeOfType<StepOutcome.Done>();

        (await action.RestoreAsync(again, pin, Cancellation)).ShouldBeOfType<StepOutcome.Done>();
        _flags.Flag.ToJsonString().ShouldBe("""{"enabled":true,"rollout_percentage":100,"owner":"ana"}""");
    }

    [Theory]
    [InlineData("""{"set": {}}""")]
    [InlineData("""{"set": {"a": {"b": 1}}}""")]
    [InlineData("""{"set": {"--all": true}}""")]
    [InlineData("""{"set": {"a": 1}, "read_back": {"expect": {"a": []}}}""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) => Action.Validate(Acting.Json(parameters)).ShouldHaveSingleItem();

    [Theory]
    [InlineData("""{"rollout_percentage": 100}""", Verdict.Pass, "rollout_percentage 100")]
    [InlineData("""{"rollout_percentage": "100"}""", Verdict.Pass, "rollout_percentage 100")]
    [InlineData("""{"rollout_percentage": 0}""", Verdict.Fail, "rollout_percentage reads 100, not 0")]
    [InlineData("""{"canary_percentage": 0}""", Verdict.Fail, "canary_percentage reads nothing, not 0")]
    public async Task The_check_says_what_the_flag_reads(string expect, Verdict verdict, string measured)
    {
        var result = await AskAsync(expect);
        (result.Verdict, result.Measured).ShouldBe((verdict, measured));
    }

    [Fact]
    public async Task S16_a_check_that_gets_no_answer_measures_nothing()
    {
        _flags.Instead = _ => Results.StatusCode(503);
        (await AskAsync("""{"rollout_percentage": 100}""")).ShouldBe(
            new CheckResult(Verdict.Inconclusive, $"flag {_flags.Server.Url}/api/flags/rental_routing", "it answers 503", "rollout_percentage 100"));
    }

    private FeatureFlagAction Action => new(_flags.Http(), new Clusters(new NoCluster("none")), _time);

    private StepContext Context(string method = "patch") => Acting.Context(_flags.Service(method), deadline: Acting.Started + TimeSpan.FromMinutes(1));

    private async Task<CheckResult> AskAsync(string expect) => (await new FlagIsCheck(_flags.Http(), new Clusters(new NoCluster("none")))
        .AskAsync(Asking.Context() with { Service = _flags.Service() }, new JsonObject { ["expect"] = Acting.Json(expect) }, Cancellation)).Single();

    private async Task<(StepOutcome Outcome, TimeSpan Took)> ApplyAsync(string parameters, string method = "patch")
    {
        var context = Context(method);
        var action = Action;
        var outcome = await action.ApplyAsync(context, await action.PinAsync(context, Acting.Json(parameters)));
        return (outcome, _time.GetUtcNow() - Acting.Started);
    }

    private async Task<(FeatureFlagAction Action, StepContext Context, JsonObject Pin)> PinnedAsync()
    {
        var context = Acting.Context(_flags.Service());
        var action = new FeatureFlagAction(_flags.Http(), new Clusters(new NoCluster("none")), TimeProvider.System);
        return (action, context, await action.PinAsync(context, Acting.Json("""{"set": {"enabled": false, "rollout_percentage": 0} }""")));
    }

    private async Task<Restorable> RunAsync()
    {
        var action = new FeatureFlagAction(_flags.Http(), new Clusters(new NoCluster("none")), TimeProvider.System);
        var context = Acting.Context(_flags.Service());
        var pin = await action.PinAsync(context, Acting.Json("""{"set": {"enabled": false, "rollout_percentage": 0, "reason": "x"}, "read_back": {"expect": {"rollout_percentage": 0}}}"""));
        (await action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        return new Restorable(action, context, pin);
    }

    private sealed record Restorable(FeatureFlagAction Action, StepContext Context, JsonObject Pin)
    {
        public Task<StepOutcome> RestoreAsync() => Action.RestoreAsync(Context, Pin, Cancellation);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}

internal sealed class FeatureFlagHttpUse : ActionUse
{
    public override Type Action => typeof(FeatureFlagAction);

    public override string Way => " by HTTP";

    public override async Task<ActionWorld> ArrangeAsync(bool real) => new World(await PretendFlags.StartAsync());

    private sealed class World(PretendFlags flags) : ActionWorld
    {
        public override AlertRollback.Matrix.ServiceDefinition Service => flags.Service();

        public override JsonObject Parameters => Acting.Json("""{"set": {"enabled": false, "rollout_percentage": 0} }""");

        public override string Before => """{"enabled":true,"rollout_percentage":100,"owner":"ana"}""";

        public override string After => """{"enabled":false,"rollout_percentage":0,"owner":"ana"}""";

        public override string AfterHand => """{"enabled":false,"rollout_percentage":50,"owner":"ana"}""";

        public override int Writes => flags.Written.Count;

        public override IEnumerable<(AlertRollback.Matrix.ServiceDefinition Service, Reason Reason)> Refused =>
            [(Acting.Service(), Reason.NotFound), (Acting.Service("""{"flag": {"url": "http://elsewhere/x"} }"""), Reason.NotGranted)];

        public override IAction Create() => new FeatureFlagAction(flags.Http(), new Clusters(new NoCluster("none")), TimeProvider.System);

        public override Task<string> LookAsync() => Task.FromResult(flags.Flag.ToJsonString());

        public override Task ChangeByHandAsync()
        {
            flags.Set("rollout_percentage", 50);
            return Task.CompletedTask;
        }

        public override ValueTask DisposeAsync() => flags.DisposeAsync();
    }
}

internal sealed class FeatureFlagConfigMapUse : ActionUse
{
    public override Type Action => typeof(FeatureFlagAction);

    public override string Way => " in a ConfigMap";

    public override bool OnRealCluster => true;

    public override IReadOnlyList<string> Rights => ["config-maps"];

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "configmaps/feature-flags");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        var world = new ObjectWorld(cluster, workload, """{"set": {"REPORTS_MODULE_ENABLED": false} }""", w => new FeatureFlagAction(Unused.Http, w.Clusters, TimeProvider.System))
        {
            Settings = """{"flag": {"config_map": "feature-flags"} }""",
            States = ("KEPT=x REPORTS_MODULE_ENABLED=true", "KEPT=x REPORTS_MODULE_ENABLED=false"),
            Look = ConfigMapUse.LookAsync,
            Hand = w => w.PatchAsync(ResourceKind.ConfigMap, "feature-flags", """{"data": {"REPORTS_MODULE_ENABLED": "true"} }"""),
            Refusals = w => [(w.Service with { Settings = [] }, Reason.NotFound), (w.Service with { Settings = Acting.Json("""{"flag": {"config_map": "other"} }""") }, Reason.NotFound)],
        };
        await world.AddAsync(ResourceKind.ConfigMap, """{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "feature-flags"}, "data": {"REPORTS_MODULE_ENABLED": "true", "KEPT": "x"} }""");
        return world;
    }
}

internal sealed class FeatureFlagCommandUse : ActionUse
{
    public override Type Action => typeof(FeatureFlagAction);

    public override string Way => " by a program";

    public override IReadOnlyList<string> Rights => ["exec"];

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real: false);
        return new World(cluster, workload);
    }

    private sealed class World : KubernetesWorld
    {
        private readonly IKubernetesApi _api;
        private readonly ExecRecorder _recorder;
        private readonly SortedDictionary<string, string> _flags = new(StringComparer.Ordinal) { ["ai_enabled"] = "true", ["ai_rollout"] = "100" };

        public World(TestCluster cluster, AlertRollback.Kubernetes.Workloads.WorkloadRef workload) : base(cluster, workload, """{"set": {"ai_enabled": false, "ai_rollout": 0} }""") =>
            (_api, _recorder) = ExecRecorder.Over(cluster.Api, Run);

        public override AlertRollback.Matrix.ServiceDefinition Service =>
            base.Service with { Settings = Acting.Json("""{"flag": {"get": ["npm", "run", "--silent", "flags:get", "--"], "set": ["npm", "run", "flags:set", "--"]} }""") };

        public override string Before => "[ai_enabled, true] [ai_rollout, 100]";

        public override string After => "[ai_enabled, false] [ai_rollout, 0]";

        public override string AfterHand => "[ai_enabled, false] [ai_rollout, 10]";

        public override int WritesOfOneApply => 2;

        public override int Writes => _recorder.Ran.Count(r => r.Command.Contains("flags:set", StringComparison.Ordinal));

        public override IEnumerable<(AlertRollback.Matrix.ServiceDefinition Service, Reason Reason)> Refused =>
            [(Service with { Settings = [] }, Reason.NotFound), (Service with { Workload = Service.Workload! with { Name = "nothing" } }, Reason.NotFound)];

        public override IAction Create() => new FeatureFlagAction(Unused.Http, new Clusters(_api), TimeProvider.System);

        public override Task<string> LookAsync() => Task.FromResult(string.Join(' ', _flags));

        public override Task ChangeByHandAsync()
        {
            _flags["ai_rollout"] = "10";
            return Task.CompletedTask;
        }

        private ExecResult Run(IReadOnlyList<string> command)
        {
            if (command[2] == "flags:set")
                _flags[command[^2]] = command[^1];
            return new ExecResult(0, $"{_flags[command[2] == "flags:set" ? command[^2] : command[^1]]}\n", "");
        }
    }
}

internal static class Unused
{
    public static GrantedHttp Http => new(Asking.Http(), Acting.Granting(new AlertRollback.Operators.TeamGrants()), TimeProvider.System);
}
