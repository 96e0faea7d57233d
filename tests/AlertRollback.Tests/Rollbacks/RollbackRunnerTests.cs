using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;

namespace AlertRollback.Tests.Rollbacks;

public sealed class RollbackRunnerTests
{
    [Fact]
    public async Task A_firing_alert_is_undone_verified_and_watched_before_it_counts_as_rolled_back()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync();
        var stabilising = await world.UntilAsync(Phase.Stabilising);
        stabilising.Closed.ShouldBeNull();

        await world.ResolveAsync();
        var closed = await world.ClosedAsync(Outcome.RolledBack, after: TimeSpan.FromMinutes(31));

        world.Writes.ShouldHaveSingleItem();
        closed.Timeline.Select(t => EventJson.Word(t.Event.GetType())).ShouldBe(
        [
            "proposed", "guards_judged", "plan_made", "started", "method_started", "step_started", "step_ended",
            "verification_started", "check_set_answered", "verified", "stabilisation_started", "cause_resolved", "stability_answered", "closed",
        ]);
    }

    [Fact]
    public async Task Checks_measure_from_the_end_of_the_last_step_on_because_until_then_old_pods_still_answer()
    {
        await using var world = await RollbackWorld.StartAsync();
        var begun = world.Time.GetUtcNow();
        world.BeforeApply = _ =>
        {
            world.Time.Advance(TimeSpan.FromSeconds(20));
            return Task.CompletedTask;
        };
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);

        world.CheckedSince.ShouldBe(begun.AddSeconds(20));
    }

    [Fact]
    public async Task Repeats_and_other_pods_of_the_same_outage_attach_to_the_running_rollback()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync(pod: "a");
        await world.FireAsync(pod: "b");
        await world.FireAsync(pod: "a");
        await world.UntilAsync(Phase.Stabilising);

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(1);
        world.Chronicle.Book.Rollbacks.Values.Single().Causes.Count.ShouldBe(2);
        world.Writes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_resolution_before_the_first_write_withdraws_the_rollback()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => new PinOutcome.CannotTell("the API is away");
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        await world.ResolveAsync();

        var closed = await world.ClosedAsync(Outcome.Withdrawn);
        closed.Closed!.Reason.ShouldBe(Reason.Resolved);
        world.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task Shadow_mode_plans_everything_and_changes_nothing()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", shadow: true);
        await world.FireAsync();

        var closed = await world.ClosedAsync(Outcome.Shadowed);
        closed.CurrentPlan!.Steps.Single().To.ShouldBe("good");
        world.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_guard_refuses_in_shadow_mode_is_told_and_calls_nobody()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", guards: GuardSettings.Default with { DeployedWithin = TimeSpan.FromHours(4) }, shadow: true);
        world.DeployedAt = world.Time.GetUtcNow() - TimeSpan.FromHours(5);
        await world.FireAsync();

        var closed = await world.ClosedAsync(Outcome.Refused);
        closed.Closed!.Reason.ShouldBe(Reason.DeployedTooLongAgo);
        closed.Timeline.ShouldNotContain(t => t.Event is RollbackEvent.Paged);
    }

    [Fact]
    public async Task The_kill_switch_parks_and_the_alert_is_decided_anew_when_it_is_off()
    {
        await using var world = await RollbackWorld.StartAsync();
        await SetKillSwitch(world, on: true);
        await world.FireAsync();
        (await world.UntilAsync(Phase.Parked)).Parking!.Reason.ShouldBe(Reason.KillSwitch);
        world.Pins.ShouldBe(0);

        await SetKillSwitch(world, on: false);
        await world.UntilAsync(Phase.Stabilising);
        world.Writes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_stop_now_ends_a_running_rollback_before_its_next_write_and_calls_people()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition("two", TimeSpan.FromMinutes(5), [FakeSwitch.Step("a"), FakeSwitch.Step("b")]));
        world.BeforeApply = _ => SetKillSwitch(world, on: true, now: true);
        await world.FireAsync();

        var closed = await world.ClosedAsync(Outcome.Stopped);
        closed.Steps.Keys.ShouldBe(["two/0", "two/1"]);
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        closed.Closed!.Text.ShouldEndWith("; carried out before: fake_switch (off → on)");
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Theory]
    [InlineData(-1, Reason.DeployedAfterAlert)]
    [InlineData(5, Reason.DeployedTooLongAgo)]
    [InlineData(null, Reason.DeployTimeUnknown)]
    public async Task Without_a_suspect_nothing_is_undone(int? hoursBefore, Reason reason)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", guards: GuardSettings.Default with { DeployedWithin = TimeSpan.FromHours(4) });
        world.DeployedAt = hoursBefore is { } hours ? world.Time.GetUtcNow() - TimeSpan.FromHours(hours) : null;
        await world.FireAsync();

        var closed = await world.ClosedAsync(Outcome.Refused);
        closed.Closed!.Reason.ShouldBe(reason);
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task S16_a_round_that_the_end_of_its_time_cuts_off_does_not_make_measured_failures_unknown()
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo", methods: [RollbackWorld.Method("first"), RollbackWorld.Method("second")]);
        var set = row.Playbook!.Verify[0] with { Within = TimeSpan.FromMinutes(5), Every = TimeSpan.FromSeconds(30) };
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Verify = [set] } };
        (world.Health, world.CheckTakes) = (Verdict.Fail, TimeSpan.FromSeconds(12));
        await world.FireAsync();

        // Rounds begin every 42 s, the eighth 6 s before the end.
        var book = await FakeTime.PassAsync(
            world.Time, TimeSpan.Zero, world.Chronicle, b => b.Rollbacks.Values.Any(r => Failed(r) is not null || r.Closed is not null), step: TimeSpan.FromSeconds(6));

        Failed(book.Rollbacks.Values.Single()).ShouldNotBeNull(RollbackWorld.Describe(book)).Reason.ShouldBe(Reason.CheckFailed);

        static RollbackEvent.MethodFailed? Failed(RollbackState r) => r.Timeline.Select(t => t.Event).OfType<RollbackEvent.MethodFailed>().FirstOrDefault();
    }

    [Fact]
    public async Task A_measured_failure_goes_on_to_the_next_method()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: [RollbackWorld.Method("first"), RollbackWorld.Method("second")]);
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.RolloutFailed, "1 of 3 pods ready"));
        await world.FireAsync();

        var state = await world.UntilAsync(Phase.Stabilising);
        state.Method!.Name.ShouldBe("second");
    }

    [Theory]
    [InlineData("what it found", "u/1", "u/2", -60, "second")]
    [InlineData("what it left", "u/2", "u/2", 40, "second")]
    [InlineData("its own change, not known beforehand", "u/3", null, 0, "second")]
    [InlineData("somebody's newer release", "u/3", "u/2", 60, null)]
    [InlineData("somebody's newer release of a thing that is told by its time alone", null, null, 60, null)]
    [InlineData("a release of unknown age", "u/3", "u/2", null, null)]
    public async Task S9_a_later_method_never_takes_back_what_somebody_released_since_the_first_one(string what, string? found, string? left, int? seconds, string? goesOn)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: [RollbackWorld.Method("first"), RollbackWorld.Method("second")]);
        var (began, ran) = (world.Time.GetUtcNow(), false);
        world.PinAnswer = () => !ran
            ? Pinned("bad", "u/1", "u/2", began - TimeSpan.FromHours(1))
            : Pinned(what, found, left, seconds is { } s ? began + TimeSpan.FromSeconds(s) : null);
        world.BeforeApply = _ => Task.FromResult(ran = true);
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.RolloutFailed, "1 of 3 pods ready"));
        await world.FireAsync();

        if (goesOn is not null)
        {
            (await world.UntilAsync(Phase.Stabilising)).Method!.Name.ShouldBe(goesOn);
            return;
        }

        var closed = await world.ClosedAsync(Outcome.Superseded);
        closed.Closed!.Text.ShouldContain(seconds is null ? $"it cannot be told since when {what} runs" : $"{what} became current 60 s after the last step of this rollback");
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Writes.ShouldBeEmpty("the second method was not begun");
    }

    [Theory]
    [InlineData(-60, null)]
    [InlineData(-5 * 60, Reason.DeployedTooLongAgo)]
    [InlineData(null, Reason.DeployTimeUnknown)]
    [InlineData(-60, null, true)]
    [InlineData(-5 * 60, null, true)]
    public async Task S9_what_a_later_method_would_undo_has_to_be_a_suspect_too_where_the_first_one_undid_nothing(int? minutes, Reason? refusal, bool asks = false)
    {
        await using var world = await RollbackWorld.StartAsync();
        var second = RollbackWorld.Method("second") with { Approval = asks ? new ApprovalDefinition("on-call", TimeSpan.FromMinutes(5), OnSilence.Deny, null, null, false) : null };
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: [RollbackWorld.Method("flag"), second], guards: GuardSettings.Default with { DeployedWithin = TimeSpan.FromHours(4) });
        var (began, ran) = (world.Time.GetUtcNow(), false);
        world.PinAnswer = () => !ran
            ? Pinned("on", null, null, null) with { HasSuspect = false }
            : Pinned("bad", "u/1", "u/2", minutes is { } m ? began + TimeSpan.FromMinutes(m) : null);
        world.BeforeApply = _ => Task.FromResult(ran = true);
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.CheckFailed, "the flag does not read back as off"));
        await world.FireAsync();

        if (refusal is null)
        {
            var state = await world.UntilAsync(r => r.Phase == Phase.Stabilising || r.Approvals.Any(a => a.IsOpen));
            state.Approvals.Any(a => a.IsOpen).ShouldBe(asks);
            return;
        }

        var closed = await world.ClosedAsync(Outcome.Failed);
        closed.Closed!.Reason.ShouldBe(Reason.CheckFailed, "what was measured is why people are called");
        closed.Timeline.Select(t => t.Event).OfType<RollbackEvent.FallbackStarted>().Single().Text
            .ShouldContain(refusal == Reason.DeployTimeUnknown ? "it cannot be told since when bad runs" : "longer than 4 h: it is hardly the cause");
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Writes.ShouldBeEmpty("the second method was not begun");
    }

    [Fact]
    public async Task S1_what_somebody_released_while_a_method_that_undoes_nothing_ran_is_not_undone_by_the_next()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: [RollbackWorld.Method("flag"), RollbackWorld.Method("second")]);
        var (began, ran) = (world.Time.GetUtcNow(), false);
        world.PinAnswer = () => !ran
            ? Pinned("on", null, null, null) with { HasSuspect = false }
            : Pinned("hotfix", "u/3", "u/2", began + TimeSpan.FromMinutes(2));
        world.BeforeApply = _ =>
        {
            ran = true;
            world.Time.Advance(TimeSpan.FromMinutes(5));
            return Task.CompletedTask;
        };
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.CheckFailed, "the flag does not read back as off"));
        await world.FireAsync();

        var closed = await world.ClosedAsync(Outcome.Failed);
        closed.Closed!.Text.ShouldContain("hotfix became current");
        world.Writes.ShouldBeEmpty();
    }

    private static PinOutcome.Pinned Pinned(string from, string? suspect, string? leaves, DateTimeOffset? since) =>
        new(new JsonObject { ["to"] = "good", ["from"] = from }, from, "good", [], [], ["deployment/production/rental-api"])
        {
            HasSuspect = true,
            Suspect = suspect,
            Leaves = leaves,
            SuspectSince = since,
        };

    [Fact]
    public async Task Bad_after_the_last_method_runs_what_the_playbook_says_and_is_never_a_success()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Health = Verdict.Fail;
        await world.FireAsync();
        await world.UntilAsync(r => r.Answers.Count > 0);

        var closed = await world.ClosedAsync(Outcome.Failed, after: TimeSpan.FromMinutes(5));
        closed.Closed!.Reason.ShouldBe(Reason.CheckFailed);
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
    }

    [Fact]
    public async Task Cannot_tell_calls_people_and_changes_nothing_more()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: [RollbackWorld.Method("first"), RollbackWorld.Method("second")]);
        world.Health = Verdict.Inconclusive;
        await world.FireAsync();
        await world.UntilAsync(r => r.Answers.Count > 0);

        var closed = await world.ClosedAsync(Outcome.Inconclusive, after: TimeSpan.FromMinutes(5));
        closed.Method!.Name.ShouldBe("first");
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Writes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Firing_after_the_hold_is_ineffective_and_never_a_second_undo()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);

        var closed = await world.ClosedAsync(Outcome.Ineffective, after: TimeSpan.FromMinutes(16));
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Writes.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(false, Outcome.RolledBack)]
    [InlineData(true, Outcome.Ineffective)]
    public async Task An_alert_whose_resolution_was_never_sent_is_asked_for_before_it_is_said_to_fire_on(bool firing, Outcome outcome)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.StillFiring = firing;
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);

        var closed = await world.ClosedAsync(outcome, after: TimeSpan.FromMinutes(31));
        closed.StillFires.ShouldBe(firing);
        closed.Stability.ShouldSatisfyAllConditions(s => (s is not null).ShouldBe(!firing, "the last look is taken"));
        closed.Timeline.Any(t => t.Event is RollbackEvent.Paged).ShouldBe(firing);
    }

    [Fact]
    public async Task S11_an_alertmanager_that_has_forgotten_and_learns_again_is_no_resolution()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.StillFiring = true;
        world.FiringAnswers.Enqueue(false);
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);

        await world.ClosedAsync(Outcome.Ineffective, after: TimeSpan.FromMinutes(20));
        world.FiringAnswers.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_new_alert_during_stabilisation_fails_it()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync();
        world.Time.Advance(TimeSpan.FromMinutes(2));
        await world.FireAsync();

        (await world.ClosedAsync(Outcome.Failed)).Closed!.Reason.ShouldBe(Reason.FiringAgain);
    }

    [Fact]
    public async Task Someone_elses_deploy_is_left_alone()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.ApplyAnswers.Enqueue(new StepOutcome.Superseded("rental-api:v3 was deployed meanwhile"));
        await world.FireAsync();

        (await world.ClosedAsync(Outcome.Superseded)).Closed!.Text.ShouldContain("v3");
        world.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_crash_between_the_write_and_the_journal_ends_in_the_same_state_with_one_write()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.BeforeApply = async context =>
        {
            if (context.Attempt > 1)
                return;
            world.Writes.Add(context.RollbackId);
            world.Running = "good";
            await world.StallAsync();
        };
        await world.FireAsync();
        await world.CrashStalledAsync();

        var state = await world.UntilAsync(Phase.Stabilising);
        state.Steps.Values.Single().Attempts.ShouldBeGreaterThan(1);
        world.Writes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_stronger_row_replaces_a_run_that_has_not_written_yet()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["high"] = world.Row("high", 1, "assess");
        world.PinAnswer = () => new PinOutcome.CannotTell("the API is away");
        await world.FireAsync("high");
        await world.UntilAsync(Phase.Parked);
        world.PinAnswer = null;
        await world.FireAsync("critical");

        await world.UntilAsync(Phase.Stabilising);
        world.Chronicle.Book.Rollbacks.Values.Single(r => r.Row.Name == "high").Closed!.Outcome.ShouldBe(Outcome.Replaced);
        world.Writes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_alert_not_heard_of_for_long_is_confirmed_or_left_to_people()
    {
        await using var world = await RollbackWorld.StartAsync();
        await SetKillSwitch(world, on: true);
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        world.Time.Advance(TimeSpan.FromMinutes(20));
        await SetKillSwitch(world, on: false);

        (await world.ClosedAsync(Outcome.Refused)).Closed!.Reason.ShouldBe(Reason.StaleAlert);
        world.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_alert_that_was_heard_of_by_a_clock_that_was_ahead_is_confirmed_or_left_to_people()
    {
        await using var world = await RollbackWorld.StartAsync();
        await SetKillSwitch(world, on: true);
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        world.Time.AdjustTime(world.Time.GetUtcNow() - TimeSpan.FromMinutes(5));
        await SetKillSwitch(world, on: false);

        (await world.ClosedAsync(Outcome.Refused)).Closed!.Reason.ShouldBe(Reason.StaleAlert);
        world.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reload_voids_what_has_not_written_and_decides_it_anew()
    {
        await using var world = await RollbackWorld.StartAsync();
        await SetKillSwitch(world, on: true);
        await world.FireAsync();
        var parked = await world.UntilAsync(Phase.Parked);
        await world.DecideAnewAsync();
        world.Chronicle.Book.Rollbacks.ShouldHaveSingleItem("an unchanged matrix changes nothing");

        world.Rows["critical"] = world.Row("critical", 0, "another");
        await world.DecideAnewAsync();
        var anew = await world.UntilAsync(r => r.Playbook.Name == "another" && r.Phase == Phase.Parked);
        world.Chronicle.Book.Rollbacks[parked.Id].Closed!.Reason.ShouldBe(Reason.MatrixChanged);
        anew.Causes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task S14_a_matrix_that_is_as_it_was_voids_no_run_whichever_of_its_alerts_fires()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["high"] = world.Row("high", 1, "undo");
        await SetKillSwitch(world, on: true);
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        await world.FireAsync("high", pod: "b");
        await world.FireAsync(pod: "c");
        await world.ResolveAsync();
        await world.DecideAnewAsync();
        world.Chronicle.Book.Rollbacks.ShouldHaveSingleItem("another alert of its row fires, though not the first");

        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.FireAsync();
        await world.DecideAnewAsync();
        world.Chronicle.Book.Rollbacks.ShouldHaveSingleItem().Value.FiringCauses.Count().ShouldBe(3);

        world.Rows["critical"] = world.Row("critical", 0, "another");
        await world.DecideAnewAsync();
        world.Chronicle.Book.Rollbacks.Values.Count(r => r.Closed?.Reason == Reason.MatrixChanged).ShouldBe(1);
    }

    [Fact]
    public async Task A_reload_leaves_alone_what_has_written()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync();
        var running = await world.UntilAsync(Phase.Stabilising);
        world.Rows["critical"] = world.Row("critical", 0, "another");
        await world.DecideAnewAsync();

        world.Chronicle.Book.Rollbacks.Keys.ShouldBe([running.Id]);
        world.Chronicle.Book.Rollbacks[running.Id].IsOpen.ShouldBeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public async Task A_false_resolution_does_not_lose_an_alert_that_is_delivered_again_however_long_it_had_waited(double hours)
    {
        await using var world = await RollbackWorld.StartAsync();
        await SetKillSwitch(world, on: true);
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        world.Time.Advance(TimeSpan.FromHours(hours));
        await world.ResolveAsync();
        await world.ClosedAsync(Outcome.Withdrawn);
        world.Time.Advance(TimeSpan.FromMinutes(5));
        await world.FireAgainAsync();

        await world.UntilAsync(Phase.Parked);
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2);
        Dispatcher.Resolved(world.Chronicle.Book, world.Time.GetUtcNow()).ShouldBeEmpty("it fires again, and only once");
    }

    private static Task SetKillSwitch(RollbackWorld world, bool on, bool now = false) => world.Chronicle.ChangeAsync(
        _ => [Entry.Of(new GlobalEvent.KillSwitchSet(on, now, "anna", "drill"))], CancellationToken.None);
}
