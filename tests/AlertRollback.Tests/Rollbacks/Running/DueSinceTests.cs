using AlertRollback.Alerts;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;
using static AlertRollback.Tests.Rollbacks.Guards.Runs;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>That an alert has fired for hours makes no run late that could not be proposed before.</summary>
public sealed class DueSinceTests
{
    [Theory]
    // minutes from the resolution to the next that is heard of it: a late copy, or it fires on
    [InlineData(0.5)]
    [InlineData(600)]
    public async Task What_fires_again_as_it_did_before_its_resolution_is_not_decided_late(double minutes)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Targets = TimeTargets.None with { Decide = TimeSpan.FromMinutes(2), Total = TimeSpan.FromMinutes(18) } } };
        world.StillFiring = true;
        await world.KillSwitchAsync(on: true);
        var startsAt = world.Time.GetUtcNow() - TimeSpan.FromMinutes(20);
        await world.FireAsync(startsAt: startsAt);
        var first = await world.UntilAsync(Phase.Parked);
        await world.ResolveAsync();
        await world.ClosedAsync(Outcome.Withdrawn);
        await world.KillSwitchAsync(on: false);
        world.Time.Advance(TimeSpan.FromMinutes(minutes));
        if (minutes < 1)
            await world.FireAsync(startsAt: startsAt);
        else
            await world.FireAgainAsync();

        var again = await world.UntilAsync(r => r.Id != first.Id && (r.Phase == Phase.Stabilising || r.Closed is not null));
        (again.Phase, again.Causes[0].StartsAt).ShouldBe((Phase.Stabilising, startsAt));
        again.Timeline.Select(t => t.Event).OfType<RollbackEvent.Overran>().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_another_matrix_decides_anew_is_not_decided_late()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.KillSwitchAsync(on: true);
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);
        world.Time.Advance(TimeSpan.FromHours(3));
        world.Rows["critical"] = world.Row("critical", 0, "another");
        await world.DecideAnewAsync();

        (await world.UntilAsync(r => r.Playbook.Name == "another")).DueSince.ShouldBe(world.Time.GetUtcNow());
    }

    [Theory]
    // minutes from the start of the one that had no row to the start of the one that has
    [InlineData(0, 300)]
    [InlineData(290, 290)]
    public void What_had_no_row_before_is_late_since_it_was_heard_of_with_one(double startsAt, double due)
    {
        var labels = LabelSet.Of(("alertname", "HighErrors"), ("service", "rental"));
        var unknown = new AlertEvent.NotActedOn(labels.Fingerprint, "HighErrors", "rental", "rental", null, Reason.NoRowMatched, "no row matches") { StartsAt = At(0) };
        var book = Book.Empty with { NotActedOn = Book.Empty.NotActedOn.Enqueue((At(1), unknown)) };
        var message = new WebhookMessage([new Alert(AlertStatus.Firing, labels, LabelSet.Empty, At(startsAt), null, "", labels.Fingerprint)], 0, "http://am");
        var like = Proposed("one");

        var proposed = new Dispatching(book, At(300), _ => new Decision.Act(like.Row, like.Service, like.Severity, like.Playbook, "row")).Dispatch(1, At(300), message)
            .Select(e => e.Event).OfType<RollbackEvent.Proposed>().Single();
        RollbackState.From(1, At(300), proposed).DueSince.ShouldBe(At(due));
    }
}
