using System.Net;
using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Sandbox.Prometheus;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Sandbox.Prometheus;

public sealed class SandboxPrometheusTests : IAsyncLifetime
{
    private const string ErrorRatio =
        """sum(rate(http_requests_total{job="rental-api",status=~"5.."}[2m])) / sum(rate(http_requests_total{job="rental-api"}[2m]))""";

    private const string Mean =
        """sum by (service) (rate(http_request_duration_seconds_sum{service="rental-api"}[5m])) / sum by (service) (rate(http_request_duration_seconds_count{service="rental-api"}[5m]))""";

    private readonly FixedPods pods = new();
    private readonly FakeTimeProvider time = new();
    private readonly HttpClient http = new();
    private SandboxPrometheus prometheus = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => prometheus = await SandboxPrometheus.StartAsync(pods, time);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await prometheus.DisposeAsync();
    }

    [Theory]
    [InlineData("rental-api:v1 rental-api:v1 rental-api:v1", 0)]
    [InlineData("rental-api:v2-errors rental-api:v2-errors rental-api:v2-errors", 0.2)]
    [InlineData("rental-api:v2-errors rental-api:v1 rental-api:v1 rental-api:v1", 0.05)]
    [InlineData("rental-api:v2-errors! rental-api:v1", 0)]
    public async Task The_error_ratio_follows_the_share_of_ready_pods_with_errors(string images, double expected)
    {
        pods.Images = images.Split(' ');
        (await AskAsync(ErrorRatio)).ShouldHaveSingleItem().ShouldBe(expected, 1e-12);
    }

    [Theory]
    [InlineData("rental-api:v1", 0.04, 0.04)]
    [InlineData("rental-api:v3-slow", 6, 6)]
    [InlineData("rental-api:v3-slow rental-api:v1", 3.02, 6)]
    public async Task Durations_follow_the_share_of_slow_pods(string images, double mean, double p95)
    {
        pods.Images = images.Split(' ');
        (await AskAsync(Mean)).ShouldHaveSingleItem().ShouldBe(mean, 1e-12);
        (await AskAsync("histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))")).ShouldBe([p95]);
    }

    // As the paperless matrix asks: its limit is a recording rule.
    [Theory]
    [InlineData("rental-api:v1", 0.16)]
    [InlineData("rental-api:v3-slow", 24)]
    public async Task A_percentile_is_told_as_a_share_of_its_limit(string images, double share)
    {
        pods.Images = images.Split(' ');
        (await AskAsync("""histogram_quantile(0.95, sum by (service, le) (rate(http_request_duration_seconds_bucket{service="rental-api"}[1m]))) / on (service) service:http_latency_seconds:p95_5m_limit""")).ShouldHaveSingleItem().ShouldBe(share, 1e-12);
    }

    [Theory]
    [InlineData("""service:memory_of_limit:max{service="rental-api"}""", 180.0 / 512)]
    [InlineData("""sum(container_memory_working_set_bytes{container="rental-api"})""", 2 * 180 * 1024 * 1024)]
    [InlineData("""sum(pg_stat_activity_count{datname="rental"})""", 8)]
    [InlineData("""sum(up{job="rental-api"})""", 2)]
    public async Task Numbers_shown_in_reports_count_the_ready_pods(string query, double expected)
    {
        pods.Images = ["rental-api:v1", "rental-api:v1", "rental-api:v2-bad!"];
        (await AskAsync(query)).ShouldBe([expected]);
    }

    [Theory]
    [InlineData("""sum(increase(http_requests_total{job="rental-api"}[1m30s]))""", 90 * 40)]
    [InlineData("""sum(increase(http_request_duration_seconds_bucket{job="rental-api",le="+Inf"}[5m]))""", 300 * 40)]
    [InlineData("""sum(rate(http_requests_total{job="rental-api"}[5m]))""", 40)]
    public async Task Requests_are_counted_over_the_range_or_told_by_the_second(string query, double expected)
    {
        pods.Images = ["rental-api:v1"];
        (await AskAsync(query)).ShouldBe([expected]);
    }

    [Theory]
    [InlineData("no_such_metric")]
    [InlineData("""sum(rate(http_requests_total{job="checkout"}[5m]))""")]
    public async Task What_it_does_not_have_is_no_data(string query)
    {
        pods.Images = ["rental-api:v1"];
        (await AskAsync(query)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_ready_pod_there_are_no_requests_and_no_data()
    {
        pods.Images = ["rental-api:v2-broken!"];
        (await AskAsync(ErrorRatio)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("sum(rate(up[${since_change}]))", "unexpected character: '$'")]
    [InlineData("sum(up", "unclosed '('")]
    [InlineData("up{job=\"rental-api}", "unterminated quoted string")]
    public async Task A_query_that_is_none_is_refused_as_bad_data(string query, string why)
    {
        var answer = await Source.QueryAsync(query, Ct);
        answer.ShouldBeOfType<PrometheusAnswer.Unreachable>().Why.ShouldContain(why);

        using var response = await http.GetAsync(new Uri(prometheus.Address, $"api/v1/query?query={Uri.EscapeDataString(query)}"), Ct);
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        ((string?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Ct))!["errorType"]).ShouldBe("bad_data");
    }

    [Fact]
    public async Task The_critical_alert_fires_as_long_as_the_bad_release_runs()
    {
        var alerts = new HttpAlertSource(http, Operators);
        var labels = new Dictionary<string, string>
        {
            ["alertname"] = "RentalCriticalBand",
            ["service"] = "rental-api",
            ["severity"] = "critical",
            ["team"] = "rental",
            ["cluster"] = "added on the way",
        };

        pods.Images = ["rental-api:v2-errors"];
        (await alerts.IsAnyFiringAsync([labels], Ct)).ShouldBe(true);
        pods.Images = ["rental-api:v1"];
        (await alerts.IsAnyFiringAsync([labels], Ct)).ShouldBe(false);
    }

    private PrometheusSource Source => new(http, Operators, time);

    private OperatorConfiguration Operators => new()
    {
        Matrix = "matrix.yml",
        Journal = "journal.db",
        Prometheus = new HttpSource(prometheus.Address.ToString(), null),
    };

    private async Task<IReadOnlyList<double>> AskAsync(string query) =>
        (await Source.QueryAsync(query, Ct)).ShouldBeOfType<PrometheusAnswer.Samples>().Values;
}
