using AlertRollback.Alerts;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;

namespace AlertRollback.Tests.Rollbacks.Running;

public sealed class StormTests
{
    private const int Many = 10_000;

    [Fact]
    public async Task Ten_thousand_alerts_of_one_outage_are_one_rollback()
    {
        await using var world = await RollbackWorld.StartAsync();
        var entries = Dispatch(world, _ => world.Rows["critical"]);
        entries.Select(e => e.Event).OfType<RollbackEvent.Proposed>().ShouldHaveSingleItem();
        entries.Select(e => e.Event).OfType<RollbackEvent.CauseAttached>().Count().ShouldBe(Many - 1);
    }

    [Fact]
    public async Task Ten_thousand_alerts_that_no_row_matches_are_each_recorded()
    {
        await using var world = await RollbackWorld.StartAsync();
        var entries = Dispatch(world, _ => new Decision.DoNothing(Reason.NoRowMatched, "rental", null, "no row matched"));
        entries.Select(e => e.Event).OfType<AlertEvent.NotActedOn>().Select(n => n.Fingerprint).Distinct().Count().ShouldBe(Many);
        entries.Count.ShouldBe(Many);
    }

    [Fact]
    public async Task An_alert_that_comes_again_with_its_group_and_leads_to_nothing_is_recorded_once_a_day()
    {
        await using var world = await RollbackWorld.StartAsync();
        var (recorded, reason, began) = (new RecordedAlerts(), Reason.NoRowMatched, world.Time.GetUtcNow().AddMinutes(-1));
        int Again(int many = Many, DateTimeOffset? since = null)
        {
            var entries = Dispatch(world, _ => new Decision.DoNothing(reason, "rental", null, "because"), recorded, many, since ?? began);
            recorded.Note(entries, world.Time.GetUtcNow());
            return entries.Count;
        }

        Again().ShouldBe(Many);
        world.Time.Advance(TimeSpan.FromSeconds(15));
        Again(Many + 1).ShouldBe(1, "one more alert is one more fact");
        Again(10, began.AddSeconds(10)).ShouldBe(10, "they fire anew");
        Again(10, DateTimeOffset.MinValue).ShouldBe(10, "nobody says since when");
        world.Time.Advance(TimeSpan.FromSeconds(15));
        Again(10, DateTimeOffset.MinValue).ShouldBe(0);
        reason = Reason.NoServiceLabel;
        Again(10).ShouldBe(10, "another reason");
        world.Time.Advance(TimeSpan.FromHours(24));
        Again(10).ShouldBe(10, "who looks at the last day is told");
        recorded.Forget();
        Again(10).ShouldBe(10, "another matrix");
    }

    [Fact]
    public async Task A_storm_larger_than_what_is_remembered_is_recorded_again_rather_than_not()
    {
        await using var world = await RollbackWorld.StartAsync();
        var recorded = new RecordedAlerts();
        recorded.Note(Dispatch(world, _ => new Decision.DoNothing(Reason.NoRowMatched, "rental", null, "because"), many: 100_001), world.Time.GetUtcNow());
        Dispatch(world, _ => new Decision.DoNothing(Reason.NoRowMatched, "rental", null, "because"), recorded, many: 10).Count.ShouldBe(10);
    }

    private static IReadOnlyList<Entry> Dispatch(
        RollbackWorld world, Func<LabelSet, Decision> decide, RecordedAlerts? recorded = null, int many = Many, DateTimeOffset? since = null)
    {
        var now = world.Time.GetUtcNow();
        var alerts = Enumerable.Range(0, many).Select(i =>
        {
            var labels = LabelSet.Of(("alertname", "HighErrors"), ("service", "rental-api"), ("pod", $"p{i}"));
            return new Alert(AlertStatus.Firing, labels, LabelSet.Empty, since ?? now, null, "", labels.Fingerprint);
        });
        var message = new WebhookMessage([.. alerts], 0, "http://am");
        return new Dispatching(Book.Empty, now, decide, recorded).Dispatch(1, now, message);
    }
}
