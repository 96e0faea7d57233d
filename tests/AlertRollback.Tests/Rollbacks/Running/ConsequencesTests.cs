using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;
using AlertRollback.Tests.Rollbacks.Guards;
using static AlertRollback.Tests.Rollbacks.Guards.Runs;

namespace AlertRollback.Tests.Rollbacks.Running;

public sealed class ConsequencesTests
{
    private static readonly WindowDefinition FromTwo = new("maintenance", [DayOfWeek.Monday], new TimeOnly(14, 0), new TimeOnly(15, 0), "UTC");

    private static RollbackState Waiting(bool window = false, bool shadow = false) => Proposed("one", shadow: shadow) with
    {
        Severity = new SeverityDefinition("critical", TimeSpan.FromMinutes(5)),
        Row = Proposed("one").Row with { Window = window ? FromTwo : null },
    };

    private static IEnumerable<string> Overruns(RollbackState rollback, RollbackEvent e, double minutes) =>
        Consequences.Of(rollback, [e], At(minutes)).Select(x => x.Event).OfType<RollbackEvent.Overran>().Select(o => $"{o.What} {o.Actual.TotalMinutes}");

    [Theory]
    [InlineData(false, 4, null)]
    [InlineData(false, 6, "start 6")]
    [InlineData(true, 124, null)]
    [InlineData(true, 126, "start 6")]
    public void A_late_start_is_reported_counted_from_when_the_window_opened(bool window, double minutes, string? overrun) =>
        Overruns(Waiting(window), new RollbackEvent.Started([], []), minutes).ShouldBe(overrun is null ? [] : [overrun]);

    [Theory]
    [InlineData(false, 20, "total 40")]
    [InlineData(true, 20, null)]
    [InlineData(false, -600, "total 40")]
    [InlineData(true, -600, null)]
    public void What_is_late_is_so_for_the_alert_that_it_was_proposed_for_and_for_none_that_joined(bool byHand, double joined, string? overrun)
    {
        var run = Proposed("one").Apply(2, At(36), new RollbackEvent.CauseAttached(Proposed("other", at: joined).Causes[0]));
        run = run with { ProposedAt = At(35), Playbook = run.Playbook with { Targets = TimeTargets.None with { Total = TimeSpan.FromMinutes(18) } } };
        Overruns(byHand ? run.ByHand(changesNothing: false) : run, new RollbackEvent.Verified(Verdict.Pass, ""), 40).ShouldBe(overrun is null ? [] : [overrun]);
    }

    [Theory]
    // minutes from when it could be proposed to when it was | null: since it began to fire
    [InlineData(null, "decide 605", "total 609")]
    [InlineData(5.0, "decide 5", null)]
    [InlineData(1.0, null, null)]
    public void A_firing_that_was_known_before_is_late_from_when_it_was_heard_of_again(double? due, string? decide, string? total)
    {
        var run = Due(due);
        Overruns(run, new RollbackEvent.Started([], []), 1).ShouldBe(decide is null ? [] : [decide]);
        Overruns(run.Acted(1), new RollbackEvent.Verified(Verdict.Pass, ""), 4).ShouldBe(total is null ? [] : [total]);
    }

    [Fact]
    public void What_takes_over_was_not_decided_late_and_is_as_late_as_what_failed_before_it()
    {
        var failed = Due(5).Acted(1);
        failed = failed with { Playbook = failed.Playbook with { Then = failed.Playbook } };
        var next = Consequences.Of(failed, [new RollbackEvent.HandedOver("next", "undo")], At(50)).Select(x => x.Event).OfType<RollbackEvent.Proposed>().Single();

        var run = RollbackState.From(1, At(50), next);
        Overruns(run, new RollbackEvent.Started([], []), 50).ShouldBeEmpty();
        Overruns(run.Acted(50), new RollbackEvent.Verified(Verdict.Pass, ""), 60).ShouldBe(["total 65"]);
    }

    private static RollbackState Due(double? minutesBefore)
    {
        var proposed = (RollbackEvent.Proposed)Proposed("one", at: -605).Timeline[0].Event;
        return RollbackState.From(1, At(0), proposed with
        {
            Playbook = proposed.Playbook with { Targets = TimeTargets.None with { Decide = TimeSpan.FromMinutes(2), Total = TimeSpan.FromMinutes(18) } },
            DueSince = minutesBefore is { } before ? At(-before) : null,
        });
    }

    [Theory]
    [InlineData(false, false, 4, null)]
    [InlineData(false, false, 6, "waiting without a start 6")]
    [InlineData(true, false, 60, null)]
    [InlineData(true, false, 126, "waiting without a start 6")]
    [InlineData(false, true, 6, null)]
    public void A_run_that_never_began_is_reported_when_it_closes_and_its_time_was_over(bool window, bool shadow, double minutes, string? overrun) =>
        Overruns(Waiting(window, shadow), new RollbackEvent.Closed(Outcome.Withdrawn, Reason.Resolved, "resolved"), minutes).ShouldBe(overrun is null ? [] : [overrun]);

    [Fact]
    public void A_late_start_is_reported_once() =>
        Overruns(Waiting().Acted(6), new RollbackEvent.Closed(Outcome.Failed, Reason.CheckFailed, "bad"), 10).ShouldBeEmpty();

    [Theory]
    [InlineData("", "f-one", false, "f-other")]
    [InlineData("f-one", "f-other", false, "")]
    [InlineData("f-other", "f-one", false, "")]
    [InlineData("f-one f-other", "f-one", true, "")]
    public void What_takes_over_runs_for_the_alerts_that_still_fire_and_hears_when_they_resolve(string resolved, string cause, bool beganResolved, string attached)
    {
        var failed = Proposed("one").Apply(2, At(1), new RollbackEvent.CauseAttached(Proposed("other").Causes[0])).Acted(2);
        failed = failed with { Playbook = failed.Playbook with { Then = failed.Playbook } };
        foreach (var fingerprint in resolved.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            failed = failed.Apply(4, At(3), new RollbackEvent.CauseResolved(fingerprint, At(3)));

        var events = Consequences.Of(failed, [new RollbackEvent.HandedOver("next", "undo")], At(5)).Where(x => x.Stream == RollbackState.Stream("next")).Select(x => x.Event).ToList();
        var proposed = events[0].ShouldBeOfType<RollbackEvent.Proposed>();
        (proposed.Cause!.Fingerprint, proposed.ResolvedAt is not null).ShouldBe((cause, beganResolved));
        string.Join(' ', events.Skip(1).Cast<RollbackEvent.CauseAttached>().Select(a => a.Cause.Fingerprint)).ShouldBe(attached);
    }
}
