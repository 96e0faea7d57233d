using AlertRollback.Announcements.Slack;
using AlertRollback.Announcements.Wording;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Wording;

/// <summary>What somebody woken at three reads, word for word.</summary>
public sealed partial class MessageTests
{
    private static IEnumerable<RollbackEvent> Events(string what) => what switch
    {
        "planned" => UntilPlanned(),
        "rolling back" => [.. UntilActing(), new RollbackEvent.StepProgressed("kubernetes/0", 40, "")],
        "being verified" => [.. UntilVerifying(), Answered(Verdict.Fail, "4.1 %", final: false)],
        "watched" => UntilStabilising(),
        "rolled back" => UntilRolledBack(),
        "refused" => [Proposed(), new RollbackEvent.GuardsJudged([GuardResult.Refuse("attribution", Reason.DeployedAfterAlert, "deployed 2 min after the alert")]), .. BadEnd(Outcome.Refused, Reason.DeployedAfterAlert, "deployed 2 min after the alert")],
        "parked" => [Proposed(), new RollbackEvent.Parked(Reason.Hold, "the same playbook acted 5 min ago", Noon + TimeSpan.FromMinutes(10))],
        "withdrawn" => [.. UntilPlanned(), Resolved(), Closed(Outcome.Withdrawn, Reason.Resolved, "every alert resolved before anything was changed")],
        "shadow" => [Proposed(shadow: true), GuardsPass(), PlanMade(warnings: ["Helm manages this workload: its next release may undo this"]), Closed(Outcome.Shadowed, Reason.Shadow, "shadow mode: nothing was changed")],
        "superseded" => [.. UntilActing(), StepEnded(StepResult.Superseded, Reason.Superseded, "revision 8 was deployed meanwhile"), .. BadEnd(Outcome.Superseded, Reason.Superseded, "revision 8 was deployed meanwhile")],
        "scaled by somebody else" =>
        [
            .. Meanwhile(new RollbackEvent.StepEnded("kubernetes/meanwhile/0", "scale", StepResult.Superseded, Reason.Superseded, "rental-api was scaled to 2 by somebody else")),
            .. BadEnd(Outcome.Superseded, Reason.Superseded, "rental-api was scaled to 2 by somebody else"),
        ],
        "failed" =>
        [
            .. UntilVerifying(), Answered(Verdict.Fail, "4.1 %"), new RollbackEvent.Verified(Verdict.Fail, "error rate: 4.1 %"),
            new RollbackEvent.MethodFailed(0, Reason.CheckFailed, "error rate: 4.1 %, expected below 0.1 %"),
            new RollbackEvent.FallbackStarted(Reason.CheckFailed, "error rate: 4.1 %, expected below 0.1 %"),
            .. BadEnd(Outcome.Failed, Reason.CheckFailed, "error rate: 4.1 %, expected below 0.1 %"),
        ],
        "fallback" =>
        [
            .. UntilActing(), StepEnded(StepResult.Failed, Reason.RolloutFailed, "1 of 3 pods ready"), new RollbackEvent.MethodFailed(0, Reason.RolloutFailed, "1 of 3 pods ready"),
            new RollbackEvent.FallbackStarted(Reason.RolloutFailed, "1 of 3 pods ready"), FallbackPlanned(0, "scale", "3 pods", "0 pods", changes: true),
            new RollbackEvent.StepStarted("on_failure/0", "scale", 1), new RollbackEvent.StepEnded("on_failure/0", "scale", StepResult.Done, Reason.Applied, "no pod runs"),
            new RollbackEvent.FallbackStepEnded(0, "scale", true, ""), FallbackPlanned(1, "page", "", "call on-call", changes: false), .. BadEnd(Outcome.Failed, Reason.RolloutFailed, "1 of 3 pods ready"),
        ],
        "called" =>
        [
            .. UntilMethodFailed(), new RollbackEvent.FallbackStarted(Reason.CheckFailed, "error rate: 4.1 %, expected below 0.1 %"),
            FallbackPlanned(0, "page", "", "call on-call", changes: false), Paged(Reason.CheckFailed, "error rate: 4.1 %, expected below 0.1 %"),
        ],
        "next waits" =>
        [
            .. UntilActing(), StepEnded(StepResult.Failed, Reason.RolloutFailed, "1 of 3 pods ready"), new RollbackEvent.MethodFailed(0, Reason.RolloutFailed, "1 of 3 pods ready"),
            PlanMade(1, "docker"), new RollbackEvent.ApprovalRequested(PlanMade(1, "docker").Plan.Digest, "method", "on-call", "method docker asks for it", null, OnSilence.Deny, false, Noon + TimeSpan.FromMinutes(15), 1),
            Paged(Reason.ApprovalNeeded, "method docker asks for it"),
        ],
        "next unknown" => [.. UntilMethodFailed(), .. BadEnd(Outcome.Inconclusive, Reason.CannotTell, "the next method cannot be planned: the registry does not answer")],
        // Evidence was taken before; it is no step whose end is not known.
        "inconclusive" => [.. UntilPlanned(), new RollbackEvent.StepMarked("before/0", "evidence", [], ""), .. UntilVerifying().Skip(3), Answered(Verdict.Inconclusive, "no data"), new RollbackEvent.Verified(Verdict.Inconclusive, "error rate: no data"), .. BadEnd(Outcome.Inconclusive, Reason.Inconclusive, "error rate: no data")],
        "uncertain" => [.. UntilActing(), StepEnded(StepResult.CannotTell, Reason.OutcomeUnknown, "the API did not answer"), .. BadEnd(Outcome.Inconclusive, Reason.OutcomeUnknown, "the API did not answer")],
        "ineffective" => [.. UntilStabilising(), Closed(Outcome.RolledBack, Reason.Applied, "undone, verified and stable"), new RollbackEvent.FoundIneffective("RentalErrors still fires after the hold of 15 min"), Paged(Reason.Ineffective, "still fires")],
        "resolved after the hold" => [.. Events("ineffective"), Resolved()],
        "failed, resolved since" => [.. Events("failed"), Resolved()],
        "firing again" => [.. UntilStabilising(), .. BadEnd(Outcome.Failed, Reason.FiringAgain, "RentalErrors began to fire again during stabilisation")],
        "stopped" => [.. UntilActing(), .. BadEnd(Outcome.Stopped, Reason.StoppedByPerson, "the kill switch was set by ann")],
        "nothing measured" => [.. UntilVerifying().SkipLast(1), new RollbackEvent.Verified(Verdict.Pass, "every check passed"), new RollbackEvent.StabilisationStarted(Noon + TimeSpan.FromMinutes(35)), Resolved(), Closed(Outcome.RolledBack, Reason.Applied, "undone, verified and stable")],
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
    };

    public static TheoryData<string> Cases => [.. Golden.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_message_says_what_broke_what_was_done_whether_it_worked_and_what_to_do(string what) =>
        Shown(Events(what)).ShouldBe(Golden[what].ReplaceLineEndings("\n"));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Success_is_claimed_only_when_it_was_measured(string what)
    {
        var message = Shown(Events(what));
        var claims = message.Contains("✅", StringComparison.Ordinal) || message.Contains("🟢", StringComparison.Ordinal)
            || message.Contains("Yes", StringComparison.Ordinal) || message.Contains("stable", StringComparison.Ordinal);
        claims.ShouldBe(what is "watched" or "rolled back", message);
    }

    [Fact]
    public void Every_outcome_and_reason_has_words_of_its_own()
    {
        foreach (var outcome in Enum.GetValues<Outcome>())
        {
            var state = Fold([.. UntilActing(), Closed(outcome, Reason.Applied, "text")]);
            Headline.Text(state).ShouldNotBeNullOrWhiteSpace();
            Advice.For(state).ShouldNotBeNullOrWhiteSpace();
        }
    }

    [Theory]
    [InlineData(Reason.DatabaseChange)]
    [InlineData(Reason.DatabaseChangeUnknown)]
    public void A_release_that_may_have_changed_the_database_is_not_told_to_be_rolled_back_alone(Reason reason)
    {
        var refused = Fold([.. UntilPlanned(), Closed(Outcome.Refused, reason, "text")]);

        Advice.For(refused).ShouldContain("both back");
    }

    [Fact]
    public void No_fallback_is_claimed_where_the_call_is_the_fallback()
    {
        RollbackEvent[] failed = [.. After(Proposed()), new RollbackEvent.FallbackStarted(Reason.CheckFailed, "error rate: 4.1 %")];
        var handsOver = Proposed() with { Playbook = Proposed().Playbook with { Then = Proposed().Playbook with { Name = "cut" } } };

        Headline.For(Fold([.. failed, FallbackPlanned(0, "page", "", "call on-call", changes: false)])).ShouldBe("⏪ rental-api: rollback did NOT work, people are called");
        Headline.Text(Fold([.. failed, FallbackPlanned(0, "scale", "3 pods", "0 pods", changes: true)])).ShouldBe("rollback did NOT work, the fallback runs");
        Headline.Text(Fold([.. After(handsOver), failed[^1], FallbackPlanned(0, "page", "", "call on-call", changes: false)])).ShouldBe("rollback did NOT work, playbook cut is to take over");
        Advice.For(Fold([.. After(handsOver), failed[^1], FallbackPlanned(0, "page", "", "call on-call", changes: false)]))
            .ShouldBe("Get ready, and change nothing by hand yet: the rollback did not make the service healthy, and playbook cut is to take over.");

        static IEnumerable<RollbackEvent> After(RollbackEvent.Proposed proposed) => UntilMethodFailed().Skip(1).Prepend(proposed);
    }

    [Fact]
    public void Nobody_is_told_to_wait_for_what_does_not_come()
    {
        Advice.For(Fold([Proposed(), new RollbackEvent.Parked(Reason.CannotTell, "no answer", Noon + TimeSpan.FromMinutes(1))]))
            .ShouldBe("Nothing right now: it could not be told whether a rollback is right, and it is asked again for a while.");
        Advice.For(Fold([Proposed(), .. BadEnd(Outcome.Refused, Reason.CannotTell, "no answer")]))
            .ShouldBe("Decide yourself: it could not be told whether a rollback is right; it is not tried again.");
    }

    [Fact]
    public void A_changed_matrix_or_a_person_is_no_stronger_row()
    {
        var changed = Fold([.. UntilPlanned(), Closed(Outcome.Replaced, Reason.MatrixChanged, "the matrix was changed")]);
        Headline.Text(changed).ShouldBe("the matrix was changed, decided anew");
        Advice.For(changed).ShouldBe("Look at what was announced instead: its alerts were decided anew.");
        var left = Fold([.. UntilPlanned(), Closed(Outcome.Replaced, Reason.MatrixChanged, "the matrix was changed") with { NothingInstead = true }]);
        Headline.For(left).ShouldBe("✋ rental-api: not rolled back (matrix_changed)");
        Advice.For(left).ShouldBe("Decide yourself: the matrix as it is now does nothing for this alert, which still fires.");
        var replaced = Fold([.. UntilPlanned(), Closed(Outcome.Replaced, Reason.ReplacedByStrongerRow, "the stronger row takes over")]);
        Headline.Text(replaced).ShouldBe("a stronger row took over");
        Advice.For(replaced).ShouldBe("Nothing.");
        var byHand = Fold([.. UntilPlanned(), Closed(Outcome.Replaced, Reason.ReplacedByStrongerRow, "alice started undo by hand") with { GaveWayTo = "by-alice" }]);
        Headline.For(byHand).ShouldBe("⚪ rental-api: alice started undo by hand instead");
        Advice.For(byHand).ShouldBe("Follow by-alice.");
    }

    [Fact]
    public void Of_another_day_than_the_message_a_time_has_its_day()
    {
        var old = Proposed() with { Cause = Cause() with { StartsAt = Noon - TimeSpan.FromDays(3) } };
        Shown([old]).ShouldContain(" since 2026-11-20 12:00:00 UTC, firing");
        Shown([Proposed(), new RollbackEvent.Parked(Reason.OutsideWindow, "waits for the window night", Noon + TimeSpan.FromHours(62))])
            .ShouldContain("(looked at again at 2026-11-26 02:00:00 UTC)");
    }

    [Fact]
    public void Of_another_day_than_its_event_a_time_has_its_day()
    {
        TimelineLine.For(new TimelineEntry(1, Noon, new RollbackEvent.StabilisationStarted(Noon + TimeSpan.FromHours(11)))).ShouldBe("watched until 23:00 UTC, please deploy nothing");
        TimelineLine.For(new TimelineEntry(1, Noon, new RollbackEvent.StabilisationStarted(Noon + TimeSpan.FromHours(12)))).ShouldBe("watched until 2026-11-24 00:00 UTC, please deploy nothing");
    }

    private static string Shown(IEnumerable<RollbackEvent> events) => Shown(Fold(events));

    internal static string Shown(RollbackState state)
    {
        var book = Book.Empty with { Rollbacks = Book.Empty.Rollbacks.SetItem(state.Id, state) };
        var blocks = SlackBlock.ToJson(SlackTopic.Of(Journalled, book, AnnouncementWorld.Operators, Noon)!.Summary.Blocks);
        return string.Join('\n', blocks.Select(b => b!["text"] is { } text ? (string?)text["text"] : (string?)b["elements"]![0]!["text"]));
    }
}
