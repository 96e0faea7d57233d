using AlertRollback.Announcements;
using AlertRollback.Operators;

namespace AlertRollback.Tests.Announcements;

public sealed class CallingPeopleTests
{
    [Theory]
    [InlineData("token", null, "#ops", null)]
    [InlineData(null, "webhook", null, null)]
    [InlineData("token", null, null, "no Slack channel is configured for rental-api")]
    [InlineData("token", "webhook", null, null)]
    public void Who_is_in_no_channel_is_not_called(string? token, string? webhook, string? channel, string? obstacle)
    {
        var operators = new OperatorConfiguration { Matrix = "", Journal = "", Slack = new SlackSettings(token, webhook, channel) };
        var service = Happenings.Proposed().Service;

        CallingPeople.ObstacleFor(service, operators).ShouldBe(obstacle, "its own channel is not granted");
        CallingPeople.LacksOf(operators, [service]).Count.ShouldBe(obstacle is null ? 0 : 2, "nor do the operators hear of anything");
    }

    [Fact]
    public void A_status_page_calls_nobody()
    {
        var operators = AnnouncementWorld.Operators with { Slack = null };

        CallingPeople.ObstacleFor(Happenings.Proposed().Service, operators).ShouldBe("no Slack is configured");
        CallingPeople.LacksOf(operators, []).ShouldHaveSingleItem();
        CallingPeople.LacksOf(operators with { Shadow = true }, []).ShouldBeEmpty("nobody is called to what is only planned");
    }
}
