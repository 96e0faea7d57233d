using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Rollbacks.Running;
using AlertRollback.Tests.Rollbacks.Guards;
using static AlertRollback.Tests.Rollbacks.Guards.Runs;

namespace AlertRollback.Tests.Rollbacks.Running;

public sealed class NextMoveTests
{
    private static readonly NextMove Next = new(new PureGuards(new OperatorConfiguration
    {
        Matrix = "unused",
        Journal = "unused",
        Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() { Namespaces = ["production"] } },
    }, _ => false), () => new Attendance(Noon, null));

    [Fact]
    public void S13_who_waits_for_a_lock_writes_nothing_until_its_holder_ends()
    {
        var plan = Plan.Of(0, "kubernetes", [PlanOf(null).Steps[0] with { Locks = ["shared"] }]);
        var waiting = Proposed("two", "two")
            .Apply(2, At(1), new RollbackEvent.PlanMade(plan))
            .Apply(3, At(1), new RollbackEvent.Parked(Reason.TargetLocked, "one holds shared", null));
        var holder = Proposed("one", "one").Apply(2, At(0), new RollbackEvent.Started(["shared"], [])).Stabilising(1);

        Next.For(waiting, BookOf(waiting, holder), At(25)).ShouldBe(new Move.Wait(null));
        Next.For(waiting, BookOf(waiting, holder.Closed(26)), At(26)).ShouldBeOfType<Move.Record>()
            .Events.ShouldHaveSingleItem().ShouldBeOfType<RollbackEvent.Unparked>();
    }

    [Fact]
    public void S13_who_waits_for_a_lock_notes_when_another_one_holds_it()
    {
        var plan = Plan.Of(0, "kubernetes", [PlanOf(null).Steps[0] with { Locks = ["shared"] }]);
        var waiting = Proposed("two", "two")
            .Apply(2, At(1), new RollbackEvent.PlanMade(plan))
            .Apply(3, At(1), new RollbackEvent.Parked(Reason.TargetLocked, "zero holds shared", null) { By = "zero" });
        var holder = Proposed("one", "one").Apply(2, At(0), new RollbackEvent.Started(["shared"], []));

        Next.For(waiting, BookOf(waiting, holder), At(2)).ShouldBeOfType<Move.Record>().Events.ShouldHaveSingleItem().ShouldBeOfType<RollbackEvent.Unparked>();
    }

    [Fact]
    public void Steps_for_several_services_that_write_to_the_same_run_one_after_the_other()
    {
        PlannedStep Step(string key, params string[] locks) => PlanOf(null).Steps[0] with { Key = key, Locks = locks };
        var plan = Plan.Of(0, "restart", [Step("0@one", "a", "shared"), Step("0@two", "b", "shared"), Step("0@three", "c")]);
        var acting = Proposed("one")
            .Apply(2, At(1), new RollbackEvent.PlanMade(plan))
            .Apply(3, At(1), new RollbackEvent.Started([], []))
            .Apply(4, At(1), new RollbackEvent.MethodStarted(0, "restart", At(10)));
        Keys(acting).ShouldBe(["0@one", "0@three"]);
        Keys(acting.Apply(5, At(2), new RollbackEvent.StepEnded("0@one", "fake_undo", StepResult.Done, Reason.Applied, ""))).ShouldBe(["0@two", "0@three"]);
        Keys(acting.Apply(5, At(2), new RollbackEvent.StepEnded("0@one", "fake_undo", StepResult.CannotTell, Reason.OutcomeUnknown, ""))).ShouldBe(["0@three"]);

        IEnumerable<string> Keys(RollbackState now) => Next.For(now, BookOf(now), At(2)).ShouldBeOfType<Move.RunSteps>().Steps.Select(s => s.Key);
    }

    [Theory]
    [InlineData(StepResult.CannotTell)]
    [InlineData(StepResult.Superseded)]
    public void S16_what_writes_to_the_same_is_not_begun_after_one_that_did_not_end_well(StepResult result)
    {
        PlannedStep Step(string key) => PlanOf(null).Steps[0] with { Key = key, Locks = ["shared"] };
        var plan = Plan.Of(0, "restart", [Step("0@one"), Step("0@two")]);
        var acting = Proposed("one").Apply(2, At(1), new RollbackEvent.PlanMade(plan)).Apply(3, At(1), new RollbackEvent.Started([], []))
            .Apply(4, At(1), new RollbackEvent.MethodStarted(0, "restart", At(10)));
        var ended = acting.Apply(5, At(2), new RollbackEvent.StepEnded("0@one", "fake_undo", result, Reason.OutcomeUnknown, ""));
        Events(ended).OfType<RollbackEvent.Closed>().ShouldHaveSingleItem();

        var falling = acting.Apply(5, At(2), new RollbackEvent.FallbackStarted(Reason.CheckFailed, "")).Apply(6, At(2), new RollbackEvent.FallbackStepPlanned(0, plan))
            .Apply(7, At(2), new RollbackEvent.StepEnded("0@one", "fake_undo", result, Reason.OutcomeUnknown, ""));
        Events(falling).OfType<RollbackEvent.FallbackStepEnded>().ShouldHaveSingleItem().Done.ShouldBeFalse();

        static IReadOnlyList<RollbackEvent> Events(RollbackState now) => Next.For(now, BookOf(now), At(2)).ShouldBeOfType<Move.Record>().Events;
    }

    [Theory]
    // how far the other one is | whether the second stage waits for it
    [InlineData("proposed", true)]
    [InlineData("planned", true)]
    [InlineData("parked", false)]
    [InlineData("at the first stage", true)]
    [InlineData("at the second stage", false)]
    [InlineData("of another start", false)]
    public void Those_started_together_begin_a_stage_when_all_of_them_are_through_the_one_before(string how, bool waits)
    {
        var byHand = Proposed("any").ByHand(changesNothing: false).Manual! with { Group = "together" };
        RollbackState Of(string id) => Proposed(id, id) with { Manual = byHand };
        RollbackState Acting(string id) => Of(id).Apply(2, At(1), new RollbackEvent.PlanMade(Two)).Apply(3, At(1), new RollbackEvent.Started([], [])).Apply(4, At(1), new RollbackEvent.MethodStarted(0, "steps", At(10)));
        RollbackState Through(RollbackState run) => run.Apply(5, At(2), new RollbackEvent.StepEnded("steps/0", "fake_undo", StepResult.Done, Reason.Applied, ""));
        var mine = Through(Acting("mine"));
        var other = how switch
        {
            "planned" => Of("other").Apply(2, At(1), new RollbackEvent.PlanMade(Two)),
            "parked" => Of("other").Apply(2, At(1), new RollbackEvent.Parked(Reason.Hold, "", At(15))),
            "at the first stage" => Acting("other"),
            "at the second stage" => Through(Acting("other")),
            "of another start" => Of("other") with { Manual = byHand with { Group = "another" } },
            _ => Of("other"),
        };

        (Next.For(mine, BookOf(mine, other), At(2)) is Move.Wait).ShouldBe(waits, how);
    }

    private static readonly Plan Two = Plan.Of(0, "steps", [PlanOf(null).Steps[0] with { Key = "steps/0" }, PlanOf(null).Steps[0] with { Key = "steps/1", Stage = 1 }]);

    [Fact]
    public void What_only_looked_and_had_no_checks_is_neither_undone_nor_verified()
    {
        var plan = Plan.Of(0, "look", [PlanOf(null, hasSuspect: false).Steps[0] with { ChangesProduction = false }]);
        var looked = Proposed("one")
            .Apply(2, At(1), new RollbackEvent.PlanMade(plan))
            .Apply(3, At(1), new RollbackEvent.Started([], []))
            .Apply(4, At(1), new RollbackEvent.MethodStarted(0, "look", At(10)))
            .Apply(5, At(2), new RollbackEvent.StepEnded("kubernetes/0", "fake_undo", StepResult.Done, Reason.Applied, "seen"));
        Next.For(looked, BookOf(looked), At(2)).ShouldBeOfType<Move.Record>()
            .Events.OfType<RollbackEvent.Verified>().Single().Text.ShouldBe("nothing was measured, the playbook has no checks");

        var watched = looked
            .Apply(6, At(2), new RollbackEvent.StabilisationStarted(At(32)))
            .Apply(7, At(3), new RollbackEvent.CauseResolved("f-one", null));
        Next.For(watched, BookOf(watched), At(33)).ShouldBeOfType<Move.Record>()
            .Events.OfType<RollbackEvent.Closed>().Single().Text.ShouldBe("looked and watched, nothing measured");
    }
}
