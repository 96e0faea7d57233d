using AlertRollback.Matrix;
using AlertRollback.Rollbacks;

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
    [InlineData(-31, Reason.DeployedAfterAlert)]
    public void S9_without_deployed_within_a_release_of_any_age_is_a_suspect_but_never_a_later_one(int secondsBefore, Reason? refusal) =>
        Judge(Runs.Noon - TimeSpan.FromSeconds(secondsBefore), null).ShouldBe(refusal);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void S9_an_unknown_time_is_for_people(bool withLimit) =>
        Judge(null, withLimit ? FourHours : null).ShouldBe(Reason.DeployTimeUnknown);

    [Fact]
    public void A_plan_that_undoes_nothing_has_no_suspect_to_ask_about() =>
        Attribution.Judge(Runs.PlanOf(null, hasSuspect: false), Runs.Noon, GuardSettings.Default with { DeployedWithin = FourHours }).Passed.ShouldBeTrue();

    [Theory]
    [InlineData(1, null, "v2 became current 60 min before the alert, v2 became current 60 min before the alert")]
    [InlineData(5, Reason.DeployedTooLongAgo, "v2 ran for 5 h before the alert, longer than 4 h: it is hardly the cause")]
    public void S9_each_of_several_services_has_to_be_a_suspect(int hours, Reason? refusal, string text)
    {
        PlannedStep Undo(int h) => Runs.PlanOf(Runs.Noon - TimeSpan.FromHours(h)).Steps[0] with { From = "v2" };
        var result = Attribution.Judge(Plan.Of(0, "kubernetes", [Undo(1), Undo(hours)]), Runs.Noon, GuardSettings.Default with { DeployedWithin = FourHours });
        (result.Refusal, result.Text).ShouldBe((refusal, text));
    }

    private static Reason? Judge(DateTimeOffset? since, TimeSpan? within)
    {
        var result = Attribution.Judge(Runs.PlanOf(since), Runs.Noon, GuardSettings.Default with { DeployedWithin = within });
        result.Parks.ShouldBeFalse("a person decides, time does not");
        return result.Refusal;
    }
}
