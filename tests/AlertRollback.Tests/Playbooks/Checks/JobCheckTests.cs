using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Playbooks.Checks;

public sealed class JobCheckTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    private ServiceDefinition Service => new("rental", "rental-api", new WorkloadDefinition("deployment", _cluster.Namespace, "rental-api"), null, null, null);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.SandboxAsync();
        await CronJobs.AddAsync(_cluster.Api, _cluster.Namespace, "integrity", "check:v1");
        await CronJobs.AddAsync(_cluster.Api, _cluster.Namespace, "failing", "check:v1-fail", "\"backoffLimit\": 0,");
        await CronJobs.AddAsync(_cluster.Api, _cluster.Namespace, "waiting", "check:v1-bad");
        _cluster.Forget();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("integrity", Verdict.Pass, "completed after")]
    [InlineData("failing", Verdict.Fail, "failed (BackoffLimitExceeded)")]
    public async Task The_end_of_the_job_of_the_step_before_is_the_answer(string cronJob, Verdict verdict, string measured)
    {
        var name = await RunStepAsync(cronJob);
        var answer = await AskAsync("{}");

        (answer.Verdict, answer.What).ShouldBe((verdict, $"job {name}"));
        answer.Measured.ShouldStartWith(measured);
        (await AskAsync($$"""{"name": "{{name}}"}""")).ShouldBe(answer);
        _cluster.Writes.ShouldBe(1, "looking ran nothing");
    }

    [Theory]
    [InlineData("""{"name": "nothing"}""", "there is no Job nothing")]
    [InlineData("""{"name": "../x"}""", "there is no Job ../x")]
    [InlineData("{}", "no step of this rollback made a Job, or it is gone")]
    public async Task S16_a_job_that_is_not_there_measures_nothing(string parameters, string measured) =>
        (await AskAsync(parameters)).ShouldSatisfyAllConditions(a => a.Verdict.ShouldBe(Verdict.Inconclusive), a => a.Measured.ShouldBe(measured));

    [Theory]
    [InlineData("integrity", "{}", Verdict.Pass)]
    [InlineData("failing", "{}", Verdict.Fail)]
    [InlineData("integrity", """{"output": {"contains": "exit code 0"}}""", Verdict.Pass)]
    [InlineData("integrity", """{"output": {"contains": "0 errors"}}""", Verdict.Fail)]
    [InlineData("integrity", """{"below": 5}""", Verdict.Inconclusive)]
    public async Task A_job_that_only_looks_is_run_once_and_judged(string cronJob, string more, Verdict verdict)
    {
        var parameters = Asking.Parameters(more);
        parameters["cronjob"] = cronJob;
        foreach (var _ in new[] { 1, 2 })
            (await AskAsync(parameters.ToJsonString())).Verdict.ShouldBe(verdict);

        _cluster.Writes.ShouldBe(1);
        (await AskAsync("{}")).Verdict.ShouldBe(Verdict.Inconclusive, "no step made it");
    }

    [Fact]
    public async Task A_job_of_a_file_is_run_and_not_taken_for_the_one_of_the_step_before()
    {
        await RunStepAsync("integrity");
        var answer = await AskAsync(new JsonObject
        {
            ["file"] = new JsonArray(new JsonObject { ["file"] = "look.yml", ["text"] = "spec:\n  containers:\n    - {name: look, image: \"check:v1-fail\"}\n" }),
        }.ToJsonString());

        (answer.Verdict, answer.What.StartsWith("job job-", StringComparison.Ordinal)).ShouldBe((Verdict.Fail, true), answer.ToString());
        _cluster.Writes.ShouldBe(2);
    }

    [Theory]
    [InlineData("integrity", 0, 1)]
    [InlineData("integrity", 4.9, 1)]
    [InlineData("integrity", 5.1, 2)]
    [InlineData("failing", 1.9, 1)]
    [InlineData("failing", 2.1, 2)]
    public async Task A_failed_run_is_soon_run_again_and_a_good_one_after_minutes(string cronJob, double minutes, int runs)
    {
        var clock = new ShiftedTime();
        await AskAsync($$"""{"cronjob": "{{cronJob}}"}""", clock);
        clock.Shift = TimeSpan.FromMinutes(minutes);
        await AskAsync($$"""{"cronjob": "{{cronJob}}"}""", clock);

        _cluster.Writes.ShouldBe(runs);
    }

    [Fact]
    public async Task What_ran_before_the_last_change_is_run_again()
    {
        await AskAsync("""{"cronjob": "integrity"}""");
        await AskAsync("""{"cronjob": "integrity"}""", since: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(5));

        _cluster.Writes.ShouldBe(2);
    }

    [Fact]
    public async Task It_is_run_five_times_at_most()
    {
        var clock = new ShiftedTime();
        for (var i = 0; i < 8; i++, clock.Shift += TimeSpan.FromMinutes(3))
        {
            (await AskAsync("""{"cronjob": "failing"}""", clock)).Verdict.ShouldBe(Verdict.Fail);
            await EndedAsync();
        }

        _cluster.Writes.ShouldBe(5);
    }

    [Fact]
    public async Task S16_what_may_not_be_run_again_says_nothing_of_what_was_changed_since()
    {
        var clock = new ShiftedTime();
        for (var i = 0; i < 5; i++, clock.Shift += TimeSpan.FromMinutes(6))
        {
            await AskAsync("""{"cronjob": "integrity"}""", clock);
            await EndedAsync();
        }

        (await AskAsync("""{"cronjob": "integrity"}""", clock, since: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(5))).ShouldSatisfyAllConditions(
            a => a.Verdict.ShouldBe(Verdict.Inconclusive), a => a.Measured.ShouldBe("it was run 5 times for this rollback, but not since the last change"));
        _cluster.Writes.ShouldBe(5);
    }

    [Fact]
    public async Task S16_a_failure_stays_one_while_it_is_run_again()
    {
        var clock = new ShiftedTime();
        await AskAsync("""{"cronjob": "failing"}""", clock);
        clock.Shift = TimeSpan.FromMinutes(3);
        var answer = await AskAsync("""{"cronjob": "failing"}""", clock);

        (answer.Verdict, answer.What[^2..]).ShouldBe((Verdict.Fail, "-1"), "the second only began");
        _cluster.Writes.ShouldBe(2);
    }

    [Fact]
    public async Task Nothing_is_run_while_it_is_only_planned_or_the_kill_switch_is_on()
    {
        var stop = new StepOutcome.CannotTell(Reason.StoppedByPerson, "stopped by kim");
        var context = Context(DateTimeOffset.MinValue);
        (await AskAsync("""{"cronjob": "integrity"}""", context with { MayWrite = () => stop }, TimeProvider.System)).ShouldSatisfyAllConditions(
            a => a.Verdict.ShouldBe(Verdict.Inconclusive), a => a.Measured.ShouldBe("not run: stopped by kim"));
        var planned = new CheckContext(context.RollbackId, context.Service, context.Since, context.Now, context.Pins);
        (await AskAsync("""{"cronjob": "integrity"}""", planned, TimeProvider.System)).Verdict.ShouldBe(Verdict.Inconclusive);

        _cluster.Writes.ShouldBe(0);
    }

    [Fact]
    public async Task One_that_still_runs_measures_nothing_yet_and_is_not_run_again()
    {
        // The check looks for 20 s; its clock has them pass at once.
        var clock = new ShiftedTime { Hurried = true };
        foreach (var _ in new[] { 1, 2 })
            (await AskAsync("""{"cronjob": "waiting"}""", clock)).ShouldSatisfyAllConditions(a => a.Verdict.ShouldBe(Verdict.Inconclusive), a => a.Measured.ShouldStartWith("it still runs: 1 running"));

        _cluster.Writes.ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"name": "a", "cronjob": "b"}""")]
    [InlineData("""{"command": ["a"]}""")]
    [InlineData("""{"cronjob": "b", "retries": 99}""")]
    [InlineData("""{"below": 1, "above": 2}""")]
    [InlineData("""{"output": {}}""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) =>
        new JobCheck(new Clusters(_cluster.Api), TimeProvider.System).Validate(Asking.Parameters(parameters)).ShouldHaveSingleItem();

    private CheckContext Context(DateTimeOffset since) => (Asking.Context() with { RollbackId = "rental-api-1", Service = Service, Since = since }) with { MayWrite = () => null };

    private Task<CheckResult> AskAsync(string parameters, TimeProvider? time = null, DateTimeOffset? since = null) =>
        AskAsync(parameters, Context(since ?? DateTimeOffset.MinValue + TimeSpan.FromDays(1)), time ?? TimeProvider.System);

    private async Task<CheckResult> AskAsync(string parameters, CheckContext context, TimeProvider time)
    {
        var check = new JobCheck(new Clusters(_cluster.Api), time);
        check.Validate(Asking.Parameters(parameters)).ShouldBeEmpty();
        return (await check.AskAsync(context, Asking.Parameters(parameters), Cancellation)).ShouldHaveSingleItem();
    }

    private Task EndedAsync() => Until.TrueAsync(async () =>
        (await _cluster.Api.ListAsync(ResourceKind.Job, _cluster.Namespace, null, Cancellation)).All(j => j.At("status", "conditions") is not null));

    private async Task<string> RunStepAsync(string cronJob)
    {
        var action = new JobAction(new Clusters(_cluster.Api), TimeProvider.System);
        var context = Acting.Context(Service);
        var pin = await action.PinAsync(context, Acting.Json($$"""{"cronjob": "{{cronJob}}"}"""));
        await action.ApplyAsync(context, pin);
        return pin["job"]!.GetValue<string>();
    }

    /// <summary>The system's clock, later by a shift; hurried, every pause adds its length to that and is over at once.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public bool Hurried { get; init; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (!Hurried)
                return System.CreateTimer(callback, state, dueTime, period);
            Shift += dueTime;
            return System.CreateTimer(callback, state, TimeSpan.FromMilliseconds(10), period);
        }
    }
}
