using System.Text.Json.Nodes;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks.Guards;

public sealed class IsolationsTests
{
    [Theory]
    // the rollback has ended | how its restore ended, if it was begun | an isolation that stands
    [InlineData(false, null, false)]
    [InlineData(true, null, true)]
    [InlineData(true, StepResult.Failed, true)]
    [InlineData(true, StepResult.CannotTell, true)]
    [InlineData(true, StepResult.Done, false)]
    public void What_stands_under_meanwhile_protects_nothing_unless_its_rollback_left_it(bool ended, StepResult? restored, bool stands)
    {
        var run = Isolated(meanwhile: true);
        if (restored is { } result)
            run = run.Apply(5, Runs.At(5), new RollbackEvent.StepRestored("steps/0", Isolations.Action, result, Reason.ApiError, ""));
        if (ended)
            run = run.Apply(6, Runs.At(6), new RollbackEvent.Closed(Outcome.Stopped, Reason.StoppedByPerson, ""));

        (Of(run) is not null).ShouldBe(stands);
    }

    [Fact]
    public void What_a_method_isolated_stays_so_while_its_rollback_is_under_way() => Of(Isolated(meanwhile: false))!.By.ShouldBe("incident");

    [Theory]
    [InlineData(StepResult.CannotTell, true)]
    [InlineData(StepResult.Failed, false)]
    [InlineData(StepResult.Skipped, false)]
    public void What_may_have_been_isolated_is_looked_at_and_what_was_not_is_not(StepResult result, bool stands)
    {
        var run = Isolated(meanwhile: false, result).Apply(5, Runs.At(5), new RollbackEvent.Closed(Outcome.Inconclusive, Reason.OutcomeUnknown, ""));
        (Of(run) is not null).ShouldBe(stands);
    }

    [Theory]
    [InlineData(StepResult.Done, false)]
    [InlineData(StepResult.CannotTell, true)]
    public void An_isolation_that_may_not_have_been_lifted_stands(StepResult lifted, bool stands)
    {
        var lift = Isolated(meanwhile: false, lifted, new JsonObject { ["lifted"] = new JsonArray() }, sequence: 20);
        var book = Runs.BookOf(Isolated(meanwhile: false), lift with { Id = "lift" });
        (Isolations.Of(book, lift.Service.Workload!.Address, "r") is not null).ShouldBe(stands);
    }

    [Fact]
    public void What_an_earlier_method_isolated_stays_so_when_another_one_is_planned()
    {
        var run = Isolated(meanwhile: false).Apply(5, Runs.At(5), new RollbackEvent.PlanMade(Runs.PlanOf(null)));
        Of(run)!.By.ShouldBe("incident");
    }

    private static Isolation? Of(RollbackState run) => Isolations.Of(Runs.BookOf(run), run.Service.Workload!.Address, "r");

    private static RollbackState Isolated(bool meanwhile, StepResult result = StepResult.Done, JsonObject? pin = null, long sequence = 2)
    {
        var step = new PlannedStep("steps/0", Isolations.Action, pin ?? new JsonObject { ["edits"] = new JsonArray() }, "", "", [], [], [], null, false, true) { Meanwhile = meanwhile };
        return Runs.Proposed("incident")
            .Apply(sequence, Runs.At(1), new RollbackEvent.PlanMade(Plan.Of(0, "steps", [step])))
            .Apply(sequence + 1, Runs.At(2), new RollbackEvent.StepStarted("steps/0", step.Action, 1))
            .Apply(sequence + 2, Runs.At(3), new RollbackEvent.StepEnded("steps/0", step.Action, result, Reason.Applied, "done"));
    }
}
