using System.Net;
using AlertRollback.Announcements;
using AlertRollback.Announcements.Slack;
using AlertRollback.Tests.Support.Stubs;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Announcements.Slack;

public sealed class SlackWebApiTests : IDisposable
{
    private static readonly SlackMark Mark = new("rb-1", "summary");

    private readonly SlackStub slack = new();
    private readonly FakeTimeProvider time = new();
    private readonly LostAnswers network = new();
    private readonly HttpClient http;
    private readonly StubChannel channel;
    private string token = SlackStub.Token;

    public SlackWebApiTests()
    {
        http = new HttpClient(network);
        channel = slack.AddChannel("C1", "ops");
        slack.AddChannel("C2", "elsewhere", member: false);
        slack.AddChannel("C3", "old", archived: true);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private SlackWebApi Api => field ??= new SlackWebApi(http, () => token, time, slack.Root);

    public void Dispose()
    {
        http.Dispose();
        slack.Dispose();
    }

    [Fact]
    public async Task A_message_is_posted_with_blocks_and_mark_and_edited_in_place()
    {
        var place = Value(await PostAsync("#ops"));
        place.Channel.ShouldBe("C1");

        Value(await Api.UpdateAsync(place, Message("rolled back"), Ct)).ShouldBe(place);

        var message = channel.Messages.ShouldHaveSingleItem();
        message.Text.ShouldBe("rolled back");
        message.Edits.ShouldBe(1);
        message.Parse.ShouldBe("none", "an edit would otherwise turn names into mentions");
        ((string?)message.Blocks[0]!["text"]!["text"]).ShouldBe("rolled back");
        ((string?)message.Metadata!["event_payload"]!["rollback_id"]).ShouldBe("rb-1");
    }

    [Fact]
    public async Task Warnings_come_with_the_success()
    {
        slack.Warning = "message_truncated,superfluous_charset";
        (await PostAsync("C1")).ShouldBeOfType<RemoteAnswer<SlackPlace>.Ok>().Warnings.ShouldBe(["message_truncated", "superfluous_charset"]);
        slack.Warning = null;
        (await PostAsync("C1")).ShouldBeOfType<RemoteAnswer<SlackPlace>.Ok>().Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refusal_for_a_missing_permission_names_it_when_Slack_does()
    {
        using var canned = new HttpClient(new CannedAnswer(HttpStatusCode.OK, """{"ok":false,"error":"missing_scope","needed":"groups:history","provided":"chat:write"}"""));
        var refused = (await new SlackWebApi(canned, () => token, time).HistoryAsync("C1", DateTimeOffset.UnixEpoch, null, Ct))
            .ShouldBeOfType<RemoteAnswer<SlackPage>.Refused>();
        refused.Explanation.ShouldContain("groups:history");
    }

    [Fact]
    public async Task A_reply_hangs_on_its_message()
    {
        var parent = Value(await PostAsync("C1"));
        var reply = Value(await Api.PostAsync("C1", Message("step done"), new("rb-1", "7"), parent.Ts, Ct));

        channel.Messages[1].ThreadTs.ShouldBe(parent.Ts);
        var page = Value(await Api.RepliesAsync("C1", parent.Ts, DateTimeOffset.UnixEpoch, null, Ct));
        page.Messages.Select(m => m.Mark).ShouldBe([Mark, new SlackMark("rb-1", "7")]);
        page.Messages[1].ShouldBe(new SlackStoredMessage(reply.Ts, "step done", new SlackMark("rb-1", "7"), SlackStub.BotId));
    }

    [Fact]
    public async Task The_longest_message_is_cut_so_that_it_can_be_posted_and_edited()
    {
        var huge = new SlackMessage(Mrkdwn.Escape(new string('x', 60_000)), [new SectionBlock(Mrkdwn.Escape(new string('&', 20_000)))]);
        var place = Value(await Api.PostAsync("C1", huge, Mark, null, Ct));
        Value(await Api.UpdateAsync(place, huge, Ct));
        channel.Messages[0].Text.ShouldEndWith("…");
    }

    [Theory]
    [InlineData("C9", "channel_not_found")]
    [InlineData("C2", "not_in_channel")]
    [InlineData("C3", "is_archived")]
    public async Task A_channel_that_cannot_be_posted_to_is_refused_for_good(string id, string code)
    {
        var refused = (await PostAsync(id)).ShouldBeOfType<RemoteAnswer<SlackPlace>.Refused>();
        refused.Error.ShouldBe(code);
        refused.WorthRetrying.ShouldBeFalse();
        refused.Explanation.ShouldNotBe("Slack refused the call");
    }

    [Fact]
    public async Task Editing_a_deleted_message_is_refused_for_good() =>
        (await Api.UpdateAsync(new("C1", "1.000001"), Message("x"), Ct))
            .ShouldBeOfType<RemoteAnswer<SlackPlace>.Refused>().ShouldSatisfyAllConditions(
                r => r.Error.ShouldBe("message_not_found"), r => r.WorthRetrying.ShouldBeFalse());

    [Theory]
    [InlineData("xoxb-other", "invalid_auth")]
    [InlineData("", "not_authed")]
    [InlineData("xoxb\r\nX-Injected: 1", "not_authed")]
    public async Task A_bad_token_is_refused_and_not_repeated_in_the_answer(string bad, string code)
    {
        token = bad;
        var refused = (await PostAsync("C1")).ShouldBeOfType<RemoteAnswer<SlackPlace>.Refused>();
        refused.Error.ShouldBe(code);
        refused.WorthRetrying.ShouldBeFalse();
        if (bad.Length > 0) refused.ToString().ShouldNotContain(bad);
    }

    [Fact]
    public async Task A_rotated_token_is_used_at_once_and_the_newline_of_its_file_is_ignored()
    {
        token = "old";
        await Api.AuthTestAsync(Ct);
        token = SlackStub.Token + "\n";
        Value(await Api.AuthTestAsync(Ct)).BotId.ShouldBe(SlackStub.BotId);
    }

    [Fact]
    public async Task Slack_is_left_alone_as_long_as_it_asked_but_only_by_that_method()
    {
        slack.Fail(new StubFault.RateLimit(17));
        (await PostAsync("C1")).ShouldBe(new RemoteAnswer<SlackPlace>.RateLimited(TimeSpan.FromSeconds(17)));
        time.Advance(TimeSpan.FromSeconds(16));
        (await PostAsync("C1")).ShouldBe(new RemoteAnswer<SlackPlace>.RateLimited(TimeSpan.FromSeconds(1)));
        Value(await Api.AuthTestAsync(Ct));
        slack.Calls.ShouldBe(["chat.postMessage", "auth.test"]);

        time.Advance(TimeSpan.FromSeconds(1));
        Value(await PostAsync("C1"));
    }

    [Theory]
    [InlineData("ratelimited")]
    [InlineData("rate_limited")]
    public async Task A_rate_limit_without_Retry_After_lasts_half_a_minute(string code)
    {
        slack.Fail(new StubFault.Error(code));
        (await PostAsync("C1")).ShouldBe(new RemoteAnswer<SlackPlace>.RateLimited(TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData("service_unavailable", true)]
    [InlineData("team_added_to_org", true)]
    [InlineData("token_revoked", false)]
    [InlineData("edit_window_closed", false)]
    [InlineData("some_future_error", false)]
    public async Task Errors_say_whether_trying_again_can_help(string code, bool worthRetrying)
    {
        slack.Fail(new StubFault.Error(code));
        var refused = (await PostAsync("C1")).ShouldBeOfType<RemoteAnswer<SlackPlace>.Refused>();
        refused.ShouldSatisfyAllConditions(r => r.Error.ShouldBe(code), r => r.WorthRetrying.ShouldBe(worthRetrying));
    }

    public static TheoryData<StubFault> Failures =>
        [new StubFault.Status(502, true), new StubFault.Status(503, false), new StubFault.Error("internal_error", true), new StubFault.Error("fatal_error")];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task After_a_failure_of_Slack_a_post_is_of_unknown_outcome_and_an_edit_may_be_repeated(StubFault failure)
    {
        var place = Value(await PostAsync("C1"));
        slack.Fail(failure);
        (await PostAsync("C1")).ShouldBeOfType<RemoteAnswer<SlackPlace>.OutcomeUnknown>();
        slack.Fail(failure);
        (await Api.UpdateAsync(place, Message("x"), Ct)).ShouldBeOfType<RemoteAnswer<SlackPlace>.Refused>().WorthRetrying.ShouldBeTrue();
    }

    [Fact]
    public async Task A_post_whose_answer_was_lost_is_found_again_by_its_mark()
    {
        var before = slack.Now.AddSeconds(-5);
        await Api.PostAsync("C1", Message("another"), new("rb-2", "summary"), null, Ct);
        network.Drop = 1;
        (await PostAsync("C1")).ShouldBeOfType<RemoteAnswer<SlackPlace>.OutcomeUnknown>();

        var found = Value(await Api.FindAsync("C1", Mark, null, before, SlackStub.BotId, Ct));
        found.ShouldBe(new SlackPlace("C1", channel.Messages[1].Ts));
    }

    [Fact]
    public async Task A_post_that_never_arrived_is_certain_not_to_be_there()
    {
        slack.Fail(new StubFault.Status(504, false));
        (await PostAsync("C1")).ShouldBeOfType<RemoteAnswer<SlackPlace>.OutcomeUnknown>();
        Value(await Api.FindAsync("C1", Mark, null, slack.Now.AddMinutes(-1), null, Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task A_copied_mark_in_anothers_message_is_not_ours()
    {
        Value(await PostAsync("C1"));
        Value(await Api.FindAsync("C1", Mark, null, DateTimeOffset.UnixEpoch, "B0OTHER", Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task The_search_goes_through_all_pages_and_ends_at_the_given_time()
    {
        Value(await PostAsync("C1"));
        var later = slack.Now;
        for (var i = 0; i < 450; i++) channel.Messages.Add(new StubMessage($"{later.ToUnixTimeSeconds() + 10 + i}.000000", null, "B0OTHER"));

        Value(await Api.FindAsync("C1", Mark, null, DateTimeOffset.UnixEpoch, null, Ct)).ShouldNotBeNull();
        slack.Calls.Count(c => c == "conversations.history").ShouldBe(3);
        Value(await Api.FindAsync("C1", Mark, null, later.AddSeconds(5), null, Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task A_search_that_fails_is_not_a_search_that_found_nothing()
    {
        slack.Fail(new StubFault.Status(500, false));
        (await Api.FindAsync("C1", Mark, null, slack.Now, null, Ct)).ShouldBeOfType<RemoteAnswer<SlackPlace?>.Refused>().WorthRetrying.ShouldBeTrue();
    }

    [Theory]
    [InlineData("#ops", "C1")]
    [InlineData("elsewhere", "C2")]
    [InlineData("#nowhere", null)]
    public async Task A_channels_id_is_found_by_its_name(string name, string? id)
    {
        for (var i = 0; i < 250; i++) slack.AddChannel($"CX{i}", $"x{i}");
        Value(await Api.ChannelIdAsync(name, Ct)).ShouldBe(id);
    }

    [Fact]
    public async Task A_connection_that_never_came_about_changed_nothing()
    {
        using var plain = new HttpClient();
        var api = new SlackWebApi(plain, () => token, time, new Uri("http://127.0.0.1:1/api/"));
        (await api.PostAsync("C1", Message("x"), Mark, null, Ct)).ShouldBeOfType<RemoteAnswer<SlackPlace>.Refused>()
            .ShouldSatisfyAllConditions(r => r.Error.ShouldBe("unreachable"), r => r.WorthRetrying.ShouldBeTrue());
    }

    [Fact]
    public async Task A_time_out_is_an_unknown_outcome_and_a_cancellation_gets_through()
    {
        using var slow = new HttpClient(new LostAnswers(new TaskCanceledException("timed out", new TimeoutException())) { Drop = 1 });
        (await new SlackWebApi(slow, () => token, time, slack.Root).PostAsync("C1", Message("x"), Mark, null, Ct))
            .ShouldBeOfType<RemoteAnswer<SlackPlace>.OutcomeUnknown>();

        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Api.PostAsync("C1", Message("x"), Mark, null, cancelled.Token));
    }

    [Fact]
    public async Task The_stub_refuses_blocks_that_Slack_refuses_and_the_answer_says_where()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(slack.Root, "chat.postMessage"))
        {
            Headers = { { "Authorization", $"Bearer {SlackStub.Token}" } },
            Content = new StringContent("""{"channel":"C1","text":"t","blocks":[{"type":"header","text":{"type":"mrkdwn","text":""}}]}""", null, "application/json"),
        };
        var body = await (await http.SendAsync(request, Ct)).Content.ReadAsStringAsync(Ct);
        body.ShouldContain("invalid_blocks");
        body.ShouldContain("unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]");
        channel.Messages.ShouldBeEmpty();
    }

    private static SlackMessage Message(string text) => new(Mrkdwn.Escape(text), [new SectionBlock(Mrkdwn.Escape(text))]);

    private static T Value<T>(RemoteAnswer<T> answer) => answer.ShouldBeOfType<RemoteAnswer<T>.Ok>().Value;

    private Task<RemoteAnswer<SlackPlace>> PostAsync(string to) => Api.PostAsync(to, Message("rolling back"), Mark, null, Ct);
}
