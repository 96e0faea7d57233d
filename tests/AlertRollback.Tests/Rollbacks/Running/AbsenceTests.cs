using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Storage;
using AlertRollback.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>Time in which nobody was there is none in which something was asked or heard of.</summary>
public sealed class AbsenceTests
{
    [Theory]
    [InlineData(4, false)]
    [InlineData(6, true)]
    public async Task S11_what_waits_for_the_hold_hears_after_a_start_whether_its_alert_has_resolved_meanwhile(int minutes, bool called)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Rows["critical"];
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Stabilise = TimeSpan.FromMinutes(1) } };
        await world.FireAsync();
        await world.AfterAsync(TimeSpan.FromMinutes(1), r => r.Phase == Phase.Stabilising);
        await world.ResolveAsync();
        var first = await world.ClosedAsync(Outcome.RolledBack, TimeSpan.FromMinutes(1));
        world.Time.Advance(TimeSpan.FromMinutes(2));
        await world.FireAsync(pod: "b");
        var second = await world.UntilAsync(r => r.Id != first.Id && r.Phase == Phase.Parked);
        second.Parking!.Reason.ShouldBe(Reason.Hold);
        await world.CrashAsync();
        world.Time.Advance(TimeSpan.FromMinutes(15));
        await world.BootAsync();

        if (called)
            await world.AfterAsync(TimeSpan.FromMinutes(minutes), r => r.Id == second.Id && r.HasCalled);
        else
            (await FakeTime.IdleAsync(world.Time, world.Chronicle, TimeSpan.FromMinutes(minutes))).Rollbacks[second.Id].HasCalled.ShouldBeFalse();
    }

    [Fact]
    public async Task What_cannot_be_told_is_asked_again_as_it_is_at_first_also_after_nobody_was_there_for_long()
    {
        await using var world = await RollbackWorld.StartAsync();
        (world.StillFiring, world.PinAnswer) = (true, () => new PinOutcome.CannotTell("the API is away"));
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        await world.CrashAsync();
        world.Time.Advance(TimeSpan.FromMinutes(20));
        await world.BootAsync();
        (await world.UntilAsync(r => r.Closed is not null || r.Timeline.Count(t => t.Event is RollbackEvent.Parked) > 1)).Closed.ShouldBeNull();

        world.PinAnswer = null;
        await world.AfterAsync(TimeSpan.FromSeconds(6), r => r.Phase == Phase.Stabilising);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_restart_of_seconds_in_a_long_step_is_no_absence(bool wasThere)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.StillFiring = false;
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromHours(2), [FakeSwitch.Step("a"), FakeSwitch.Step("b")]));
        world.BeforeApply = async context =>
        {
            if (context is not { StepKey: "steps/0", Attempt: 1 })
                return;
            await context.Journal.MarkAsync("begun", [], "", CancellationToken.None);
            world.Time.Advance(TimeSpan.FromMinutes(30));
            world.LastSeen = wasThere ? world.Time.GetUtcNow() : null;
            await world.StallAsync();
        };
        await world.FireAsync();
        await world.CrashStalledAsync(TimeSpan.FromSeconds(10));

        await world.UntilAsync(r => r.Closed is not null || r.Phase == Phase.Stabilising);
        world.Log.ShouldBe(wasThere ? ["rental-api a", "rental-api b"] : ["rental-api a"]);
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(30, false)]
    [InlineData(30, true)]
    public async Task S11_after_its_machine_stood_still_for_long_nothing_is_begun_for_an_alert_that_has_gone(int minutes, bool fires)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Presence = new Presence(world.Journal, world.Time);
        world.StillFiring = fires;
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromHours(2), [FakeSwitch.Step("a"), FakeSwitch.Step("b")]));
        world.BeforeApply = context =>
        {
            if (context.StepKey == "steps/0")
                world.Time.Advance(TimeSpan.FromMinutes(minutes));
            return Task.CompletedTask;
        };
        await world.FireAsync();

        var ended = await world.UntilAsync(r => r.Closed is not null || r.Phase == Phase.Stabilising);
        var goesOn = minutes < 5 || fires;
        world.Log.ShouldBe(goesOn ? ["rental-api a", "rental-api b"] : ["rental-api a"]);
        if (!goesOn)
            (ended.Closed!.Outcome, ended.Closed.Reason).ShouldBe((Outcome.Inconclusive, Reason.StaleAlert));
    }

    [Fact]
    public async Task S11_what_was_begun_before_its_machine_stood_still_and_left_no_trace_is_not_tried_again_for_an_alert_that_has_gone()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Presence = new Presence(world.Journal, world.Time);
        world.StillFiring = false;
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromHours(2), [FakeSwitch.Step("a")]));
        world.ApplyAnswers.Enqueue(new StepOutcome.CannotTell(Reason.ApiError, "the API is away"));
        var stops = new List<StepOutcome?>();
        world.BeforeApply = context =>
        {
            stops.Add(context.Journal.MayWrite());
            if (stops.Count == 1)
                world.Time.Advance(TimeSpan.FromMinutes(30));
            return Task.CompletedTask;
        };
        await world.FireAsync();

        (await world.AfterAsync(TimeSpan.FromSeconds(5), r => r.Closed is not null || r.Phase == Phase.Stabilising)).Steps["steps/0"].Attempts.ShouldBe(1);
        stops.Count.ShouldBe(2);
        stops[0].ShouldBeNull();
        stops[1].ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.StaleAlert);
    }

    [Fact]
    public void Who_could_not_even_tell_the_time_was_not_there()
    {
        var time = new FakeTimeProvider(Guards.Runs.Noon);
        using var presence = new Presence(new MemoryJournal(), time);
        presence.Now.ShouldBe(new Attendance(Guards.Runs.Noon, null));
        time.Advance(Presence.LongestPause);
        presence.Now.ShouldBe(new Attendance(Guards.Runs.Noon, null));

        var seen = time.GetUtcNow();
        time.Advance(TimeSpan.FromHours(2));
        var wentOn = new Attendance(time.GetUtcNow(), seen, StoodStill: true);
        presence.Now.ShouldBe(wentOn);
        time.Advance(TimeSpan.FromMinutes(1));
        presence.Now.ShouldBe(wentOn);

        // A clock that is put right backwards is no absence, nor is what comes after it.
        time.AdjustTime(time.GetUtcNow() - TimeSpan.FromHours(1));
        presence.Now.ShouldBe(wentOn);
        time.Advance(TimeSpan.FromMinutes(1));
        presence.Now.ShouldBe(wentOn);
    }

    [Fact]
    public async Task One_that_dies_right_after_its_machine_stood_still_hides_no_absence()
    {
        var (time, journal) = (new CountedTime(Guards.Runs.Noon), new MemoryJournal());
        using var presence = new Presence(journal, time);
        await presence.StartAsync(TestContext.Current.CancellationToken);
        await time.RestsAsync();
        for (var i = 0; i < 10; i++)
            await time.PassAsync(TimeSpan.FromMinutes(1));
        var seen = await SeenAsync();
        seen.ShouldBeInRange(Guards.Runs.Noon + TimeSpan.FromMinutes(5), time.GetUtcNow());

        await time.PassAsync(TimeSpan.FromHours(2));
        await time.PassAsync(TimeSpan.FromMinutes(1));
        (await SeenAsync()).ShouldBe(seen);
        await presence.StopAsync(TestContext.Current.CancellationToken);

        async Task<DateTimeOffset> SeenAsync() => DateTimeOffset.Parse((await journal.DocumentAsync(Presence.LastSeen, TestContext.Current.CancellationToken))!, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task S11_of_however_many_alerts_that_were_not_heard_of_for_long_it_is_asked_once_whether_one_fires()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.StillFiring = false;
        await world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(true, false, "anna", "drill"))], TestContext.Current.CancellationToken);
        foreach (var pod in Enumerable.Range(0, 100))
            await world.FireAsync(pod: $"p{pod}");
        (await world.UntilAsync(Phase.Parked)).Causes.Count.ShouldBe(100);
        world.Time.Advance(TimeSpan.FromMinutes(20));
        await world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(false, false, "anna", "over"))], TestContext.Current.CancellationToken);

        (await world.ClosedAsync(Outcome.Refused)).Closed!.Reason.ShouldBe(Reason.StaleAlert);
        world.AlertsAsked.ShouldBe(1);
    }

    [Fact]
    public async Task Every_process_says_that_it_is_there_and_the_next_one_knows_until_when()
    {
        var (time, journal) = (new FakeTimeProvider(Guards.Runs.Noon), new MemoryJournal());
        using (var first = new Presence(journal, time))
        {
            await first.LoadAsync(TestContext.Current.CancellationToken);
            first.Now.Before.ShouldBeNull();
            await first.StartAsync(TestContext.Current.CancellationToken);
            while (await journal.DocumentAsync(Presence.LastSeen, TestContext.Current.CancellationToken) is null)
            {
                time.Advance(TimeSpan.FromSeconds(10));
                await Task.Yield();
            }

            await first.StopAsync(TestContext.Current.CancellationToken);
        }

        var seen = time.GetUtcNow();
        time.Advance(TimeSpan.FromHours(1));
        using (var dying = new Presence(journal, time))
        {
            await dying.StartAsync(TestContext.Current.CancellationToken);
            time.Advance(TimeSpan.FromSeconds(30));
            await dying.StopAsync(TestContext.Current.CancellationToken);
        }

        using var second = new Presence(journal, time);
        time.Advance(TimeSpan.FromMinutes(10));
        await second.LoadAsync(TestContext.Current.CancellationToken);
        second.Now.Before!.Value.ShouldBeInRange(Guards.Runs.Noon + TimeSpan.FromMinutes(5), seen, "one that dies at once hides no absence, nor does reading a long journal");
        second.Now.Since.ShouldBe(time.GetUtcNow());
    }

    [Fact]
    public async Task S13_an_alert_of_the_watch_that_comes_only_after_nobody_was_there_fails_it()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync();
        var began = world.Time.GetUtcNow() + TimeSpan.FromMinutes(10);
        await world.CrashAsync();
        world.Time.Advance(TimeSpan.FromHours(2));
        await world.BootAsync();
        var heard = world.Time.GetUtcNow() + TimeSpan.FromMinutes(1);
        await world.AfterAsync(TimeSpan.Zero, _ => world.Time.GetUtcNow() >= heard);
        await world.FireAsync(startsAt: began);

        (await world.ClosedAsync(Outcome.Failed)).Closed!.Reason.ShouldBe(Reason.FiringAgain);
    }

    [Fact]
    public async Task S13_a_watch_that_was_over_while_nobody_was_there_ends_well_when_nothing_is_heard_after_the_start()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync();
        await world.CrashAsync();
        world.Time.Advance(TimeSpan.FromHours(2));
        await world.BootAsync();
        var began = world.Time.GetUtcNow();

        (await world.ClosedAsync(Outcome.RolledBack, after: TimeSpan.Zero)).ClosedAt!.Value.ShouldBeInRange(began + TimeSpan.FromMinutes(5), began + TimeSpan.FromMinutes(6));
    }

    [Fact]
    public async Task S13_a_watch_does_not_end_before_what_could_not_be_taken_in_comes_again()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync();
        world.Time.Advance(TimeSpan.FromMinutes(28));
        using (world.HoldJournal())
            await Should.ThrowAsync<JournalUnavailableException>(() => world.FireAsync());
        var failed = world.Time.GetUtcNow();

        (await world.ClosedAsync(Outcome.RolledBack, after: TimeSpan.Zero)).ClosedAt!.Value.ShouldBeInRange(failed + TimeSpan.FromMinutes(5), failed + TimeSpan.FromMinutes(6));
    }
}
