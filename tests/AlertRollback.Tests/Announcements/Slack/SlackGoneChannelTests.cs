using AlertRollback.Announcements.Slack;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Support.Stubs;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Slack;

/// <summary>Channels are archived and deleted while rollbacks run.</summary>
public sealed class SlackGoneChannelTests : IDisposable
{
    private readonly SlackStub slack = new() { Now = Noon };
    private readonly HttpClient http = new();
    private readonly StubChannel rental;
    private readonly StubChannel ops;

    public SlackGoneChannelTests()
    {
        rental = slack.AddChannel("C1", "rental-ops");
        ops = slack.AddChannel("C2", "ops");
    }

    public void Dispose()
    {
        http.Dispose();
        slack.Dispose();
    }

    private SlackAnnouncer Announcer(AnnouncementWorld world, OperatorConfiguration? operators = null) =>
        new(new SlackWebApi(http, () => SlackStub.Token, world.Time, slack.Root), operators ?? AnnouncementWorld.Operators, world.Time);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_whose_channel_is_gone_reaches_the_operators_channel(bool toldBefore)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        if (toldBefore)
            await world.ToldAsync(Announcer(world));
        var before = rental.Messages.Count;
        rental.Archived = true;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.HappensAsync(BadEnd(Outcome.Stopped, Reason.StoppedByPerson, "the kill switch was set"));
        await world.ToldAsync(Announcer(world));

        rental.Messages.Count.ShouldBe(before);
        var message = ops.Messages.Single(m => m.ThreadTs is null);
        message.Blocks.ToJsonString().ShouldContain("(#rental-ops: the channel is archived");
        ops.Messages.Count(m => m.ThreadTs == message.Ts && m.Text.Contains("<@U012AB3CD> *🔴", StringComparison.Ordinal)).ShouldBe(1);
        slack.Calls.Count(c => c == "chat.update").ShouldBe(0);
        await world.ToldAsync(Announcer(world));
        slack.Calls.Count(c => c == "chat.update").ShouldBe(0, "the message says already why it is here");
    }

    [Fact]
    public async Task What_was_told_before_the_channel_was_gone_is_not_told_again_in_the_other()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.HappensAsync(StepEnded());
        slack.FailNext("chat.update", new StubFault.Status(503, CarriedOut: false));
        (await world.TellAsync(Announcer(world))).Trouble.ShouldNotBeNull("the reply is there, and the message not edited");
        rental.Messages.ShouldContain(m => m.Text.Contains("3 of 3 pods", StringComparison.Ordinal));

        rental.Archived = true;
        await world.HappensAsync(BadEnd(Outcome.Stopped, Reason.StoppedByPerson, "the kill switch was set"));
        await world.ToldAsync(Announcer(world));

        var replies = ops.Messages.Where(m => m.ThreadTs is not null).ToList();
        replies.ShouldContain(m => m.Text.Contains("the kill switch was set", StringComparison.Ordinal));
        replies.ShouldAllBe(m => !m.Text.Contains("3 of 3 pods", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_the_operators_channel_is_gone_too_the_first_one_is_tried_again()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        rental.Archived = ops.Archived = true;
        var telling = await world.TellAsync(Announcer(world));
        telling.Trouble.ShouldNotBeNull().ShouldContain("archived");
        rental.Archived = false;
        await world.ToldAsync(Announcer(world));
        rental.Messages.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_channel_that_the_operator_grants_in_place_of_another_is_used_by_what_runs()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(StepEnded());
        var withdrawn = AnnouncementWorld.Operators with { Teams = new Dictionary<string, TeamGrants>() };
        await world.ToldAsync(Announcer(world, withdrawn));

        rental.Messages.ShouldAllBe(m => !m.Text.Contains("3 of 3 pods", StringComparison.Ordinal));
        ops.Messages.ShouldContain(m => m.Text.Contains("3 of 3 pods", StringComparison.Ordinal));
    }
}
