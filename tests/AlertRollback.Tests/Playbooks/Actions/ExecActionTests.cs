using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class ExecActionTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;
    private WorkloadRef _workload = null!;
    private IKubernetesApi _api = null!;
    private ExecRecorder _recorder = null!;

    private Func<IReadOnlyList<string>, ExecResult> Answer { get; set; } = _ => new ExecResult(0, "done\n", "");

    private ServiceDefinition Service => new("rental", "rental-api", new WorkloadDefinition("deployment", _cluster.Namespace, "rental-api"), null, null, null);

    public async ValueTask InitializeAsync()
    {
        (_cluster, _workload) = await KubernetesWorld.TwoReleasesAsync(real: false);
        (_api, _recorder) = ExecRecorder.Over(_cluster.Api, c => Answer(c));
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("""{"command": ["npm run x"]}""")]
    [InlineData("""{"command": ["${service}"]}""")]
    [InlineData("""{"command": ["sh", "-c", "echo ${service}"]}""")]
    [InlineData("""{"command": ["mongosh", "--eval", "${service}"]}""")]
    [InlineData("""{"command": ["env", "sh", "-ec", "${service}"]}""")]
    [InlineData("""{"command": ["tool", "a;${service}"]}""")]
    [InlineData("""{"command": ["true"], "read_back": ["sh", "-c", "${service}"]}""")]
    [InlineData("""{"command": ["true"], "selector": ""}""")]
    [InlineData("""{"command": ["true"], "selector": " , "}""")]
    [InlineData("""{"command": ["true"], "pod": "a", "workload": "deployment/b"}""")]
    [InlineData("""{"command": ["true"], "workload": "deployment"}""")]
    [InlineData("""{"command": ["true"], "workload": "cronjob/b"}""")]
    [InlineData("""{"command": ["true"], "workload": "deployment/other/b"}""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) =>
        Action.Validate(Acting.Json(parameters)).ShouldHaveSingleItem();

    [Theory]
    [InlineData("""{"command": ["sh", "-c", "echo a; echo b"]}""")]
    [InlineData("""{"command": ["sh", "-c", "echo $1", "sh", "${service}"]}""")]
    [InlineData("""{"command": ["tool", "--to=${version}", "${service}"], "workload": "statefulset/db"}""")]
    public void Values_may_be_arguments(string parameters) => Action.Validate(Acting.Json(parameters)).ShouldBeEmpty();

    [Fact]
    public async Task Runs_the_arguments_as_they_are_in_the_pinned_pod()
    {
        var context = Acting.Context(Service);
        var pin = await Action.PinAsync(context, Acting.Json("""{"command": ["tool", "${service}", "a b;c"]}"""));
        (await Action.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldEndWith("ended well: done");
        _recorder.Ran.Single().ShouldBe((pin["place"]!["pod"]!.GetValue<string>(), "tool rental-api a b;c"));
    }

    [Fact]
    public async Task A_value_does_not_become_an_option()
    {
        var context = Acting.Context(Service with { Name = "--force" });
        (await Action.RefusedAsync(context, Acting.Json("""{"command": ["tool", "${service}"]}"""))).Reason.ShouldBe(Reason.NotGranted);
    }

    [Theory]
    [InlineData(3, "failed: nothing changed")]
    public async Task S16_another_exit_code_is_a_measured_failure(int code, string said)
    {
        Answer = _ => new ExecResult(code, "", said + "\n");
        (await ApplyAsync("""{"command": ["tool"]}""")).ShouldBeOfType<StepOutcome.Failed>().Text.ShouldEndWith($"exit code {code}: {said}");
    }

    [Fact]
    public async Task S19_what_looks_like_a_secret_is_not_told()
    {
        Answer = _ => new ExecResult(1, "", "login with password=hunter2 failed\n");
        (await ApplyAsync("""{"command": ["tool"]}""")).Text.ShouldNotContain("hunter2");
    }

    [Theory]
    [InlineData(0, typeof(StepOutcome.Done))]
    [InlineData(1, typeof(StepOutcome.Failed))]
    [InlineData(2, typeof(StepOutcome.CannotTell))]
    public async Task S17_after_a_crash_it_is_read_back_and_never_repeated(int code, Type outcome)
    {
        var context = Acting.Context(Service, attempt: 2);
        var pin = await Action.PinAsync(context, Acting.Json("""{"command": ["tool"], "read_back": ["look"]}"""));
        Answer = c => new ExecResult(c[0] == "look" ? code : 0, "", "");
        (await Action.ApplyAsync(context, pin)).ShouldBeOfType(outcome);
        _recorder.Ran.Select(r => r.Command).ShouldBe(["look"]);
    }

    [Fact]
    public async Task S17_an_end_that_nobody_saw_is_unknown()
    {
        Answer = _ => new ExecResult(null, "", "", TimedOut: true);
        (await ApplyAsync("""{"command": ["tool"]}""")).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.OutcomeUnknown);
        _recorder.Ran.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(0, typeof(StepOutcome.Done))]
    [InlineData(1, typeof(StepOutcome.CannotTell))]
    public async Task S16_what_nobody_ended_may_still_be_at_work_so_that_only_a_yes_is_measured(int code, Type outcome)
    {
        var context = Acting.Context(Service, deadline: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(2));
        var pin = await Action.PinAsync(context, Acting.Json("""{"command": ["tool"], "read_back": ["look"]}"""));
        Answer = c => c[0] == "look" ? new ExecResult(code, "", "") : new ExecResult(null, "", "", TimedOut: true);

        (await Action.ApplyAsync(context, pin)).ShouldBeOfType(outcome);
    }

    [Fact]
    public async Task A_pod_that_was_replaced_meanwhile_is_replaced_by_another_of_the_workload_unless_it_was_named()
    {
        var context = Acting.Context(Service);
        var pin = await Action.PinAsync(context, Acting.Json("""{"command": ["tool"]}"""));
        var first = pin["place"]!["pod"]!.GetValue<string>();
        var named = await Action.PinAsync(context, Acting.Json($$"""{"command": ["tool"], "pod": "{{first}}"}"""));
        await _cluster.SetImageAsync(_workload, "rental-api:v3");
        await _cluster.CompleteAsync(_workload, "rental-api:v3");

        (await Action.ApplyAsync(context, named)).ShouldBeOfType<StepOutcome.Failed>().Text.ShouldEndWith($"pod {first} is gone");
        (await Action.ApplyAsync(Acting.Context(Service), pin)).ShouldBeOfType<StepOutcome.Done>();
        _recorder.Ran.Single().Pod.ShouldNotBe(first);
    }

    [Fact]
    public async Task S15_the_workload_of_a_pod_that_a_selector_finds_is_known_and_nobody_elses_pod_takes_its_place()
    {
        var planned = (await Action.PinAsync(Acting.Context(Service), Acting.Json("""{"command": ["tool"], "selector": "app in (rental-api, worker)"}"""), TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();
        planned.Locks.ShouldBe([$"default/pods/{_cluster.Namespace}/app in (rental-api, worker)", $"default/deployment/{_cluster.Namespace}/rental-api"]);
        await _cluster.TwoReleasesAsync("worker");
        await _cluster.Api.MergePatchAsync(_workload.Object, Acting.Json("""{"spec": {"replicas": 0} }"""), new WriteOptions(), TestContext.Current.CancellationToken);
        await Until.TrueAsync(async () => (await _cluster.Api.ListAsync(ResourceKind.Pod, _cluster.Namespace, "app=rental-api", TestContext.Current.CancellationToken)).Count == 0);

        (await Action.ApplyAsync(Acting.Context(Service), planned.Pin)).ShouldBeOfType<StepOutcome.Failed>().Text.ShouldEndWith(" is gone");
        _recorder.Ran.ShouldBeEmpty();
    }

    [Fact]
    public async Task S17_another_pod_does_not_say_whether_it_was_run_in_the_first()
    {
        var pin = await Action.PinAsync(Acting.Context(Service), Acting.Json("""{"command": ["tool"], "read_back": ["look"]}"""));
        await _cluster.SetImageAsync(_workload, "rental-api:v3");
        await _cluster.CompleteAsync(_workload, "rental-api:v3");

        (await Action.ApplyAsync(Acting.Context(Service, attempt: 2), pin)).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.OutcomeUnknown);
        _recorder.Ran.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("error executing command in container: failed to exec: OCI runtime exec failed: exec failed: unable to start container process: exec: \"tool\": executable file not found in $PATH: unknown", "", true)]
    [InlineData("exec failed: executable file not found", "12 rows moved\n", false)]
    [InlineData("error executing command in container: failed while waiting for exec: ttrpc: closed", "", false)]
    [InlineData("failed to drain exec process io: open fifo: no such file or directory", "", false)]
    [InlineData(null, "", false)]
    public async Task S17_without_an_exit_code_only_what_certainly_did_not_begin_is_a_measured_failure(string? last, string output, bool never)
    {
        Answer = _ => new ExecResult(null, output, "", Failure: last);

        var outcome = await ApplyAsync("""{"command": ["tool"]}""");

        if (never)
            outcome.ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(Reason.CommandFailed);
        else
            outcome.ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.OutcomeUnknown);
    }

    [Theory]
    [InlineData("{}", 0, "", Verdict.Pass)]
    [InlineData("{}", 1, "", Verdict.Fail)]
    [InlineData("""{"output": {"contains": "PONG"}}""", 0, "PONG\n", Verdict.Pass)]
    [InlineData("""{"output": {"contains": "PONG"}}""", 0, "LOADING\n", Verdict.Fail)]
    [InlineData("""{"output": {"contains": "PONG"}}""", 1, "PONG\n", Verdict.Fail)]
    [InlineData("""{"output": {"equals": "${service} is up"}}""", 0, "rental-api is up\n", Verdict.Pass)]
    [InlineData("""{"below": 5}""", 0, "4\n", Verdict.Pass)]
    [InlineData("""{"below": 5}""", 0, "5\n", Verdict.Fail)]
    [InlineData("""{"below": 5}""", 0, "many\n", Verdict.Inconclusive)]
    public async Task The_check_judges_exit_code_and_output(string more, int code, string output, Verdict verdict)
    {
        Answer = _ => new ExecResult(code, output, "");
        (await AskAsync(more)).Verdict.ShouldBe(verdict);
    }

    [Fact]
    public async Task S16_a_check_that_did_not_end_or_could_not_begin_measures_nothing()
    {
        Answer = _ => new ExecResult(null, "", "", TimedOut: true);
        (await AskAsync("{}")).Verdict.ShouldBe(Verdict.Inconclusive);
        Answer = _ => new ExecResult(null, "", "", Failure: "executable file not found");
        (await AskAsync("{}")).ShouldBe(new CheckResult(Verdict.Inconclusive, "redis-cli ping", "not run: executable file not found", "exit code 0"));
        Answer = _ => new ExecResult(null, "", "", Failure: "failed while waiting for exec");
        (await AskAsync("{}")).Verdict.ShouldBe(Verdict.Inconclusive);
        Answer = _ => throw new KubernetesException(KubernetesFault.Forbidden, "no");
        (await AskAsync("{}")).Verdict.ShouldBe(Verdict.Inconclusive);
        (await AskAsync("""{"pod": "nothing"}""")).Measured.ShouldBe("no pod runs for pod nothing");
    }

    [Theory]
    [InlineData("""{"pod": "${service}-0"}""", "no pod runs for pod rental-api-0")]
    [InlineData("""{"selector": "app=${service}-0"}""", "no pod runs for pods with app=rental-api-0")]
    public async Task Which_pod_is_filled_in(string choice, string text)
    {
        (await AskAsync(choice)).Measured.ShouldBe(text);
        var parameters = Acting.Json(choice);
        parameters["command"] = new System.Text.Json.Nodes.JsonArray("tool");
        (await Action.RefusedAsync(Acting.Context(Service), parameters)).Text.ShouldBe(text);
    }

    [Fact]
    public async Task S15_a_value_does_not_make_a_selector_mean_other_pods()
    {
        var parameters = """{"command": ["tool"], "selector": "app=${service}"}""";
        (await Action.RefusedAsync(Acting.Context(Service with { Name = "a,tier" }), Acting.Json(parameters))).Reason.ShouldBe(Reason.NotGranted);
        (await new ExecCheck(new Clusters(_api)).AskAsync(Asking.Context() with { Service = Service with { Name = "a,tier" } }, Acting.Json(parameters), TestContext.Current.CancellationToken))
            .Single().Verdict.ShouldBe(Verdict.Inconclusive);
        _recorder.Ran.ShouldBeEmpty();
    }

    private ExecAction Action => new(new Clusters(_api), TimeProvider.System);

    private async Task<StepOutcome> ApplyAsync(string parameters)
    {
        var context = Acting.Context(Service);
        return await Action.ApplyAsync(context, await Action.PinAsync(context, Acting.Json(parameters)));
    }

    private async Task<CheckResult> AskAsync(string more)
    {
        var parameters = Acting.Json(more);
        parameters["command"] = new System.Text.Json.Nodes.JsonArray("redis-cli", "ping");
        return (await new ExecCheck(new Clusters(_api)).AskAsync(Asking.Context() with { Service = Service }, parameters, TestContext.Current.CancellationToken)).Single();
    }
}

internal sealed class ExecUse : ActionUse
{
    public override Type Action => typeof(ExecAction);

    public override bool OnRealCluster => true;

    public override IReadOnlyList<string> Rights => ["exec"];

    // What a program did inside a container is its own.
    public override bool SeesOthers => false;

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        return new World(cluster, workload, real);
    }

    private sealed class World : KubernetesWorld
    {
        private IKubernetesApi _api;
        private ExecRecorder _recorder;

        public World(TestCluster cluster, WorkloadRef workload, bool real) : base(cluster, workload, """{"command": ["sh", "-c", "echo cleared"]}""") =>
            (_api, _recorder) = ExecRecorder.Over(cluster.Api, real ? null : _ => new ExecResult(0, "cleared\n", ""));

        public override string Before => "nothing was run";

        public override string After => "sh -c echo cleared";

        public override int Writes => _recorder.Ran.Count;

        public override IAction Create() => new ExecAction(new Clusters(_api), TimeProvider.System);

        public override async Task RestrictAsync(IReadOnlyList<string> rights)
        {
            await base.RestrictAsync(rights);
            (_api, _recorder) = ExecRecorder.Over(Cluster.Acting, null);
        }

        public override async Task RestrictToAsync(IEnumerable<NeededRight> rights)
        {
            await base.RestrictToAsync(rights);
            (_api, _recorder) = ExecRecorder.Over(Cluster.Acting, null);
        }

        public override Task<string> LookAsync() => Task.FromResult(_recorder.Ran.Count == 0 ? Before : string.Join(", ", _recorder.Ran.Select(r => r.Command)));
    }
}
