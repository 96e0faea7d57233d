using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Kubernetes;
using Microsoft.AspNetCore.Http;
using static AlertRollback.Tests.Playbooks.Checks.Asking;

namespace AlertRollback.Tests.Playbooks.Checks;

/// <summary>What an <c>http</c> check makes of bodies, times, and addresses that are not below the service's url.</summary>
public sealed class HttpAnswerTests : IDisposable
{
    private readonly HttpClient _http = Http();
    private readonly string _secret = Path.GetTempFileName();

    public HttpAnswerTests() => File.WriteAllText(_secret, "s3cret\n");

    public void Dispose()
    {
        _http.Dispose();
        File.Delete(_secret);
    }

    [Theory]
    [InlineData("status: UP", """{"contains": "UP"}""", Verdict.Pass)]
    [InlineData("status: DOWN", """{"contains": "UP"}""", Verdict.Fail)]
    [InlineData("OK\n", """{"equals": "OK"}""", Verdict.Pass)]
    [InlineData("NOT OK", """{"equals": "OK"}""", Verdict.Fail)]
    [InlineData("v1.2.3", """{"matches": "v1\\.\\d+\\.\\d+"}""", Verdict.Pass)]
    [InlineData("xv1.2.3", """{"matches": "v1\\.\\d+\\.\\d+"}""", Verdict.Fail)]
    public async Task The_body_has_to_be_as_said(string body, string rule, Verdict verdict)
    {
        await using var stub = await StubServer.StartAsync(_ => Results.Text(body));
        var result = await AskAsync(stub, $$"""{"get": ["/"], "body": {{rule}}}""");
        result.Verdict.ShouldBe(verdict);
        result.Measured.ShouldNotContain(body.Trim(), Case.Sensitive, "a body may hold secrets");
    }

    [Theory]
    [InlineData("""{"a": {"b": ["UP"]}}""", """{"path": "a.b[0]", "equals": "UP"}""", Verdict.Pass, ", a.b[0] is UP")]
    [InlineData("""{"a": {"b": ["DOWN"]}}""", """{"path": "a.b[0]", "equals": "UP"}""", Verdict.Fail, ", a.b[0] is DOWN")]
    [InlineData("""{"up": true}""", """{"path": "up", "equals": "true"}""", Verdict.Pass, ", up is true")]
    [InlineData("""{"lag": 9.5}""", """{"path": "lag", "below": 10}""", Verdict.Pass, ", lag is 9.5")]
    [InlineData("""{"lag": 10}""", """{"path": "lag", "below": 10}""", Verdict.Fail, ", lag is 10")]
    [InlineData("""{"lag": "12"}""", """{"path": "lag", "above": 10}""", Verdict.Pass, ", lag is 12")]
    [InlineData("""{"lag": "much"}""", """{"path": "lag", "below": 10}""", Verdict.Inconclusive, ", lag is much, which is no number")]
    [InlineData("""{"lag": "NaN"}""", """{"path": "lag", "below": 10}""", Verdict.Inconclusive, ", lag is NaN, which is no number")]
    [InlineData("""{"lag": null}""", """{"path": "lag", "equals": "UP"}""", Verdict.Fail, ", lag is null")]
    [InlineData("""{"lag": {}}""", """{"path": "lag", "equals": "UP"}""", Verdict.Inconclusive, ", no value at lag")]
    [InlineData("""{"a": []}""", """{"path": "a[0]", "equals": "UP"}""", Verdict.Inconclusive, ", no value at a[0]")]
    [InlineData("<html>", """{"path": "a", "equals": "UP"}""", Verdict.Fail, ", the body is no JSON")]
    public async Task S16_a_value_of_the_answer_is_compared_and_its_absence_measures_nothing(string body, string rule, Verdict verdict, string measured)
    {
        await using var stub = await StubServer.StartAsync(StubServer.Json(body));
        var result = await AskAsync(stub, $$"""{"get": ["/"], "json": {{rule}}}""");
        (result.Verdict, result.Measured[result.Measured.IndexOf(',')..]).ShouldBe((verdict, measured));
    }

    [Fact]
    public async Task S16_a_body_longer_than_is_read_cannot_be_judged()
    {
        await using var stub = await StubServer.StartAsync(_ => Results.Text(new string('x', 2 * 1024 * 1024)));
        (await AskAsync(stub, """{"get": ["/"], "body": {"contains": "UP"}}""")).Verdict.ShouldBe(Verdict.Inconclusive);
        (await AskAsync(stub, """{"get": ["/"]}""")).Verdict.ShouldBe(Verdict.Pass);
    }

    [Theory]
    [InlineData(95, 20, 1, Verdict.Pass)]
    [InlineData(95, 20, 2, Verdict.Fail)]
    [InlineData(50, 4, 2, Verdict.Pass)]
    [InlineData(50, 4, 3, Verdict.Fail)]
    [InlineData(100, 4, 1, Verdict.Fail)]
    public void The_percentile_is_the_time_that_so_many_answers_did_not_exceed(int percentile, int samples, int slow, Verdict verdict)
    {
        var expectation = new HttpExpectation(Parameters($$"""{"get": ["/"], "percentile": {{percentile}}, "below": "100ms"}"""), Placeholders.Unfilled);
        var times = Enumerable.Range(0, samples).Select(i => TimeSpan.FromMilliseconds(i < slow ? 500 : 50)).ToList();
        expectation.Judge(times).Verdict.ShouldBe(verdict);
    }

    [Fact]
    public async Task A_post_sends_json_in_which_no_value_leaves_its_string()
    {
        await using var stub = await StubServer.StartAsync();
        var context = Context(stub.Url, service: "a\", \"admin\": \"yes");
        await CheckWith(stub.Host).AskAsync(context, Parameters("""{"post": ["/search"], "send": {"query": "${service}", "size": [1]}, "safe": true}"""), Cancellation);
        var (path, _, body) = stub.Asked.Single();
        (path, body).ShouldBe(("/search", """{"query":"a\u0022, \u0022admin\u0022: \u0022yes","size":[1]}"""));
    }

    [Fact]
    public async Task S15_a_secret_in_a_header_goes_only_to_its_hosts()
    {
        string? seen = null;
        await using var stub = await StubServer.StartAsync(c => { seen = c.Request.Headers["X-Api-Key"]; return Results.Ok(); });
        const string Asked = """{"get": ["/"], "headers": {"X-Api-Key": {"secret": "key"}, "Accept": "text/plain"}}""";
        (await CheckWith(stub.Host, "other.example.com").AskAsync(Context(stub.Url), Parameters(Asked), Cancellation)).Single().Verdict.ShouldBe(Verdict.Inconclusive);
        seen.ShouldBeNull();
        (await AskAsync(stub, Asked)).Verdict.ShouldBe(Verdict.Pass);
        seen.ShouldBe("s3cret");
    }

    [Theory]
    [InlineData("Host", "other.example.com")]
    [InlineData("X-A", "a\r\nHost: other.example.com")]
    public async Task S15_no_header_leads_elsewhere(string name, string value)
    {
        await using var stub = await StubServer.StartAsync();
        var parameters = new System.Text.Json.Nodes.JsonObject { ["get"] = new System.Text.Json.Nodes.JsonArray("/"), ["headers"] = new System.Text.Json.Nodes.JsonObject { [name] = value } };
        (await CheckWith(stub.Host).AskAsync(Context(stub.Url), parameters, Cancellation)).Single().Verdict.ShouldBe(Verdict.Inconclusive);
        stub.Asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true, Verdict.Pass)]
    [InlineData(false, Verdict.Inconclusive)]
    public async Task S15_another_host_is_asked_when_it_is_granted(bool granted, Verdict verdict)
    {
        await using var stub = await StubServer.StartAsync();
        var result = (await CheckWith(granted ? stub.Host : "other.example.com").AskAsync(
            Context("http://rental.example.com"), Parameters($$"""{"get": ["{{stub.Url}}/v1/status?of=${service}"]}"""), Cancellation)).Single();
        (result.Verdict, stub.Asked.FirstOrDefault().Path).ShouldBe((verdict, granted ? "/v1/status?of=rental-api" : null));
    }

    [Theory]
    [InlineData("\"service\"", "rental-api")]
    [InlineData("""{"service": "blue", "port": "web"}""", "blue")]
    public async Task S15_a_Service_object_leads_to_its_cluster_IP_and_is_granted_by_its_name(string via, string name)
    {
        string? host = null;
        await using var stub = await StubServer.StartAsync(c => { host = c.Request.Host.Value; return Results.Ok(); });
        var port = new Uri(stub.Url).Port;
        var service = $$$"""{"spec": {"clusterIP": "127.0.0.1", "ports": [{"name": "web", "port": {{{port}}}}]}}""";
        var script = new Script();
        var check = CheckWith($"{name}.production.svc:{port}", clusters: new Clusters(Api(script.Then(200, service))));

        var result = (await check.AskAsync(Context(), Parameters($$"""{"get": ["/health"], "via": {{via}}}"""), Cancellation)).Single();
        (result.Verdict, host).ShouldBe((Verdict.Pass, $"{name}.production.svc:{port}"), result.Measured);
        script.Requests.Single().ShouldEndWith($"/api/v1/namespaces/production/services/{name}");

        var refused = CheckWith(stub.Host, clusters: new Clusters(Api(new Script().Then(200, service))));
        (await refused.AskAsync(Context(), Parameters("""{"get": ["/health"], "via": "service"}"""), Cancellation)).Single().Verdict.ShouldBe(Verdict.Inconclusive);
    }

    [Theory]
    [InlineData(404, "{}", "there is no Service production/rental-api")]
    [InlineData(200, """{"spec": {"clusterIP": "None", "ports": [{"port": 80}]}}""", "the Service production/rental-api has no cluster IP")]
    [InlineData(200, """{"spec": {"type": "ExternalName", "clusterIP": "10.0.0.1"}}""", "the Service production/rental-api has no cluster IP")]
    [InlineData(200, """{"spec": {"clusterIP": "10.0.0.1", "ports": []}}""", "the Service production/rental-api has no such port")]
    [InlineData(403, """{"message": "no"}""", "the Kubernetes API cannot be read: ")]
    public async Task S16_a_Service_object_without_an_address_measures_nothing(int status, string answer, string why)
    {
        var check = CheckWith("rental-api.production.svc", clusters: new Clusters(Api(new Script().Then(status, answer))));
        var result = (await check.AskAsync(Context(), Parameters("""{"get": ["/health"], "via": "service"}"""), Cancellation)).Single();
        result.Verdict.ShouldBe(Verdict.Inconclusive);
        result.Measured.ShouldStartWith(why);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static KubernetesApi Api(Script script) =>
        new(new ApiTransport(new HttpClient(script), new Uri("http://cluster/"), null, new KubernetesRetry(), TimeProvider.System, () => 0, () => { }));

    private HttpCheck CheckWith(string host, string? secretHost = null, Clusters? clusters = null)
    {
        var grants = new TeamGrants
        {
            Hosts = [host],
            Secrets = new Dictionary<string, GrantedSecret> { ["key"] = new(_secret, [secretHost ?? host]) },
        };
        return new HttpCheck(new GrantedHttp(_http, Granting(grants), TimeProvider.System), clusters ?? new Clusters(new NoCluster("none")));
    }

    private async Task<CheckResult> AskAsync(StubServer stub, string parameters) =>
        (await CheckWith(stub.Host).AskAsync(Context(stub.Url), Parameters(parameters), Cancellation)).Single();
}
