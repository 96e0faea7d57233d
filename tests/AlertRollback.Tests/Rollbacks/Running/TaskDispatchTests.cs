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

    // Its clock is 20 minutes ahead.
    [Theory]
    [InlineData(20, false)]
    [InlineData(22, true)]
    public void S9_since_when_it_fires_by_a_clock_that_runs_ahead_is_still_known_when_it_has_resolved(double startsAt, bool fires)
    {
        var resolved = Receive(Receive(Book.Empty, AlertStatus.Firing, startsAt: 20, now: 0), AlertStatus.Resolved, startsAt: 20, now: 5);
        resolved.Tasks.Values.ShouldHaveSingleItem().StillFires.ShouldBeFalse();
        Receive(resolved, AlertStatus.Firing, startsAt, now: 6).Tasks.Values.ShouldHaveSingleItem().StillFires.ShouldBe(fires);
    }

    [Fact]
    public void An_alert_that_fires_anew_had_ended_also_where_nobody_said_so()
    {
        var fired = Receive(Book.Empty, AlertStatus.Firing, startsAt: 0, now: 0);
        Receive(fired, AlertStatus.Firing, startsAt: 60, now: 60).Tasks.Values.ShouldHaveSingleItem().FiringCauses.ShouldHaveSingleItem().StartsAt.ShouldBe(At(60), "a release in between is not its fix (S9)");
        var id = fired.Tasks.Keys.Single();
        var done = fired with { Tasks = fired.Tasks.SetItem(id, fired.Tasks[id].Apply(2, At(5), new TaskEvent.Done("carol", null))) };
        Receive(done, AlertStatus.Firing, startsAt: 0.5, now: 6).Tasks.Count.ShouldBe(1, "a pair does not agree on when it began");
        Receive(done, AlertStatus.Firing, startsAt: 60, now: 60).Tasks.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(23, 1)]
    [InlineData(25, 2)]
    public void An_alert_without_a_start_is_what_was_done_for_a_day_at_most(int hours, int tasks)
    {
        var fired = Receive(Book.Empty, AlertStatus.Firing, startsAt: null, now: 0);
        var id = fired.Tasks.Keys.Single();
        var done = fired with { Tasks = fired.Tasks.SetItem(id, fired.Tasks[id].Apply(2, At(5), new TaskEvent.Done("carol", null))) };

        Receive(done, AlertStatus.Firing, startsAt: null, now: 60 * hours).Tasks.Count.ShouldBe(tasks);
    }

    [Fact]
    public void What_a_rollback_left_to_do_takes_no_alerts_in_though_its_row_gives_tasks_by_now()
    {
        var item = new TaskState(new TaskEvent.Given("r1-1", Task.Row, Task.Service, "low", "Root-cause analysis", null, null) { Of = "r1" }, At(0), 1);
        var left = Book.Empty with { Tasks = Book.Empty.Tasks.Add("r1-1", item) };
        Receive(left, AlertStatus.Firing, startsAt: 5, now: 5).Tasks.Values.Single(t => t.Given.Of is null).StillFires.ShouldBeTrue();
    }

    [Theory]
    [InlineData(15)]
    [InlineData(null)]
    public void The_time_of_its_severity_is_what_its_people_have_to_begin(int? minutes)
    {
        TimeSpan? within = minutes is { } some ? TimeSpan.FromMinutes(some) : null;
        Receive(Book.Empty, AlertStatus.Firing, startsAt: 0, now: 0, Task with { Severity = new SeverityDefinition("high", within) }).Tasks.Values.ShouldHaveSingleItem().Given.Within.ShouldBe(within);
    }

    private static Book Receive(Book book, AlertStatus status, double? startsAt, double now, Decision? decision = null)
    {
        var alert = new Alert(status, Labels, LabelSet.Empty, startsAt is { } since ? At(since) : DateTimeOffset.MinValue, status == AlertStatus.Resolved ? At(now) : null, "", Labels.Fingerprint);
        var message = new WebhookMessage([alert], 0, "http://am");
        foreach (var entry in new Dispatching(book, At(now), _ => decision ?? Task).Dispatch(1, At(now), message))
        {
            var stored = EventJson.ToStore(entry.Stream, At(now), entry.Event);
            book = book.Apply(new AlertRollback.Storage.StoredEvent(book.Sequence + 1, stored.Stream, stored.At, stored.Type, stored.Data));
        }

        return book;
    }
}
