using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using static AlertRollback.Tests.Rollbacks.Guards.Runs;

namespace AlertRollback.Tests.Rollbacks.Guards;

/// <summary>Who is not kept from it, and whom several earlier runs keep from it.</summary>
public sealed class HoldAndLimitTests
{
    private static readonly RollbackState New = Proposed("new", at: 60);

    [Fact]
    public void What_takes_over_keeps_to_a_matrix_that_was_put_into_shadow_meanwhile()
    {
        var (alerts, after) = (New, New with { After = "old" });
        var guards = Guards(onlyPlans: true);
        guards.Refusal(alerts, BookOf(alerts), At(60)).ShouldBeNull("it is decided anew by that matrix");
        (guards.Refusal(after, BookOf(after), At(60))?.Refusal).ShouldBe(Reason.Shadow);
    }

    [Fact]
    public void A_freeze_holds_for_a_service_that_only_the_last_method_reaches_for()
    {
        var payment = New.Service with { Name = "payment" };
        MethodDefinition Method(string name, ServiceDefinition service) => new(name, TimeSpan.FromMinutes(1), [new StepDefinition("fake_undo", []) { Services = [service] }]);
        var mine = New with { Playbook = New.Playbook with { Methods = [Method("first", New.Service), Method("last", payment)] } };
        Refusal(mine, BookOf(mine).With(new GlobalEvent.Frozen("payment", At(90), "anna", "sale"))).ShouldBe(Reason.Freeze);
    }

    [Theory]
    // minutes at which the other run's watch began | refusal
    [InlineData(59, null)]
    [InlineData(61, Reason.RunUnderWay)]
    public void What_a_person_starts_does_not_wait_for_the_end_of_a_watch_that_they_saw(double watchedSince, Reason? refusal)
    {
        var mine = New.ByHand(changesNothing: false);
        Refusal(mine, BookOf(mine, Proposed("other", playbook: "assess").Acted(50).Stabilising(watchedSince)), 62).ShouldBe(refusal);
    }

    [Fact]
    public void A_person_who_starts_it_again_is_not_held()
    {
        var mine = New.ByHand(changesNothing: false);
        Refusal(mine, BookOf(mine, Proposed("old").Acted(55).Closed(56))).ShouldBeNull();
    }

    [Fact]
    public void S11_what_waited_for_the_hold_is_no_second_undo_for_an_alert_that_began_later_either()
    {
        var held = New.Apply(2, At(60), new RollbackEvent.Parked(Reason.Hold, "held", At(65)))
            .Apply(3, At(66), new RollbackEvent.CauseAttached(New.Causes[0] with { Fingerprint = "f-other", StartsAt = At(66) }))
            .Apply(4, At(66), new RollbackEvent.CauseResolved("f-new", null));
        Refusal(held, BookOf(held, Proposed("old").Acted(50).Closed(51)), 67).ShouldBe(Reason.Ineffective);
    }

    [Theory]
    [InlineData("late", "early")]
    [InlineData("early", "late")]
    public void Of_several_runs_the_last_write_holds(string first, string second)
    {
        RollbackState Old(string id) => Proposed(id).Acted(id == "late" ? 55 : 20).Closed(56);
        var refusal = Guards().Refusal(New, BookOf(New, Old(first), Old(second)), At(60)).ShouldNotBeNull();
        (refusal.Refusal, refusal.LapsesAt).ShouldBe((Reason.Hold, At(70)));
    }

    [Fact]
    public void What_is_only_planned_is_planned_while_others_act_and_while_the_breaker_is_open()
    {
        var mine = Proposed("mine", at: 60, shadow: true);
        RollbackState[] others = [Proposed("a", "a").Acted(59), Proposed("b", "b").Acted(59)];
        Refusal(mine, BookOf([mine, .. others])).ShouldBeNull();
        Refusal(mine, BookOf(mine).With(new GlobalEvent.BreakerTripped("too many"))).ShouldBeNull();
    }

    [Fact]
    public void What_was_started_together_does_not_wait_for_each_other()
    {
        RollbackState Together(string id) => Proposed(id, id, at: 60).ByHand(changesNothing: false) is var r ? r with { Manual = r.Manual! with { Group = "g" } } : r;
        var (mine, others) = (Together("mine"), new[] { Together("a").Acted(59), Together("b").Acted(59) });
        Refusal(mine, BookOf([mine, .. others, Proposed("alone", "alone").Acted(59)])).ShouldBeNull();
        Refusal(mine, BookOf([mine, .. others, Proposed("alone", "alone").Acted(59), Proposed("too", "too").Acted(59)])).ShouldBe(Reason.Limit);
    }

    private static Reason? Refusal(RollbackState mine, Book book, double now = 60) => Guards().Refusal(mine, book, At(now))?.Refusal;

    private static PureGuards Guards(bool onlyPlans = false) => new(new OperatorConfiguration
    {
        Matrix = "unused",
        Journal = "unused",
        Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() { Namespaces = ["production"] } },
    }, _ => onlyPlans);
}
