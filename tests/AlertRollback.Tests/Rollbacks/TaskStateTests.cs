using AlertRollback.Rollbacks;
using AlertRollback.Tests.Announcements;
using static AlertRollback.Tests.Rollbacks.Guards.Runs;

namespace AlertRollback.Tests.Rollbacks;

/// <summary>When people are called again for a task that is open already.</summary>
public sealed class TaskStateTests
{
    private long sequence = 1;

    private TaskState task = new(
        new TaskEvent.Given("t1", Happenings.Proposed().Row, Happenings.Proposed().Service, "high", "look at it", "on-call", Happenings.Cause("Odd", fingerprint: "f1")), At(0), 1);

    private IEnumerable<(DateTimeOffset At, string News)> Calls => task.CallsAfter(0).Select(c => (c.At, string.Join(',', c.News)));

    [Fact]
    public void Another_alert_of_a_name_that_is_known_calls_nobody_while_one_fires()
    {
        Fires(20, "Odd", "f2");
        Fires(40, "Odd", "f3");
        Calls.ShouldBeEmpty();
    }

    [Fact]
    public void An_alert_that_fires_after_all_had_resolved_calls_people_again()
    {
        Resolves(3, "f1");
        Fires(44, "Odd", "f1");
        Calls.ShouldBe([(At(44), "")]);
    }

    [Fact]
    public void An_alert_of_a_new_name_calls_people_again_although_others_fire()
    {
        Fires(20, "Corrupt", "f2");
        Fires(40, "Corrupt", "f3");
        Calls.ShouldBe([(At(20), "Corrupt")]);
    }

    [Fact]
    public void What_comes_in_one_breath_with_the_task_or_with_a_call_is_told_with_it()
    {
        Fires(0, "Corrupt", "f2");
        Calls.ShouldBeEmpty();
        Fires(20, "Empty", "f3");
        Fires(20, "Late", "f4");
        Calls.ShouldBe([(At(20), "Empty,Late")]);
    }

    [Fact]
    public void What_comes_soon_after_a_call_waits_and_is_called_for_then()
    {
        Fires(5, "Corrupt", "f2");
        Fires(6, "Empty", "f3");
        Calls.ShouldBe([(At(15), "Corrupt,Empty")]);
        Fires(16, "Late", "f4");
        Calls.ShouldBe([(At(15), "Corrupt,Empty"), (At(30), "Late")]);
        task.CallsAfter(3).ShouldHaveSingleItem().News.ShouldBe(["Late"]);
    }

    [Fact]
    public void What_fired_again_and_resolved_before_its_time_calls_nobody_but_a_new_name_does()
    {
        Resolves(3, "f1");
        Fires(5, "Odd", "f1");
        Resolves(6, "f1");
        Calls.ShouldBeEmpty();
        Fires(7, "Corrupt", "f2");
        Resolves(8, "f2");
        Calls.ShouldBe([(At(15), "Corrupt")]);
        Happens(20, new TaskEvent.CauseResolved("f9"));
        Calls.ShouldBe([(At(15), "Corrupt")]);
    }

    [Fact]
    public void Whoever_says_that_it_is_done_need_not_have_known_of_a_new_name()
    {
        Fires(5, "Corrupt", "f2");
        Happens(7, new TaskEvent.Done("ann", null));
        Calls.ShouldBe([(At(15), "Corrupt")]);
        Resolves(20, "f2");
        Calls.ShouldBe([(At(15), "Corrupt")]);
    }

    [Fact]
    public void What_fired_again_is_done_with_what_people_have_done()
    {
        Resolves(3, "f1");
        Fires(5, "Odd", "f1");
        Happens(7, new TaskEvent.Done("ann", null));
        Calls.ShouldBeEmpty();
    }

    [Fact]
    public void An_alert_that_flaps_every_minute_calls_people_four_times_an_hour()
    {
        List<DateTimeOffset> calls = [];
        var told = 1L;
        for (var minute = 1; minute <= 60; minute++)
        {
            Resolves(minute, "f1");
            Fires(minute + 0.5, "Odd", "f1");
            foreach (var call in task.CallsAfter(told).Where(c => c.At <= At(minute + 0.5)).ToList())
                (told, calls) = (call.Sequence, [.. calls, call.At]);
        }

        calls.Count.ShouldBeInRange(3, 4);
        calls.Zip(calls.Skip(1)).ShouldAllBe(c => c.Second - c.First >= TaskState.CallEvery);
    }

    [Fact]
    public void A_storm_is_one_call()
    {
        Resolves(3, "f1");
        for (var i = 0; i < 10_000; i++)
            Fires(20, "Odd", $"s{i}");
        Calls.ShouldBe([(At(20), "")]);
        task.StillFires.ShouldBeTrue();
    }

    private void Fires(double minute, string name, string fingerprint) => Happens(minute, new TaskEvent.CauseAttached(Happenings.Cause(name, fingerprint: fingerprint)));

    private void Resolves(double minute, string fingerprint) => Happens(minute, new TaskEvent.CauseResolved(fingerprint));

    private void Happens(double minute, TaskEvent e) => task = task.Apply(++sequence, At(minute), e);
}
