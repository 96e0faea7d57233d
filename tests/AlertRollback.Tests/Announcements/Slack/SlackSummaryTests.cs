using AlertRollback.Announcements.Slack;
using AlertRollback.Rollbacks;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Slack;

public sealed class SlackSummaryTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Who_started_it_and_why_is_said_also_when_an_alert_joined(bool joined, bool broke)
    {
        var text = Texts([ByAlice(), .. joined ? [new RollbackEvent.CauseAttached(Cause())] : Array.Empty<RollbackEvent>()])[1];
        text.ShouldStartWith("*Why*\nstarted by alice at 12:00:00 UTC: errors since noon");
        text.Contains("*What broke*", StringComparison.Ordinal).ShouldBe(broke);
    }

    [Fact]
    public void What_joined_a_start_by_hand_has_its_own_severity_or_none()
    {
        var critical = Cause() with { Labels = new SortedDictionary<string, string> { ["severity"] = "critical" } };
        Texts([ByAlice(), new RollbackEvent.CauseAttached(critical)])[1].ShouldContain("|RentalErrors> (critical) since 11:59:00 UTC, firing");
        Texts([ByAlice(), new RollbackEvent.CauseAttached(Cause())])[1].ShouldContain("|RentalErrors> since 11:59:00 UTC, firing");
    }

    [Fact]
    public void When_it_began_is_told_of_what_began_it()
    {
        Footer([ByAlice()]).ShouldEndWith(" · row started by hand · started 12:00:00 UTC");
        Footer([ByAlice(), .. BadEnd(Outcome.Refused, Reason.NoKnownGood, "text")]).ShouldEndWith(" · closed 0.3 min after it was started");
        Footer([Proposed() with { After = "first" }]).ShouldEndWith(" · took over 12:00:00 UTC");
        Footer([Proposed()]).ShouldEndWith(" · alert accepted 12:00:00 UTC");
    }

    private static string Footer(IEnumerable<RollbackEvent> events) => Texts(events)[^1];

    private static List<string> Texts(IEnumerable<RollbackEvent> events) =>
        [.. SlackBlock.ToJson(new SlackSummary(Fold(events), AnnouncementWorld.Operators).Message().Blocks)
            .Select(b => (b!["text"] ?? b["elements"]![0]!)["text"]!.GetValue<string>())];
}
