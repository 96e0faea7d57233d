using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks.Guards;

/// <summary>Which alerts a suspect is held against, and which suspects of a later method are the run's own.</summary>
public sealed class LaterMethodsTests
{
    [Theory]
    // the service of the earlier alert | the one of the step; null: the run's own | refusal
    [InlineData("payment", null, null)]
    [InlineData("payment", "payment", Reason.DeployedAfterAlert)]
    [InlineData("rental", "payment", null)]
    [InlineData("rental", null, Reason.DeployedAfterAlert)]
    public void S9_a_suspect_is_held_against_the_alerts_of_its_own_service(string alertOf, string? stepOf, Reason? refusal)
    {
        var mine = Runs.Proposed("mine", guards: Hours4);
        ServiceDefinition Named(string name) => mine.Service with { Name = name };
        var earlier = Runs.Proposed("earlier", at: -60) with { Service = Named(alertOf) };
        var plan = Plan.Of(0, "kubernetes", [Suspect("u/2", Runs.At(-20)) with { Service = stepOf is null ? null : Named(stepOf) }]);
        Attribution.Judge(mine, plan, Runs.BookOf(mine, earlier), Runs.Noon).Refusal.ShouldBe(refusal);
    }

    [Fact]
    public void S9_what_a_person_starts_has_no_alert_that_the_release_could_be_too_new_for()
    {
        var mine = Runs.Proposed("mine", guards: Hours4).ByHand(changesNothing: false);
        Attribution.Judge(mine, Plan.Of(0, "kubernetes", [Suspect("u/2", Runs.At(5))]), Runs.BookOf(mine), Runs.At(6)).Passed.ShouldBeTrue();
    }

    [Fact]
    public void S9_as_long_after_the_last_step_as_clocks_may_differ_is_not_later()
    {
        var run = Begun(Suspect("u/1", null));
        var plan = Plan.Of(1, "next", [Suspect("u/unseen", Runs.At(5).AddSeconds(5))]);
        Attribution.Newer(run, plan).ShouldBeNull();
    }

    [Theory]
    // seconds after the method began | refusal of what became current then, where its step put the suspect there
    [InlineData(-5, null)]
    [InlineData(-6, Reason.DeployedAfterAlert)]
    public void S9_the_runs_own_became_current_since_it_began_as_far_as_clocks_agree(int seconds, Reason? refusal) =>
        Later(Suspect("u/bad", null), Suspect("u/now", Runs.At(2).AddSeconds(seconds))).ShouldBe(refusal);

    [Fact]
    public void S9_what_became_current_beside_a_step_that_replaces_no_release_is_somebody_elses() =>
        Later(Suspect(null, null) with { HasSuspect = false }, Suspect("u/now", Runs.At(4))).ShouldBe(Reason.DeployedAfterAlert);

    [Theory]
    [InlineData("u/left", null)]
    [InlineData("u/other", Reason.DeployedAfterAlert)]
    public void S9_what_the_run_said_it_would_leave_is_its_own_whenever_it_became_current(string now, Reason? refusal) =>
        Later(Suspect("u/bad", null) with { Leaves = "u/left" }, Suspect(now, Runs.At(1))).ShouldBe(refusal);

    [Fact]
    public void S9_a_methods_own_plan_does_not_make_its_suspect_known()
    {
        var later = Suspect("w/now", Runs.At(4)) with { Locks = ["elsewhere"] };
        var plan = Plan.Of(1, "next", [later]);
        var run = Begun(Suspect("u/bad", null)).Apply(7, Runs.At(5), new RollbackEvent.PlanMade(plan));
        (Attribution.JudgeLater(run, plan, Runs.BookOf(run), Runs.At(6))?.Refusal).ShouldBe(Reason.DeployedAfterAlert);
    }

    private static GuardSettings Hours4 => GuardSettings.Default with { DeployedWithin = TimeSpan.FromHours(4) };

    private static PlannedStep Suspect(string? release, DateTimeOffset? since) => Runs.PlanOf(since).Steps[0] with { SuspectIs = release, Locks = ["here"] };

    private static Reason? Later(PlannedStep first, PlannedStep next)
    {
        var run = Begun(first);
        return Attribution.JudgeLater(run, Plan.Of(1, "next", [next]), Runs.BookOf(run), Runs.At(6))?.Refusal;
    }

    // A first method of one step, from 2 to 5.
    private static RollbackState Begun(PlannedStep step) => Runs.Proposed("r")
        .Apply(2, Runs.At(1), new RollbackEvent.PlanMade(Plan.Of(0, "first", [step])))
        .Apply(3, Runs.At(2), new RollbackEvent.Started([], []))
        .Apply(4, Runs.At(2), new RollbackEvent.MethodStarted(0, "first", Runs.At(12)))
        .Apply(5, Runs.At(3), new RollbackEvent.StepStarted(step.Key, step.Action, 1))
        .Apply(6, Runs.At(5), new RollbackEvent.StepEnded(step.Key, step.Action, StepResult.Done, Reason.Applied, "done"));
}
