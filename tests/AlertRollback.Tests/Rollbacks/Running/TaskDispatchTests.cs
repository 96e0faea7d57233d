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

    [Theory]
    // minutes from the false resolution until it is heard of again as it was
    [InlineData(1, false)]
    [InlineData(1.1, true)]
    [InlineData(60 * 23, true)]
    [InlineData(60 * 25, false)]
    public void S11_an_alert_that_is_heard_of_again_as_it_was_fires_on(double minutes, bool fires)
    {
        var resolved = Receive(Receive(Book.Empty, AlertStatus.Firing, startsAt: 0, now: 0), AlertStatus.Resolved, startsAt: 0, now: 5);
        HearAgain(resolved, 5 + minutes).Tasks.Values.ShouldHaveSingleItem().StillFires.ShouldBe(fires);
    }

    [Fact]
    public void S11_what_people_have_done_is_given_again_when_it_resolved_and_fires_on_and_only_once()
    {
        var fired = Receive(Book.Empty, AlertStatus.Firing, startsAt: 0, now: 0);
        Done(fired, 4).Tasks.Count.ShouldBe(HearAgain(Done(fired, 4), 8).Tasks.Count, "it never resolved");
        var again = HearAgain(Done(Receive(fired, AlertStatus.Resolved, startsAt: 0, now: 5), 6), 8);
        again.Tasks.Count.ShouldBe(2);
        HearAgain(again, 9).Tasks.Count.ShouldBe(2);
        HearAgain(Done(again, 9), 12).Tasks.Count.ShouldBe(2, "it is done, and has not resolved since");
    }

    [Fact]
    public void S11_what_resolved_for_a_task_and_has_another_row_by_now_is_decided_by_that()
    {
        var act = new Decision.Act(
            Task.Row with { Name = "critical", Ending = RowEnding.Playbook }, Task.Service, Task.Severity, new PlaybookDefinition("undo", GuardSettings.Default, [], [RollbackWorld.Method("kubernetes")], [], [], TimeSpan.Zero), "row critical");
        var resolved = Receive(Receive(Book.Empty, AlertStatus.Firing, startsAt: 0, now: 0), AlertStatus.Resolved, startsAt: 0, now: 5);
        var again = HearAgain(resolved, 8, act);
        again.Rollbacks.Values.ShouldHaveSingleItem().StillFires.ShouldBeTrue();
        HearAgain(again, 9).Tasks.Values.ShouldHaveSingleItem().StillFires.ShouldBeFalse("a rollback has it firing");
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
        return Apply(book, new Dispatching(book, At(now), _ => decision ?? Task).Dispatch(1, At(now), message), now);
    }

    // As the dispatcher does with a message that is known already.
    private static Book HearAgain(Book book, double now, Decision? decision = null) => Dispatcher.Resolved(book, At(now))
        .Aggregate(book, (b, c) => Apply(b, new Dispatching(b, At(now), _ => decision ?? Task).FireAgain(c.Cause, c.ResolvedAt, At(now)), now));

    private static Book Done(Book book, double now) =>
        book.Tasks.Values.Where(t => t.IsOpen).Aggregate(book, (b, t) => Apply(b, [Entry.Of(t.Given.Id, new TaskEvent.Done("carol", null))], now));

    private static Book Apply(Book book, IEnumerable<Entry> entries, double now)
    {
        foreach (var entry in entries)
        {
            var stored = EventJson.ToStore(entry.Stream, At(now), entry.Event);
            book = book.Apply(new AlertRollback.Storage.StoredEvent(book.Sequence + 1, stored.Stream, stored.At, stored.Type, stored.Data));
        }

        return book;
    }
}
