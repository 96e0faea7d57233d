using AlertRollback.Alerts;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;
using static AlertRollback.Tests.Rollbacks.Guards.Runs;

namespace AlertRollback.Tests.Rollbacks.Running;

public sealed class TaskDispatchTests
{
    private static readonly LabelSet Labels = LabelSet.Of(("alertname", "SlowPages"), ("service", "rental-api"));

    private static readonly Decision.GiveTask Task = new(
        new RowDefinition("rental", "slow pages", 3, [], RowEnding.Task, "look at the slow queries", "on-call", false), RollbackWorld.Service("rental-api"), new SeverityDefinition("low", null), "row slow pages");

    [Fact]
    public void An_alert_of_an_open_task_that_resolved_and_fires_again_is_known_to_fire()
    {
        var fired = Receive(Book.Empty, AlertStatus.Firing, startsAt: 0, now: 0);
        fired.Tasks.Values.ShouldHaveSingleItem().StillFires.ShouldBeTrue();
        var resolved = Receive(fired, AlertStatus.Resolved, startsAt: 0, now: 5);
        resolved.Tasks.Values.ShouldHaveSingleItem().StillFires.ShouldBeFalse();
        Receive(resolved, AlertStatus.Firing, startsAt: 0, now: 6).Tasks.Values.ShouldHaveSingleItem().StillFires.ShouldBeFalse("a late copy is no new firing");
        Receive(resolved, AlertStatus.Firing, startsAt: 7, now: 7).Tasks.Values.ShouldHaveSingleItem().StillFires.ShouldBeTrue();
    }

    private static Book Receive(Book book, AlertStatus status, double startsAt, double now)
    {
        var alert = new Alert(status, Labels, LabelSet.Empty, At(startsAt), status == AlertStatus.Resolved ? At(now) : null, "", Labels.Fingerprint);
        var message = new WebhookMessage("4", "g", 0, "r", status, [alert], LabelSet.Empty, LabelSet.Empty, LabelSet.Empty, "http://am");
        foreach (var entry in new Dispatching(book, At(now), _ => Task).Dispatch(1, At(now), message))
        {
            var stored = EventJson.ToStore(entry.Stream, At(now), entry.Event);
            book = book.Apply(new AlertRollback.Storage.StoredEvent(book.Sequence + 1, stored.Stream, stored.At, stored.Type, stored.Data));
        }

        return book;
    }
}
