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

    [Theory]
    [InlineData("not_in_channel")]
    [InlineData("is_inactive")]
    [InlineData("restricted_action")]
    [InlineData("restricted_action_read_only_channel")]
    [InlineData("restricted_action_thread_only_channel")]
    [InlineData("restricted_action_non_threadable_channel")]
    [InlineData("action_prohibited")]
    public async Task A_call_reaches_the_operators_channel_whatever_the_other_does_not_take_it_for(string code)
    {
        rental.Refusal = code;
        await using var world = await AnnouncementWorld.StartAsync([.. UntilMethodFailed(), .. BadEnd(Outcome.Failed, Reason.CheckFailed, "error rate: 4.1 %")]);
        await world.ToldAsync(Announcer(world));

        ops.Messages.Single(m => m.Ts == slack.Broadcasts.Single()).Text.ShouldStartWith("<@U012AB3CD> *🔴");
        ops.Messages[0].Blocks.ToJsonString().ShouldContain($"(#rental-ops: {SlackError.Explain(code)}");
    }

    [Theory]
    [InlineData("invalid_blocks")]
    [InlineData("msg_blocks_too_long")]
    public async Task What_is_refused_for_its_blocks_is_told_as_text_and_the_call_behind_it(string code)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilMethodFailed());
        slack.FailNext("chat.postMessage", new StubFault.Error(code));
        await world.ToldAsync(Announcer(world));
        var head = rental.Messages[0];
        head.Blocks.ShouldBeEmpty();
        head.Text.ShouldStartWith("⏪ rental-api: this way did not work, the next begins — Nothing right now.");
        head.Text.ShouldContain($"|{Id}> · deployment/production/rental-api · row critical band");
        head.Text.ShouldContain("\n*What did not work*\n✗ kubernetes did not work");

        world.Time.Advance(TimeSpan.FromMinutes(1));
        slack.FailNext("chat.postMessage", new StubFault.Error(code));
        slack.FailNext("chat.update", new StubFault.Error(code));
        await world.HappensAsync(BadEnd(Outcome.Failed, Reason.CheckFailed, "error rate: 4.1 %"));
        await world.ToldAsync(Announcer(world));
        rental.Messages.Single(m => m.Ts == slack.Broadcasts.Single()).Text.ShouldStartWith("<@U012AB3CD> *🔴 rental-api: rollback FAILED");
        (head.Blocks.Count, head.Edits).ShouldBe((0, 1));
        head.Text.ShouldStartWith("🔴 rental-api: rollback FAILED (check_failed) — Take over now");
        ops.Messages.ShouldBeEmpty();
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
