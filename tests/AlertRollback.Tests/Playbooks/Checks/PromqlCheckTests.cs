using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Matrix;
using Microsoft.AspNetCore.WebUtilities;
using static AlertRollback.Tests.Playbooks.Checks.Asking;

namespace AlertRollback.Tests.Playbooks.Checks;

public sealed class PromqlCheckTests : IDisposable
{
    private readonly HttpClient _http = Http();

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("below", 0.01, "0.009", Verdict.Pass)]
    [InlineData("below", 0.01, "0.01", Verdict.Fail)]
    [InlineData("below", 0.01, "0.001 0.5", Verdict.Fail)]
    [InlineData("below", 0.01, "-Inf", Verdict.Pass)]
    [InlineData("below", 0.01, "+Inf", Verdict.Fail)]
    [InlineData("above", 0, "1", Verdict.Pass)]
    [InlineData("above", 0, "1 0", Verdict.Fail)]
    [InlineData("equals", 1, "1 1", Verdict.Pass)]
    [InlineData("equals", 1, "1 0", Verdict.Fail)]
    [InlineData("below", 0.01, "NaN", Verdict.Inconclusive)]
    [InlineData("below", 0.01, "0 NaN", Verdict.Inconclusive)]
    [InlineData("above", 0, "NaN", Verdict.Inconclusive)]
    [InlineData("equals", 1, "NaN", Verdict.Inconclusive)]
    [InlineData("below", 0.01, "", Verdict.Inconclusive)]
    public async Task S16_every_sample_is_compared_and_no_data_is_never_a_pass(string limit, double at, string samples, Verdict verdict) =>
        (await AskAsync(Vector(samples), $$"""{"query": "q", "{{limit}}": {{at.ToString(System.Globalization.CultureInfo.InvariantCulture)}}}""")).Verdict.ShouldBe(verdict);

    [Theory]
    [InlineData("pass", Verdict.Pass)]
    [InlineData("fail", Verdict.Fail)]
    [InlineData("inconclusive", Verdict.Inconclusive)]
    public async Task The_matrix_may_say_what_an_empty_answer_means(string word, Verdict verdict)
    {
        var result = await AskAsync(Vector(""), $$"""{"query": "q", "below": 1, "no_data": "{{word}}"}""");
        (result.Verdict, result.Measured).ShouldBe((verdict, "no data"));
    }

    // One slow request of three at night is no reason for the next method, and three good ones are no proof.
    [Theory]
    [InlineData("0.5", "20", "", Verdict.Fail, "0.5")]
    [InlineData("0.5", "19.4", "", Verdict.Inconclusive, "0.5, but of 19 requests, where 20 would be enough to tell")]
    [InlineData("0", "20", "", Verdict.Pass, "0")]
    [InlineData("0", "3", "", Verdict.Inconclusive, "0, but of 3 requests, where 20 would be enough to tell")]
    [InlineData("0", "12 8", "", Verdict.Pass, "0")]
    [InlineData("0", "99", ", \"at_least\": 100", Verdict.Inconclusive, "0, but of 99 requests, where 100 would be enough to tell")]
    [InlineData("0.5", "5", ", \"at_least\": 5", Verdict.Fail, "0.5")]
    [InlineData("0.5", "", "", Verdict.Inconclusive, "0.5, but of how many requests is not known: no data")]
    [InlineData("0.5", "NaN", "", Verdict.Inconclusive, "0.5, but of how many requests is not known: no data")]
    [InlineData("", "", ", \"no_data\": \"fail\"", Verdict.Fail, "no data")]
    [InlineData("", "3", ", \"no_data\": \"fail\"", Verdict.Inconclusive, "no data, but of 3 requests, where 20 would be enough to tell")]
    [InlineData("", "500", ", \"no_data\": \"fail\"", Verdict.Fail, "no data")]
    [InlineData("", "", ", \"no_data\": \"pass\"", Verdict.Inconclusive, "no data, but of how many requests is not known: no data")]
    [InlineData("", "0", ", \"no_data\": \"pass\"", Verdict.Inconclusive, "no data, but of 0 requests, where 20 would be enough to tell")]
    [InlineData("", "500", ", \"no_data\": \"pass\"", Verdict.Pass, "no data")]
    [InlineData("", "500", "", Verdict.Inconclusive, "no data")]
    [InlineData("NaN", "500", "", Verdict.Inconclusive, "NaN: nothing was measured")]
    public async Task S16_too_few_requests_are_neither_a_failure_nor_a_pass(string share, string requests, string more, Verdict verdict, string measured)
    {
        await using var stub = await StubServer.StartAsync();
        stub.Answer = context => StubServer.Json(Vector(Query(stub) == "made[1m]" ? requests : share))(context);
        var result = (await CheckAt(new HttpSource(stub.Url, null)).AskAsync(
            Context(changedMinutesAgo: 0), Parameters($$"""{"query": "q", "below": 0.1, "requests": "made[${since_change}]"{{more}}}"""), Cancellation)).Single();
        (result.Verdict, result.Measured).ShouldBe((verdict, measured));
    }

    [Fact]
    public async Task S16_where_the_number_of_requests_cannot_be_asked_nothing_is_told_by_it()
    {
        await using var stub = await StubServer.StartAsync();
        stub.Answer = context => (Query(stub) == "made" ? StubServer.Json("<html>", 502) : StubServer.Json(Vector("0.5")))(context);
        var result = (await CheckAt(new HttpSource(stub.Url, null)).AskAsync(Context(), Parameters("""{"query": "q", "below": 0.1, "requests": "made"}"""), Cancellation)).Single();
        (result.Verdict, result.Measured).ShouldBe((Verdict.Inconclusive, "0.5, but of how many requests is not known: Prometheus answered 502"));
    }

    [Theory]
    [InlineData("""{"status": "error", "error": "parse error: unexpected end"}""", 400, "Prometheus refused the query: parse error: unexpected end")]
    [InlineData("""{"status": "error"}""", 503, "Prometheus refused the query: no reason given")]
    [InlineData("""{"status": "success", "data": {"resultType": "matrix", "result": []}}""", 200, "the query answers with a matrix, not with numbers")]
    [InlineData("""{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "histogram": [1, {}]}]}}""", 200, "the answer is not Prometheus's numbers")]
    [InlineData("""{"status": "success", "data": {"resultType": "vector", "result": [{"value": [1, 2]}]}}""", 200, "the answer is not Prometheus's numbers")]
    [InlineData("""{"status": "success", "data": {"resultType": "vector", "result": [{"value": [1, "many"]}]}}""", 200, "the answer is not Prometheus's numbers")]
    [InlineData("""{"status": "success"}""", 200, "the answer is not Prometheus's numbers")]
    [InlineData("""{"status": 5}""", 200, "the answer is not Prometheus's numbers")]
    [InlineData("[]", 200, "the answer is not Prometheus's")]
    [InlineData("<html>", 200, "the answer is not Prometheus's")]
    [InlineData("<html>", 502, "Prometheus answered 502")]
    [InlineData("", 503, "Prometheus answered 503")]
    [InlineData("""{"message": "Unauthorized"}""", 401, "Prometheus answered 401")]
    public async Task S16_whatever_else_comes_is_inconclusive_with_the_reason(string body, int status, string why)
    {
        var result = await AskAsync(body, """{"query": "q", "below": 1, "no_data": "pass"}""", status);
        result.Verdict.ShouldBe(Verdict.Inconclusive);
        result.Measured.ShouldStartWith(why);
    }

    [Fact]
    public async Task S16_an_unreachable_or_missing_prometheus_is_inconclusive()
    {
        var stub = await StubServer.StartAsync();
        var url = stub.Url;
        await stub.DisposeAsync();
        foreach (var source in new[] { new HttpSource(url, null), null })
        {
            var result = (await CheckAt(source).AskAsync(Context(), Parameters("""{"query": "q", "below": 1, "no_data": "pass"}"""), Cancellation)).Single();
            result.Verdict.ShouldBe(Verdict.Inconclusive);
        }
    }

    [Theory]
    [InlineData(0, "1m")]
    [InlineData(0.5, "1m")]
    [InlineData(1, "1m")]
    [InlineData(1.5, "1m30s")]
    [InlineData(3, "3m")]
    [InlineData(5, "5m")]
    [InlineData(90, "5m")]
    public async Task The_range_since_the_change_is_between_1_and_5_minutes(double minutes, string range)
    {
        await using var stub = await StubServer.StartAsync(StubServer.Json(Vector("0")));
        await CheckAt(new HttpSource(stub.Url, null)).AskAsync(
            Context(changedMinutesAgo: minutes), Parameters("""{"query": "rate(x[${since_change}])", "below": 1}"""), Cancellation);
        Query(stub).ShouldBe($"rate(x[{range}])");
    }

    [Fact]
    public async Task Values_cannot_leave_the_quotes_they_stand_in()
    {
        await using var stub = await StubServer.StartAsync(StubServer.Json(Vector("0")));
        await CheckAt(new HttpSource(stub.Url + "/", null)).AskAsync(
            Context(service: "a\"} or vector(0) #", @namespace: "x\\'"),
            Parameters("""{"query": "up{job=\"${service}\", namespace='${namespace}'}", "below": 1}"""), Cancellation);
        Query(stub).ShouldBe("""up{job="a\U00000022\U0000007d or vector\U000000280\U00000029 \U00000023", namespace='x\U0000005c\U00000027'}""");
        stub.Asked.Single().Path.ShouldBe("/api/v1/query");
    }

    [Fact]
    public async Task The_operators_token_is_sent()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "t0ken\n", Cancellation);
        await using var stub = await StubServer.StartAsync(StubServer.Json(Vector("0")));
        await CheckAt(new HttpSource(stub.Url, file)).AskAsync(Context(), Parameters("""{"query": "q", "below": 1}"""), Cancellation);
        stub.Asked.Single().Authorization.ShouldBe("Bearer t0ken");
        File.Delete(file);
    }

    [Theory]
    [InlineData("promql: {query: up}", "promql in check set \"healthy\" has no limit: it would always pass")]
    [InlineData("promql: {query: up, report: true}", "only reports and judges nothing")]
    [InlineData("promql: {query: up, below: 1, above: 0}", "exclude each other")]
    [InlineData("promql: {query: up, below: 1, at_least: 5}", "there is no query for them")]
    [InlineData("http: /health, promql: {query: up, requests: up, report: true}", "no limit to judge it by")]
    [InlineData("promql: {query: up, below: 1, requests: [up]}", "requests")]
    public void A_check_that_says_nothing_is_a_fault_of_the_matrix(string check, string fault) =>
        Faults($"all: [{check}]").ShouldHaveSingleItem().ShouldContain(fault);

    [Theory]
    [InlineData("all: [promql: {query: up, above: 0}]")]
    [InlineData("all: [http: /health, promql: {query: up, report: true}]")]
    public void A_limit_or_a_report_beside_a_judged_check_is_sound(string set) => Faults(set).ShouldBeEmpty();

    [Fact]
    public async Task Without_a_limit_it_never_passes_even_when_it_was_loaded_once() =>
        (await AskAsync(Vector("0"), """{"query": "q"}""")).Verdict.ShouldBe(Verdict.Inconclusive);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static IReadOnlyList<string> Faults(string set)
    {
        var content = Matrices.Replaced("all: [http: /health]", set);
        var files = new MatrixFiles([new MatrixFile("matrix.yml", "matrix.yml", content)]);
        return [.. MatrixLoader.Load(files, FakeCatalog.RealWhereTheyExist(), null).Faults.Select(f => f.ToString()!)];
    }

    private static string Vector(string values)
    {
        var samples = values.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => $$"""{"metric": {}, "value": [1763899200.1, "{{v}}"]}""");
        return $$"""{"status": "success", "data": {"resultType": "vector", "result": [{{string.Join(',', samples)}}]} }""";
    }

    private static string Query(StubServer stub) => QueryHelpers.ParseQuery(stub.Asked.Last().Body)["query"].ToString();

    private PromqlCheck CheckAt(HttpSource? source) => new(new PrometheusSource(_http, Granting(prometheus: source), TimeProvider.System));

    private async Task<CheckResult> AskAsync(string body, string parameters, int status = 200)
    {
        await using var stub = await StubServer.StartAsync(StubServer.Json(body, status));
        return (await CheckAt(new HttpSource(stub.Url, null)).AskAsync(Context(), Parameters(parameters), Cancellation)).Single();
    }
}
