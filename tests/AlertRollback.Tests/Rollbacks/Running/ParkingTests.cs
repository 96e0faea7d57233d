using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>S10 to S13 with the worker at work: who waits for what, and what happens when the waiting is over.</summary>
public sealed class ParkingTests
{
    [Fact]
    public async Task S11_an_alert_that_fires_after_the_hold_is_ineffective_and_nothing_is_undone_twice()
    {
        await using var world = await OnceRolledBackAsync(GuardSettings.Default with { Hold = TimeSpan.FromHours(2) });
        await world.FireAsync();
        (await world.UntilAsync(Phase.Parked)).Parking!.Reason.ShouldBe(Reason.Hold);

        var closed = await world.AfterAsync(TimeSpan.FromHours(2), r => r.Closed?.Outcome == Outcome.Ineffective);
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Writes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task S11_an_alert_that_is_asked_for_after_the_hold_and_has_gone_is_withdrawn()
    {
        await using var world = await OnceRolledBackAsync(GuardSettings.Default with { Hold = TimeSpan.FromHours(2) });
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        world.StillFiring = false;

        var closed = await world.AfterAsync(TimeSpan.FromHours(2), r => r is { HasActed: false, Closed: not null });
        closed.Closed!.Outcome.ShouldBe(Outcome.Withdrawn);
        closed.Timeline.ShouldNotContain(t => t.Event is RollbackEvent.Paged);
    }

    [Fact]
    public async Task S11_an_alert_that_began_during_the_hold_while_nobody_was_there_undoes_nothing_after_it()
    {
        await using var world = await OnceRolledBackAsync(GuardSettings.Default with { Hold = TimeSpan.FromHours(2) });
        var began = world.Time.GetUtcNow() + TimeSpan.FromMinutes(1);
        await world.CrashAsync();
        world.Time.Advance(TimeSpan.FromHours(2));
        await world.BootAsync();
        (world.Running, world.StillFiring) = ("bad", true);
        await world.FireAsync(startsAt: began);

        await world.UntilAsync(r => r.Closed?.Outcome == Outcome.Ineffective);
        world.Writes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task S11_an_alert_that_gave_way_while_it_waited_for_the_hold_undoes_nothing_after_it()
    {
        await using var world = await OnceRolledBackAsync(GuardSettings.Default with { Hold = TimeSpan.FromHours(2) });
        world.Rows["top"] = world.Row("top", -1, "assess");
        await world.FireAsync();
        (await world.UntilAsync(Phase.Parked)).Parking!.Reason.ShouldBe(Reason.Hold);
        await SetKillSwitchAsync(world, on: true);
        await world.FireAsync("top");
        await world.UntilAsync(r => r is { Row.Name: "top", Phase: Phase.Parked });
        await world.ResolveAsync("top");
        await world.UntilAsync(r => r.Closed?.Outcome == Outcome.Withdrawn);
        world.Time.Advance(TimeSpan.FromHours(2));
        await SetKillSwitchAsync(world, on: false);
        (world.Running, world.StillFiring) = ("bad", true);
        await world.DecideWhatGaveWayAsync();

        await world.UntilAsync(r => r.Closed?.Outcome == Outcome.Ineffective);
        world.Writes.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S11_what_was_closed_as_good_is_ineffective_after_its_hold_only_if_its_alert_has_not_gone(bool firing)
    {
        await using var world = await OnceRolledBackAsync(GuardSettings.Default with { Hold = TimeSpan.FromHours(2) }, resolve: false);
        await world.CrashAsync();
        await world.BootAsync();
        world.StillFiring = firing;

        var after = await world.AfterAsync(TimeSpan.FromHours(2), r => !r.StillFires || r.Ineffective is not null);
        (after.Ineffective is not null).ShouldBe(firing);
        after.Timeline.Any(t => t.Event is RollbackEvent.Paged).ShouldBe(firing);
    }

    [Fact]
    public async Task S12_an_alert_that_resolves_during_the_hold_is_withdrawn_and_the_next_firing_is_a_new_proposal()
    {
        await using var world = await OnceRolledBackAsync(GuardSettings.Default with { Hold = TimeSpan.FromHours(2) });
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        await world.ResolveAsync();
        var withdrawn = await world.UntilAsync(r => r.Closed?.Outcome == Outcome.Withdrawn);

        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.FireAsync();
        var again = await world.UntilAsync(Phase.Parked);
        again.Id.ShouldNotBe(withdrawn.Id);
        again.Causes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task S11_an_alert_parked_by_the_cooldown_is_decided_anew_at_its_end()
    {
        await using var world = await OnceRolledBackAsync(GuardSettings.Default);
        world.Rows["high"] = world.Row("high", 1, "assess", guards: GuardSettings.Default with { Cooldown = TimeSpan.FromHours(1) });
        (world.Running, world.StillFiring) = ("bad", true);
        await world.FireAsync("high");
        (await world.UntilAsync(Phase.Parked)).Parking!.Reason.ShouldBe(Reason.Cooldown);

        await world.AfterAsync(TimeSpan.FromMinutes(30), r => r is { Row.Name: "high", Phase: Phase.Stabilising });
        world.Writes.Count.ShouldBe(2);
    }

    [Fact]
    public async Task S11_a_plan_that_only_ever_ends_in_a_fault_is_left_to_people()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => throw new InvalidOperationException("a fault of ours");
        await world.FireAsync();
        (await world.UntilAsync(Phase.Parked)).Parking!.Text.ShouldBe("a fault of ours");

        var closed = await world.ClosedAsync(Outcome.Refused, after: TimeSpan.FromMinutes(15));
        closed.Closed!.Reason.ShouldBe(Reason.CannotTell);
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S11_an_alert_parked_by_a_freeze_is_decided_anew_when_it_ends_or_is_lifted(bool lifted)
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.Chronicle.ChangeAsync(
            _ => [Entry.Of(new GlobalEvent.Frozen("rental-api", world.Time.GetUtcNow() + TimeSpan.FromMinutes(10), "anna", "sale"))], Cancellation);
        await world.FireAsync();
        (await world.UntilAsync(Phase.Parked)).Parking!.Reason.ShouldBe(Reason.Freeze);
        world.Pins.ShouldBe(0);

        if (lifted)
            await world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.Frozen("rental-api", null, "anna", "over"))], Cancellation);
        await world.AfterAsync(lifted ? TimeSpan.Zero : TimeSpan.FromMinutes(10), r => r.Phase == Phase.Stabilising);
        world.Writes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task S11_an_alert_waits_for_a_freeze_of_months_without_a_fault_and_notices_that_it_is_lifted()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.Chronicle.ChangeAsync(
            _ => [Entry.Of(new GlobalEvent.Frozen("rental-api", world.Time.GetUtcNow() + TimeSpan.FromDays(60), "anna", "migration"))], Cancellation);
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        var later = world.Time.GetUtcNow() + TimeSpan.FromMinutes(10);
        await world.AfterAsync(TimeSpan.Zero, _ => world.Time.GetUtcNow() >= later);

        await world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.Frozen("rental-api", null, "anna", "over"))], Cancellation);
        await world.AfterAsync(TimeSpan.Zero, r => r.Phase == Phase.Stabilising);
        world.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task S8_the_third_waits_until_one_of_two_has_done_acting()
    {
        await using var world = await RollbackWorld.StartAsync();
        var gates = Gated(world, "one", "two", "three");
        gates["three"].SetResult();
        foreach (var (name, rank) in new[] { ("one", 0), ("two", 1), ("three", 2) })
            world.Rows[name] = world.Row(name, rank, "undo", workload: name);
        await world.FireAsync("one");
        await world.UntilAsync(r => r is { Row.Name: "one", Phase: Phase.Acting });
        await world.FireAsync("two");
        await world.UntilAsync(r => r is { Row.Name: "two", Phase: Phase.Acting });
        await world.FireAsync("three");
        (await world.UntilAsync(Phase.Parked)).Parking!.Reason.ShouldBe(Reason.Limit);

        gates["one"].SetResult();
        await world.UntilAsync(r => r is { Row.Name: "three", Phase: Phase.Stabilising });
        world.Chronicle.Book.Rollbacks.Values.Single(r => r.Row.Name == "two").Phase.ShouldBe(Phase.Acting);
        gates["two"].SetResult();
        await world.UntilAsync(r => r is { Row.Name: "two", Phase: Phase.Stabilising });
    }

    [Fact]
    public async Task S8_the_sixth_target_trips_the_breaker_which_holds_until_a_person_resets_it()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.StillFiring = true;
        for (var i = 1; i <= 6; i++)
            world.Rows[$"w{i}"] = world.Row($"w{i}", i, "undo", workload: $"w{i}");
        for (var i = 1; i <= 5; i++)
        {
            await world.FireAsync($"w{i}");
            await world.UntilAsync(r => r.Row.Name == $"w{i}" && r.Phase == Phase.Stabilising);
        }

        world.Rows["planned"] = world.Row("planned", 7, "undo", shadow: true, workload: "w7");
        await world.FireAsync("planned");
        await world.ClosedAsync(Outcome.Shadowed);
        world.Chronicle.Book.Global.Breaker.ShouldBeNull("a plan alone is no target");

        await world.FireAsync("w6");
        (await world.UntilAsync(Phase.Parked)).Parking!.Reason.ShouldBe(Reason.Breaker);
        world.Chronicle.Book.Global.Breaker.ShouldNotBeNull();

        for (var i = 1; i <= 5; i++)
            await world.ResolveAsync($"w{i}");
        await world.AfterAsync(TimeSpan.FromMinutes(40), _ => world.Chronicle.Book.Open.Count() == 1);
        await world.CrashAsync();
        await world.BootAsync();
        world.Chronicle.Book.Open.Single().Parking!.Reason.ShouldBe(Reason.Breaker);

        await world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.BreakerReset("anna", "the network is back"))], Cancellation);
        await world.UntilAsync(r => r is { Row.Name: "w6", Phase: Phase.Stabilising });
    }

    [Fact]
    public async Task S13_a_rollback_waits_for_another_ones_lock()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.StillFiring = true;
        world.PinAnswer = () => new PinOutcome.Pinned([], "bad", "good", [], [], ["deployment/production/shared"]);
        world.Rows["one"] = world.Row("one", 0, "undo", workload: "one");
        world.Rows["two"] = world.Row("two", 1, "undo", workload: "two");
        await world.FireAsync("one");
        await world.UntilAsync(Phase.Stabilising);
        await world.FireAsync("two");
        (await world.UntilAsync(Phase.Parked)).Parking!.Reason.ShouldBe(Reason.TargetLocked);
        await world.ResolveAsync("one");
        var two = await world.AfterAsync(TimeSpan.FromMinutes(31), r => r is { Row.Name: "two", Phase: Phase.Stabilising });
        two.StartedAt!.Value.ShouldBeGreaterThanOrEqualTo(world.Chronicle.Book.Rollbacks.Values.Single(r => r.Row.Name == "one").ClosedAt!.Value);
    }

    [Fact]
    public async Task S10_a_stronger_row_after_the_first_write_waits_and_is_decided_when_the_run_ends()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.StillFiring = true;
        var gates = Gated(world, "high");
        world.Rows["high"] = world.Row("high", 1, "assess");
        await world.FireAsync("high");
        await world.UntilAsync(Phase.Acting);
        await world.FireAsync("critical");
        (await world.UntilAsync(Phase.Parked)).Parking!.Reason.ShouldBe(Reason.RunUnderWay);

        gates["high"].SetResult();
        await world.UntilAsync(Phase.Stabilising);
        world.Chronicle.Book.Open.Single(r => r.Row.Name == "critical").Phase.ShouldBe(Phase.Parked);
        await world.ResolveAsync("high");
        world.Running = "bad";
        await world.AfterAsync(TimeSpan.FromMinutes(31), r => r is { Row.Name: "critical", Phase: Phase.Stabilising });
        world.Chronicle.Book.Rollbacks.Values.Single(r => r.Row.Name == "high").Closed!.Outcome.ShouldBe(Outcome.RolledBack);
        world.Writes.Count.ShouldBe(2);
    }

    [Fact]
    public async Task S10_a_weaker_row_waits_while_a_stronger_one_is_under_way()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.StillFiring = true;
        world.PinAnswer = () => new PinOutcome.CannotTell("the API is away");
        world.Rows["high"] = world.Row("high", 1, "assess");
        await world.FireAsync("critical");
        await world.UntilAsync(Phase.Parked);
        await world.FireAsync("high");
        (await world.UntilAsync(r => r is { Row.Name: "high", Phase: Phase.Parked })).Parking!.Reason.ShouldBe(Reason.RunUnderWay);

        world.PinAnswer = null;
        await world.ResolveAsync("critical");
        await world.UntilAsync(r => r is { Row.Name: "high", Phase: Phase.Stabilising });
        world.Chronicle.Book.Rollbacks.Values.Single(r => r.Row.Name == "critical").Closed!.Outcome.ShouldBe(Outcome.Withdrawn);
    }

    [Fact]
    public async Task S11_what_was_done_about_a_firing_that_never_ended_is_not_done_again_when_it_is_decided_anew()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "restart", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]));
        var since = world.Time.GetUtcNow();
        await world.FireAsync(startsAt: since);
        await world.UntilAsync(Phase.Stabilising);
        await world.AfterAsync(TimeSpan.FromMinutes(31), r => r.Closed is not null);
        world.Time.Advance(TimeSpan.FromHours(25));
        await world.FireAsync(startsAt: since);
        world.Chronicle.Book.Rollbacks.ShouldHaveSingleItem();

        await world.FireAsync(startsAt: world.Time.GetUtcNow());
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2, "another firing");
    }

    [Fact]
    public async Task S11_what_was_done_about_a_firing_is_not_done_again_by_a_row_of_another_name_with_the_same_playbook()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "restart", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]));
        var since = world.Time.GetUtcNow();
        await world.FireAsync(startsAt: since);
        await world.UntilAsync(Phase.Stabilising);
        await world.AfterAsync(TimeSpan.FromMinutes(31), r => r.Closed is not null);
        var row = world.Rows["critical"];
        world.Rows["critical"] = row with { Row = row.Row with { Name = "critical errors" } };
        await world.FireAsync(startsAt: since);
        world.Chronicle.Book.Rollbacks.ShouldHaveSingleItem();

        await world.FireAsync(startsAt: world.Time.GetUtcNow());
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2, "another firing");
    }

    [Fact]
    public async Task What_cannot_be_told_after_a_long_wait_is_asked_again_as_it_is_at_first()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.StillFiring = true;
        await SetKillSwitchAsync(world, on: true);
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        world.Time.Advance(TimeSpan.FromMinutes(20));
        world.PinAnswer = () => new PinOutcome.CannotTell("the API is away");
        await SetKillSwitchAsync(world, on: false);
        (await world.UntilAsync(r => r.Parking?.Reason == Reason.CannotTell || r.Closed is not null)).Closed.ShouldBeNull();

        world.PinAnswer = null;
        await world.AfterAsync(TimeSpan.FromSeconds(6), r => r.Phase == Phase.Stabilising);
    }

    [Fact]
    public async Task S16_what_cannot_be_read_for_long_is_looked_at_less_often_and_never_less_than_twice_a_minute()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.StillFiring = true;
        world.PinAnswer = () => new PinOutcome.CannotTell("the API is away");
        await world.FireAsync();
        var closed = await world.ClosedAsync(Outcome.Refused, after: TimeSpan.FromSeconds(1));

        closed.Closed!.Reason.ShouldBe(Reason.CannotTell);
        var waits = closed.Timeline.Where(t => t.Event is RollbackEvent.Parked).Select(t => ((RollbackEvent.Parked)t.Event).Until!.Value - t.At).ToList();
        (waits[0], waits[^1], waits.SequenceEqual(waits.Order())).ShouldBe((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), true));
        waits.Count.ShouldBeLessThan(60);
    }

    [Theory]
    [InlineData(Reason.KillSwitch, false, 1)]
    [InlineData(Reason.KillSwitch, true, 0)]
    [InlineData(Reason.Freeze, false, 0)]
    public async Task S11_what_waits_until_a_person_lets_it_go_on_calls_people_once_and_a_freeze_does_not(Reason reason, bool shadow, int calls)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", shadow: shadow);
        await SetKillSwitchAsync(world, on: reason == Reason.KillSwitch);
        await world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.Frozen("rental-api", world.Time.GetUtcNow().AddHours(1), "anna", "sale"))], Cancellation);
        await world.FireAsync();
        var waiting = await world.UntilAsync(r => r.Parking?.Reason == reason);
        await SetKillSwitchAsync(world, on: false);
        await world.UntilAsync(r => r.Parking?.Reason == Reason.Freeze);
        await SetKillSwitchAsync(world, on: reason == Reason.KillSwitch);
        await world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.Frozen("rental-api", null, "anna", "over"))], Cancellation);
        if (reason == Reason.KillSwitch)
            await world.UntilAsync(r => r.Parking?.Reason == Reason.KillSwitch);

        world.Chronicle.Book.Rollbacks[waiting.Id].Timeline.Count(t => t.Event is RollbackEvent.Paged).ShouldBe(calls);
    }

    [Theory]
    [InlineData(14, null)]
    [InlineData(7 * 60, Reason.StaleStart)]
    public async Task S11_what_a_person_started_and_had_to_wait_for_long_is_not_done_on_what_they_saw_then(int minutes, Reason? refusal)
    {
        await using var world = await RollbackWorld.StartAsync();
        await SetKillSwitchAsync(world, on: true);
        await world.StartTogetherAsync(world.Row("x", 0, "undo").Playbook, "rental-api");
        (await world.UntilAsync(Phase.Parked)).Parking!.Reason.ShouldBe(Reason.KillSwitch);
        world.Time.Advance(TimeSpan.FromMinutes(minutes));
        await SetKillSwitchAsync(world, on: false);

        var run = await world.UntilAsync(r => r.Closed is not null || r.Phase == Phase.Stabilising);
        (run.Closed?.Reason).ShouldBe(refusal);
        run.Timeline.Any(t => t.Event is RollbackEvent.Paged).ShouldBe(refusal is not null);
        world.Writes.Count.ShouldBe(refusal is null ? 1 : 0);
    }

    [Fact]
    public async Task S11_an_alert_that_joined_what_a_person_started_does_not_bring_it_back_with_what_they_saw_then()
    {
        await using var world = await RollbackWorld.StartAsync();
        await SetKillSwitchAsync(world, on: true);
        await world.StartTogetherAsync(world.Row("x", 0, "undo").Playbook, "rental-api");
        await world.UntilAsync(Phase.Parked);
        world.Time.Advance(TimeSpan.FromHours(7));
        world.StillFiring = true;
        await world.FireAsync();
        world.Chronicle.Book.Rollbacks.Values.ShouldHaveSingleItem().StillFires.ShouldBeTrue();
        world.DeployedAt = world.Time.GetUtcNow() + TimeSpan.FromMinutes(5);
        world.Time.Advance(TimeSpan.FromMinutes(10));
        await SetKillSwitchAsync(world, on: false);

        var run = await world.UntilAsync(r => r.Closed is not null || r.Phase == Phase.Stabilising);
        (run.Closed?.Reason).ShouldBe(Reason.StaleStart);
        await world.DecideWhatGaveWayAsync();
        (await world.UntilAsync(r => r is { Manual: null, Closed: not null })).Closed!.Reason.ShouldBe(Reason.DeployedAfterAlert, "its alert is decided by itself");
        world.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task S11_what_persons_started_together_is_as_old_as_it_is_when_it_waited_for_somebody_elses_lock()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Lock = "configmap/production/shared";
        var row = world.Row("critical", 0, "switch", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]));
        world.Rows["critical"] = row;
        var written = new TaskCompletionSource();
        world.BeforeApply = context => context.Service.Name == "rental-api" ? written.Task : Task.CompletedTask;
        await world.FireAsync();
        await world.UntilAsync(r => r.Steps.Count > 0);
        await world.StartTogetherAsync(row.Playbook, "one", "two");
        foreach (var service in new[] { "one", "two" })
            (await world.UntilAsync(r => r.Id == service && r.Phase == Phase.Parked)).Parking!.Reason.ShouldBe(Reason.TargetLocked);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        written.SetResult();
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync();

        var one = await world.AfterAsync(TimeSpan.FromMinutes(31), r => r.Id == "one" && (r.HasActed || !r.IsOpen));
        (one.HasActed, one.Closed?.Reason).ShouldBe((false, Reason.StaleStart));
    }

    [Fact]
    public async Task S11_what_a_person_started_is_done_when_somebody_agreed_to_it_just_now()
    {
        await using var world = await RollbackWorld.StartAsync();
        var playbook = world.Row("x", 0, "undo").Playbook with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromHours(1), OnSilence.Deny, null, null, false) };
        await world.StartTogetherAsync(playbook, "rental-api");
        await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        world.Time.Advance(TimeSpan.FromMinutes(50));
        await world.AnswerAsync("rental-api", yes: true);

        await world.UntilAsync(Phase.Stabilising);
    }

    [Fact]
    public async Task S10_the_same_playbook_from_another_row_attaches_as_a_cause()
    {
        await using var world = await RollbackWorld.StartAsync();
        var gates = Gated(world, "critical");
        world.Rows["high"] = world.Row("high", 1, "undo");
        await world.FireAsync("critical");
        await world.UntilAsync(Phase.Acting);
        await world.FireAsync("high", pod: "b");
        world.Chronicle.Book.Rollbacks.Values.ShouldHaveSingleItem().Causes.Count.ShouldBe(2);
        gates["critical"].SetResult();
        await world.UntilAsync(Phase.Stabilising);
    }

    [Fact]
    public async Task S13_a_new_alert_fails_a_stabilisation_also_while_the_kill_switch_keeps_it_from_being_decided()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["high"] = world.Row("high", 1, "assess");
        await world.FireAsync("high");
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync("high");
        await SetKillSwitchAsync(world, on: true);
        world.Time.Advance(TimeSpan.FromMinutes(2));
        await world.FireAsync("critical");

        var failed = await world.AfterAsync(TimeSpan.FromMinutes(31), r => r is { Row.Name: "high", Closed: not null });
        failed.Closed!.Reason.ShouldBe(Reason.FiringAgain);
        await world.UntilAsync(r => r is { Row.Name: "critical", Parking.Reason: Reason.KillSwitch });
    }

    [Fact]
    public async Task S13_a_new_alert_for_the_workload_during_stabilisation_fails_it_and_is_decided()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["high"] = world.Row("high", 1, "assess");
        await world.FireAsync("high");
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync("high");
        world.Time.Advance(TimeSpan.FromMinutes(2));
        world.Health = Verdict.Fail;
        await world.FireAsync("critical");

        var failed = await world.UntilAsync(r => r is { Row.Name: "high", Closed: not null });
        failed.Closed!.Reason.ShouldBe(Reason.FiringAgain);
        world.Health = Verdict.Pass;
        await world.AfterAsync(TimeSpan.FromSeconds(5), r => r is { Row.Name: "critical", Phase: Phase.Stabilising });
    }

    [Fact]
    public async Task S10_an_episode_ends_after_a_day_even_when_its_alert_never_resolved()
    {
        await using var world = await OnceRolledBackAsync(GuardSettings.Default, resolve: false);
        await world.FireAsync(pod: "b");
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(1);

        world.Time.Advance(TimeSpan.FromHours(24));
        await world.FireAsync(pod: "c");
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2);
    }

    [Fact]
    public async Task S12_a_run_that_was_parked_for_more_than_a_day_still_hears_that_its_alert_resolved()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(true, false, "anna", "long weekend"))], Cancellation);
        var since = world.Time.GetUtcNow();
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        world.Time.Advance(TimeSpan.FromHours(25));
        await world.FireAsync(startsAt: since);
        await world.FireAsync(pod: "b");
        await world.ResolveAsync(pod: "b");
        world.Chronicle.Book.Rollbacks.ShouldHaveSingleItem("an open run takes its own alerts, however old it is");
        await world.ResolveAsync();

        await world.ClosedAsync(Outcome.Withdrawn);
        world.Writes.ShouldBeEmpty();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Task SetKillSwitchAsync(RollbackWorld world, bool on) =>
        world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(on, false, "anna", "drill"))], Cancellation);

    private static async Task<RollbackWorld> OnceRolledBackAsync(GuardSettings guards, bool resolve = true)
    {
        var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", guards: guards);
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        if (resolve)
            await world.ResolveAsync();
        await world.AfterAsync(TimeSpan.FromMinutes(31), r => r.Closed is not null);
        return world;
    }

    // Rows whose playbook acts only when the test lets it.
    private static Dictionary<string, TaskCompletionSource> Gated(RollbackWorld world, params string[] rows)
    {
        var gates = rows.ToDictionary(r => r, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        world.BeforeApply = async context =>
        {
            var row = world.Chronicle.Book.Rollbacks[context.RollbackId].Row.Name;
            if (gates.TryGetValue(row, out var gate))
                await gate.Task.WaitAsync(Cancellation);
        };
        return gates;
    }

    [Theory]
    // minutes between the two
    [InlineData(5, 1)]
    [InlineData(120, 2)]
    public async Task S11_a_second_kill_switch_calls_again_but_not_within_a_quarter_of_an_hour(int minutes, int calls)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = new ApprovalDefinition("on-call", TimeSpan.FromHours(3), OnSilence.Deny, null, null, false) } };
        world.StillFiring = true;
        await world.KillSwitchAsync(true);
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        await world.KillSwitchAsync(false);
        var asking = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        world.Time.Advance(TimeSpan.FromMinutes(minutes));
        await world.KillSwitchAsync(true);
        await world.AnswerAsync(asking.Id, yes: true);

        var parked = await world.UntilAsync(Phase.Parked);
        parked.Timeline.Count(t => t.Event is RollbackEvent.Paged { Reason: Reason.KillSwitch }).ShouldBe(calls);
    }
}
