using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Rollbacks.Guards;
using static AlertRollback.Tests.Rollbacks.Guards.Runs;

namespace AlertRollback.Tests.Rollbacks;

/// <summary>What each event makes of the state before it: the same for the resume after a crash as for the page that shows it.</summary>
public sealed class RollbackStateTests
{
    private static readonly RollbackEvent.PlanMade Planned = new(PlanOf(Noon));

    // One event a minute, the first at 12:01.
    private static RollbackState After(RollbackState state, params IEnumerable<RollbackEvent> events) =>
        events.Select((e, i) => (e, i)).Aggregate(state, (s, x) => s.Apply(10 + x.i, At(x.i + 1), x.e));

    private static RollbackState After(params IEnumerable<RollbackEvent> events) => After(Proposed("one"), events);

    private static RollbackEvent.Parked Parked(Reason reason) => new(reason, "waits", null);

    private static RollbackEvent.ApprovalRequested Asks(int round = 1) => new("d", "severity", "on-call", "why", null, OnSilence.Deny, false, At(90), round);

    private static RollbackEvent.CallPutOff PutOff(Reason reason) => new(["on-call"], reason, "later", "other", Noon, At(15));

    [Fact]
    public void What_was_parked_is_planned_anew_and_takes_its_evidence_anew()
    {
        var parked = After(Planned, new RollbackEvent.BeforeStepEnded(0, "capture", true, "", null), Parked(Reason.TargetLocked));
        (parked.Phase, parked.Plans.Count, parked.BeforeStepsEnded).ShouldBe((Phase.Parked, 0, 0));
    }

    [Fact]
    public void S11_that_it_waited_for_a_hold_is_known_whatever_it_waits_for_afterwards() =>
        After(Parked(Reason.Hold), new RollbackEvent.Unparked(""), Parked(Reason.Limit)).WasHeld.ShouldBeTrue();

    [Theory]
    [InlineData(Reason.CannotTell, 0)]
    [InlineData(Reason.Hold, 2)]
    public void It_is_tried_for_a_while_to_find_out_what_to_do_and_only_another_wait_begins_that_anew(Reason waitedFor, int since) =>
        After(Parked(waitedFor), new RollbackEvent.Unparked("")).LookingSince.ShouldBe(At(since));

    [Fact]
    public void After_peoples_answer_or_their_silence_it_is_tried_anew_to_find_out_what_to_do()
    {
        After(Asks(), new RollbackEvent.ApprovalGiven("d", "severity", "ada", null)).LookingSince.ShouldBe(At(2));
        After(Asks(), new RollbackEvent.ApprovalLapsed("d", "severity", OnSilence.Proceed)).LookingSince.ShouldBe(At(2));
    }

    [Fact]
    public void The_plan_of_a_later_method_does_not_make_it_one_that_has_not_begun()
    {
        After(Planned).Phase.ShouldBe(Phase.Planned);
        After(Planned, new RollbackEvent.Started([], []), new RollbackEvent.MethodFailed(0, Reason.CheckFailed, ""), Planned).Phase.ShouldBe(Phase.Acting);
    }

    [Fact]
    public void A_question_that_is_asked_once_more_takes_the_place_of_the_open_one_and_the_answer_is_for_the_newest()
    {
        After(Asks(), Asks()).Approvals.ShouldHaveSingleItem().At.ShouldBe(At(2));
        var escalated = After(Asks(), new RollbackEvent.ApprovalLapsed("d", "severity", OnSilence.Escalate), Asks(round: 2), new RollbackEvent.ApprovalGiven("d", "severity", "ada", null));
        escalated.Approvals.Select(a => (a.Request.Round, a.Given is not null)).ShouldBe([(1, false), (2, true)]);
    }

    [Fact]
    public void What_is_over_asks_nobody_any_more()
    {
        var asks = After(Planned, Asks() with { Digest = Planned.Plan.Digest });
        asks.Approvals[0].IsOpenIn(asks).ShouldBeTrue();
        asks.Closed(5).Approvals[0].IsOpenIn(asks.Closed(5)).ShouldBeFalse();
    }

    [Fact]
    public void A_later_method_keeps_the_locks_and_forgets_what_was_measured_of_the_one_before()
    {
        var next = After(
            new RollbackEvent.Started(["a"], []), new RollbackEvent.VerificationStarted(0, "healthy", At(9)), new RollbackEvent.CheckSetAnswered(0, "healthy", Verdict.Fail, [], true),
            new RollbackEvent.MethodStarted(1, "docker", At(30)) { Locks = ["b"] });
        next.Locks.ShouldBe(["a", "b"]);
        next.Answers.ShouldBeEmpty();
        next.Verifying.ShouldBeNull();
    }

    [Fact]
    public void A_step_that_is_taken_up_again_after_a_crash_began_when_it_was_first_begun()
    {
        var step = After(new RollbackEvent.StepStarted("k/0", "scale", 1), new RollbackEvent.StepStarted("k/0", "scale", 2)).Steps["k/0"];
        (step.StartedAt, step.Attempts).ShouldBe((At(1), 2));
    }

    [Fact]
    public void S7_that_a_step_wrote_something_is_known_whatever_it_prepares_afterwards()
    {
        var prepared = After(new RollbackEvent.StepMarked("k/0", "intent", [], "") { Prepares = true });
        prepared.Steps["k/0"].LeftTrace.ShouldBeFalse();
        After(prepared, new RollbackEvent.StepMarked("k/0", "written", [], ""), new RollbackEvent.StepMarked("k/0", "next", [], "") { Prepares = true }).Steps["k/0"].LeftTrace.ShouldBeTrue();
    }

    [Fact]
    public void The_hold_begins_with_the_last_write_and_not_with_evidence()
    {
        After(new RollbackEvent.StepStarted("before/0", "capture", 1), new RollbackEvent.StepMarked("before/0", "sent", [], "")).LastWriteAt.ShouldBeNull();
        var restored = After(
            new RollbackEvent.Started([], []), new RollbackEvent.StepStarted("k/0", "scale", 1), new RollbackEvent.StepEnded("k/0", "scale", StepResult.Done, Reason.Applied, ""),
            new RollbackEvent.StepRestored("k/0", "scale", StepResult.Done, Reason.Applied, ""));
        (restored.LastWriteAt, restored.LastStepEndedAt).ShouldBe((At(4), At(4)));
    }

    [Fact]
    public void What_failed_is_not_verified_any_more()
    {
        var verifying = new RollbackEvent.VerificationStarted(0, "healthy", At(9));
        After(new RollbackEvent.Started([], []), verifying, new RollbackEvent.MethodFailed(0, Reason.CheckFailed, "")).Verifying.ShouldBeNull();
        After(new RollbackEvent.Started([], []), verifying, new RollbackEvent.FallbackStarted(Reason.CheckFailed, "")).Verifying.ShouldBeNull();
    }

    [Fact]
    public void S13_a_step_of_on_failure_is_held_besides_what_was_held_and_is_over_when_it_ended()
    {
        var step = PlanOf(Noon).Steps[0] with { Locks = ["b"] };
        var planned = After(new RollbackEvent.Started(["a"], []), new RollbackEvent.FallbackStarted(Reason.CheckFailed, ""), new RollbackEvent.FallbackStepPlanned(0, Plan.Of(Plan.OnFailure, "on_failure", [step])));
        planned.Locks.ShouldBe(["a", "b"]);
        planned.FallbackPlan.ShouldNotBeNull();
        planned.Apply(9, At(9), new RollbackEvent.FallbackStepEnded(0, "scale", true, "")).FallbackPlan.ShouldBeNull();
    }

    [Fact]
    public void A_call_that_was_put_off_is_to_come_as_long_as_what_it_is_about_stands_and_nobody_was_called()
    {
        var waits = After(Parked(Reason.KillSwitch), PutOff(Reason.KillSwitch));
        waits.CallToCome.ShouldNotBeNull();
        After(waits, new RollbackEvent.Paged(["on-call"], Reason.KillSwitch, "")).CallToCome.ShouldBeNull();
        After(waits, new RollbackEvent.Unparked(""), Parked(Reason.Hold)).CallToCome.ShouldBeNull("it waits for something else");

        var refused = After(PutOff(Reason.NoCandidate), new RollbackEvent.Closed(Outcome.Refused, Reason.NoCandidate, ""));
        refused.CallToCome.ShouldNotBeNull();
        After(PutOff(Reason.KillSwitch), new RollbackEvent.Closed(Outcome.Refused, Reason.NoCandidate, "")).CallToCome.ShouldBeNull("it was refused for something else");
        After(Parked(Reason.KillSwitch), new RollbackEvent.Closed(Outcome.Withdrawn, Reason.Resolved, "")).Parking.ShouldBeNull();
    }

    [Fact]
    public void S12_an_alert_that_fires_anew_is_neither_resolved_nor_another_runs()
    {
        var ended = After(new RollbackEvent.CauseResolved("f-one", null) { AnewAt = At(1) });
        (ended.AllResolved, ended.Anew.Count).ShouldBe((true, 1));
        var again = After(ended, new RollbackEvent.CauseAttached(ended.Causes[0]));
        (again.AllResolved, again.Anew.Count, again.Causes.Count).ShouldBe((false, 0, 1));
    }

    [Fact]
    public void S12_what_took_over_for_a_resolved_alert_is_called_off_once_an_alert_of_its_own_came_and_went()
    {
        var began = RollbackState.From(1, Noon, (RollbackEvent.Proposed)Proposed("one").Timeline[0].Event with { After = "zero", ResolvedAt = Noon });
        began.IsCalledOff.ShouldBeFalse("it mends what failed before it");
        After(began, new RollbackEvent.CauseAttached(Proposed("other").Causes[0]), new RollbackEvent.CauseResolved("f-other", At(2))).IsCalledOff.ShouldBeTrue();
    }

    [Theory]
    [InlineData(StepResult.Done, false, true)]
    [InlineData(StepResult.Superseded, true, true)]
    [InlineData(StepResult.Superseded, false, false)]
    [InlineData(StepResult.Skipped, true, false)]
    public void S7_what_somebody_elses_change_ended_is_put_back_where_a_part_of_it_was_made_before(StepResult result, bool marked, bool restored)
    {
        var plan = Plan.Of(0, "kubernetes", [PlanOf(Noon).Steps[0] with { Key = "k/meanwhile/0", Meanwhile = true }]);
        var state = After(new RollbackEvent.PlanMade(plan), new RollbackEvent.Started([], []), new RollbackEvent.StepStarted("k/meanwhile/0", "scale", 1));
        if (marked)
            state = After(state, new RollbackEvent.StepMarked("k/meanwhile/0", "scaled-0-0", [], ""));

        After(state, new RollbackEvent.StepEnded("k/meanwhile/0", "scale", result, Reason.Applied, "")).ToRestore.Count.ShouldBe(restored ? 1 : 0);
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(5, false)]
    public void A_person_cuts_short_a_watch_that_had_begun_when_they_started_another(double startedAt, bool cutsShort)
    {
        var watched = Proposed("watched").Acted(1).Stabilising(10);
        Proposed("started", at: startedAt).ByHand(changesNothing: false).CutsShort(watched).ShouldBe(cutsShort);
    }

    [Theory]
    [InlineData(Reason.ApprovalNeeded, false)]
    [InlineData(Reason.ApprovalTimedOut, false)]
    [InlineData(Reason.KillSwitch, true)]
    public void Who_is_asked_to_agree_was_not_called_to_take_over(Reason reason, bool called) =>
        After(new RollbackEvent.Paged(["on-call"], reason, "")).HasCalled.ShouldBe(called);
}
