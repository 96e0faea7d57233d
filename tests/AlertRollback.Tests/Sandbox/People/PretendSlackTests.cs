using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AlertRollback.Announcements;
using AlertRollback.Announcements.Slack;
using AlertRollback.Sandbox.People;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Sandbox.People;

public sealed class PretendSlackTests : IAsyncLifetime
{
    private static readonly SlackMark Mark = new("rb-1", "summary");

    private readonly FakeTimeProvider time = new();
    private readonly HttpClient http = new();
    private SandboxPeople people = null!;
    private string token = SandboxPeopleOptions.Rental.SlackToken;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private SlackWebApi Api => new(http, () => token, time, people.SlackRoot);

    public async ValueTask InitializeAsync() => people = await SandboxPeople.StartAsync(SandboxPeopleOptions.Rental, time);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await people.DisposeAsync();
    }

    [Fact]
    public async Task Our_client_posts_edits_in_place_and_replies()
    {
        var place = Value(await Api.PostAsync("#rental-ops", Message("rolling back"), Mark, null, Ct));
        var reply = Value(await Api.PostAsync(place.Channel, Message("step done"), new("rb-1", "after-1"), place.Ts, Ct));
        Value(await Api.UpdateAsync(place, Message("rolled back"), Ct)).ShouldBe(place);

        var messages = people.Slack.Channels.ShouldHaveSingleItem().Messages;
        messages.Select(m => (m.Text, m.ThreadTs, m.EditedTs is not null)).ShouldBe([("rolled back", null, true), ("step done", place.Ts, false)]);
        ((string?)messages[0].Blocks[0]!["text"]!["text"]).ShouldBe("rolled back");
        reply.Ts.ShouldNotBe(place.Ts, "the clock stands still, and ids differ all the same");
    }

    [Fact]
    public async Task Our_client_finds_its_marks_again_in_channel_and_thread()
    {
        var place = Value(await Api.PostAsync("#rental-ops", Message("rolling back"), Mark, null, Ct));
        var replyMark = new SlackMark("rb-1", "after-1");
        var reply = Value(await Api.PostAsync(place.Channel, Message("step done"), replyMark, place.Ts, Ct));
        var channel = Value(await Api.ChannelIdAsync("#rental-ops", Ct));
        var identity = Value(await Api.AuthTestAsync(Ct));

        Value(await Api.FindAsync(channel!, Mark, null, time.GetUtcNow().AddMinutes(-1), identity.BotId, Ct)).ShouldBe(place);
        Value(await Api.FindAsync(channel!, replyMark, place.Ts, time.GetUtcNow().AddMinutes(-1), identity.BotId, Ct)).ShouldBe(reply);
        Value(await Api.FindAsync(channel!, replyMark, null, time.GetUtcNow().AddMinutes(-1), null, Ct)).ShouldBeNull("replies are not in the channel");
        Value(await Api.FindAsync(channel!, Mark, null, time.GetUtcNow().AddMinutes(1), null, Ct)).ShouldBeNull("it is older");
        Value(await Api.ChannelIdAsync("#elsewhere", Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task History_is_given_in_pages()
    {
        for (var i = 0; i < 205; i++) Value(await Api.PostAsync("#rental-ops", Message($"number {i}"), new("rb-1", $"{i}"), null, Ct));
        var channel = people.Slack.Channels[0].Id;
        Value(await Api.FindAsync(channel, new("rb-1", "0"), null, time.GetUtcNow().AddMinutes(-1), null, Ct)).ShouldNotBeNull();
    }

    [Fact]
    public async Task What_Slack_refuses_is_refused_with_its_words()
    {
        Error(await Api.PostAsync("#elsewhere", Message("x"), Mark, null, Ct)).ShouldBe("channel_not_found");
        Error(await Api.PostAsync("#rental-ops", Message("x"), Mark, "1.000001", Ct)).ShouldBe("thread_not_found");
        Error(await Api.UpdateAsync(new SlackPlace(people.Slack.Channels[0].Id, "1.000001"), Message("x"), Ct)).ShouldBe("message_not_found");
        token = "xoxb-another";
        Error(await Api.PostAsync("#rental-ops", Message("x"), Mark, null, Ct)).ShouldBe("invalid_auth");
        people.Slack.Channels[0].Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_outage_is_one()
    {
        people.Slack.IsDown = true;
        (await Api.PostAsync("#rental-ops", Message("x"), Mark, null, Ct)).ShouldBeOfType<RemoteAnswer<SlackPlace>.OutcomeUnknown>();
        people.Slack.Channels[0].Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task Forms_are_taken_like_JSON()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(people.SlackRoot, "chat.postMessage"))
        {
            Content = new FormUrlEncodedContent(
            [
                new("channel", "rental-ops"), new("text", "from a form"),
                new("blocks", """[{"type":"section","text":{"type":"mrkdwn","text":"*bold*"}}]"""),
            ]),
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        };
        using var response = await http.SendAsync(request, Ct);
        ((bool?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Ct))!["ok"]).ShouldBe(true);
        people.Slack.Channels[0].Messages.ShouldHaveSingleItem().Blocks.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_incoming_webhook_posts_text()
    {
        var webhook = new SlackIncomingWebhook(http, () => people.SlackWebhook.ToString(), time);
        (await webhook.PostAsync(Mrkdwn.Escape("rolled back"), Ct)).ShouldBeOfType<RemoteAnswer<string>.Ok>();
        people.Slack.Channels[0].Messages.ShouldHaveSingleItem().Text.ShouldBe("rolled back");
    }

    private static SlackMessage Message(string text) => new(Mrkdwn.Escape(text), [new SectionBlock(Mrkdwn.Escape(text))]);

    private static T Value<T>(RemoteAnswer<T> answer) => answer.ShouldBeOfType<RemoteAnswer<T>.Ok>().Value;

    private static string Error<T>(RemoteAnswer<T> answer) => answer.ShouldBeOfType<RemoteAnswer<T>.Refused>().Error;
}
