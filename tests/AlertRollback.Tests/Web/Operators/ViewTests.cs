using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Web.Operators;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Web.Operators;

/// <summary>What operators are shown of a rollback is what stands now.</summary>
public sealed class ViewTests
{
    [Fact]
    public void From_what_to_what_is_told_of_the_undo_and_not_of_what_is_changed_meanwhile()
    {
        var view = RollbackView.Of(Fold(Meanwhile(new RollbackEvent.StepRestored("kubernetes/meanwhile/0", "scale", StepResult.Done, Reason.Applied, "3 replicas again"))));
        view.From.ShouldBe("revision 7 (rental:2.0)");
        view.To.ShouldBe("revision 6 (rental:1.9)");
    }

    [Fact]
    public void From_what_to_what_is_told_of_an_earlier_undo_after_a_method_that_undid_nothing()
    {
        var view = RollbackView.Of(Fold(UntilRestarted()));
        view.From.ShouldBe("revision 7 (rental:2.0)");
        view.To.ShouldBe("revision 6 (rental:1.9)");
    }

    [Fact]
    public void From_what_to_what_is_not_told_of_a_step_that_went_wrong_where_another_was_carried_out()
    {
        var second = PlanMade(1, "docker");
        var failed = new RollbackEvent.PlanMade(second.Plan with { Steps = [second.Plan.Steps[0] with { To = "image rental:1.8" }] });
        var view = RollbackView.Of(Fold([.. UntilMethodFailed(), failed, StepEnded(StepResult.Failed, Reason.RolloutFailed, "no image", "docker")]));
        view.To.ShouldBe("revision 6 (rental:1.9)");
    }

    [Fact]
    public void What_was_measured_is_what_the_last_look_saw()
    {
        var last = new RollbackEvent.StabilityAnswered(Verdict.Fail, [new CheckResult(Verdict.Fail, "error rate", "4.1 %", "below 0.1 %")], "error rate: 4.1 %");
        RollbackDetailView.Of(Fold(UntilStabilising())).Measured[0].Measured.ShouldBe("0.02 %");
        RollbackDetailView.Of(Fold([.. UntilStabilising(), last])).Measured.ShouldHaveSingleItem().Measured.ShouldBe("4.1 %");

        var fires = new RollbackEvent.FiringAnswered("RentalSlow", Noon, Verdict.Fail, last.Results, "error rate: 4.1 %");
        RollbackDetailView.Of(Fold([.. UntilStabilising(), fires])).Measured.ShouldHaveSingleItem().Measured.ShouldBe("4.1 %");
    }

    [Fact]
    public void Alerts_that_join_or_resolve_one_after_the_other_are_one_line_of_the_timeline()
    {
        RollbackEvent.CauseResolved[] resolved = [.. Joins(3).OfType<RollbackEvent.CauseAttached>().Select(j => new RollbackEvent.CauseResolved(j.Cause.Fingerprint, null))];
        var timeline = RollbackDetailView.Of(Fold([Proposed(), .. Joins(3), GuardsPass(), .. resolved, resolved[0] with { Asked = true }])).Timeline;
        timeline.Count.ShouldBe(9);
        timeline.Select(l => l.Text).Where(t => t.Length > 0).Skip(1).ShouldBe(
        [
            "3 more alerts join: RentalErrors (rental-api-0), RentalErrors (rental-api-1), RentalErrors (rental-api-2)",
            "all 2 guards passed; deployed 20 min before the alert",
            "3 alerts resolved: RentalErrors (rental-api-0), RentalErrors (rental-api-1), RentalErrors (rental-api-2)",
            "RentalErrors (rental-api-0) does not fire any more: no resolution was sent, and whoever was asked no longer has it",
        ]);
    }

    [Fact]
    public void What_cannot_be_told_is_one_line_until_the_answer_is_another_one()
    {
        var timeline = RollbackDetailView.Of(Fold([Proposed(), .. CannotBeTold(3, "no answer"), .. CannotBeTold(2, "refused"), .. CannotBeTold(1, "no answer"), GuardsPass(), PlanMade()])).Timeline;
        timeline.Count.ShouldBe(21);
        timeline.Select(l => l.Text).Where(t => t.Length > 0).Skip(1).ShouldBe(
        [
            "all 2 guards passed; deployed 20 min before the alert",
            "waits (cannot_tell): no answer",
            "waits (cannot_tell): refused",
            "plan: rollout_undo revision 7 (rental:2.0) → revision 6 (rental:1.9)",
        ]);
    }

    [Fact]
    public void What_waits_for_people_and_goes_on_is_told_each_time()
    {
        RollbackEvent[] frozen = [new RollbackEvent.Parked(Reason.Freeze, "frozen by ann", null), new RollbackEvent.Unparked("freeze is over"), GuardsPass()];
        RollbackDetailView.Of(Fold([Proposed(), .. frozen, .. frozen])).Timeline.ShouldAllBe(l => l.Text.Length > 0);
    }

    [Fact]
    public void A_question_is_open_only_while_the_run_waits_with_the_plan_it_is_about()
    {
        var asked = new RollbackEvent.ApprovalRequested(PlanMade().Plan.Digest, "playbook", "devops-lead", "playbook undo asks for it", null, OnSilence.Deny, false, Noon + TimeSpan.FromMinutes(15), 1);
        State([.. UntilPlanned(), asked]).ShouldBe("open");
        State([.. UntilPlanned(), asked, Resolved(), Closed(Outcome.Withdrawn, Reason.Resolved, "every alert resolved")]).ShouldBe("void");
        State([.. UntilPlanned(), asked, new RollbackEvent.Parked(Reason.KillSwitch, "on", null)]).ShouldBe("void");
        State([.. UntilPlanned(), asked, PlanMade(1, "docker")]).ShouldBe("void");
    }

    private static string State(IEnumerable<RollbackEvent> events) => RollbackDetailView.Of(Fold(events)).Approvals.ShouldHaveSingleItem().State;
}
