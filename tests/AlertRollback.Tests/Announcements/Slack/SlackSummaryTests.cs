using System.Collections.Immutable;
using AlertRollback.Announcements.Slack;
using AlertRollback.Rollbacks;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Slack;

public sealed class SlackSummaryTests
{
    private static readonly ManualStart ByAlice = new("alice", "errors since noon", null, ImmutableSortedDictionary<string, string>.Empty, null);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Who_started_it_and_why_is_said_also_when_an_alert_joined(bool joined, bool broke)
    {
        var run = Fold([Proposed() with { Manual = ByAlice, Cause = null }, .. joined ? [new RollbackEvent.CauseAttached(Cause())] : Array.Empty<RollbackEvent>()]);
        var text = SlackBlock.ToJson(new SlackSummary(run, AnnouncementWorld.Operators).Message().Blocks)[1]!["text"]!["text"]!.GetValue<string>();
        text.ShouldStartWith("*Why*\nstarted by alice at 12:00:00 UTC: errors since noon");
        text.Contains("*What broke*", StringComparison.Ordinal).ShouldBe(broke);
    }
}
