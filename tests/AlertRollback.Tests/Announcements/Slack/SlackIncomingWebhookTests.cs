using AlertRollback.Announcements;
using AlertRollback.Announcements.Slack;
using AlertRollback.Tests.Support.Stubs;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Announcements.Slack;

public sealed class SlackIncomingWebhookTests : IDisposable
{
    private readonly SlackStub slack = new();
    private readonly LostAnswers network = new();
    private readonly HttpClient http;
    private readonly SlackIncomingWebhook webhook;

    public SlackIncomingWebhookTests()
    {
        http = new HttpClient(network);
        webhook = new SlackIncomingWebhook(http, () => slack.WebhookAddress + "\n", new FakeTimeProvider());
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        http.Dispose();
        slack.Dispose();
    }

    [Fact]
    public async Task Text_arrives_escaped()
    {
        (await webhook.PostAsync(Mrkdwn.Of($"*rolled back* {"<!channel>"}"), Ct)).ShouldBeOfType<RemoteAnswer<string>.Ok>();
        slack.WebhookTexts.ShouldBe(["*rolled back* &lt;!channel&gt;"]);
    }

    [Theory]
    [InlineData("no_service", false)]
    [InlineData("channel_is_archived", false)]
    [InlineData("action_prohibited", false)]
    [InlineData("rollup_error", true)]
    public async Task Text_errors_say_whether_trying_again_can_help(string code, bool worthRetrying)
    {
        slack.Fail(new StubFault.Error(code));
        (await webhook.PostAsync(Mrkdwn.Trusted("x"), Ct)).ShouldBeOfType<RemoteAnswer<string>.Refused>()
            .ShouldSatisfyAllConditions(r => r.Error.ShouldBe(code), r => r.WorthRetrying.ShouldBe(worthRetrying), r => r.Explanation.ShouldNotContain("secret"));
    }

    [Fact]
    public async Task An_empty_text_is_refused() =>
        (await webhook.PostAsync(default, Ct)).ShouldBeOfType<RemoteAnswer<string>.Refused>().Error.ShouldBe("no_text");

    [Fact]
    public async Task A_rate_limit_is_honoured()
    {
        slack.Fail(new StubFault.RateLimit(3));
        (await webhook.PostAsync(Mrkdwn.Trusted("x"), Ct)).ShouldBe(new RemoteAnswer<string>.RateLimited(TimeSpan.FromSeconds(3)));
        (await webhook.PostAsync(Mrkdwn.Trusted("x"), Ct)).ShouldBe(new RemoteAnswer<string>.RateLimited(TimeSpan.FromSeconds(3)));
        slack.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_lost_answer_is_an_unknown_outcome()
    {
        network.Drop = 1;
        (await webhook.PostAsync(Mrkdwn.Trusted("x"), Ct)).ShouldBeOfType<RemoteAnswer<string>.OutcomeUnknown>();
        slack.WebhookTexts.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("http://hooks.slack.com/services/T/B/secret")]
    [InlineData("ftp://hooks.slack.com/secret")]
    public async Task An_address_that_would_show_the_secret_to_others_is_refused(string address)
    {
        var refused = (await new SlackIncomingWebhook(http, () => address, new FakeTimeProvider()).PostAsync(Mrkdwn.Trusted("x"), Ct))
            .ShouldBeOfType<RemoteAnswer<string>.Refused>();
        refused.Error.ShouldBe("invalid_address");
        refused.Explanation.ShouldNotContain("secret");
    }
}
