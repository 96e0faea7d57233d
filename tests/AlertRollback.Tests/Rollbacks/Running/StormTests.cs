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

    private static IReadOnlyList<Entry> Dispatch(RollbackWorld world, Func<LabelSet, Decision> decide)
    {
        var now = world.Time.GetUtcNow();
        var alerts = Enumerable.Range(0, Many).Select(i =>
        {
            var labels = LabelSet.Of(("alertname", "HighErrors"), ("service", "rental-api"), ("pod", $"p{i}"));
            return new Alert(AlertStatus.Firing, labels, LabelSet.Empty, now, null, "", labels.Fingerprint);
        });
        var message = new WebhookMessage("4", "g", 0, "r", AlertStatus.Firing, [.. alerts], LabelSet.Empty, LabelSet.Empty, LabelSet.Empty, "http://am");
        return new Dispatching(Book.Empty, now, decide).Dispatch(1, now, message);
    }
}
