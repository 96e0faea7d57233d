using AlertRollback.Announcements.Wording;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>Alerts that begin to fire while it is watched: they look back, and may tell of what is gone already (S10, S13).</summary>
public sealed class WatchTests
{
    [Theory]
    // minutes for which nobody was there, from the watch on; the hold is 15 | the resolution comes after the restart
    [InlineData(20, true, null)]
    [InlineData(20, false, Outcome.Ineffective)]
    public async Task S11_nobody_is_told_that_an_alert_fires_on_before_its_resolution_could_be_heard(int minutes, bool resolves, Outcome? outcome)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Rows["critical"] with { Playbook = world.Rows["critical"].Playbook with { Stabilise = TimeSpan.FromHours(1) } };
        await world.FireAsync();
        var watched = await world.UntilAsync(Phase.Stabilising);
        await world.CrashAsync();
        world.Time.Advance(TimeSpan.FromMinutes(minutes));
        await world.BootAsync();
        var booted = world.Time.GetUtcNow();
        if (resolves)
        {
            (await FakeTime.IdleAsync(world.Time, world.Chronicle, TimeSpan.FromMinutes(4))).Rollbacks[watched.Id].Ineffective.ShouldBeNull();
            await world.ResolveAsync();
            (await world.AfterAsync(TimeSpan.FromMinutes(50), r => r.Closed is not null)).Closed!.Outcome.ShouldBe(Outcome.RolledBack);
        }
        else
        {
            var ended = await world.AfterAsync(TimeSpan.Zero, r => r.Closed is not null);
            ended.Closed!.Outcome.ShouldBe(outcome!.Value);
            ended.ClosedAt!.Value.ShouldBeGreaterThanOrEqualTo(booted.AddMinutes(5));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S10_what_begins_within_the_hold_and_is_not_measured_ends_no_watch_and_is_over_when_it_resolves(bool another)
    {
        await using var world = await WatchedAsync();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.FireAsync(another ? "high" : "critical", pod: "slow");

        var watched = await world.UntilAsync(r => r.FiringAnswer is not null);
        (watched.Phase, watched.FiringAnswer!.Verdict, watched.HasCalled).ShouldBe((Phase.Stabilising, Verdict.Pass, false));
        TimelineLine.For(watched.Timeline.Last(t => t.Event is RollbackEvent.FiringAnswered)).ShouldBe("HighErrors began to fire; asked again, pass: ✓ health: pass (expected ok) — it may look back at what is gone: the watch goes on");
        await world.ResolveAsync(another ? "high" : "critical", pod: "slow");
        (await world.AfterAsync(TimeSpan.FromMinutes(31), r => r is { Row.Name: "critical", Closed: not null })).Closed!.Outcome.ShouldBe(Outcome.RolledBack);
    }

    [Fact]
    public async Task S10_each_alert_is_held_against_what_is_measured_after_it_was_heard_of()
    {
        await using var world = await WatchedAsync();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.FireAsync(pod: "slow");
        await world.UntilAsync(r => r.FiringAnswer is not null);
        var asked = world.Asked;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        world.Health = Verdict.Fail;
        await world.FireAsync(pod: "slower");

        var failed = await world.ClosedAsync(Outcome.Failed);
        (failed.Closed!.Reason, failed.Closed.Text).ShouldBe((Reason.FiringAgain, "HighErrors began to fire again during stabilisation, and it is measured as well: health: fail, expected ok"));
        world.Asked.ShouldBe(asked + 1, "an alert and one look that say the same are enough");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S13_what_began_before_the_last_write_and_only_comes_late_is_no_news(bool isMeasured)
    {
        await using var world = await WatchedAsync(verify: isMeasured);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.FireAsync(pod: "late", startsAt: world.Time.GetUtcNow() - TimeSpan.FromMinutes(5));
        await world.ResolveAsync(pod: "late");

        var closed = await world.AfterAsync(TimeSpan.FromMinutes(31), r => r.Closed is not null);
        (closed.Closed!.Outcome, closed.FiringAnswer).ShouldBe((Outcome.RolledBack, null));
    }

    [Fact]
    public async Task What_was_heard_of_by_a_clock_that_was_ahead_is_asked_about_once()
    {
        await using var world = await WatchedAsync();
        var (run, now) = (await world.UntilAsync(Phase.Stabilising), world.Time.GetUtcNow());
        var ahead = run.Causes[0] with { Fingerprint = "ahead", StartsAt = now + TimeSpan.FromMinutes(1), ReceivedAt = now + TimeSpan.FromMinutes(3) };
        await world.Chronicle.ChangeAsync(run.Id, (_, _) => [new RollbackEvent.CauseAttached(ahead)], TestContext.Current.CancellationToken);
        await world.UntilAsync(r => r.FiringAnswer is not null);
        await world.Chronicle.ChangeAsync(run.Id, (_, _) => [new RollbackEvent.CauseResolved("ahead", null)], TestContext.Current.CancellationToken);

        var closed = await world.AfterAsync(TimeSpan.FromMinutes(31), r => r is { Row.Name: "critical", Closed: not null });
        closed.Timeline.Count(t => t.Event is RollbackEvent.FiringAnswered).ShouldBe(1);
    }

    [Fact]
    public async Task S16_where_it_cannot_be_told_what_is_so_now_people_are_called()
    {
        await using var world = await WatchedAsync();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        world.Health = Verdict.Inconclusive;
        await world.FireAsync("high");

        var closed = await world.AfterAsync(TimeSpan.FromMinutes(5), r => r is { Row.Name: "critical", Closed: not null });
        (closed.Closed!.Outcome, closed.HasCalled).ShouldBe((Outcome.Inconclusive, true));
    }

    [Fact]
    public async Task S13_what_goes_on_after_the_hold_fails_the_watch_and_is_decided()
    {
        await using var world = await WatchedAsync();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.FireAsync("high");

        var failed = await world.AfterAsync(TimeSpan.FromMinutes(14), r => r is { Row.Name: "critical", Closed: not null });
        failed.Closed!.Text.ShouldBe("HighErrors began to fire again during stabilisation, and still does after the hold of 15 min");
        failed.ClosedAt!.Value.ShouldBeInRange(failed.HoldUntil!.Value, failed.HoldUntil.Value + TimeSpan.FromMinutes(1));
        await world.UntilAsync(r => r is { Row.Name: "high", Parking: null });
    }

    [Fact]
    public async Task S11_what_another_row_began_and_what_ended_unheard_fails_no_watch_at_the_end_of_the_hold()
    {
        await using var world = await WatchedAsync();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.FireAsync("high");
        await world.UntilAsync(r => r.FiringAnswer is not null);
        world.StillFiring = false;

        (await world.AfterAsync(TimeSpan.FromMinutes(31), r => r is { Row.Name: "critical", Closed: not null })).Closed!.Outcome.ShouldBe(Outcome.RolledBack);
        (await world.UntilAsync(r => r is { Row.Name: "high", Closed: not null })).Closed!.Outcome.ShouldBe(Outcome.Withdrawn);
    }

    [Theory]
    // begins after so many minutes | resolved before | is measured
    [InlineData(16, false, true)]
    [InlineData(1, true, true)]
    [InlineData(1, false, false)]
    public async Task S13_what_can_only_tell_of_what_runs_now_fails_the_watch_at_once(int minutes, bool resolved, bool isMeasured)
    {
        await using var world = await WatchedAsync(verify: isMeasured);
        var asked = world.Asked;
        world.Time.Advance(TimeSpan.FromMinutes(minutes));
        await world.FireAsync(pod: resolved ? "a" : "slow");

        (await world.ClosedAsync(Outcome.Failed)).Closed!.Reason.ShouldBe(Reason.FiringAgain);
        world.Asked.ShouldBe(asked);
    }

    private static async Task<RollbackWorld> WatchedAsync(bool verify = true)
    {
        var world = await RollbackWorld.StartAsync();
        var row = world.Rows["critical"];
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Verify = verify ? row.Playbook.Verify : [] } };
        world.Rows["high"] = world.Row("high", 1, "assess");
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync();
        return world;
    }
}
