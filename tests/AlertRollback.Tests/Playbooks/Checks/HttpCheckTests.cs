using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using static AlertRollback.Tests.Playbooks.Checks.Asking;

namespace AlertRollback.Tests.Playbooks.Checks;

public sealed class HttpCheckTests : IDisposable
{
    private readonly HttpClient _http = Http();
    private readonly string _secret = Path.GetTempFileName();

    public HttpCheckTests() => File.WriteAllText(_secret, "s3cret\n");

    public void Dispose()
    {
        _http.Dispose();
        File.Delete(_secret);
    }

    [Theory]
    [InlineData(200, "", Verdict.Pass)]
    [InlineData(204, "", Verdict.Pass)]
    [InlineData(302, "", Verdict.Fail)]
    [InlineData(404, "", Verdict.Fail)]
    [InlineData(503, "", Verdict.Fail)]
    [InlineData(204, ", \"status\": 204", Verdict.Pass)]
    [InlineData(200, ", \"status\": 204", Verdict.Fail)]
    [InlineData(503, ", \"status\": 503", Verdict.Pass)]
    public async Task The_status_decides(int status, string more, Verdict verdict)
    {
        await using var stub = await StubServer.StartAsync(_ => Results.StatusCode(status));
        var result = (await AskAsync(stub, $$"""{"get": ["/health"]{{more}}}""")).ShouldHaveSingleItem();
        result.Verdict.ShouldBe(verdict);
        result.What.ShouldBe("GET /health");
        result.Measured.ShouldStartWith($"{status} in ");
    }

    [Fact]
    public async Task Every_path_is_asked_and_answered_for_itself()
    {
        await using var stub = await StubServer.StartAsync(c => Results.StatusCode(c.Request.Path == "/bad" ? 500 : 200));
        (await AskAsync(stub, """{"get": ["/good", "/bad"]}""")).Select(r => r.Verdict).ShouldBe([Verdict.Pass, Verdict.Fail]);
    }

    [Fact]
    public async Task S16_nobody_answering_at_the_services_own_address_is_a_measured_failure()
    {
        var stub = await StubServer.StartAsync();
        var (url, host) = (stub.Url, stub.Host);
        await stub.DisposeAsync();
        var result = await AskAsync(url, host, """{"get": ["/health"]}""");
        (result.Verdict, result.Measured).ShouldBe((Verdict.Fail, "connection refused"));
    }

    [Fact]
    public async Task S16_no_answer_in_time_is_a_measured_failure()
    {
        var (time, reached) = (new FakeTimeProvider(), new TaskCompletionSource());
        await using var stub = await StubServer.StartAsync(_ => new Hanging(reached));
        var asking = CheckWith(Grants(stub.Host, stub.Host), time)
            .AskAsync(Context(stub.Url), Parameters("""{"get": ["/health"], "timeout": "2500ms", "samples": 100}"""), Cancellation);
        await reached.Task;
        time.Advance(TimeSpan.FromSeconds(2.5));

        var result = (await asking).Single();
        (result.Verdict, result.Measured).ShouldBe((Verdict.Fail, "no answer within 2.5 s"));
        stub.Asked.Count.ShouldBe(1, "one bad answer is enough: 100 would take longer than a check may");
    }

    [Fact]
    public async Task S16_without_a_url_nothing_was_measured() =>
        (await AskAsync(null, "", """{"get": ["/health"]}""")).Verdict.ShouldBe(Verdict.Inconclusive);

    [Fact]
    public async Task S15_a_host_that_is_not_granted_is_not_asked()
    {
        await using var stub = await StubServer.StartAsync();
        var result = await AskAsync(stub.Url, "other.example.com", """{"get": ["/health"]}""");
        (result.Verdict, stub.Asked.Count).ShouldBe((Verdict.Inconclusive, 0));
        result.Measured.ShouldBe($"host {stub.Host} is not granted to team rental");
    }

    [Fact]
    public async Task S15_a_redirect_is_not_followed_and_takes_no_secret_anywhere()
    {
        await using var elsewhere = await StubServer.StartAsync();
        await using var stub = await StubServer.StartAsync(_ => Results.Redirect(elsewhere.Url));
        (await AskAsync(stub, """{"get": ["/health"], "bearer": "key"}""")).Single().Verdict.ShouldBe(Verdict.Fail);
        elsewhere.Asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("key", true, null)]
    [InlineData("key", false, "secret key may not be sent to ")]
    [InlineData("other", true, "secret other is not granted to team rental")]
    public async Task S15_a_secret_goes_only_to_its_hosts(string name, bool toThisHost, string? trouble)
    {
        await using var stub = await StubServer.StartAsync();
        var grants = Grants(stub.Host, toThisHost ? stub.Host : "other.example.com");
        var result = (await CheckWith(grants).AskAsync(Context(stub.Url), Parameters($$"""{"get": ["/health"], "bearer": "{{name}}"}"""), Cancellation)).Single();
        result.Verdict.ShouldBe(trouble is null ? Verdict.Pass : Verdict.Inconclusive);
        if (trouble is not null)
            result.Measured.ShouldStartWith(trouble);
        stub.Asked.Select(a => a.Authorization).ShouldBe(trouble is null ? ["Bearer s3cret"] : []);
    }

    [Theory]
    [InlineData(null, "secret key cannot be read")]
    [InlineData(" \n", "secret key is empty")]
    [InlineData("two\nlines", "secret key is not one line of text")]
    public async Task S16_a_secret_that_cannot_be_read_measures_nothing_and_tells_no_path(string? content, string trouble)
    {
        await using var stub = await StubServer.StartAsync();
        if (content is null)
            File.Delete(_secret);
        else
            await File.WriteAllTextAsync(_secret, content, Cancellation);
        var result = (await AskAsync(stub, """{"get": ["/health"], "bearer": "key"}""")).Single();
        (result.Verdict, result.Measured, stub.Asked.Count).ShouldBe((Verdict.Inconclusive, trouble, 0));
    }

    [Theory]
    [InlineData("10m", Verdict.Pass, 5, "5 answers, mean ")]
    [InlineData("0", Verdict.Fail, 1, "1 of 5 answers, mean ")]
    public async Task The_mean_of_all_samples_is_compared_until_it_cannot_be_met_any_more(string limit, Verdict verdict, int asked, string measured)
    {
        await using var stub = await StubServer.StartAsync();
        var result = (await AskAsync(stub, $$"""{"get": ["/health"], "samples": 5, "mean_below": "{{limit}}"}""")).Single();
        result.Verdict.ShouldBe(verdict);
        result.Measured.ShouldStartWith(measured);
        stub.Asked.Count.ShouldBe(asked);
    }

    [Theory]
    [InlineData("", 10, 20)]
    [InlineData(""", "samples": 10""", 55, 65)]
    [InlineData(""", "timeout": "30s" """, 35, 45)]
    public void Its_samples_are_waited_for_as_long_as_each_may_take(string more, int above, int below)
    {
        var longest = CheckWith(new TeamGrants()).Longest(Context().Service, Parameters($$"""{"get": ["/health"]{{more}}}"""));
        longest.ShouldBeInRange(TimeSpan.FromSeconds(above), TimeSpan.FromSeconds(below));
    }

    [Theory]
    [InlineData("\"mean_below\": \"10ms\"")]
    [InlineData("\"percentile\": 90, \"below\": \"50ms\"")]
    public async Task S16_samples_that_are_too_slow_are_a_measured_failure_before_their_time_is_over(string limit)
    {
        await using var stub = await StubServer.StartAsync(_ => new Slow());
        var result = (await AskAsync(stub, $$"""{"get": ["/health"], "samples": 10, {{limit}}}""")).Single();
        result.Verdict.ShouldBe(Verdict.Fail);
        stub.Asked.Count.ShouldBeInRange(1, 2, "on a busy machine one sample may be too slow for all of them");
    }

    [Fact]
    public async Task One_failed_sample_fails_however_fast_the_others_are()
    {
        var count = 0;
        await using var stub = await StubServer.StartAsync(_ => Results.StatusCode(++count == 3 ? 500 : 200));
        (await AskAsync(stub, """{"get": ["/health"], "samples": 5, "mean_below": "10m"}""")).Single().Verdict.ShouldBe(Verdict.Fail);
    }

    [Fact]
    public async Task Values_are_escaped_for_the_place_they_stand_in()
    {
        await using var stub = await StubServer.StartAsync();
        var context = Context(stub.Url, service: "a/../b?x#y z");
        await CheckWith(Grants(stub.Host, stub.Host)).AskAsync(context, Parameters("""{"get": ["/of/${service}/in/${namespace}"]}"""), Cancellation);
        stub.Asked.Single().Path.ShouldBe("/of/a%2F..%2Fb%3Fx%23y%20z/in/production");
    }

    [Theory]
    [InlineData("""{"json": {"path": "of", "equals": "${service}"}}""", "rental-api", Verdict.Pass)]
    [InlineData("""{"json": {"path": "of", "equals": "${service}"}}""", "rental-web", Verdict.Fail)]
    [InlineData("""{"body": {"contains": "\"${service}\""}}""", "rental-api", Verdict.Pass)]
    [InlineData("""{"body": {"matches": ".*\"${service}\".*"}}""", "rental-api", Verdict.Pass)]
    public async Task What_an_answer_has_to_be_is_filled_in(string rule, string answer, Verdict verdict)
    {
        await using var stub = await StubServer.StartAsync(_ => Results.Json(new { of = answer }));
        var parameters = Parameters(rule);
        parameters["get"] = new JsonArray("/version");

        var result = (await CheckWith(Grants(stub.Host, stub.Host)).AskAsync(Context(stub.Url), parameters, Cancellation)).Single();

        (result.Verdict, result.Expected!.Contains("rental-api", StringComparison.Ordinal)).ShouldBe((verdict, true));
    }

    [Theory]
    [InlineData("v1.4", Verdict.Pass)]
    [InlineData("v1x4", Verdict.Fail)]
    public async Task A_value_in_an_expression_only_means_itself(string answer, Verdict verdict)
    {
        await using var stub = await StubServer.StartAsync(_ => Results.Text(answer));
        var result = await CheckWith(Grants(stub.Host, stub.Host)).AskAsync(
            Context(stub.Url, service: "v1.4"), Parameters("""{"get": ["/version"], "body": {"matches": "${service}"}}"""), Cancellation);
        result.Single().Verdict.ShouldBe(verdict);
    }

    [Theory]
    [InlineData("""{"get": ["health"]}""")]
    [InlineData("""{"get": ["//evil.example.com/"]}""")]
    [InlineData("""{"get": ["@evil.example.com/"]}""")]
    [InlineData("""{"get": ["/"], "samples": 0}""")]
    [InlineData("""{"get": ["/"], "samples": 101}""")]
    [InlineData("""{"get": ["/"], "status": 99}""")]
    [InlineData("""{"get": ["https://user:word@api.example.com/"]}""")]
    [InlineData("""{"get": ["https://${service}.example.com/"]}""")]
    [InlineData("""{"get": ["https:///"]}""")]
    [InlineData("""{"get": ["ftp://api.example.com/"]}""")]
    [InlineData("""{}""")]
    [InlineData("""{"get": ["/"], "post": ["/"], "safe": true}""")]
    [InlineData("""{"post": ["/"]}""")]
    [InlineData("""{"post": ["/"], "safe": false}""")]
    [InlineData("""{"get": ["/"], "send": {"a": 1}}""")]
    [InlineData("""{"get": ["/"], "percentile": 95}""")]
    [InlineData("""{"get": ["/"], "below": "1s"}""")]
    [InlineData("""{"get": ["/"], "percentile": 0, "below": "1s"}""")]
    [InlineData("""{"get": ["/"], "body": {}}""")]
    [InlineData("""{"get": ["/"], "body": {"contains": "a", "equals": "b"}}""")]
    [InlineData("""{"get": ["/"], "body": {"matches": "("}}""")]
    [InlineData("""{"get": ["/"], "json": {"path": "a..b", "equals": "c"}}""")]
    [InlineData("""{"get": ["/"], "json": {"path": "a"}}""")]
    [InlineData("""{"get": ["/"], "json": {"path": "a", "below": 1, "above": 0}}""")]
    [InlineData("""{"get": ["/"], "headers": {"X-Key": ["a"]}}""")]
    public void Faults_are_found_when_the_matrix_is_loaded(string parameters) =>
        CheckWith(new TeamGrants()).Validate(Parameters(parameters)).ShouldHaveSingleItem();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private HttpCheck CheckWith(TeamGrants grants, TimeProvider? time = null) =>
        new(new GrantedHttp(_http, Granting(grants), time ?? TimeProvider.System), new Clusters(new NoCluster("none")));

    private TeamGrants Grants(string host, string secretHost) => new()
    {
        Hosts = [host],
        Secrets = new Dictionary<string, GrantedSecret> { ["key"] = new(_secret, [secretHost]) },
    };

    private Task<IReadOnlyList<CheckResult>> AskAsync(StubServer stub, string parameters) =>
        CheckWith(Grants(stub.Host, stub.Host)).AskAsync(Context(stub.Url), Parameters(parameters), Cancellation);

    private async Task<CheckResult> AskAsync(string? url, string granted, string parameters) =>
        (await CheckWith(Grants(granted, granted)).AskAsync(Context(url), Parameters(parameters), Cancellation)).Single();

    private sealed class Slow : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => Task.Delay(TimeSpan.FromMilliseconds(60), TimeProvider.System, httpContext.RequestAborted);
    }

    private sealed class Hanging(TaskCompletionSource reached) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            reached.SetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, httpContext.RequestAborted);
        }
    }
}
