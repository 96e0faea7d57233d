using AlertRollback.Announcements.Slack;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
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
    public void Of_several_alerts_the_one_that_fires_is_named()
    {
        RollbackEvent[] two = [Proposed(), new RollbackEvent.CauseAttached(Cause("DiskFull", "disk 99 %", "f2")), .. UntilStabilising().Skip(1)];
        Texts(two)[1].ShouldContain("|RentalErrors> and 1 more (critical) since 11:59:00 UTC, firing\nErrors at 12 %");
        Texts([.. two, Resolved()])[1].ShouldContain("|DiskFull> and 1 more (critical) since 11:59:00 UTC, 1 of 2 firing\ndisk 99 %");
        Texts([.. two, Resolved(), new RollbackEvent.CauseResolved("f2", null)])[1].ShouldContain("|RentalErrors> and 1 more (critical) since 11:59:00 UTC, resolved by now");
    }

    [Fact]
    public void What_fired_on_after_the_hold_is_the_alert_that_resolved_last()
    {
        var text = Texts([
            Proposed(), new RollbackEvent.CauseAttached(Cause("DiskFull", "disk 99 %", "f2")), .. UntilStabilising().Skip(1), Resolved(),
            Closed(Outcome.RolledBack, Reason.Applied, "text"), new RollbackEvent.FoundIneffective("DiskFull still fires after the hold of 15 min"), new RollbackEvent.CauseResolved("f2", null)]);
        text.ShouldContain(t => t.StartsWith("*Did it work?* Not within the hold: DiskFull fired on after it, and resolved at ", StringComparison.Ordinal));
    }

    [Fact]
    public void When_it_began_is_told_of_what_began_it()
    {
        Footer([ByAlice()]).ShouldEndWith(" · row started by hand · started 12:00:00 UTC");
        Footer([ByAlice(), .. BadEnd(Outcome.Refused, Reason.NoKnownGood, "text")]).ShouldEndWith(" · closed 0.3 min after it was started");
        Footer([Proposed() with { After = "first" }]).ShouldEndWith(" · took over 12:00:00 UTC");
        Footer([Proposed()]).ShouldEndWith(" · alert accepted 12:00:00 UTC");
    }

    [Theory]
    [InlineData(Verdict.Fail, "4.1 %")]
    [InlineData(Verdict.Pass, "0.02 %")]
    public void What_was_measured_last_is_shown_beside_the_answer(Verdict firing, string measured)
    {
        var answered = new RollbackEvent.FiringAnswered("RentalSlow", Noon, firing, Answered(firing, "4.1 %").Results, "error rate: 4.1 %");
        var text = Texts([.. UntilStabilising(), answered, Closed(Outcome.Failed, Reason.FiringAgain, "RentalSlow began to fire")]).Single(t => t.StartsWith("*Did it work?*", StringComparison.Ordinal));
        text.ShouldContain(measured);
        text.ShouldNotContain(measured == "4.1 %" ? "0.02 %" : "4.1 %");
    }

    [Theory]
    [InlineData("https://rollback.example", null, $"`alertrollback show {Id}` · ")]
    [InlineData("https://rollback.example", "ada", $"<https://rollback.example/api/v1/rollbacks/{Id}|{Id}> · ")]
    [InlineData(null, null, $"`alertrollback show {Id}` · ")]
    public void A_browser_is_only_sent_where_it_can_say_who_asks(string? url, string? user, string shown)
    {
        var operators = AnnouncementWorld.Operators with { ExternalUrl = url, Operators = [new Credential("ben", null, "/ben"), new Credential("ada", user, "/ada")] };
        Texts([Proposed()], operators)[^1].ShouldStartWith(shown);
    }

    private static string Footer(IEnumerable<RollbackEvent> events) => Texts(events)[^1];

    private static List<string> Texts(IEnumerable<RollbackEvent> events, OperatorConfiguration? operators = null) =>
        [.. SlackBlock.ToJson(new SlackSummary(Fold(events), operators ?? AnnouncementWorld.Operators).Message().Blocks)
            .Select(b => (b!["text"] ?? b["elements"]![0]!)["text"]!.GetValue<string>())];
}
