using System.Net;
using AlertRollback.Alerts.Intake;
using AlertRollback.Announcements.Wording;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Web.Operators;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Web;

/// <summary>Of what the webhook refuses people hear, and see it in the status.</summary>
public sealed class WebhookNewsTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 1, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_message_that_is_too_large_is_news_until_none_came_for_an_hour()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        (await service.SendAlertsAsync(new ByteArrayContent(new byte[16 * 1024 * 1024 + 1]), "hook-token")).ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        await service.FireAsync("low");
        const string Line = "1 message refused since 2026-11-23 12:01 UTC, the last at 2026-11-23 12:01 from 127.0.0.1 with 413: "
            + "not accepted: the body is larger than 16777216 bytes; set max_alerts, or raise the limit here";
        (await RefusedAsync(service)).ShouldBe([Line]);

        await PassUntilAsync(service, TimeSpan.Zero, b => !b.Global.WebhookTroubles.IsEmpty);
        var book = await PassUntilAsync(service, TimeSpan.FromHours(1), b => b.Global.WebhookTroubles.IsEmpty);
        book.LatestNews.Select(n => n.Event).ShouldBe([new GlobalEvent.WebhookTrouble(Line, RefusalKind.TooLarge), new GlobalEvent.WebhookGood(RefusalKind.TooLarge)]);
        book.LatestNews.Select(n => NewsText.For(n)!.Headline).ShouldBe(["⚠️ Alert messages are too large and refused", "✅ No alert message is too large any more"]);
    }

    [Fact]
    public async Task A_sender_whose_credential_is_not_known_any_more_is_shown_at_once_and_is_news_after_minutes()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        await service.FireAsync("low");
        using var body = new StringContent("{}");
        (await service.SendAlertsAsync(body, "rotated")).ShouldBe(HttpStatusCode.Unauthorized);
        (await RefusedAsync(service)).ShouldHaveSingleItem().ShouldEndWith("from 127.0.0.1 with 401: a known bearer token or user and password is needed");
        service.Chronicle.Book.Global.WebhookTroubles.ShouldBeEmpty();

        await RefusedAgainAsync(service, "rotated");
        await PassUntilAsync(service, TimeSpan.FromMinutes(1), b => !b.Global.WebhookTroubles.IsEmpty);
        await service.FireAsync("critical");
        (await RefusedAsync(service)).ShouldBeEmpty();
        await PassUntilAsync(service, TimeSpan.FromMinutes(15), b => b.Global.WebhookTroubles.IsEmpty);
    }

    [Fact]
    public async Task Somebodys_try_by_hand_does_not_hide_that_Alertmanager_is_refused_and_the_one_is_over_without_the_other()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        await service.FireAsync("low");
        (await SendAsync("hook-token")).ShouldBe(HttpStatusCode.BadRequest);
        await PassUntilAsync(service, TimeSpan.Zero, b => b.Global.WebhookTroubles.ContainsKey(RefusalKind.Unreadable));

        (await SendAsync("rotated")).ShouldBe(HttpStatusCode.Unauthorized);
        await RefusedAgainAsync(service, "rotated");
        await PassUntilAsync(service, TimeSpan.FromMinutes(1), b => b.Global.WebhookTroubles.ContainsKey(RefusalKind.Unheard));
        var told = service.Chronicle.Book.LatestNews.Select(n => NewsText.For(n)!).ToList();
        told.Select(n => n.Headline).ShouldBe(["⚠️ A message to the alert webhook is none of Alertmanager's", "⚠️ Alert messages are refused"]);
        told[0].Advice.ShouldStartWith("Look what posts there. If it was somebody's try, nothing;");
        told[1].Advice.ShouldBe("Look at Alertmanager yourself for what fires. Then mend its credential, or ours (401, 403), or the journal (503).");

        await service.FireAsync("critical");
        var book = await PassUntilAsync(service, TimeSpan.FromMinutes(15), b => !b.Global.WebhookTroubles.ContainsKey(RefusalKind.Unheard));
        book.Global.WebhookTroubles.Keys.ShouldBe([RefusalKind.Unreadable]);

        async Task<HttpStatusCode> SendAsync(string token)
        {
            using var body = new StringContent("{}");
            return await service.SendAlertsAsync(body, token);
        }
    }

    [Fact]
    public async Task A_credential_whose_file_is_gone_is_shown_and_whoever_is_refused_for_it_is_news_though_nobody_knows_the_sender()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        (await service.JsonAsync("status"))["credentialsFaulty"]!.AsArray().ShouldBeEmpty();
        File.Delete(service.WebhookTokenFile);
        _time.Advance(TimeSpan.FromSeconds(2));
        (await service.JsonAsync("status"))["credentialsFaulty"]!.AsArray().Select(c => c!.GetValue<string>()).ShouldBe(["hook: the file is missing"]);

        using var body = new StringContent("{}");
        (await service.SendAlertsAsync(body, "hook-token")).ShouldBe(HttpStatusCode.Unauthorized);
        await RefusedAgainAsync(service, "hook-token");
        await PassUntilAsync(service, TimeSpan.FromMinutes(1), b => !b.Global.WebhookTroubles.IsEmpty);
        service.Chronicle.Book.LatestNews.Count.ShouldBe(1);
        await FakeTime.PassAsync(_time, TimeSpan.FromMinutes(1), service.Chronicle, _ => true);
        service.Chronicle.Book.Global.WebhookTroubles.ShouldNotBeEmpty("nobody is taken in again, whoever was before");
    }

    [Fact]
    public async Task What_operators_are_refused_is_not_the_webhooks()
    {
        await using var service = await OperatorsUnderTest.StartAsync(time: _time);
        (await service.As("nobody").GetAsync("status")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await RefusedAsync(service.As("person"))).ShouldBeEmpty();
    }

    // As Alertmanager does at the next group_interval.
    private async Task RefusedAgainAsync(OperatorsUnderTest service, string token)
    {
        _time.Advance(TimeSpan.FromMinutes(5));
        using var body = new StringContent("{}");
        (await service.SendAlertsAsync(body, token)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    private Task<Book> PassUntilAsync(OperatorsUnderTest service, TimeSpan leap, Func<Book, bool> wanted) => FakeTime.PassAsync(_time, leap, service.Chronicle, wanted);

    private static async Task<IReadOnlyList<string>> RefusedAsync(OperatorsUnderTest service) =>
        [.. (await service.JsonAsync("status"))["refused"]!.AsArray().Select(r => r!.GetValue<string>())];
}
