using System.Text.Json.Nodes;
using AlertRollback.Rollbacks;

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

    private static Isolation? Of(RollbackState run) => Isolations.Of(Runs.BookOf(run), run.Service.Workload!.Address, "r");

    private static RollbackState Isolated(bool meanwhile)
    {
        var step = new PlannedStep("steps/0", Isolations.Action, new JsonObject { ["edits"] = new JsonArray() }, "", "", [], [], [], null, false, true) { Meanwhile = meanwhile };
        return Runs.Proposed("incident")
            .Apply(2, Runs.At(1), new RollbackEvent.PlanMade(Plan.Of(0, "steps", [step])))
            .Apply(3, Runs.At(2), new RollbackEvent.StepStarted("steps/0", step.Action, 1))
            .Apply(4, Runs.At(3), new RollbackEvent.StepEnded("steps/0", step.Action, StepResult.Done, Reason.Applied, "done"));
    }
}
