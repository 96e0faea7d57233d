using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks.Guards;

public sealed class AttributionTests
{
    private static readonly TimeSpan FourHours = TimeSpan.FromHours(4);

    [Theory]
    [InlineData(31, null)]
    [InlineData(600, null)]
    [InlineData(4 * 3600, null)]
    [InlineData(4 * 3600 + 1, Reason.DeployedTooLongAgo)]
    [InlineData(30, null)]
    [InlineData(29, Reason.DeployTimeUnknown)]
    [InlineData(0, Reason.DeployTimeUnknown)]
    [InlineData(-29, Reason.DeployTimeUnknown)]
    [InlineData(-30, Reason.DeployedAfterAlert)]
    [InlineData(-3600, Reason.DeployedAfterAlert)]
    public void S9_the_suspect_became_current_before_the_alert_and_not_too_long_before(int secondsBefore, Reason? refusal) =>
        Judge(Runs.Noon - TimeSpan.FromSeconds(secondsBefore), FourHours).ShouldBe(refusal);

    [Theory]
    [InlineData(30 * 24 * 3600, null)]
    [InlineData(30, null)]
    [InlineData(29, Reason.DeployTimeUnknown)]
    [InlineData(-29, Reason.DeployTimeUnknown)]
    [InlineData(-31, Reason.DeployedAfterAlert)]
    public void S9_without_deployed_within_a_release_of_any_age_is_a_suspect_but_never_a_later_one(int secondsBefore, Reason? refusal) =>
        Judge(Runs.Noon - TimeSpan.FromSeconds(secondsBefore), null).ShouldBe(refusal);

    [Theory]
    [InlineData(false, Reason.DeployedAfterAlert, "v2 became current 2 min after the alert began: it may be the fix")]
    [InlineData(true, Reason.NoNewRelease, "v2 had run here before and came back 2 min after the alert began: it is no new release")]
    public void S9_what_an_undo_put_back_after_the_alert_began_is_not_called_the_fix(bool wasPutBack, Reason refusal, string text)
    {
        var step = Runs.PlanOf(Runs.At(2)).Steps[0] with { From = "v2", WasPutBack = wasPutBack };
        var result = Judge(Plan.Of(0, "kubernetes", [step]), FourHours);
        (result.Refusal, result.Text).ShouldBe((refusal, text));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void S9_an_unknown_time_is_for_people(bool withLimit) =>
        Judge(null, withLimit ? FourHours : null).ShouldBe(Reason.DeployTimeUnknown);

    [Fact]
    public void A_plan_that_undoes_nothing_has_no_suspect_to_ask_about() =>
        Judge(Runs.PlanOf(null, hasSuspect: false), FourHours).Passed.ShouldBeTrue();

    [Theory]
    [InlineData(1, null, "v2 became current 60 min before the alert, v2 became current 60 min before the alert")]
    [InlineData(5, Reason.DeployedTooLongAgo, "v2 ran for 5 h before the alert, longer than 4 h: it is hardly the cause")]
    public void S9_each_of_several_services_has_to_be_a_suspect(int hours, Reason? refusal, string text)
    {
        PlannedStep Undo(int h) => Runs.PlanOf(Runs.Noon - TimeSpan.FromHours(h)).Steps[0] with { From = "v2" };
        var result = Judge(Plan.Of(0, "kubernetes", [Undo(1), Undo(hours)]), FourHours);
        (result.Refusal, result.Text).ShouldBe((refusal, text));
    }

    [Theory]
    [InlineData("rental", false, false, Reason.DeployedAfterAlert)]
    [InlineData("rental", false, true, null)]
    [InlineData("rental", true, false, Reason.DeployedAfterAlert)]
    [InlineData("rental", true, true, null)]
    [InlineData("other", false, false, null)]
    [InlineData("other", true, false, null)]
    public void S9_what_was_deployed_after_another_alert_of_the_service_began_may_be_the_fix_for_that(string team, bool isTask, bool isOver, Reason? refusal)
    {
        var earlier = Runs.Proposed("earlier", rank: 1, at: -60, team: team);
        var task = new TaskState(new TaskEvent.Given("t", earlier.Row, earlier.Service, "high", "Assess", null, earlier.Causes[0]), Runs.At(-60), 1);
        if (isOver)
        {
            earlier = earlier.Apply(2, Runs.At(-10), new RollbackEvent.CauseResolved("f-earlier", null));
            task = task.Apply(2, Runs.At(-10), new TaskEvent.CauseResolved("f-earlier"));
        }

        var book = isTask ? Book.Empty with { Tasks = Book.Empty.Tasks.Add("t", task) } : Runs.BookOf(earlier);
        Judge(Runs.PlanOf(Runs.At(-20)), FourHours, book).Refusal.ShouldBe(refusal);
    }

    [Theory]
    // when the other alert of the service began and the release became current, in minutes beside the alert of the rollback itself
    [InlineData(-60, -20, "v2 became current 40 min after Other (firing since 11:00:00 UTC) began: it may be the fix")]
    [InlineData(-20, -20, "v2 became current within 30 s of Other (firing since 11:40:00 UTC): it cannot be told which came first")]
    [InlineData(-20, -300, "v2 ran for 4.7 h before Other (firing since 11:40:00 UTC), longer than 4 h: it is hardly the cause")]
    [InlineData(-20, -40, "v2 became current 20 min before Other (firing since 11:40:00 UTC)")]
    [InlineData(10, 5, "v2 became current 5 min after the alert began: it may be the fix")]
    public void S9_the_alert_that_speaks_against_the_release_is_named_where_it_is_another_one(int other, int release, string text)
    {
        var earlier = Runs.Proposed("earlier", rank: 1, at: other);
        var task = new TaskState(new TaskEvent.Given("t", earlier.Row, earlier.Service, "low", "Look", null, earlier.Causes[0] with { AlertName = "Other" }), Runs.At(other), 1);
        Judge(Plan.Of(0, "kubernetes", [Runs.PlanOf(Runs.At(release)).Steps[0] with { From = "v2" }]), FourHours, Book.Empty with { Tasks = Book.Empty.Tasks.Add("t", task) }).Text.ShouldBe(text);
    }

    [Theory]
    // seconds after the last step of the run ended
    [InlineData(4, null)]
    [InlineData(6, "v2 became current 6 s after the last step of this rollback: somebody released it meanwhile")]
    public void S9_what_the_run_itself_left_is_not_taken_for_somebody_elses_where_clocks_differ(int seconds, string? newer)
    {
        var run = Begun(Runs.PlanOf(null).Steps[0]);
        var plan = Plan.Of(1, "next", [Runs.PlanOf(Runs.At(5) + TimeSpan.FromSeconds(seconds)).Steps[0] with { From = "v2", SuspectIs = "u/unseen" }]);
        Attribution.Newer(run, plan).ShouldBe(newer);
    }

    [Theory]
    // what the first method's step replaced, as far as it said so, and what it locked | refusal of what became current since
    [InlineData("u/bad", "elsewhere", null)]
    [InlineData(null, "here", null)]
    [InlineData(null, "elsewhere", Reason.DeployedAfterAlert)]
    [InlineData("w/bad", "elsewhere", Reason.DeployedAfterAlert)]
    public void S9_what_a_step_put_in_a_suspects_place_is_the_runs_own(string? was, string locked, Reason? refusal)
    {
        var run = Begun(Runs.PlanOf(null).Steps[0] with { SuspectIs = was, Locks = [locked] });
        var plan = Plan.Of(1, "next", [Runs.PlanOf(Runs.At(4)).Steps[0] with { SuspectIs = "u/now", Locks = ["here"] }]);
        (Attribution.JudgeLater(run, plan, Runs.BookOf(run), Runs.At(6))?.Refusal).ShouldBe(refusal);
    }

    // A first method of one step that ended at 5.
    private static RollbackState Begun(PlannedStep step) => Runs.Proposed("r")
        .Apply(2, Runs.At(1), new RollbackEvent.PlanMade(Plan.Of(0, "first", [step])))
        .Apply(3, Runs.At(2), new RollbackEvent.Started([], []))
        .Apply(4, Runs.At(2), new RollbackEvent.MethodStarted(0, "first", Runs.At(12)))
        .Apply(5, Runs.At(3), new RollbackEvent.StepStarted(step.Key, step.Action, 1))
        .Apply(6, Runs.At(5), new RollbackEvent.StepEnded(step.Key, step.Action, StepResult.Done, Reason.Applied, "done"));

    private static Reason? Judge(DateTimeOffset? since, TimeSpan? within)
    {
        var result = Judge(Runs.PlanOf(since), within);
        result.Parks.ShouldBeFalse("a person decides, time does not");
        return result.Refusal;
    }

    private static GuardResult Judge(Plan plan, TimeSpan? within, Book? book = null)
    {
        var rollback = Runs.Proposed("r", guards: GuardSettings.Default with { DeployedWithin = within });
        return Attribution.Judge(rollback, plan, book ?? Runs.BookOf(rollback), Runs.Noon);
    }
}
