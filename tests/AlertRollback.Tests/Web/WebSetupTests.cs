using System.Net;
using AlertRollback.Operators;
using AlertRollback.Storage;
using AlertRollback.Tests.Support.Web;
using AlertRollback.Web;
using static AlertRollback.Tests.Support.Web.WebUnderTest;

namespace AlertRollback.Tests.Web;

public sealed class WebSetupTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("http://localhost:8080", true)]
    [InlineData("http://[::1]:8080", true)]
    [InlineData("https://127.0.0.5", true)]
    [InlineData("http://unix:/run/alertrollback.sock", true)]
    [InlineData("http://127.0.0.1:8080;http://[::1]:8080", true)]
    [InlineData("http://127.0.0.1:8080;http://0.0.0.0:8081", false)]
    [InlineData("http://0.0.0.0:8080", false)]
    [InlineData("http://[::]:8080", false)]
    [InlineData("http://+:8080", false)]
    [InlineData("http://*:8080", false)]
    [InlineData("http://10.0.0.7:8080", false)]
    [InlineData("http://localhost.evil.example:8080", false)]
    [InlineData("http://127.0.0.1.evil.example:8080", false)]
    [InlineData("nonsense", false)]
    public void Without_credentials_only_this_machine_is_listened_to(string listen, bool safe)
    {
        var open = new OperatorConfiguration { Matrix = "m", Journal = "j", Listen = listen };
        (WebSetup.FaultOfListening(open) is null).ShouldBe(safe);
        WebSetup.FaultOfListening(open with { Webhook = [new("hook", null, "file")] }).ShouldBeNull();
    }

    [Fact]
    public async Task Alive_is_answered_even_when_not_ready()
    {
        await using var web = await StartAsync();
        web.Readiness.Drain();
        (await ReadAsync(web.SendAsync(HttpMethod.Get, "/healthz", null))).ShouldBe((HttpStatusCode.OK, "alive\n"));
    }

    [Fact]
    public async Task Readiness_lists_what_stands_in_the_way()
    {
        await using var web = await StartAsync();
        var loaded = false;
        web.Readiness.Require("matrix", () => loaded ? null : "not loaded");
        web.Journal.Fault = new JournalUnavailableException("/secret/path is full");

        (await ReadyAsync(web)).ShouldBe((HttpStatusCode.ServiceUnavailable, "not ready\njournal: cannot be written\nmatrix: not loaded\n"));

        web.Journal.Fault = null;
        loaded = true;
        (await ReadyAsync(web)).ShouldBe((HttpStatusCode.OK, "ready\n"));

        web.Readiness.Drain();
        (await ReadyAsync(web)).ShouldBe((HttpStatusCode.ServiceUnavailable, "not ready\ndraining: the service is stopping\n"));
    }

    [Theory]
    [InlineData("/api/v1/bug", HttpStatusCode.InternalServerError)]
    [InlineData("/api/v1/full", HttpStatusCode.ServiceUnavailable)]
    public async Task A_fault_is_a_problem_without_the_exception(string path, HttpStatusCode expected)
    {
        await using var web = await StartAsync();
        using var answer = await web.SendAsync(HttpMethod.Get, path, "Bearer person-token");
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        answer.StatusCode.ShouldBe(expected);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        text.ShouldNotContain("secret-detail");
        text.ShouldNotContain("Exception");
        web.Log.ShouldContain(line => line.Contains("secret-detail", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Operators_bodies_are_small(bool announced)
    {
        await using var web = await StartAsync();
        var bytes = new byte[70_000];
        HttpContent content = new ByteArrayContent(bytes);
        if (!announced)
            content.Headers.ContentLength = null;
        (await ReadAsync(web.SendAsync(HttpMethod.Post, "/api/v1/note", "Bearer person-token", content))).Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData("{broken")]
    [InlineData("{\"number\":\"x\"}")]
    [InlineData("")]
    public async Task A_body_that_does_not_fit_is_no_fault_of_ours(string body)
    {
        await using var web = await StartAsync();
        var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        (await ReadAsync(web.SendAsync(HttpMethod.Post, "/api/v1/typed", "Bearer person-token", content))).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/api/v1/who")]
    [InlineData("/nowhere")]
    public async Task Every_answer_carries_the_security_headers_and_not_the_servers_name(string path)
    {
        await using var web = await StartAsync();
        using var answer = await web.SendAsync(HttpMethod.Get, path, null);
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'none'");
        answer.Headers.GetValues("Cache-Control").ShouldBe(["no-store"]);
        answer.Headers.Contains("Server").ShouldBeFalse();
    }

    private static Task<(HttpStatusCode Status, string Text)> ReadyAsync(WebUnderTest web) =>
        ReadAsync(web.SendAsync(HttpMethod.Get, "/readyz", null));
}
