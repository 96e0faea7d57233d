using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;
using AlertRollback.Tests.Rollbacks.Guards;
using static AlertRollback.Tests.Rollbacks.Guards.Runs;

namespace AlertRollback.Tests.Rollbacks.Running;

public sealed class GaveWayTests
{
    private static readonly Cause Alert = Proposed("high").Causes[0];

    private static RollbackState Ended(RollbackState rollback, double minutes, Outcome outcome, Reason reason = Reason.Resolved) =>
        rollback.Apply(9, At(minutes), new RollbackEvent.Closed(outcome, reason, "over"));

    // What gave way at 12:01 to a row that is stronger by 2.
    private static RollbackState Weaker(bool shadow = false) => Ended(Proposed("high", rank: 3, shadow: shadow), 1, Outcome.Replaced, Reason.ReplacedByStrongerRow);

    private static IEnumerable<string> InVain(params RollbackState[] rollbacks) =>
        GaveWay.InVain(BookOf(rollbacks), At(30), DateTimeOffset.MinValue).Select(v => $"{v.Over.Id} {v.Cause.Fingerprint}");

    [Theory]
    [InlineData(Outcome.Refused, true)]
    [InlineData(Outcome.Stopped, true)]
    [InlineData(Outcome.RolledBack, false)]
    [InlineData(Outcome.Shadowed, false)]
    public void S11_an_alert_that_joined_a_start_got_what_the_person_wanted_to_see_or_is_decided_after_all(Outcome outcome, bool inVain)
    {
        var joined = Proposed("started", rank: -1).ByHand(changesNothing: false).Apply(2, At(1), new RollbackEvent.CauseAttached(Alert));

        InVain(Ended(joined with { Causes = [Alert] }, 2, outcome)).ShouldBe(inVain ? [$"started {Alert.Fingerprint}"] : []);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void S11_what_is_only_planned_for_a_stronger_row_stands_for_no_alert_that_is_to_be_acted_on(bool weakerIsPlanned, bool inVain)
    {
        var stronger = Ended(Proposed("critical", rank: 1, at: 1), 10, Outcome.Withdrawn);
        var planned = Ended(Proposed("planned", rank: 0, at: 5, shadow: true), 6, Outcome.Shadowed, Reason.Shadow);

        InVain(Weaker(weakerIsPlanned), stronger, planned).ShouldBe(inVain ? [$"high {Alert.Fingerprint}"] : []);
    }

    [Fact]
    public void S11_who_only_looks_or_tells_others_stands_for_no_alert()
    {
        var stronger = Ended(Proposed("critical", rank: 1, at: 1), 10, Outcome.Withdrawn);
        var looking = Proposed("looking", rank: -1, at: 5).ByHand(changesNothing: true);

        InVain(Weaker(), stronger, looking).ShouldBe([$"high {Alert.Fingerprint}"]);
    }
}
