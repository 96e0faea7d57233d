using System.Net;
using AlertRollback.Operators;
using AlertRollback.Tests.Support.Web;
using AlertRollback.Web.Credentials;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using static AlertRollback.Tests.Support.Web.WebUnderTest;

namespace AlertRollback.Tests.Web;

public sealed class CredentialsTests
{
    private static readonly string Body = Messages.Of(Messages.Alert());

    [Fact]
    public async Task Bearer_and_basic_open_the_webhook()
    {
        await using var web = await StartAsync();
        (await StatusAsync(web, "Bearer hook-token")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(web, "bearer hook-token")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(web, Basic("alertmanager", "hook-password"))).ShouldBe(HttpStatusCode.OK);
    }

    public static TheoryData<string?> WrongHeaders =>
    [
        new TheoryDataRow<string?>(null),
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer hook-token2",
        "Bearer HOOK-TOKEN",
        "Bearer hook-token hook-token",
        "Basic hook-token",
        "Basic ====",
        Basic("alertmanager", "hook-token"),
        Basic("other", "hook-password"),
        Basic("", "hook-password"),
        "Bearer alertmanager:hook-password",
        "Bearer hook-password",
        "Digest hook-token",
        "hook-token",
        "Bearer " + new string('x', 5000),
    ];

    [Theory]
    [MemberData(nameof(WrongHeaders))]
    public async Task Anything_else_is_answered_with_401_and_nothing_is_kept(string? authorization)
    {
        await using var web = await StartAsync();
        using var answer = await web.PostAsync(Body, authorization);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.Select(w => w.Scheme).ShouldBe(["Basic", "Bearer"]);
        web.Journal.Bodies.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_webhooks_credential_opens_nothing_else()
    {
        await using var web = await StartAsync();
        (await WhoAsync(web, "Bearer person-token")).ShouldBe((HttpStatusCode.OK, "ada"));
        (await WhoAsync(web, "Bearer hook-token")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await WhoAsync(web, Basic("alertmanager", "hook-password"))).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await WhoAsync(web, null)).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_operators_credential_does_not_open_the_webhook()
    {
        await using var web = await StartAsync();
        (await StatusAsync(web, "Bearer person-token")).ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Credentials_rotate_without_a_restart_and_overlap()
    {
        await using var web = await StartAsync();
        (await StatusAsync(web, "Bearer fresh")).ShouldBe(HttpStatusCode.Unauthorized);

        web.Write("hook-next", "fresh\n");
        Wait(web);
        (await StatusAsync(web, "Bearer fresh")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(web, "Bearer hook-token")).ShouldBe(HttpStatusCode.OK);

        web.Remove("hook");
        Wait(web);
        (await StatusAsync(web, "Bearer hook-token")).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(web, "Bearer fresh")).ShouldBe(HttpStatusCode.OK);
        web.Log.ShouldContain("Error: credential old hook opens nothing: the file is missing ");
    }

    [Fact]
    public async Task A_new_secret_works_before_the_old_one_was_looked_at_again()
    {
        await using var web = await StartAsync();
        (await StatusAsync(web, "Bearer hook-token")).ShouldBe(HttpStatusCode.OK);
        web.Write("hook", "fresh");
        web.Time.Advance(TimeSpan.FromMilliseconds(60));
        (await StatusAsync(web, "Bearer fresh")).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(49, HttpStatusCode.Unauthorized)]
    [InlineData(50, HttpStatusCode.OK)]
    public async Task Guessing_does_not_keep_the_disk_busy(int milliseconds, HttpStatusCode expected)
    {
        await using var web = await StartAsync();
        (await StatusAsync(web, "Bearer hook-token")).ShouldBe(HttpStatusCode.OK);
        web.Write("hook", "fresh");
        web.Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        (await StatusAsync(web, "Bearer fresh")).ShouldBe(expected);
    }

    [Theory]
    [InlineData("pass word ", HttpStatusCode.OK)]
    [InlineData("pass word", HttpStatusCode.Unauthorized)]
    public async Task Blanks_at_the_end_of_a_secret_are_a_part_of_it_and_line_ends_are_not(string password, HttpStatusCode expected)
    {
        await using var web = await StartAsync();
        web.Write("hook-basic", "pass word \r\n");
        Wait(web);
        (await StatusAsync(web, Basic("alertmanager", password))).ShouldBe(expected);
    }

    [Theory]
    // the caller's address | the address that was called
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("::1", "::1", true)]
    [InlineData("203.0.113.9", "127.0.0.1", false)]
    [InlineData("127.0.0.1", "203.0.113.9", false)]
    public void Only_from_this_machine_to_this_machine_is_local(string from, string to, bool local)
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(from), LocalIpAddress = IPAddress.Parse(to) } };
        context.Request.Host = new HostString("localhost", 8080);
        LocalCalls.IsLocal(context).ShouldBe(local);
    }

    [Theory]
    // files with a secret of those that are configured | nobody can be let in
    [InlineData(0, 0, false)]
    [InlineData(0, 2, true)]
    [InlineData(1, 2, false)]
    public void The_webhook_is_shut_when_none_of_its_credentials_can_be_read(int good, int all, bool shut)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "secret");
        var credentials = Enumerable.Range(0, all).Select(i => new Credential($"c{i}", null, i < good ? file : "/nowhere")).ToList();
        var store = new CredentialStore(new OperatorConfiguration { Matrix = "", Journal = "", Webhook = credentials }, new FakeTimeProvider(), NullLogger<CredentialStore>.Instance);
        store.IsShut(Audience.Webhook).ShouldBe(shut);
        File.Delete(file);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n\r\n")]
    public async Task An_empty_file_matches_nothing(string content)
    {
        await using var web = await StartAsync();
        web.Write("hook", content);
        web.Write("hook-basic", content);
        Wait(web);
        (await StatusAsync(web, "Bearer ")).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(web, Basic("alertmanager", ""))).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(web, "Bearer hook-token")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_missing_file_is_logged_once()
    {
        await using var web = await StartAsync();
        web.Remove("hook");
        for (var i = 0; i < 3; i++)
        {
            Wait(web);
            await StatusAsync(web, "Bearer x");
        }

        web.Log.Count(line => line.Contains("old hook opens nothing", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_file_that_is_missing_from_the_start_is_said_at_the_start()
    {
        await using var web = await StartAsync();
        web.Log.ShouldContain("Error: credential next hook opens nothing: the file is missing ");
    }

    [Fact]
    public async Task Neither_log_nor_answer_shows_a_secret()
    {
        await using var web = await StartAsync();
        var texts = new List<string>();
        foreach (var authorization in new[] { "Bearer hook-token", "Bearer person-token", "Bearer guessed-secret", Basic("alertmanager", "hook-password") })
            texts.Add((await ReadAsync(web.PostAsync(Body, authorization))).Text);
        texts.AddRange(web.Log);
        texts.ShouldAllBe(t => !t.Contains("-token", StringComparison.Ordinal) && !t.Contains("guessed-secret", StringComparison.Ordinal) && !t.Contains("hook-password", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_credentials_this_machine_may_call()
    {
        await using var web = await StartAsync(withCredentials: false);
        (await StatusAsync(web, null)).ShouldBe(HttpStatusCode.OK);
        (await WhoAsync(web, null)).ShouldBe((HttpStatusCode.OK, "local"));
    }

    [Theory]
    [InlineData("Host", "evil.example:8080", HttpStatusCode.Unauthorized)]
    [InlineData("X-Forwarded-For", "203.0.113.9", HttpStatusCode.Unauthorized)]
    [InlineData("Forwarded", "for=203.0.113.9", HttpStatusCode.Unauthorized)]
    [InlineData("Origin", "http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-origin", HttpStatusCode.OK)]
    [InlineData("Sec-Fetch-Site", "none", HttpStatusCode.OK)]
    public async Task Without_credentials_a_proxy_or_another_sites_page_may_not(string header, string value, HttpStatusCode expected)
    {
        await using var web = await StartAsync(withCredentials: false);
        (await ReadAsync(web.SendAsync(HttpMethod.Post, "/api/v1/alerts", null, new StringContent(Body), (header, value)))).Status.ShouldBe(expected);
        (await ReadAsync(web.SendAsync(HttpMethod.Get, "/api/v1/who", null, null, (header, value)))).Status.ShouldBe(expected);
    }

    // That nobody is named for scraping opens nothing where people have credentials.
    [Theory]
    [InlineData(true, "Bearer person-token", "127.0.0.1", HttpStatusCode.OK)]
    [InlineData(true, "Bearer hook-token", "127.0.0.1", HttpStatusCode.Forbidden)]
    [InlineData(true, null, "127.0.0.1", HttpStatusCode.Unauthorized)]
    [InlineData(false, null, "127.0.0.1", HttpStatusCode.OK)]
    [InlineData(false, null, "evil.example:8080", HttpStatusCode.Unauthorized)]
    public async Task Without_scrapers_people_alone_are_let_in_and_without_them_this_machine(bool withCredentials, string? authorization, string host, HttpStatusCode expected)
    {
        await using var web = await StartAsync(withCredentials);
        (await ReadAsync(web.SendAsync(HttpMethod.Get, "/scraped", authorization, null, ("Host", host)))).Status.ShouldBe(expected);
    }

    [Fact]
    public async Task A_browsers_remembered_password_does_not_work_from_another_sites_page()
    {
        await using var web = await StartAsync();
        (await ReadAsync(web.SendAsync(HttpMethod.Post, "/api/v1/note", "Bearer person-token", new StringContent("x"), ("Origin", "http://evil.example")))).Status
            .ShouldBe(HttpStatusCode.Forbidden);
        (await ReadAsync(web.SendAsync(HttpMethod.Post, "/api/v1/note", "Bearer person-token", new StringContent("x"), ("Origin", web.Client.BaseAddress!.ToString().TrimEnd('/'))))).Status
            .ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_credential_is_asked_for_before_the_body_is_looked_at()
    {
        await using var web = await StartAsync();
        (await ReadAsync(web.SendAsync(HttpMethod.Post, "/api/v1/typed", null, new StringContent("{broken", System.Text.Encoding.UTF8, "application/json")))).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await ReadAsync(web.PostAsync("{broken", null))).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static void Wait(WebUnderTest web) => web.Time.Advance(TimeSpan.FromSeconds(1));

    private static async Task<HttpStatusCode> StatusAsync(WebUnderTest web, string? authorization) =>
        (await ReadAsync(web.PostAsync(Body, authorization))).Status;

    private static Task<(HttpStatusCode Status, string Text)> WhoAsync(WebUnderTest web, string? authorization) =>
        ReadAsync(web.SendAsync(HttpMethod.Get, "/api/v1/who", authorization));
}
