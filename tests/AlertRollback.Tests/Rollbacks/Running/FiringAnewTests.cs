using AlertRollback.Alerts;
using AlertRollback.Announcements.Wording;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>An alert that fires anew had ended, also where Alertmanager never said so: a silence, an inhibition, <c>send_resolved: false</c> (S10, S12).</summary>
public sealed class FiringAnewTests
{
    [Fact]
    public async Task S10_an_alert_that_fires_anew_after_its_run_failed_is_decided_by_itself()
    {
        await using var world = await FailedAsync();
        var first = world.Chronicle.Book.Rollbacks.Values.ShouldHaveSingleItem();
        world.Time.Advance(TimeSpan.FromHours(7));
        await world.FireAsync();

        var second = await world.UntilAsync(r => r.Id != first.Id && r.HasActed);
        second.Causes.ShouldHaveSingleItem().StartsAt.ShouldBe(world.Time.GetUtcNow());
        world.Chronicle.Book.Rollbacks[first.Id].Timeline[^1].Event.ShouldBeOfType<RollbackEvent.CauseResolved>().AnewAt.ShouldBe(world.Time.GetUtcNow());
    }

    [Theory]
    // minutes that the sender's clock is ahead | from the start that it says of the firing that is known, to the start and the end that are said late
    [InlineData(0, -60, -1, false)]
    [InlineData(0, -60, 1, true)]
    [InlineData(20, -60, -3, false)]
    [InlineData(20, -60, 1, true)]
    // its clock was put right meanwhile
    [InlineData(20, 0, -3, true)]
    public async Task S12_a_resolution_of_an_earlier_firing_that_comes_late_does_not_end_the_one_that_fires_now(int ahead, int started, int ended, bool over)
    {
        await using var world = await RollbackWorld.StartAsync();
        var said = world.Time.GetUtcNow() + TimeSpan.FromMinutes(ahead);
        await world.FireAsync(startsAt: said);
        var run = await world.UntilAsync(Phase.Stabilising);
        await world.ReceiveAsync(Resolved(run, said + TimeSpan.FromMinutes(started), said + TimeSpan.FromMinutes(ended)));

        world.Chronicle.Book.Rollbacks[run.Id].AllResolved.ShouldBe(over);
    }

    [Theory]
    // minutes from the start of the firing that resolved to the start that is said afterwards
    [InlineData(0, false)]
    [InlineData(2, true)]
    public async Task A_late_copy_of_what_resolved_is_no_new_firing(int starts, bool fires)
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync();
        var run = await world.UntilAsync(Phase.Stabilising);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.ResolveAsync();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.FireAsync(startsAt: run.Causes[0].StartsAt + TimeSpan.FromMinutes(starts));

        world.Chronicle.Book.Rollbacks.Values.Any(r => r.StillFires).ShouldBe(fires);
    }

    [Theory]
    // what Alertmanager says of it; null: it cannot be asked | seconds after the resolution
    [InlineData(false, 1, Outcome.Withdrawn)]
    [InlineData(false, 59, Outcome.Withdrawn)]
    [InlineData(null, 1, Outcome.Refused)]
    [InlineData(true, 1, null)]
    [InlineData(false, 61, null)]
    public async Task S11_what_may_be_a_late_copy_of_what_was_withdrawn_changes_nothing_unless_it_is_confirmed(bool? fires, int seconds, Outcome? end)
    {
        foreach (var raced in (bool[])[false, true])
        {
            await using var world = await RollbackWorld.StartAsync();
            world.PinAnswer = () => new PinOutcome.CannotTell("the API is away");
            var starts = world.Time.GetUtcNow();
            await world.FireAsync();
            var first = await world.UntilAsync(Phase.Parked);
            await world.ResolveAsync();
            if (!raced)
                await world.UntilAsync(r => r.Closed is not null);
            (world.PinAnswer, world.StillFiring) = (null, fires);
            world.Time.Advance(TimeSpan.FromSeconds(seconds));
            var pins = world.Pins;
            await world.FireAsync(startsAt: starts);

            var second = await world.AfterAsync(TimeSpan.FromSeconds(10), r => r.Id != first.Id && (r.Closed is not null || r.Phase == Phase.Stabilising));
            (second.Closed?.Outcome, second.HasCalled, world.Writes.Count).ShouldBe((end, end == Outcome.Refused, end is null ? 1 : 0), second.Closed?.Text);
            if (!raced)
                (world.Pins == pins).ShouldBe(end == Outcome.Withdrawn, "of what has gone nothing is asked");
            second.Causes.ShouldHaveSingleItem().MayBeLate.ShouldBe(seconds < 60);
            if (end == Outcome.Refused)
                second.Closed!.Text.ShouldBe("what was heard of last may tell of the time before it resolved, and neither Prometheus nor Alertmanager confirms that it still fires");
            (await world.UntilAsync(r => r.Id == first.Id && !r.IsOpen)).Closed!.Outcome.ShouldBe(Outcome.Withdrawn);
        }
    }

    [Fact]
    public async Task S11_what_was_heard_of_again_long_after_it_resolved_is_no_late_copy_though_it_was_taken_for_one_before()
    {
        await using var world = await RollbackWorld.StartAsync();
        var starts = world.Time.GetUtcNow();
        await world.KillSwitchAsync(true);
        await world.FireAsync();
        var first = await world.UntilAsync(Phase.Parked);
        await world.ResolveAsync();
        await world.UntilAsync(r => r.Closed is not null);
        world.Time.Advance(TimeSpan.FromSeconds(30));
        await world.FireAsync(startsAt: starts);
        var second = await world.UntilAsync(r => r.Id != first.Id && r.Phase == Phase.Parked);
        second.Causes.ShouldHaveSingleItem().MayBeLate.ShouldBeTrue();
        await world.ResolveAsync();
        await world.UntilAsync(r => r.Id == second.Id && r.Closed is not null);
        await world.KillSwitchAsync(false);
        world.Time.Advance(TimeSpan.FromMinutes(5));
        await world.FireAgainAsync();

        (await world.UntilAsync(r => r.Id != first.Id && r.Id != second.Id && r.HasActed)).Causes.ShouldHaveSingleItem().MayBeLate.ShouldBeFalse();
    }

    [Fact]
    public async Task S11_what_was_confirmed_when_it_began_is_not_asked_for_once_more_by_what_takes_over()
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Then = row.Playbook with { Name = "restore" } } };
        var starts = world.Time.GetUtcNow();
        await world.KillSwitchAsync(true);
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        await world.ResolveAsync();
        await world.UntilAsync(r => r.Closed is not null);
        await world.KillSwitchAsync(false);
        world.Time.Advance(TimeSpan.FromSeconds(30));
        (world.Health, world.StillFiring) = (Verdict.Fail, true);
        await world.FireAsync(startsAt: starts);
        await world.UntilAsync(r => r.HasActed);
        world.StillFiring = null;

        (await world.AfterAsync(TimeSpan.FromSeconds(20), r => r.After is not null && (r.HasActed || r.Closed is not null))).HasActed.ShouldBeTrue();
    }

    [Theory]
    // what Alertmanager says when it is planned, and after the yes; null: it cannot be asked | minutes that the person takes
    [InlineData(true, null, 3, true)]
    [InlineData(true, null, 16, false)]
    [InlineData(true, false, 3, false)]
    [InlineData(null, null, 3, false)]
    public async Task S11_what_was_confirmed_when_it_was_planned_counts_as_heard_of_then(bool? planned, bool? agreed, int minutes, bool acts)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(30), OnSilence.Deny, null, null, false) } };
        var starts = world.Time.GetUtcNow();
        await world.FireAsync();
        var first = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        await world.ResolveAsync();
        await world.UntilAsync(r => r.Closed is not null);
        world.Time.Advance(TimeSpan.FromSeconds(30));
        world.StillFiring = planned;
        await world.FireAsync(startsAt: starts);
        var second = await world.UntilAsync(r => r.Id != first.Id && r.Approvals.Any(a => a.IsOpen));
        world.Time.Advance(TimeSpan.FromMinutes(minutes));
        world.StillFiring = agreed;
        await world.AnswerAsync(second.Id, yes: true);

        (await world.AfterAsync(TimeSpan.FromSeconds(10), r => r.Id == second.Id && (r.HasActed || r.Closed is not null))).HasActed.ShouldBe(acts);
    }

    [Theory]
    [InlineData(OnSilence.Deny)]
    [InlineData(OnSilence.Escalate)]
    public async Task S11_nobody_is_called_as_nobody_answered_to_a_late_copy_that_joined(OnSilence otherwise)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(10), otherwise, null, null, false) } };
        var starts = world.Time.GetUtcNow();
        await world.FireAsync(pod: "a");
        var first = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        await world.ResolveAsync(pod: "a");
        await world.UntilAsync(r => r.Closed is not null);
        await world.FireAsync(pod: "b");
        var second = await world.UntilAsync(r => r.Id != first.Id && r.Approvals.Any(a => a.IsOpen));
        world.Time.Advance(TimeSpan.FromSeconds(20));
        world.StillFiring = false;
        await world.FireAsync(pod: "a", startsAt: starts);
        await world.ResolveAsync(pod: "b");

        var end = await world.AfterAsync(TimeSpan.FromMinutes(10), r => r.Id == second.Id && (r.Closed is not null || r.Approvals.Any(a => a.Request.Round > 1)));
        end.Closed.ShouldNotBeNull().Outcome.ShouldBe(Outcome.Withdrawn);
    }

    // An alert that began after the undo, and was measured to tell of the past, resolved; its message is delivered once more.
    [Fact]
    public async Task S13_a_late_copy_of_what_resolved_during_the_watch_does_not_fail_it()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.FireAsync(pod: "b");
        await world.UntilAsync(r => r.FiringAnswer is { Verdict: Verdict.Pass });
        await world.ResolveAsync(pod: "b");
        world.Time.Advance(TimeSpan.FromSeconds(20));
        world.StillFiring = false;
        await world.FireAgainAsync();
        var run = world.Chronicle.Book.Rollbacks.Values.ShouldHaveSingleItem();
        run.Causes[^1].MayBeLate.ShouldBeTrue();

        (await world.ClosedAsync(Outcome.RolledBack, after: TimeSpan.Zero)).HasCalled.ShouldBeFalse();
    }

    // Its sender's clock is 20 minutes ahead.
    [Fact]
    public async Task S9_an_alert_began_when_it_was_heard_of_whatever_a_clock_says_that_runs_ahead()
    {
        await using var world = await RollbackWorld.StartAsync();
        var (heard, said) = (world.Time.GetUtcNow(), world.Time.GetUtcNow() + TimeSpan.FromMinutes(20));
        world.PinAnswer = () => new PinOutcome.Refused(Reason.NoCandidate, "nothing to go back to");
        await world.FireAsync(startsAt: said);
        var first = await world.ClosedAsync(Outcome.Refused);
        var cause = first.Causes.ShouldHaveSingleItem();
        (cause.StartsAt, cause.SaidToStartAt).ShouldBe((heard, said));
        TimelineLine.For(first.Timeline[0])!.ShouldEndWith("; who sent it says that it begins in 20 min, by a clock that runs ahead: it counts from 12:00 UTC on");

        // The fix for it comes a minute later, and behind it another alert of the same outage.
        world.Time.Advance(TimeSpan.FromMinutes(2));
        world.DeployedAt = world.Time.GetUtcNow() - TimeSpan.FromMinutes(1);
        world.PinAnswer = null;
        world.Rows["high"] = world.Row("high", 1, "careful");
        await world.FireAsync("high", startsAt: said);
        var second = await world.UntilAsync(r => r.Row.Name == "high" && r.Closed is not null);
        (second.Closed!.Reason, world.Writes.Count).ShouldBe((Reason.DeployedAfterAlert, 0));

        // Once its time has come it is still the same firing, and one that is said to begin later is another.
        world.Time.Advance(TimeSpan.FromMinutes(30));
        await world.FireAsync(startsAt: said);
        world.Chronicle.Book.Rollbacks[first.Id].Timeline.ShouldNotContain(t => t.Event is RollbackEvent.CauseResolved);
        await world.FireAsync(startsAt: said + TimeSpan.FromMinutes(2));
        world.Chronicle.Book.Rollbacks[first.Id].Timeline.ShouldContain(t => t.Event is RollbackEvent.CauseResolved);
    }

    // Another alert joined the group, so that the message is another one.
    [Theory]
    // minutes that the sender's clock is ahead | from the start to the next message
    [InlineData(0, 2)]
    [InlineData(20, 2)]
    [InlineData(10, 11)]
    public async Task S9_since_when_it_fires_by_a_clock_that_runs_ahead_is_still_known_after_a_false_resolution(int ahead, int again)
    {
        await using var world = await RollbackWorld.StartAsync();
        var said = world.Time.GetUtcNow() + TimeSpan.FromMinutes(ahead);
        world.PinAnswer = () => new PinOutcome.Refused(Reason.NoCandidate, "nothing to go back to");
        await world.FireAsync(startsAt: said);
        var first = await world.ClosedAsync(Outcome.Refused);
        await world.ReceiveAsync(Resolved(first, said, said + TimeSpan.FromMinutes(1)));

        // The fix for it.
        world.Time.Advance(TimeSpan.FromMinutes(again));
        world.DeployedAt = world.Time.GetUtcNow() - TimeSpan.FromMinutes(1);
        world.PinAnswer = null;
        await world.FireAsync(startsAt: said);

        var second = await world.UntilAsync(r => r.Id != first.Id && (r.HasActed || r.Closed is not null));
        (second.Closed?.Reason, world.Writes.Count).ShouldBe((Reason.DeployedAfterAlert, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public async Task S13_a_false_resolution_during_the_watch_does_not_make_the_same_firing_a_new_one(int ahead)
    {
        await using var world = await RollbackWorld.StartAsync();
        var said = world.Time.GetUtcNow() + TimeSpan.FromMinutes(ahead);
        await world.FireAsync(startsAt: said);
        var run = await world.UntilAsync(Phase.Stabilising);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.ReceiveAsync(Resolved(run, said, said + TimeSpan.FromMinutes(1)));
        world.Time.Advance(TimeSpan.FromMinutes(2));
        await world.FireAsync(startsAt: said);
        await world.FireAgainAsync();
        world.Chronicle.Book.Rollbacks[run.Id].StillFires.ShouldBeTrue();

        world.StillFiring = false;
        (await world.ClosedAsync(Outcome.RolledBack, after: TimeSpan.Zero)).HasCalled.ShouldBeFalse();
    }

    [Theory]
    // minutes from the start of the firing that resolved to the start that is said afterwards, by a clock that is 40 minutes ahead
    [InlineData(-10, false)]
    [InlineData(10, true)]
    public async Task By_a_clock_that_runs_ahead_too_only_what_is_said_to_begin_later_is_a_new_firing(int starts, bool fires)
    {
        await using var world = await RollbackWorld.StartAsync();
        var said = world.Time.GetUtcNow() + TimeSpan.FromMinutes(40);
        await world.FireAsync(startsAt: said);
        var run = await world.UntilAsync(Phase.Stabilising);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.ReceiveAsync(Resolved(run, said, said + TimeSpan.FromMinutes(1)));
        world.Time.Advance(TimeSpan.FromMinutes(2));
        await world.FireAsync(startsAt: said + TimeSpan.FromMinutes(starts));

        world.Chronicle.Book.Rollbacks.Values.Any(r => r.StillFires).ShouldBe(fires);
    }

    [Fact]
    public async Task What_fires_again_by_a_clock_that_runs_ahead_says_from_when_on_it_counts()
    {
        await using var world = await RollbackWorld.StartAsync();
        var said = world.Time.GetUtcNow() + TimeSpan.FromMinutes(20);
        world.PinAnswer = () => new PinOutcome.Refused(Reason.NoCandidate, "nothing to go back to");
        await world.FireAsync(startsAt: said);
        var first = await world.ClosedAsync(Outcome.Refused);
        await world.ReceiveAsync(Resolved(first, said, said + TimeSpan.FromMinutes(1)));
        world.Time.Advance(TimeSpan.FromMinutes(40));
        await world.FireAgainAsync();

        TimelineLine.For((await world.UntilAsync(r => r.Id != first.Id)).Timeline[0])!.ShouldEndWith("by a clock that runs ahead: it counts from 12:00 UTC on");
    }

    [Theory]
    [InlineData(60, false)]
    [InlineData(61, true)]
    public async Task S9_clocks_that_differ_by_a_minute_at_most_are_believed(int secondsAhead, bool isAhead)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => new PinOutcome.Refused(Reason.NoCandidate, "nothing to go back to");
        await world.FireAsync(startsAt: world.Time.GetUtcNow() + TimeSpan.FromSeconds(secondsAhead));

        ((await world.ClosedAsync(Outcome.Refused)).Causes.ShouldHaveSingleItem().SaidToStartAt is not null).ShouldBe(isAhead);
    }

    [Fact]
    public async Task S9_what_ended_unheard_makes_no_later_release_the_fix_for_it()
    {
        await using var world = await FailedAsync();
        world.Rows["high"] = world.Row("high", 1, "assess");
        world.Time.Advance(TimeSpan.FromHours(7));
        (world.Running, world.DeployedAt) = ("bad", world.Time.GetUtcNow() - TimeSpan.FromMinutes(5));
        world.Rows["critical"] = world.Row("critical", 0, "undo", shadow: true);
        await world.FireAsync();
        await world.FireAsync("high");

        await world.UntilAsync(r => r is { Row.Name: "high", HasActed: true });
    }

    [Theory]
    // what Alertmanager says of the alert of the run that failed; null: it cannot be asked
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(null, false)]
    public async Task S9_an_alert_speaks_against_a_later_release_only_while_it_fires(bool? stillFires, bool acts)
    {
        await using var world = await FailedAsync();
        world.Rows["high"] = world.Row("high", 1, "assess");
        world.Time.Advance(TimeSpan.FromHours(7));
        world.DeployedAt = world.Time.GetUtcNow() - TimeSpan.FromMinutes(5);
        world.StillFiring = stillFires;
        await world.FireAsync("high");

        var high = await world.AfterAsync(TimeSpan.FromMinutes(2), r => r.Row.Name == "high" && (r.HasActed || r.Closed is not null));
        high.HasActed.ShouldBe(acts);
        (high.Closed?.Reason).ShouldBe(acts ? null : Reason.DeployedAfterAlert);
    }

    [Theory]
    // seconds between the two starts
    [InlineData(120, Verdict.Fail)]
    [InlineData(120, Verdict.Pass)]
    [InlineData(40, null)]
    public async Task S13_an_alert_that_fires_anew_during_a_watch_is_measured_but_a_pair_that_does_not_agree_on_its_start_is_no_news(int seconds, Verdict? measured)
    {
        await using var world = await RollbackWorld.StartAsync();
        var since = world.Time.GetUtcNow();
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        world.Time.Advance(TimeSpan.FromMinutes(5));
        world.Health = measured ?? Verdict.Pass;
        await world.FireAsync(startsAt: since + TimeSpan.FromSeconds(seconds));

        if (measured == Verdict.Fail)
            (await world.ClosedAsync(Outcome.Failed)).Closed!.Reason.ShouldBe(Reason.FiringAgain);
        else if (measured == Verdict.Pass)
            (await world.UntilAsync(r => r.FiringAnswer is not null)).Phase.ShouldBe(Phase.Stabilising, "it may look back at what is gone");
        else
            world.Chronicle.Book.Rollbacks.Values.ShouldHaveSingleItem().Timeline.ShouldNotContain(t => t.Event is RollbackEvent.CauseResolved);
    }

    [Fact]
    public async Task S13_what_began_anew_before_the_last_write_is_what_that_was_written_for()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync(startsAt: world.Time.GetUtcNow() - TimeSpan.FromMinutes(10));
        await world.UntilAsync(Phase.Stabilising);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.FireAsync(startsAt: world.Time.GetUtcNow() - TimeSpan.FromMinutes(2));

        world.Chronicle.Book.Rollbacks.Values.ShouldHaveSingleItem().Timeline.ShouldNotContain(t => t.Event is RollbackEvent.CauseResolved || t.Event is RollbackEvent.CauseAttached);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S12_what_was_agreed_to_before_it_ended_does_not_count_for_what_fires_anew(bool another)
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(true, false, "bob", "stocktaking"))], TestContext.Current.CancellationToken);
        await world.FireAsync();
        var first = await world.UntilAsync(Phase.Parked);
        if (another)
            await world.FireAsync(pod: "b");
        world.Time.Advance(TimeSpan.FromDays(2));
        await world.FireAsync();

        var runs = world.Chronicle.Book.Rollbacks;
        runs.Count.ShouldBe(another ? 1 : 2);
        (runs[first.Id].Closed?.Outcome).ShouldBe(another ? null : Outcome.Withdrawn);
        runs.Values.Single(r => r.IsOpen).FiringCauses.Single(c => c.Labels["pod"] == "a").StartsAt.ShouldBe(world.Time.GetUtcNow());
    }

    private static Alert Resolved(RollbackState run, DateTimeOffset startsAt, DateTimeOffset endsAt)
    {
        var labels = LabelSet.Of(run.Causes.ShouldHaveSingleItem().Labels);
        return new Alert(AlertStatus.Resolved, labels, LabelSet.Empty, startsAt, endsAt, "", labels.Fingerprint);
    }

    // A run that acted and failed; its alert ends, and nobody says so.
    private static async Task<RollbackWorld> FailedAsync()
    {
        var world = await RollbackWorld.StartAsync();
        world.Health = Verdict.Fail;
        await world.FireAsync();
        await world.ClosedAsync(Outcome.Failed, after: TimeSpan.FromMinutes(6));
        (world.Health, world.Running) = (Verdict.Pass, "bad");
        return world;
    }
}
