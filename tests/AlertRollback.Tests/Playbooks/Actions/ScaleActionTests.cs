using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Sandbox.Cluster;
using AlertRollback.Tests.Playbooks.Contract;
using AlertRollback.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class ScaleByStepsUse : ActionUse
{
    public override Type Action => typeof(ScaleAction);

    public override string Way => " (steps)";

    public override bool OnRealCluster => true;

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "deployments/rental-api");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        return new ScaledWorld(cluster, workload, """{"steps": [2, 1, 0], "pause": "1ms"}""");
    }
}

internal sealed class ScaledWorld(TestCluster cluster, WorkloadRef workload, string parameters) : KubernetesWorld(cluster, workload, parameters)
{
    public override string After => "rental-api:v2 x0";

    public override int WritesOfOneApply => 2;

    public override IAction Create() => new ScaleAction(Clusters, TimeProvider.System);
}

public sealed class ScaleActionTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;
    private ScaledWorld _world = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (_cluster, var workload) = await KubernetesWorld.TwoReleasesAsync(real: false);
        _world = new ScaledWorld(_cluster, workload, "{}");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"replicas": 1, "steps": [2, 1]}""")]
    [InlineData("""{"steps": [1]}""")]
    [InlineData("""{"steps": [3, 1, 2]}""")]
    [InlineData("""{"steps": [2, 2]}""")]
    [InlineData("""{"steps": [1, -1]}""")]
    [InlineData("""{"steps": ["3", "2"]}""")]
    [InlineData("""{"replicas": 1, "pause": "30s"}""")]
    [InlineData("""{"replicas": 1, "workloads": ["worker"]}""")]
    [InlineData("""{"replicas": 1, "workloads": ["deployment/other/worker"]}""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) => _world.Create().Validate(Acting.Json(parameters)).ShouldHaveSingleItem();

    [Fact]
    public async Task Steps_that_do_not_lie_on_the_way_are_left_out()
    {
        (await PlanAsync("""{"steps": [3, 2, 1]}""")).To.ShouldBe("1 replicas");
        (await PlanAsync("""{"steps": [5, 3, 1, 0]}""")).To.ShouldBe("1, then 0 replicas");
        (await PlanAsync("""{"steps": [1, 3, 5]}""")).To.ShouldBe("3, then 5 replicas");
        (await PlanAsync("""{"steps": [4, 2]}""")).To.ShouldBe("2 replicas");
    }

    [Fact]
    public async Task A_drain_never_scales_up()
    {
        await ScaleAsync(0);
        (await _world.Create().RefusedAsync(Acting.Context(_world.Service), Acting.Json("""{"steps": [3, 2, 1]}"""))).Reason.ShouldBe(Reason.NothingWouldChange);
    }

    [Fact]
    public async Task S7_a_step_on_the_way_below_the_autoscalers_minimum_is_refused_too()
    {
        await ScaleAsync(5);
        await AutoscaleAsync(3);

        (await _world.Create().RefusedAsync(Acting.Context(_world.Service), Acting.Json("""{"steps": [4, 2, 0]}""")))
            .ShouldBe(new PinOutcome.Refused(Reason.BelowAutoscalerMinimum, "autoscaler keeper keeps at least 3, so the step at 2 would not last"));
        (await PlanAsync("""{"steps": [4, 3, 0]}""")).To.ShouldBe("4, then 3, then 0 replicas");
    }

    [Fact]
    public async Task Each_step_is_paused_after_and_the_pause_survives_a_restart()
    {
        await ScaleAsync(3);
        var journal = new FakeStepJournal();
        var context = Acting.Context(_world.Service, journal: journal);
        var pin = await _world.Create().PinAsync(context, Acting.Json("""{"steps": [3, 2, 1], "pause": "1h"}"""));
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var first = _world.Create().ApplyAsync(context with { Deadline = context.Deadline + TimeSpan.FromHours(3) }, pin, stopping.Token);
        await Until.TrueAsync(() => journal.Marks.ContainsKey("pause-1"));
        (await _world.LookAsync()).ShouldBe("rental-api:v2 x2");
        var until = journal.Marks["pause-1"].ToJsonString();
        await stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);

        // Less time than the pause still has: it is not begun anew, and the rest is not done.
        (await _world.Create().ApplyAsync(context with { Attempt = 2 }, pin)).ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(Reason.TimedOut);
        journal.Marks["pause-1"].ToJsonString().ShouldBe(until);
        (await _world.LookAsync()).ShouldBe("rental-api:v2 x2");
    }

    [Fact]
    public async Task What_stopped_halfway_is_put_back_in_one_go()
    {
        await ScaleAsync(3);
        var context = Acting.Context(_world.Service);
        var pin = await _world.Create().PinAsync(context, Acting.Json("""{"steps": [2, 1, 0], "pause": "1h"}"""));
        (await _world.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Failed>();
        (await _world.LookAsync()).ShouldBe("rental-api:v2 x2");

        var back = (await _world.Create().RestoreAsync(context, pin, Cancellation)!).ShouldBeOfType<StepOutcome.Done>();
        back.Text.ShouldBe("3 replicas of rental-api again: 3 of 3 pods are ready");
        back.NotReady.ShouldBeFalse();
        (await _world.LookAsync()).ShouldBe("rental-api:v2 x3");
    }

    [Fact]
    public async Task What_is_put_back_and_does_not_become_ready_is_told_so_also_after_a_crash()
    {
        var context = Acting.Context(_world.Service);
        var pin = await _world.Create().PinAsync(context, Acting.Json("""{"replicas": 0}"""));
        await _world.Create().ApplyAsync(context, pin);
        await _cluster.SetImageAsync(_world.Workload, "rental-api:broken");

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var back = (await _world.Create().RestoreAsync(context with { Deadline = TimeProvider.System.GetUtcNow() + TimeSpan.FromMilliseconds(300) }, pin, Cancellation)!).ShouldBeOfType<StepOutcome.Done>();
            back.Text.ShouldStartWith("2 replicas of rental-api again: not at 2 replicas in time");
            back.NotReady.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Somebody_who_scales_between_two_steps_is_not_overwritten()
    {
        await ScaleAsync(3);
        var context = Acting.Context(_world.Service);
        var pin = await _world.Create().PinAsync(context, Acting.Json("""{"steps": [2, 1], "pause": "1h"}"""));
        await _world.Create().ApplyAsync(context, pin);
        await ScaleAsync(7);

        (await _world.Create().ApplyAsync(context with { Attempt = 2 }, pin)).ShouldBeOfType<StepOutcome.Superseded>();
        (await _world.Create().RestoreAsync(context, pin, Cancellation)!).ShouldBeOfType<StepOutcome.Superseded>();
        (await _world.LookAsync()).ShouldBe("rental-api:v2 x7");
    }

    [Fact]
    public async Task Somebody_who_scales_to_a_stop_on_the_way_is_not_taken_for_us()
    {
        await ScaleAsync(4);
        var context = Acting.Context(_world.Service);
        var pin = await _world.Create().PinAsync(context, Acting.Json("""{"steps": [3, 2, 1], "pause": "1ms"}"""));
        await ScaleAsync(2);

        (await _world.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Superseded>();
        (await _world.LookAsync()).ShouldBe("rental-api:v2 x2");
    }

    [Fact]
    public async Task A_step_begins_where_an_earlier_one_of_its_plan_ends()
    {
        var down = await _world.Create().PinAsync(Acting.Context(_world.Service), Acting.Json("""{"steps": [1, 0]}"""));
        var later = Acting.Context(_world.Service, stepKey: "steps/1") with { Earlier = [new EarlierStep("scale", down)] };

        var plan = (await _world.Create().PinAsync(later, Acting.Json("""{"steps": [1, 2, 3]}"""), Cancellation)).ShouldBeOfType<PinOutcome.Pinned>();
        (plan.From, plan.To).ShouldBe(("0 replicas", "1, then 2, then 3 replicas"));
    }

    [Fact]
    public async Task No_pods_are_left_only_once_those_that_end_are_gone()
    {
        await using var cluster = await TestCluster.SandboxAsync(options: SandboxClusterOptions.Quick with { TerminationDelay = TimeSpan.FromSeconds(1) });
        var world = new ScaledWorld(cluster, await cluster.TwoReleasesAsync(), "{}");
        var context = Acting.Context(world.Service);
        var pin = await world.Create().PinAsync(context, Acting.Json("""{"replicas": 0}"""));

        (await world.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe("no pods are left");
        cluster.Sandbox!.PeekAll(ResourceKind.Pod, cluster.Namespace).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pods_that_have_not_ended_in_time_are_named()
    {
        await using var cluster = await TestCluster.SandboxAsync(options: SandboxClusterOptions.Quick with { TerminationDelay = TimeSpan.FromMinutes(5) });
        var world = new ScaledWorld(cluster, await cluster.TwoReleasesAsync(), "{}");
        var pin = await world.Create().PinAsync(Acting.Context(world.Service), Acting.Json("""{"replicas": 0}"""));

        var failed = (await world.Create().ApplyAsync(Acting.Context(world.Service, deadline: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(1)), pin)).ShouldBeOfType<StepOutcome.Failed>();
        failed.Reason.ShouldBe(Reason.TimedOut);
        failed.Text.ShouldStartWith("not at 0 replicas in time: 4 pods are still ending: rental-api-", customMessage: "those of the release before run on as well");
    }

    [Fact]
    public async Task Several_workloads_are_scaled_together_and_put_back()
    {
        var worker = await _cluster.TwoReleasesAsync("worker");
        var context = Acting.Context(_world.Service);
        var pin = await _world.Create().PinAsync(context, Acting.Json("""{"replicas": 0, "workloads": ["deployment/worker", "deployment/${service}"]}"""));

        (await _world.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe("worker: no pods are left; rental-api: no pods are left");
        (await _world.LookAsync()).ShouldBe("rental-api:v2 x0");
        (await _cluster.WorldAsync(worker)).ShouldBe("rental-api:v2 x0");
        (await _world.Create().RestoreAsync(context, pin, Cancellation)!).ShouldBeOfType<StepOutcome.Done>();
        (await _cluster.WorldAsync(worker)).ShouldBe("rental-api:v2 x2");
        (await _world.LookAsync()).ShouldBe("rental-api:v2 x2");
    }

    [Fact]
    public async Task S7_what_was_scaled_before_somebody_else_stopped_the_step_is_said_and_put_back()
    {
        var worker = await _cluster.TwoReleasesAsync("worker");
        var journal = new FakeStepJournal();
        var context = Acting.Context(_world.Service, journal: journal);
        var pin = await _world.Create().PinAsync(context, Acting.Json("""{"replicas": 0, "workloads": ["deployment/worker", "deployment/rental-api"]}"""));
        await ScaleAsync(7);

        (await _world.Create().ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Superseded>().Text.ShouldStartWith("worker: 0 replicas; deployment/");
        journal.Marks.Keys.ShouldBe(["scaled-0-0"], "a step with a mark is put back");
        await _world.Create().RestoreAsync(context, pin, Cancellation)!;
        (await _cluster.WorldAsync(worker)).ShouldBe("rental-api:v2 x2");
        (await _world.LookAsync()).ShouldBe("rental-api:v2 x7");
    }

    [Fact]
    public async Task S7_what_somebody_else_scaled_does_not_keep_the_others_from_being_put_back()
    {
        var worker = await _cluster.TwoReleasesAsync("worker");
        var context = Acting.Context(_world.Service);
        var pin = await _world.Create().PinAsync(context, Acting.Json("""{"replicas": 0, "workloads": ["deployment/rental-api", "deployment/worker"]}"""));
        await _world.Create().ApplyAsync(context, pin);
        await ScaleAsync(7);

        (await _world.Create().RestoreAsync(context, pin, Cancellation)!).ShouldBeOfType<StepOutcome.Superseded>();
        (await _world.LookAsync()).ShouldBe("rental-api:v2 x7");
        (await _cluster.WorldAsync(worker)).ShouldBe("rental-api:v2 x2");
    }

    [Fact]
    public async Task S7_after_a_crash_what_is_scaled_already_may_be_ours_and_is_put_back_where_somebody_else_stops_the_step()
    {
        await _cluster.TwoReleasesAsync("worker");
        var context = Acting.Context(_world.Service);
        var pin = await _world.Create().PinAsync(context, Acting.Json("""{"replicas": 0, "workloads": ["deployment/worker", "deployment/rental-api"]}"""));
        await _world.Create().ApplyAsync(context, pin);
        await ScaleAsync(7);
        var lost = new FakeStepJournal();

        (await _world.Create().ApplyAsync(context with { Attempt = 2, Journal = lost }, pin)).ShouldBeOfType<StepOutcome.Superseded>();
        lost.Marks.Keys.ShouldBe(["scaled-0-0"], "a step with a mark is put back");
    }

    [Fact]
    public async Task What_is_put_back_next_waits_a_few_minutes_only_for_pods_that_do_not_come_up()
    {
        var context = Acting.Context(_world.Service);
        var pin = await _world.Create().PinAsync(context, Acting.Json("""{"replicas": 0}"""));
        await _world.Create().ApplyAsync(context, pin);
        await _cluster.SetImageAsync(_world.Workload, "rental-api:broken");
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var end = time.GetUtcNow() + TimeSpan.FromMinutes(30);

        var restoring = new ScaleAction(_world.Clusters, time).RestoreAsync(context with { Deadline = time.GetUtcNow() + TimeSpan.FromHours(1) }, pin, Cancellation)!;
        while (!restoring.IsCompleted && time.GetUtcNow() < end)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
        }

        restoring.IsCompleted.ShouldBeTrue();
        (await restoring).ShouldBeOfType<StepOutcome.Done>().NotReady.ShouldBeTrue();
    }

    [Theory]
    [InlineData("""{"replicas": 4}""")]
    [InlineData("""{"steps": [3, 4], "pause": "1h"}""")]
    public async Task S7_an_autoscaler_at_work_ends_the_step_well_and_nothing_is_to_be_put_back(string parameters)
    {
        await AutoscaleAsync(1);
        var context = Acting.Context(_world.Service);
        var pin = await _world.Create().PinAsync(context, Acting.Json(parameters));
        await _world.Create().ApplyAsync(context, pin);
        await ScaleAsync(5);

        // The pause is over by then.
        (await new ScaleAction(_world.Clusters, new Ahead(TimeSpan.FromHours(2))).ApplyAsync(context with { Attempt = 2, Deadline = context.Deadline + TimeSpan.FromHours(2) }, pin))
            .ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe("5 of 5 pods are ready, as autoscaler keeper has it by now");
        (await _world.Create().RestoreAsync(context, pin, Cancellation)!).ShouldBeOfType<StepOutcome.Done>().Text.ShouldBe("rental-api: 5 replicas, as autoscaler keeper has it by now");
        (await _world.LookAsync()).ShouldBe("rental-api:v2 x5");
    }

    [Fact]
    public async Task S7_a_later_stop_is_written_from_where_the_autoscaler_has_it_by_then()
    {
        await AutoscaleAsync(1);
        var context = Acting.Context(_world.Service);
        var pin = await _world.Create().PinAsync(context, Acting.Json("{\"steps\": [3, 8], \"pause\": \"1h\"}"));
        await _world.Create().ApplyAsync(context, pin);
        await ScaleAsync(5);

        await new ScaleAction(_world.Clusters, new Ahead(TimeSpan.FromHours(2))).ApplyAsync(context with { Attempt = 2, Deadline = context.Deadline + TimeSpan.FromHours(2) }, pin);

        (await _world.LookAsync()).ShouldBe("rental-api:v2 x8");
    }

    private Task AutoscaleAsync(int least) => _cluster.Api.CreateAsync(ResourceKind.HorizontalPodAutoscaler, _cluster.Namespace, Acting.Json($$$"""
        {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "keeper"},
         "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "rental-api"}, "minReplicas": {{{least}}}, "maxReplicas": 9} }
        """), new WriteOptions(), Cancellation);

    private async Task ScaleAsync(int replicas)
    {
        await _cluster.Api.MergePatchAsync(_world.Workload.Object, Acting.Json($$$"""{"spec": {"replicas": {{{replicas}}}} }"""), new WriteOptions(), Cancellation);
        // A status of zeros is left out.
        if (replicas > 0)
            await _cluster.CompleteAsync(_world.Workload, "rental-api:v2");
    }

    private async Task<PinOutcome.Pinned> PlanAsync(string parameters) =>
        (await _world.Create().PinAsync(Acting.Context(_world.Service), Acting.Json(parameters), Cancellation)).ShouldBeOfType<PinOutcome.Pinned>();
}
