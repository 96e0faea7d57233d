using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>Conditions, several services, windows, a playbook that takes over, the last look, what is left to do.</summary>
public sealed class CourseTests
{
    private static readonly CheckDefinition Healthy = new("fake_check", [], false);

    private static MethodDefinition Method(params StepDefinition[] steps) => new("steps", TimeSpan.FromMinutes(10), steps);

    [Theory]
    [InlineData(Verdict.Pass, "rental-api if")]
    [InlineData(Verdict.Fail, "rental-api unless")]
    public async Task A_step_runs_when_its_condition_holds_and_is_skipped_when_it_does_not(Verdict health, string ran)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Health = health;
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: Method(
            FakeSwitch.Step("if") with { If = [Healthy] },
            FakeSwitch.Step("unless") with { Unless = [Healthy] }));
        await world.FireAsync();
        var rollback = await world.UntilAsync(r => r.Phase == Phase.Verifying || r.Phase == Phase.Stabilising);

        world.Log.ShouldBe([ran]);
        rollback.Steps.Values.Count(s => s.Ended is { Result: StepResult.Skipped, Reason: Reason.ConditionNotMet }).ShouldBe(1);
    }

    [Fact]
    public async Task A_condition_asks_the_own_check_set_of_the_service_the_step_runs_for()
    {
        await using var world = await RollbackWorld.StartAsync();
        CheckSetDefinition Set(Verdict answer) => new("up", TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5), [Healthy with { Parameters = new JsonObject { ["answer"] = $"{answer}" } }]);
        ServiceDefinition Down(ServiceDefinition service) => service with { Checks = new Dictionary<string, CheckSetDefinition> { ["up"] = Set(Verdict.Fail) } };
        IReadOnlyList<CheckSetDefinition> up = [Set(Verdict.Pass)];
        var row = world.Row("critical", 0, "undo", methods: Method(
            FakeSwitch.Step("if") with { IfSets = up },
            FakeSwitch.Step("unless") with { UnlessSets = up },
            FakeSwitch.Step("elsewhere") with { IfSets = up, Services = [RollbackWorld.Service("one"), Down(RollbackWorld.Service("two"))] },
            FakeSwitch.Step("both") with { UnlessSets = up, Unless = [Healthy] }));
        world.Rows["critical"] = row with { Service = Down(row.Service) };
        await world.FireAsync();
        await world.UntilAsync(r => r.Phase == Phase.Verifying || r.Phase == Phase.Stabilising);

        world.Log.ShouldBe(["rental-api unless", "one elsewhere", "rental-api both"]);
    }

    [Theory]
    [InlineData("0", null)]
    [InlineData("3", Reason.NotZero)]
    public async Task A_guard_that_looks_at_the_world_refuses_before_anything_is_changed(string measured, Reason? refusal)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Measured = measured;
        world.Rows["critical"] = world.Row("critical", 0, "drop", guards: GuardSettings.Default with { AllZero = [Healthy] });
        await world.FireAsync();
        var rollback = await world.UntilAsync(r => r.Closed is not null || r.Phase == Phase.Stabilising);

        rollback.Closed?.Reason.ShouldBe(refusal ?? Reason.Applied);
        world.Writes.Count.ShouldBe(refusal is null ? 1 : 0);
        rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.GuardsJudged>().Last().Results.ShouldContain(g => g.Guard == "all_zero" && g.Refusal == refusal);
    }

    [Theory]
    [InlineData("0", null)]
    [InlineData("3", Reason.NotZero)]
    public async Task S8_what_a_guard_sees_by_the_time_that_people_have_agreed_counts(string measured, Reason? refusal)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Measured = "0";
        var row = world.Row("critical", 0, "drop", guards: GuardSettings.Default with { AllZero = [Healthy] });
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(10), OnSilence.Deny, null, null, false) } };
        await world.FireAsync();
        var asked = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        world.Time.Advance(TimeSpan.FromMinutes(1));
        world.Measured = measured;
        await world.AnswerAsync(asked.Id, yes: true);

        var rollback = await world.UntilAsync(r => r.Closed is not null || r.Phase == Phase.Stabilising);
        (rollback.Closed?.Reason).ShouldBe(refusal);
        world.Writes.Count.ShouldBe(refusal is null ? 1 : 0);
    }

    [Fact]
    public async Task S12_nobody_is_called_to_a_refusal_of_what_resolved_while_it_was_planned()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Measured = "3";
        world.BeforeCheck = () => world.ResolveAsync();
        world.Rows["critical"] = world.Row("critical", 0, "drop", guards: GuardSettings.Default with { AllZero = [Healthy] });
        await world.FireAsync();

        (await world.ClosedAsync(Outcome.Withdrawn)).Timeline.ShouldNotContain(t => t.Event is RollbackEvent.Paged);
    }

    [Fact]
    public async Task S16_a_condition_that_cannot_be_told_stops_and_asks_people()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Health = Verdict.Inconclusive;
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: Method(FakeSwitch.Step("a") with { If = [Healthy], Within = TimeSpan.FromSeconds(30) }));
        await world.FireAsync();

        (await world.AfterAsync(TimeSpan.FromSeconds(30), r => r.Closed is not null)).Closed!.Outcome.ShouldBe(Outcome.Inconclusive);
        world.Log.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_step_for_several_services_is_over_when_all_are_and_failures_are_kept_per_service()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: Method(
            FakeSwitch.Step("a") with { Services = [RollbackWorld.Service("one"), RollbackWorld.Service("two")] },
            FakeSwitch.Step("b")));
        world.BeforeApply = context => context.Service.Name == "two"
            ? throw new InvalidOperationException("two is broken")
            : Task.CompletedTask;
        world.ApplyAnswers.Enqueue(new StepOutcome.Done(Reason.Applied, "on"));
        await world.FireAsync();
        var closed = await world.AfterAsync(TimeSpan.FromSeconds(30), r => r.Closed is not null);

        closed.Closed!.Outcome.ShouldBe(Outcome.Inconclusive);
        closed.Closed.Text.ShouldContain("two: two is broken");
        closed.Steps["steps/0@one"].Ended!.Result.ShouldBe(StepResult.Done);
        world.Log.ShouldBe(["one a"], "the next step does not begin");
    }

    [Fact]
    public async Task A_step_for_several_services_that_write_to_the_same_is_planned_one_after_the_other()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Lock = "shared";
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: Method(FakeSwitch.Step("a") with { Services = [RollbackWorld.Service("one"), RollbackWorld.Service("two")] }));
        await world.FireAsync();
        await world.UntilAsync(r => r.Phase == Phase.Verifying || r.Phase == Phase.Stabilising);

        world.Earlier["a"].ShouldBe("a", "what the first leaves behind is what the second finds");
        world.Log.ShouldBe(["one a", "two a"]);
    }

    [Fact]
    public async Task Rollbacks_started_together_go_step_by_step_side_by_side()
    {
        await using var world = await RollbackWorld.StartAsync();
        var late = new TaskCompletionSource();
        world.BeforeApply = context => context is { Service.Name: "two", StepKey: "steps/0" } ? late.Task : Task.CompletedTask;
        await world.StartTogetherAsync(world.Row("x", 0, "undo", methods: Method(FakeSwitch.Step("a"), FakeSwitch.Step("b"))).Playbook, "one", "two", "three");
        await world.UntilAsync(r => r.Id == "three" && r.Steps.GetValueOrDefault("steps/0")?.Ended is not null);
        await world.UntilAsync(r => r.Id == "one" && r.Steps.GetValueOrDefault("steps/0")?.Ended is not null);
        await world.UntilAsync(r => r.Id == "two" && r.Steps.ContainsKey("steps/0"));
        world.Log.ShouldNotContain("one b");
        world.Log.ShouldNotContain("three b");
        late.SetResult();
        foreach (var id in new[] { "one", "two", "three" })
            await world.UntilAsync(r => r.Id == id && r.Phase == Phase.Stabilising);

        world.Log[..3].Order().ShouldBe(["one a", "three a", "two a"]);
        world.Log[3..].Order().ShouldBe(["one b", "three b", "two b"]);
    }

    [Fact]
    public async Task S16_time_in_which_others_were_waited_for_measures_nothing()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.BeforeApply = async context =>
        {
            if (context is not { Service.Name: "two", StepKey: "steps/0" })
                return;
            await world.UntilAsync(r => r.Id == "one" && r.Steps.GetValueOrDefault("steps/0")?.Ended is not null);
            world.Time.Advance(TimeSpan.FromMinutes(10));
        };
        await world.StartTogetherAsync(world.Row("x", 0, "undo", methods: Method(FakeSwitch.Step("a"), FakeSwitch.Step("b"))).Playbook, "one", "two");

        var closed = await world.UntilAsync(r => r is { Id: "one", Closed: not null });
        (closed.Closed!.Outcome, closed.Closed.Text).ShouldBe((Outcome.Inconclusive, "not begun: no time was left for it, as those started together with it were waited for"));
        world.Log.ShouldNotContain("one b");
    }

    [Fact]
    public async Task S13_rollbacks_started_together_with_a_lock_in_common_do_not_wait_for_each_others_watch()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = Shared;
        await world.StartTogetherAsync(world.Row("x", 0, "undo").Playbook, "one", "two");

        await world.UntilAsync(r => r is { Id: "one", Phase: Phase.Stabilising });
        await world.UntilAsync(r => r is { Id: "two", Phase: Phase.Stabilising });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S13_the_next_method_waits_for_one_started_together_while_that_writes_but_not_for_ever(bool ends)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = Shared;
        TaskCompletionSource begun = new(), gate = new();
        world.BeforeApply = context => context.StepKey == "second/0" && begun.TrySetResult() ? gate.Task : Task.CompletedTask;
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.TimedOut, "no"));
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.TimedOut, "no"));
        await world.StartTogetherAsync(
            world.Row("x", 0, "undo", methods: [Method(FakeSwitch.Step("a")) with { Name = "first" }, RollbackWorld.Method("second")]).Playbook, "one", "two");
        await begun.Task;
        await world.UntilAsync(_ => world.Chronicle.Book.Rollbacks.Values.All(r => r.MethodHasFailed || r.Method?.Name == "second"));

        if (!ends)
        {
            (await world.AfterAsync(TimeSpan.FromMinutes(10), r => r.Closed is not null)).Closed!.Text.ShouldStartWith("the next method would change what");
            gate.SetResult();
            return;
        }

        gate.SetResult();
        await world.AfterAsync(TimeSpan.FromSeconds(6), _ => world.Chronicle.Book.Rollbacks.Values.All(r => r is { Phase: Phase.Stabilising, Method.Name: "second" }));
    }

    [Fact]
    public async Task S13_a_step_after_the_failure_waits_for_one_started_together_while_that_writes()
    {
        await using var world = await RollbackWorld.StartAsync();
        (world.PinAnswer, world.Health) = (Shared, Verdict.Fail);
        TaskCompletionSource begun = new(), gate = new();
        var writes = 0;
        world.BeforeCheck = () => begun.Task;
        world.BeforeApply = _ => Interlocked.Increment(ref writes) == 2 && begun.TrySetResult() ? gate.Task : Task.CompletedTask;
        var playbook = world.Row("x", 0, "undo").Playbook;
        await world.StartTogetherAsync(playbook with { OnFailure = playbook.Methods[0].Steps }, "one", "two");
        await world.AfterAsync(TimeSpan.FromMinutes(6), r => r.Fallback is not null);
        var failed = await world.AfterAsync(TimeSpan.FromMinutes(1), r => r.Fallback is not null);
        failed.FallbackStepsEnded.ShouldBe(0, "it waits for the other one's write");

        gate.SetResult();
        await world.AfterAsync(TimeSpan.FromSeconds(6), r => r.Id == failed.Id && r.Steps.GetValueOrDefault("on_failure/0")?.Ended?.Result == StepResult.Done);
    }

    private static PinOutcome Shared() => new PinOutcome.Pinned(new JsonObject { ["to"] = "good" }, "bad", "good", [], [], ["configmap/production/shared"]);

    [Fact]
    public async Task No_step_of_those_started_together_is_said_to_have_begun_while_one_is_still_planned()
    {
        var slow = new SlowPin("two");
        await using var world = await RollbackWorld.StartAsync(_ => [slow]);
        await world.StartTogetherAsync(world.Row("x", 0, "drill", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [new StepDefinition("slow_pin", [])])).Playbook, "one", "two");
        (await world.UntilAsync(r => r is { Id: "one", HasActed: true })).Timeline.ShouldNotContain(t => t.Event is RollbackEvent.StepStarted);

        slow.Planned.SetResult();
        await world.UntilAsync(r => r is { Id: "one", Phase: Phase.Stabilising });
        await world.UntilAsync(r => r is { Id: "two", Phase: Phase.Stabilising });
    }

    /// <summary>For one service it takes long to find out what to do.</summary>
    private sealed class SlowPin(string service) : IAction
    {
        public TaskCompletionSource Planned { get; } = new();
        public string Name => "slow_pin";
        public string Summary => "test";
        public Repeatability Repeatability => Repeatability.Converges;
        public bool ChangesProduction => true;
        public IReadOnlyList<Parameter> Parameters => [];

        public async Task<PinOutcome> PinAsync(StepContext context, JsonObject parameters, CancellationToken cancellation)
        {
            if (context.Service.Name == service)
                await Planned.Task.WaitAsync(cancellation);
            return new PinOutcome.Pinned([], "off", "on", [], [], [context.Service.Name]);
        }

        public Task<StepOutcome> ApplyAsync(StepContext context, JsonObject pin, CancellationToken cancellation) =>
            Task.FromResult<StepOutcome>(new StepOutcome.Done(Reason.Applied, "on"));
    }

    [Fact]
    public async Task One_that_fails_does_not_hold_up_those_started_with_it()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.BeforeApply = context => context.Service.Name == "two" ? Task.Run(() => world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.TimedOut, "no"))) : Task.CompletedTask;
        await world.StartTogetherAsync(world.Row("x", 0, "undo", methods: Method(FakeSwitch.Step("a"), FakeSwitch.Step("b"))).Playbook, "one", "two");

        (await world.UntilAsync(r => r.Closed?.Outcome == Outcome.Failed)).ShouldNotBeNull();
        await world.UntilAsync(r => r.Phase == Phase.Stabilising);
    }

    [Fact]
    public async Task A_row_with_a_window_acts_when_it_opens()
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Row = row.Row with { Window = new WindowDefinition("maintenance", [DayOfWeek.Monday], new TimeOnly(14, 0), new TimeOnly(15, 0), "UTC") } };
        await world.FireAsync();
        var parked = await world.UntilAsync(Phase.Parked);
        parked.Parking!.Reason.ShouldBe(Reason.OutsideWindow);
        parked.Parking.Until.ShouldBe(new DateTimeOffset(2026, 11, 23, 14, 0, 0, TimeSpan.Zero));
        world.Writes.ShouldBeEmpty();

        world.StillFiring = true;
        var acted = await world.AfterAsync(TimeSpan.FromHours(2), r => r.Phase == Phase.Stabilising);
        world.Writes.Count.ShouldBe(1);
        acted.Timeline.Count(t => t.Event is RollbackEvent.Parked).ShouldBe(1, "until then it is not looked at again and again");
    }

    [Fact]
    public async Task A_method_in_which_nothing_was_needed_is_measured_before_the_next_one()
    {
        await using var world = await RollbackWorld.StartAsync();
        CheckDefinition[] no = [new("fake_check", new JsonObject { ["answer"] = "Fail" }, false)];
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods:
            [Method(FakeSwitch.Step("a") with { If = no }) with { Name = "flag" }, Method(FakeSwitch.Step("b"))]);
        world.Health = Verdict.Fail;
        await world.FireAsync();

        await world.AfterAsync(TimeSpan.FromMinutes(6), r => r.Method?.Name == "steps" && r.Steps.GetValueOrDefault("steps/0")?.Ended is not null);
        world.Log.ShouldBe(["rental-api b"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_in_which_nothing_was_needed_claims_no_undo(bool firing)
    {
        await using var world = await RollbackWorld.StartAsync();
        CheckDefinition[] no = [new("fake_check", new JsonObject { ["answer"] = "Fail" }, false)];
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: Method(FakeSwitch.Step("a") with { If = no }, FakeSwitch.Step("b") with { If = no }));
        if (!firing)
            world.BeforeCheck = () => world.ResolveAsync();
        await world.FireAsync();

        var closed = await world.ClosedAsync(Outcome.Refused);
        closed.Closed!.Reason.ShouldBe(Reason.ConditionNotMet);
        closed.Closed.Text.ShouldStartWith("nothing was changed, not needed: health: fail");
        closed.Timeline.Any(t => t.Event is RollbackEvent.Paged).ShouldBe(firing, "nobody has to look where it is over");
        world.Log.ShouldBeEmpty();
    }

    [Fact]
    public async Task After_a_measured_failure_another_playbook_takes_over_once()
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "cut_traffic", methods: Method(FakeSwitch.Step("a")));
        var then = world.Row("critical", 0, "undo", methods: Method(FakeSwitch.Step("b"))).Playbook;
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Then = then, Guards = row.Playbook.Guards with { Cooldown = TimeSpan.FromHours(1) } } };
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.TimedOut, "the flag does not read back as 0"));
        await world.FireAsync();
        var next = await world.UntilAsync(r => r is { After: not null, Phase: Phase.Stabilising });

        next.Playbook.Name.ShouldBe("undo");
        next.FiringCauses.Count().ShouldBe(1);
        world.Log.ShouldBe(["rental-api a", "rental-api b"]);
        var first = world.Chronicle.Book.Rollbacks[next.After!];
        first.Closed!.Outcome.ShouldBe(Outcome.Failed);
        first.HandedOver!.Id.ShouldBe(next.Id);
        await world.ResolveAsync();
        (await world.UntilAsync(r => r.Id == next.Id && r.AllResolved)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Nothing_is_called_stable_that_is_unhealthy_at_the_end_of_the_watch()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync();
        world.Health = Verdict.Fail;

        var closed = await world.AfterAsync(TimeSpan.FromMinutes(31), r => r.Closed is not null);
        closed.Closed!.Outcome.ShouldBe(Outcome.Failed);
        closed.Closed.Reason.ShouldBe(Reason.CheckFailed);
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
    }

    [Fact]
    public async Task What_is_left_to_do_becomes_open_tasks_of_the_rollback()
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Playbook = row.Playbook with { FollowUp = [new FollowUpDefinition("Root-cause analysis", TimeSpan.FromHours(4), null)], Stabilise = TimeSpan.Zero } };
        await world.FireAsync();
        var closed = await world.ClosedAsync(Outcome.RolledBack);

        var task = world.Chronicle.Book.Tasks.Values.Single();
        task.Given.Text.ShouldBe("Root-cause analysis");
        task.Given.Of.ShouldBe(closed.Id);
        task.Given.Within.ShouldBe(TimeSpan.FromHours(4));
    }

    [Fact]
    public async Task Nothing_is_left_to_do_where_nothing_was_changed()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => new PinOutcome.Refused(Reason.Paused, "paused");
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Playbook = row.Playbook with { FollowUp = [new FollowUpDefinition("Root-cause analysis", TimeSpan.FromHours(4), null)] } };
        await world.FireAsync();
        await world.ClosedAsync(Outcome.Refused);

        world.Chronicle.Book.Tasks.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_first_way_that_exists_here_is_taken_and_those_for_people_are_left_out()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => new PinOutcome.Refused(Reason.NotFound, "no such workload");
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods:
        [
            new MethodDefinition("people", TimeSpan.FromMinutes(10), [FakeSwitch.Step("people")]) { OnlyManual = true },
            RollbackWorld.Method("kubernetes"),
            new MethodDefinition("docker", TimeSpan.FromMinutes(10), [FakeSwitch.Step("docker")]),
        ]);
        await world.FireAsync();
        var rollback = await world.UntilAsync(Phase.Stabilising);

        rollback.Plans.ShouldHaveSingleItem().MethodName.ShouldBe("docker");
        world.Log.ShouldBe(["rental-api docker"]);
    }

    [Fact]
    public async Task A_next_way_that_cannot_be_taken_does_not_hide_what_was_measured()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => new PinOutcome.Refused(Reason.NoKnownGood, "nothing earlier ran well");
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.RolloutFailed, "1 of 3 pods ready"));
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods:
            [new MethodDefinition("switch", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]), RollbackWorld.Method("earlier")]);
        await world.FireAsync();

        var closed = (await world.ClosedAsync(Outcome.Failed)).Closed!;
        closed.Reason.ShouldBe(Reason.RolloutFailed);
        closed.Text.ShouldBe("1 of 3 pods ready; the next method is not possible: nothing earlier ran well");
    }

    [Fact]
    public async Task Where_no_way_exists_nothing_is_done_and_it_is_said()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => new PinOutcome.Refused(Reason.NotFound, "no such workload");
        await world.FireAsync();
        (await world.ClosedAsync(Outcome.Refused)).Closed!.Text.ShouldContain("no such workload");
    }

    [Theory]
    [InlineData(false, new[] { "step steps/0", "method steps" })]
    [InlineData(true, new[] { "step steps/0", "method steps", "total" })]
    public async Task The_times_of_step_and_method_are_reported_when_they_are_overrun_also_of_a_run_that_failed(bool fails, string[] overrun)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(5), [FakeSwitch.Step("a") with { Within = TimeSpan.FromMinutes(2) }]));
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Targets = TimeTargets.None with { Total = TimeSpan.FromMinutes(fails ? 6 : 30) } } };
        if (fails)
            world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.TimedOut, "too slow"));
        world.BeforeApply = _ =>
        {
            world.Time.Advance(TimeSpan.FromMinutes(7));
            return Task.CompletedTask;
        };
        await world.FireAsync();
        var rollback = await world.UntilAsync(r => r.Phase == Phase.Stabilising || r.Closed is not null);

        rollback.Closed?.Outcome.ShouldBe(fails ? Outcome.Failed : Outcome.RolledBack);
        rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.Overran>().Select(o => o.What).ShouldBe(overrun);
    }

    [Fact]
    public async Task Times_that_were_kept_are_not_reported()
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(5), [FakeSwitch.Step("a") with { Within = TimeSpan.FromMinutes(2) }]));
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Targets = TimeTargets.None with { Total = TimeSpan.FromMinutes(30) } } };
        world.BeforeApply = _ =>
        {
            world.Time.Advance(TimeSpan.FromMinutes(1));
            return Task.CompletedTask;
        };
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync();
        var closed = await world.AfterAsync(TimeSpan.FromMinutes(31), r => r.Closed is not null);
        closed.Closed!.Outcome.ShouldBe(Outcome.RolledBack);
        closed.Timeline.ShouldNotContain(t => t.Event is RollbackEvent.Overran);
    }

    [Fact]
    public async Task Time_targets_that_were_missed_are_reported()
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with
        {
            Playbook = row.Playbook with { Targets = new TimeTargets(TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(18)) },
        };
        world.BeforeApply = _ =>
        {
            world.Time.Advance(TimeSpan.FromMinutes(11));
            return Task.CompletedTask;
        };
        await world.FireAsync(startsAt: world.Time.GetUtcNow() - TimeSpan.FromMinutes(8));
        var rollback = await world.UntilAsync(Phase.Stabilising);

        rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.Overran>().Select(o => o.What).ShouldBe(["decide", "method kubernetes", "execute", "total"]);
    }
}
