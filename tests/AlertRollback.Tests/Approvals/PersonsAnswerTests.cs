using AlertRollback.Approvals;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;
using AlertRollback.Tests.Rollbacks.Guards;

namespace AlertRollback.Tests.Approvals;

public sealed class PersonsAnswerTests
{
    [Theory]
    [InlineData(null, "to agree, type rental")]
    [InlineData("rentla", "that was not it: to agree, type rental")]
    public void A_wrong_text_is_no_yes_to_what_is_asked_beside_it(string? typed, string objection)
    {
        var (events, said) = Answer(typed).To(Asked((PlanApprovals.Severity, null), (PlanApprovals.Playbook, "rental")));
        events.ShouldBeEmpty();
        said.ShouldBe(Objection.Unfit(objection));
    }

    [Fact]
    public void The_right_text_is_a_yes_to_all_that_is_asked() =>
        Asks(Answer("rental").To(Asked((PlanApprovals.Severity, null), (PlanApprovals.Playbook, "rental")))).ShouldBe([PlanApprovals.Severity, PlanApprovals.Playbook]);

    [Fact]
    public void Two_questions_that_ask_for_different_texts_are_answered_one_after_the_other()
    {
        var asked = Asked((PlanApprovals.Severity, "critical"), (PlanApprovals.Playbook, "rental"));
        var (events, _) = Answer("rental").To(asked);
        Asks((events, null)).ShouldBe([PlanApprovals.Playbook]);
        Asks(Answer("critical").To(events.Aggregate(asked, (r, e) => r.Apply(9, Runs.At(2), e)))).ShouldBe([PlanApprovals.Severity]);
    }

    [Fact]
    public void A_question_for_another_role_asks_nobody_else_to_type() =>
        Asks(Answer(null).To(Asked("manager", (PlanApprovals.Severity, null), (PlanApprovals.Playbook, "rental")))).ShouldBe([PlanApprovals.Severity]);

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, "nothing is asked")]
    public void The_same_yes_once_more_is_no_fault_but_is_none_to_what_was_refused_since(bool refused, string? objection)
    {
        var asked = Asked((PlanApprovals.Severity, null));
        var agreed = Answer(null).To(asked).Events.Aggregate(asked, (r, e) => r.Apply(9, Runs.At(2), e));
        var now = refused ? agreed.Apply(10, Runs.At(3), new RollbackEvent.Closed(Outcome.Refused, Reason.StaleAlert, "nobody heard of it")) : agreed;

        var (events, said) = Answer(null).To(now);
        events.ShouldBeEmpty();
        if (objection is null)
            said.ShouldBeNull();
        else
            said.ShouldNotBeNull().Text.ShouldContain(objection);
    }

    [Theory]
    [InlineData(7, ObjectionKind.Unfit)]
    [InlineData(8, null)]
    public void An_answer_is_bound_to_a_plan_by_the_first_eight_characters_of_its_digest(int characters, ObjectionKind? objection)
    {
        var answer = Answer(null) is var whole ? whole with { Digest = whole.Digest[..characters] } : whole;
        (answer.To(Asked((PlanApprovals.Severity, null))).Objection?.Kind).ShouldBe(objection);
    }

    [Theory]
    [InlineData(" rental\n", true)]
    [InlineData("Rental", false)]
    public void What_is_typed_may_have_blanks_around_it_and_is_the_very_text(string typed, bool agreed) =>
        Answer(typed).To(Asked((PlanApprovals.Playbook, "rental"))).Events.Count.ShouldBe(agreed ? 1 : 0);

    [Fact]
    public void To_say_no_nothing_has_to_be_typed() =>
        (Answer(null) with { Yes = false }).To(Asked((PlanApprovals.Playbook, "rental"))).Events.ShouldHaveSingleItem().ShouldBeOfType<RollbackEvent.ApprovalRejected>();

    [Theory]
    // only another person may agree | yes | objection
    [InlineData(true, true, ObjectionKind.NotEntitled)]
    [InlineData(true, false, null)]
    [InlineData(false, true, null)]
    public void Whoever_started_it_may_say_no_and_agrees_to_it_unless_it_takes_another_person(bool byAnother, bool yes, ObjectionKind? objection)
    {
        var planned = Asked().ByHand(changesNothing: false);
        var asked = planned.Apply(3, Runs.Noon, new RollbackEvent.ApprovalRequested(
            planned.CurrentPlan!.Digest, PlanApprovals.Playbook, "tech-lead", "because", null, OnSilence.Deny, byAnother, Runs.At(10), 1));
        ((Answer(null) with { By = "alice", Yes = yes }).To(asked).Objection?.Kind).ShouldBe(objection);
    }

    [Fact]
    public void What_another_person_said_or_what_was_said_of_another_plan_is_no_answer_of_mine()
    {
        var asked = Asked((PlanApprovals.Severity, null));
        var agreed = Answer(null).To(asked).Events.Aggregate(asked, (r, e) => r.Apply(9, Runs.At(2), e));
        (Answer(null) with { By = "dave" }).To(agreed).Objection.ShouldNotBeNull().Text.ShouldBe("nothing is asked any more: carol said yes");

        var other = Runs.PlanOf(Runs.At(5)) is var plan ? Plan.Of(0, "kubernetes", [plan.Steps[0] with { Key = "kubernetes/1" }]) : plan;
        var replanned = agreed.Apply(10, Runs.At(3), new RollbackEvent.PlanMade(other));
        (Answer(null) with { Digest = other.Digest }).To(replanned).Objection.ShouldNotBeNull().Kind.ShouldBe(ObjectionKind.Overtaken);
    }

    [Fact]
    public void The_same_no_once_more_is_no_fault_though_it_is_closed_by_it()
    {
        var (asked, no) = (Asked((PlanApprovals.Severity, null)), Answer(null) with { Yes = false });
        var refused = no.To(asked).Events.Aggregate(asked, (r, e) => r.Apply(9, Runs.At(2), e)).Apply(10, Runs.At(2), new RollbackEvent.Closed(Outcome.Refused, Reason.ApprovalNeeded, "carol said no"));
        no.To(refused).Objection.ShouldBeNull();
    }

    private static IEnumerable<string> Asks((IReadOnlyList<RollbackEvent> Events, Objection? Objection) answered)
    {
        answered.Objection.ShouldBeNull();
        return answered.Events.Cast<RollbackEvent.ApprovalGiven>().Select(e => e.Ask);
    }

    private static PersonsAnswer Answer(string? typed) => new("carol", ["tech-lead"], true, Runs.PlanOf(Runs.Noon).Digest, typed);

    private static RollbackState Asked(params (string Ask, string? Answer)[] questions) => Asked("tech-lead", questions);

    // Whoever is asked something that has to be typed has that role, everybody else is a tech lead.
    private static RollbackState Asked(string role, params (string Ask, string? Answer)[] questions)
    {
        var planned = Runs.Proposed("r").Apply(2, Runs.Noon, new RollbackEvent.PlanMade(Runs.PlanOf(Runs.Noon)));
        return questions.Aggregate(planned, (r, q) => r.Apply(3, Runs.Noon, new RollbackEvent.ApprovalRequested(
            planned.CurrentPlan!.Digest, q.Ask, q.Answer is null ? "tech-lead" : role, "because", q.Answer, OnSilence.Deny, false, Runs.At(10), 1)));
    }
}
