using System.Text.Json.Nodes;
using AlertRollback.Announcements.Wording;
using AlertRollback.Approvals;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>Which run stands for which alert: a stronger row's, never one that only plans, and the weaker one's again when the stronger is called off.</summary>
public sealed partial class GiveWayTests
{
    private static readonly Func<PinOutcome> Away = () => new PinOutcome.CannotTell("the API is away");

    [Fact]
    public async Task S10_a_stronger_alert_does_not_wait_for_a_weaker_rows_window_though_its_playbook_is_the_same()
    {
        await using var world = await RollbackWorld.StartAsync();
        var weaker = world.Row("high", 1, "undo");
        world.Rows["high"] = weaker with { Row = weaker.Row with { Window = new WindowDefinition("maintenance", [DayOfWeek.Monday], new TimeOnly(14, 0), new TimeOnly(15, 0), "UTC") } };
        await world.FireAsync("high");
        (await world.UntilAsync(Phase.Parked)).Parking!.Reason.ShouldBe(Reason.OutsideWindow);
        await world.FireAsync("critical");

        (await world.UntilAsync(Phase.Stabilising)).Row.Name.ShouldBe("critical");
        Of(world, "high").Closed!.Outcome.ShouldBe(Outcome.Replaced);
    }

    [Theory]
    [InlineData("undo", true)]
    [InlineData("assess", true)]
    [InlineData("undo", false)]
    [InlineData("assess", false)]
    public async Task S10_a_weaker_alert_does_not_wait_for_a_stronger_rows_window_and_does_not_give_way_before_it_opens(string playbook, bool strongerFirst)
    {
        await using var world = await RollbackWorld.StartAsync();
        var drift = world.Row("drift", 0, playbook);
        world.Rows["drift"] = drift with { Row = drift.Row with { Window = new WindowDefinition("maintenance", [DayOfWeek.Sunday], new TimeOnly(2, 0), new TimeOnly(4, 0), "UTC") } };
        world.Rows["critical"] = world.Row("critical", 1, "undo");
        if (strongerFirst)
        {
            await world.FireAsync("drift");
            (await world.UntilAsync(Phase.Parked)).Parking!.Reason.ShouldBe(Reason.OutsideWindow);
        }

        world.PinAnswer = Away;
        await world.FireAsync("critical");
        await world.UntilAsync(r => r is { Row.Name: "critical", Parking.Reason: Reason.CannotTell });
        if (!strongerFirst)
            await world.FireAsync("drift");
        world.PinAnswer = null;

        await world.AfterAsync(TimeSpan.FromSeconds(6), r => r is { Row.Name: "critical", Phase: Phase.Stabilising });
        Of(world, "drift").ShouldSatisfyAllConditions(r => r.IsOpen.ShouldBeTrue(), r => r.HasActed.ShouldBeFalse());
        world.Writes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_live_alert_is_not_taken_by_a_run_that_only_plans_and_does_not_wait_for_it()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["planned"] = world.Row("planned", 0, "undo", shadow: true);
        world.Rows["critical"] = world.Row("critical", 1, "undo");
        world.PinAnswer = Away;
        await world.FireAsync("planned");
        await world.UntilAsync(Phase.Parked);
        world.PinAnswer = null;
        await world.FireAsync("critical");

        (await world.UntilAsync(Phase.Stabilising)).Row.Name.ShouldBe("critical");
        world.Writes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_row_that_is_live_by_now_does_not_give_its_alerts_to_what_it_only_planned_before()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", shadow: true);
        await world.FireAsync();
        await world.ClosedAsync(Outcome.Shadowed);
        world.Rows["critical"] = world.Row("critical", 0, "undo");
        await world.FireAsync(pod: "b");

        await world.UntilAsync(Phase.Stabilising);
    }

    [Fact]
    public async Task S12_an_alert_that_is_only_planned_for_does_not_keep_a_live_run_from_being_withdrawn()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["planned"] = world.Row("planned", 1, "undo", shadow: true);
        world.PinAnswer = Away;
        await world.FireAsync("critical");
        await world.UntilAsync(Phase.Parked);
        await world.FireAsync("planned");
        await world.ResolveAsync("critical");

        (await world.ClosedAsync(Outcome.Withdrawn)).Row.Name.ShouldBe("critical");
        Of(world, "planned").IsOpen.ShouldBeTrue();
    }

    [Fact]
    public async Task S12_a_weaker_rows_alert_does_not_keep_alive_what_the_stronger_row_wanted_but_is_decided_by_its_own()
    {
        await using var world = await RollbackWorld.StartAsync();
        var weaker = world.Row("high", 1, "undo");
        world.Rows["high"] = weaker with { Playbook = weaker.Playbook with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromHours(1), OnSilence.Deny, null, null, false) } };
        world.PinAnswer = Away;
        await world.FireAsync("critical");
        await world.UntilAsync(Phase.Parked);
        await world.FireAsync("high");
        await world.FireAsync("high", pod: "b");
        Of(world, "critical").Causes.Count.ShouldBe(3);
        await world.ResolveAsync("critical");
        world.PinAnswer = null;

        var asking = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen) || r.HasActed);
        asking.Row.Name.ShouldBe("high");
        asking.Causes.Count.ShouldBe(2);
        Of(world, "critical").Closed!.Outcome.ShouldBe(Outcome.Withdrawn);
        world.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task S12_an_alert_whose_run_was_withdrawn_while_another_rows_fires_is_decided_again_when_it_fires_again()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["high"] = world.Row("high", 1, "undo");
        world.PinAnswer = Away;
        await world.FireAsync("critical");
        await world.UntilAsync(Phase.Parked);
        await world.FireAsync("high");
        await world.ResolveAsync("critical");
        Of(world, "critical").Closed!.Outcome.ShouldBe(Outcome.Withdrawn);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.FireAsync("critical");

        world.Chronicle.Book.Open.ShouldContain(r => r.Row.Name == "critical");
    }

    [Fact]
    public async Task S12_another_rows_alert_does_not_revive_a_run_whose_own_alert_has_just_resolved()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["high"] = world.Row("high", 1, "undo");
        world.PinAnswer = () => ResolvesAndIsJoined(world);
        await world.FireAsync("critical");

        (await world.UntilAsync(r => r.HasActed)).Row.Name.ShouldBe("high");
        Of(world, "critical").Closed!.Outcome.ShouldBe(Outcome.Withdrawn);
    }

    [Fact]
    public async Task S12_an_alert_that_comes_after_the_last_resolution_is_a_new_proposal_though_the_worker_was_busy_all_the_while()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => ResolvesAndIsJoined(world, "critical", "b");
        await world.FireAsync("critical");

        var second = await world.UntilAsync(r => r.HasActed);
        second.Causes.ShouldHaveSingleItem().Labels["pod"].ShouldBe("b");
        world.Chronicle.Book.Rollbacks.Values.Single(r => r.Id != second.Id).Closed!.Outcome.ShouldBe(Outcome.Withdrawn);
    }

    [Fact]
    public async Task S12_another_alert_of_its_own_row_keeps_a_run_alive()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["high"] = world.Row("high", 1, "undo");
        world.PinAnswer = Away;
        await world.FireAsync("critical");
        await world.FireAsync("high");
        await world.FireAsync("critical", pod: "b");
        await world.ResolveAsync("critical");

        world.Chronicle.Book.Rollbacks.Values.ShouldHaveSingleItem().IsOpen.ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_only_planned_neither_replaces_a_live_run_nor_waits_for_it()
    {
        await using var world = await RollbackWorld.StartAsync();
        var live = world.Row("high", 1, "assess");
        world.Rows["high"] = live with { Playbook = live.Playbook with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromHours(1), OnSilence.Deny, null, null, false) } };
        world.Rows["critical"] = world.Row("critical", 0, "undo", shadow: true);
        world.Rows["low"] = world.Row("low", 2, "undo", shadow: true);
        await world.FireAsync("high");
        await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        await world.FireAsync("critical");
        await world.UntilAsync(r => r is { Row.Name: "critical", Closed.Outcome: Outcome.Shadowed });
        await world.FireAsync("low");
        await world.UntilAsync(r => r is { Row.Name: "low", Closed.Outcome: Outcome.Shadowed });

        await world.AnswerAsync(Of(world, "high").Id, yes: true);
        await world.UntilAsync(r => r is { Row.Name: "high", Phase: Phase.Stabilising });
    }

    [Fact]
    public async Task S13_a_new_alert_that_is_only_planned_for_fails_a_stabilisation_all_the_same()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["planned"] = world.Row("planned", 1, "assess", shadow: true);
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync();
        world.Time.Advance(TimeSpan.FromMinutes(2));
        world.Health = Verdict.Fail;
        await world.FireAsync("planned");

        (await world.UntilAsync(r => r is { Row.Name: "critical", Closed: not null })).Closed!.Reason.ShouldBe(Reason.FiringAgain);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S11_a_weaker_alert_is_decided_when_the_stronger_one_resolves_before_anything_was_changed(bool samePlaybook)
    {
        await using var world = await ReplacedAsync(samePlaybook ? "undo" : "assess");
        await world.DecideWhatGaveWayAsync();
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2, "the stronger one still stands for it");
        await world.ResolveAsync("critical");
        await world.UntilAsync(r => r.Closed?.Outcome == Outcome.Withdrawn);
        await world.CrashAsync();
        await world.BootAsync();
        await world.DecideWhatGaveWayAsync();
        await world.DecideWhatGaveWayAsync();

        world.PinAnswer = null;
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(3);
        (await world.AfterAsync(TimeSpan.FromSeconds(5), r => r.Phase == Phase.Stabilising)).Row.Name.ShouldBe("high");
    }

    [Theory]
    [InlineData(25, false, 3)]
    [InlineData(50, false, 3)]
    [InlineData(50, true, 2)]
    public async Task S11_a_weaker_alert_that_gave_way_after_days_of_waiting_is_decided_all_the_same(int hours, bool resolves, int runs)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["high"] = world.Row("high", 1, "assess");
        await world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(true, false, "bob", "stocktaking"))], TestContext.Current.CancellationToken);
        await world.FireAsync("high");
        await world.UntilAsync(Phase.Parked);
        world.Time.Advance(TimeSpan.FromHours(hours));
        await world.FireAsync("critical");
        await world.UntilAsync(r => r is { Row.Name: "critical", Phase: Phase.Parked });
        Of(world, "high").Closed!.Outcome.ShouldBe(Outcome.Replaced);
        world.Time.Advance(TimeSpan.FromMinutes(3));
        if (resolves)
            await world.ResolveAsync("high");
        await world.ResolveAsync("critical");
        await world.UntilAsync(r => r.Closed?.Outcome == Outcome.Withdrawn);
        world.Chronicle.Book.IsCalledFor(s => s.Name == "rental-api", world.Time.GetUtcNow()).ShouldBe(!resolves, "nothing is known to be good while it fires (S3)");
        await world.DecideWhatGaveWayAsync();
        await world.DecideWhatGaveWayAsync();

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(runs);
        if (!resolves)
            world.Chronicle.Book.Open.ShouldHaveSingleItem().Row.Name.ShouldBe("high");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S11_a_weaker_alert_that_still_fires_after_the_hold_of_a_stronger_run_that_went_well_is_decided(bool isMended)
    {
        await using var world = await ReplacedAsync("assess", stabilise: TimeSpan.FromMinutes(1));
        world.PinAnswer = null;
        await world.AfterAsync(TimeSpan.FromSeconds(5), r => r is { Row.Name: "critical", Phase: Phase.Stabilising });
        await world.ResolveAsync("critical");
        await world.AfterAsync(TimeSpan.FromMinutes(2), r => r is { Row.Name: "critical", Closed.Outcome: Outcome.RolledBack });
        await world.DecideWhatGaveWayAsync();
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2, "it may be mended, and only not have resolved yet");
        if (isMended)
            await world.ResolveAsync("high");
        world.Time.Advance(GuardSettings.Default.Hold);
        await world.DecideWhatGaveWayAsync();
        await world.DecideWhatGaveWayAsync();

        world.Chronicle.Book.Rollbacks.Values.Count(r => r.Row.Name == "high").ShouldBe(isMended ? 1 : 2);
    }

    [Fact]
    public async Task S10_a_weaker_alert_that_looks_back_further_is_decided_only_after_its_own_hold()
    {
        await using var world = await ReplacedAsync("assess", stabilise: TimeSpan.FromMinutes(1), hold: TimeSpan.FromMinutes(75));
        world.PinAnswer = null;
        await world.AfterAsync(TimeSpan.FromSeconds(5), r => r is { Row.Name: "critical", Phase: Phase.Stabilising });
        await world.ResolveAsync("critical");
        await world.AfterAsync(TimeSpan.FromMinutes(2), r => r is { Row.Name: "critical", Closed.Outcome: Outcome.RolledBack });
        world.Time.Advance(GuardSettings.Default.Hold);
        await world.DecideWhatGaveWayAsync();
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2);

        world.Time.Advance(TimeSpan.FromMinutes(60));
        await world.DecideWhatGaveWayAsync();
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(3);
    }

    [Fact]
    public async Task S10_after_a_restart_a_weaker_alert_is_decided_only_when_its_resolution_could_have_arrived()
    {
        await using var world = await ReplacedAsync("assess", stabilise: TimeSpan.FromMinutes(1));
        world.PinAnswer = null;
        await world.AfterAsync(TimeSpan.FromSeconds(5), r => r is { Row.Name: "critical", Phase: Phase.Stabilising });
        await world.ResolveAsync("critical");
        await world.AfterAsync(TimeSpan.FromMinutes(2), r => r is { Row.Name: "critical", Closed.Outcome: Outcome.RolledBack });
        await world.CrashAsync();
        world.Time.Advance(GuardSettings.Default.Hold);
        await world.BootAsync();
        await world.DecideWhatGaveWayAsync();
        world.Time.Advance(NextMove.LongestUnheard - TimeSpan.FromSeconds(1));
        await world.DecideWhatGaveWayAsync();
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2, "Alertmanager may not have sent again yet what it could not deliver");

        world.Time.Advance(TimeSpan.FromSeconds(1));
        await world.DecideWhatGaveWayAsync();
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(3);
    }

    [Fact]
    public async Task S11_a_weaker_alert_that_resolved_too_is_not_decided_any_more()
    {
        await using var world = await ReplacedAsync("assess");
        await world.ResolveAsync("high");
        await world.ResolveAsync("critical");
        await world.UntilAsync(r => r.Closed?.Outcome == Outcome.Withdrawn);
        await world.DecideWhatGaveWayAsync();

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2);
    }

    [Fact]
    public async Task S10_a_weaker_alert_is_not_decided_beside_people_who_were_told_why_the_stronger_one_was_refused()
    {
        await using var world = await ReplacedAsync("assess");
        world.PinAnswer = () => new PinOutcome.Refused(Reason.Paused, "paused");
        await world.AfterAsync(TimeSpan.FromSeconds(5), r => r.Closed?.Outcome == Outcome.Refused);
        await world.DecideWhatGaveWayAsync();

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2);
    }

    [Fact]
    public async Task S11_a_waiting_undo_goes_on_beside_what_a_person_starts_that_changes_nothing()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.PinAnswer = Away;
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        await StartByHandAsync(world, new MethodDefinition("tell", TimeSpan.FromMinutes(1), [new StepDefinition("page", new JsonObject { ["role"] = "on-call" })]));
        await world.UntilAsync(r => r is { ChangesNothing: true, Phase: Phase.Stabilising });
        world.PinAnswer = null;

        await world.AfterAsync(TimeSpan.FromSeconds(6), r => r is { Row.Name: "critical", Phase: Phase.Stabilising });
        world.Chronicle.Book.Open.Count().ShouldBe(2);
        world.Writes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task S11_an_alert_that_gave_way_to_a_person_is_decided_after_all_when_nothing_was_changed()
    {
        await using var world = await GaveWayToAPersonAsync("by-hand", () => new PinOutcome.Refused(Reason.Paused, "paused"));
        await world.UntilAsync(r => r is { Manual: not null, Phase: Phase.Closed });
        world.PinAnswer = Away;
        await world.DecideWhatGaveWayAsync();
        await world.DecideWhatGaveWayAsync();

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("by-hand", null)]
    [InlineData("undo", Reason.Ineffective)]
    public async Task S11_an_alert_that_gave_way_to_a_person_and_fires_on_after_what_went_well_is_decided_and_nothing_is_undone_twice(string playbook, Reason? end)
    {
        await using var world = await GaveWayToAPersonAsync(playbook, null);
        await world.UntilAsync(r => r is { Manual: not null, Phase: Phase.Stabilising });
        await world.DecideWhatGaveWayAsync();
        await world.AfterAsync(TimeSpan.FromMinutes(31), r => r is { Manual: not null, Closed.Outcome: Outcome.RolledBack });
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2, "it may be mended, and only not have resolved yet");
        world.StillFiring = true;
        await world.DecideWhatGaveWayAsync();
        await world.DecideWhatGaveWayAsync();

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(3);
        var anew = await world.UntilAsync(r => r is { Manual: null, Closed.Outcome: not Outcome.Replaced } or { Manual: null, Phase: Phase.Stabilising });
        (anew.Closed?.Reason).ShouldBe(end);
        anew.HasCalled.ShouldBe(end == Reason.Ineffective);
        world.Writes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task S11_an_alert_that_gave_way_to_a_person_and_resolved_is_not_decided_any_more()
    {
        await using var world = await GaveWayToAPersonAsync("by-hand", null);
        await world.UntilAsync(r => r is { Manual: not null, Phase: Phase.Stabilising });
        await world.ResolveAsync();
        await world.AfterAsync(TimeSpan.FromMinutes(31), r => r is { Manual: not null, Closed.Outcome: Outcome.RolledBack });
        await world.DecideWhatGaveWayAsync();

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2);
    }

    private static async Task<RollbackWorld> GaveWayToAPersonAsync(string playbook, Func<PinOutcome>? answer)
    {
        var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.PinAnswer = Away;
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        world.PinAnswer = answer;
        await StartByHandAsync(world, RollbackWorld.Method("kubernetes"), playbook);
        Of(world, "critical").Closed!.Outcome.ShouldBe(Outcome.Replaced);
        return world;
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 2)]
    public async Task S11_an_alert_that_joined_what_a_person_started_is_decided_when_that_came_to_nothing(bool firedBefore, int runs)
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.PinAnswer = Away;
        if (firedBefore)
        {
            await world.FireAsync();
            await world.UntilAsync(Phase.Parked);
        }

        await StartByHandAsync(world, RollbackWorld.Method("kubernetes"), "undo");
        await world.UntilAsync(r => r is { Manual: not null, Phase: Phase.Parked });
        await world.FireAsync();
        world.Chronicle.Book.Rollbacks.Values.Single(r => r.Manual is not null).Causes.ShouldHaveSingleItem();
        await world.DecideWhatGaveWayAsync();
        world.Chronicle.Book.Open.ShouldHaveSingleItem("the start still stands for it");
        world.PinAnswer = () => new PinOutcome.Refused(Reason.Paused, "paused");
        await world.AfterAsync(TimeSpan.FromSeconds(6), r => r is { Manual: not null, Closed.Outcome: Outcome.Refused });
        world.PinAnswer = Away;
        await world.DecideWhatGaveWayAsync();
        await world.DecideWhatGaveWayAsync();

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(runs);
        world.Chronicle.Book.Open.ShouldHaveSingleItem().Row.Name.ShouldBe("critical");
    }

    [Fact]
    public async Task S11_what_was_done_about_an_alert_that_fires_on_is_not_done_again_because_it_joined_a_start_in_vain()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        var since = world.Time.GetUtcNow();
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await world.AfterAsync(TimeSpan.FromMinutes(31), r => r is { HasActed: true, IsOpen: false });
        world.Time.Advance(TimeSpan.FromHours(24));
        world.PinAnswer = Away;
        await StartByHandAsync(world, RollbackWorld.Method("kubernetes"), "undo");
        await world.UntilAsync(r => r is { Manual: not null, Phase: Phase.Parked });
        await world.FireAsync(startsAt: since);
        world.Chronicle.Book.Rollbacks.Values.Single(r => r.Manual is not null).Causes.ShouldHaveSingleItem();
        world.PinAnswer = () => new PinOutcome.Refused(Reason.Paused, "paused");
        await world.AfterAsync(TimeSpan.FromSeconds(6), r => r is { Manual: not null, Closed.Outcome: Outcome.Refused });
        await world.DecideWhatGaveWayAsync();

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2);
    }

    [Fact]
    public async Task S13_what_a_person_starts_during_a_watch_ends_it_and_takes_its_locks()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync();
        await StartByHandAsync(world, RollbackWorld.Method("kubernetes"));

        (await world.UntilAsync(r => r is { Manual: not null, Phase: Phase.Stabilising })).Locks.ShouldBe(Of(world, "critical").Locks);
        Of(world, "critical").Closed!.Reason.ShouldBe(Reason.WatchCutShort);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S13_what_a_person_starts_ends_a_watch_elsewhere_whose_locks_it_takes_and_is_not_judged_by_its_alerts(bool fires)
    {
        await using var world = await RollbackWorld.StartAsync();
        (world.Lock, world.StillFiring) = ("configmap/production/shared", fires);
        var steps = new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]);
        world.Rows["critical"] = world.Row("critical", 0, "switch", methods: steps);
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        world.Time.Advance(TimeSpan.FromMinutes(5));
        if (!fires)
            await world.ResolveAsync();
        await StartByHandAsync(world, steps, service: "reports");

        var started = await world.UntilAsync(r => r is { Manual: not null, Phase: Phase.Stabilising });
        var watched = Of(world, "critical");
        (watched.Closed!.Reason, watched.Closed.Text).ShouldBe((Reason.WatchCutShort, "carried out and verified; alice started by-hand by hand for reports, which writes to the same: no longer watched"));
        started.Causes.ShouldBeEmpty();
        TimelineLine.For(started.Timeline.Single(t => t.Event is RollbackEvent.Started)).ShouldNotBeNull().ShouldEndWith($"and the watch of {watched.Id} ends");
        if (fires)
        {
            Advice.For(watched).ShouldStartWith("Watch the alert, it still fires: it is judged again at 12:15 UTC.");
            (await world.AfterAsync(TimeSpan.FromMinutes(11), r => r.Ineffective is not null)).Id.ShouldBe(watched.Id);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S11_after_a_watch_was_cut_short_what_was_started_then_is_judged_by_the_alert_that_fires_on(bool another)
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.StillFiring = true;
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        world.Time.Advance(TimeSpan.FromMinutes(10));
        await StartByHandAsync(world, RollbackWorld.Method("kubernetes"));
        await world.UntilAsync(r => r is { Manual: not null, Phase: Phase.Stabilising });
        var first = Of(world, "critical");
        Advice.For(first).ShouldStartWith("Watch the alert, it still fires: what was started by hand is judged by it now.");
        world.Time.Advance(TimeSpan.FromMinutes(1));
        if (another)
            await world.FireAsync(pod: "b");

        (await world.AfterAsync(TimeSpan.FromMinutes(15), r => r is { Manual: not null, Closed: not null })).Closed!.Outcome.ShouldBe(another ? Outcome.Failed : Outcome.Ineffective);
        world.Chronicle.Book.Rollbacks[first.Id].Ineffective.ShouldBeNull();
    }

    [Fact]
    public async Task S13_a_watch_goes_on_when_what_a_person_started_writes_nothing()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync();
        world.PinAnswer = () => new PinOutcome.Refused(Reason.Paused, "paused");
        await StartByHandAsync(world, RollbackWorld.Method("kubernetes"));
        await world.UntilAsync(r => r is { Manual: not null, Closed.Outcome: Outcome.Refused });

        var watched = Of(world, "critical");
        (watched.Phase, watched.Locks.Count).ShouldBe((Phase.Stabilising, 1));
        (await world.AfterAsync(TimeSpan.FromMinutes(31), r => r is { Manual: null, Closed: not null })).Stability.ShouldNotBeNull("its last look is taken");
    }

    private static Task StartByHandAsync(RollbackWorld world, MethodDefinition method, string name = "by-hand", string service = "rental-api")
    {
        var playbook = world.Row("x", 0, name, methods: method).Playbook with { Verify = [], Manual = new ManualDefinition(["on-call"], [], SeveralServices: false) };
        var team = new TeamDefinition("rental", "rental.yml", new TeamNotes(null, null, null, null), [RollbackWorld.Service(service)], [], [], [playbook]);
        var operators = world.Operators with
        {
            Operators = [new Credential("alice", null, "a")],
            Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() { Namespaces = ["production"], People = new Dictionary<string, GrantedPeople> { ["on-call"] = new(["alice"], []) } } },
        };
        var start = new StartByHand(new DecisionMatrix([new TeamMatrix(team, [])]), operators, new Catalog([new FakeUndo(world), new FakeSwitch(world), .. world.More], []), "alice");
        return world.Chronicle.ChangeAsync(
            book => start.Start(new StartRequest(name, [service], "drill", null, new Dictionary<string, string>(), false, "k"), book).Entries,
            TestContext.Current.CancellationToken);
    }

    // While the plan is made: before the worker has looked at the book again.
    private static PinOutcome ResolvesAndIsJoined(RollbackWorld world, string by = "high", string pod = "a")
    {
        world.PinAnswer = null;
        world.ResolveAsync("critical").GetAwaiter().GetResult();
        world.FireAsync(by, pod: pod).GetAwaiter().GetResult();
        return new PinOutcome.Pinned(new JsonObject { ["to"] = "good" }, "bad", "good", [], [], []) { HasSuspect = true, SuspectSince = world.DeployedAt };
    }

    /// <summary>A run of the row "high" that gave way to one of the row "critical", which waits.</summary>
    private static async Task<RollbackWorld> ReplacedAsync(
        string playbook, TimeSpan? stabilise = null, TimeSpan? hold = null, ApprovalDefinition? approval = null, MethodDefinition? method = null)
    {
        var world = await RollbackWorld.StartAsync();
        var stronger = world.Rows["critical"];
        world.Rows["critical"] = stronger with { Playbook = stronger.Playbook with { Stabilise = stabilise ?? stronger.Playbook.Stabilise, Approval = approval, Methods = method is null ? stronger.Playbook.Methods : [method] } };
        world.Rows["high"] = world.Row("high", 1, playbook, guards: GuardSettings.Default with { Hold = hold ?? GuardSettings.DefaultHold });
        world.PinAnswer = Away;
        await world.FireAsync("high");
        await world.UntilAsync(Phase.Parked);
        await world.FireAsync("critical");
        await world.UntilAsync(r => r is { Row.Name: "critical", Phase: Phase.Parked });
        Of(world, "high").Closed!.Outcome.ShouldBe(Outcome.Replaced);
        return world;
    }

    private static RollbackState Of(RollbackWorld world, string row) => world.Chronicle.Book.Rollbacks.Values.Single(r => r.Row.Name == row);
}
