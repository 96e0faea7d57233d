using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.Tests.AlertRules;
using AlertRollback.Tests.Support;
using AlertRollback.Tests.Support.Web;
using AlertRollback.Tests.Web.Operators;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Telemetry;

/// <summary>What Prometheus is answered by the whole service.</summary>
public sealed partial class MetricsEndpointTests
{
    private static async Task<Scrape> ScrapeAsync(OperatorsUnderTest service)
    {
        var (status, text) = await service.ScrapeAsync();
        status.ShouldBe(HttpStatusCode.OK, text);
        return Scrape.Of(text);
    }

    [Theory]
    [InlineData("scraper-token", HttpStatusCode.OK)]
    [InlineData("person-token", HttpStatusCode.OK)]
    [InlineData("hook-token", HttpStatusCode.Forbidden)]
    [InlineData("pipeline-token", HttpStatusCode.Forbidden)]
    [InlineData("wrong", HttpStatusCode.Unauthorized)]
    public async Task A_scrapers_credential_opens_the_metrics_and_nothing_else(string token, HttpStatusCode answer)
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await service.ScrapeAsync(token)).Status.ShouldBe(answer);
        if (token != "scraper-token")
            return;
        service.Client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        foreach (var path in new[] { "status", "rollbacks", "quarantine?image=shop/api:v1&service=rental-api" })
            (await service.GetAsync(path)).Status.ShouldBe(HttpStatusCode.Forbidden, path);
        using var body = new StringContent("{}");
        (await service.SendAlertsAsync(body, token)).ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Without_a_credential_it_says_which_are_taken()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        service.Client.DefaultRequestHeaders.Authorization = null;
        using var answer = await service.Client.GetAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.Select(w => w.Scheme).ShouldBe(["Basic", "Bearer"]);
    }

    [Fact]
    public async Task Prometheus_own_program_finds_nothing_wrong_and_every_metric_is_described()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await service.FireAsync("low");
        await service.FireAsync("critical");
        await service.UntilAsync(b => b.Rollbacks.Count == 1 && b.Tasks.Count == 1);
        using var body = new StringContent("no message");
        (await service.SendAlertsAsync(body, "hook-token")).ShouldBe(HttpStatusCode.BadRequest);

        var text = (await service.ScrapeAsync()).Text;
        (await Scrape.FaultsAsync(text)).ShouldBeEmpty();

        var described = File.ReadLines(Path.Combine(TeamFiles.Repository, "deploy", "README.md")).SelectMany(l => Described().Matches(l).Select(m => m.Groups[1].Value));
        described.ShouldBe(Typed().Matches(text).Select(m => m.Groups[1].Value), ignoreOrder: true);
    }

    [Fact]
    public async Task It_says_what_runs_whether_it_is_ready_and_what_is_in_use()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
        await using var service = await OperatorsUnderTest.StartAsync(time: time);
        var scrape = await ScrapeAsync(service);
        scrape["alertrollback_build_info{version=\"0.1.0\"}"].ShouldBe(1);
        scrape["alertrollback_ready"].ShouldBe(1);
        scrape.Named("alertrollback_ready_condition").ShouldBe(((string[])["draining", "journal", "matrix"]).Select(c => $"alertrollback_ready_condition{{condition=\"{c}\"}}"));
        scrape["alertrollback_matrix_rows{team=\"rental\"}"].ShouldBe(2);
        scrape["alertrollback_matrix_last_reload_successful"].ShouldBe(1);
        scrape["alertrollback_matrix_last_reload_success_timestamp_seconds"].ShouldBe(time.GetUtcNow().ToUnixTimeSeconds());
        scrape["process_resident_memory_bytes"].ShouldBeGreaterThan(10 * 1024 * 1024);
        scrape["process_start_time_seconds"].ShouldBeGreaterThan(1_700_000_000);

        time.Advance(TimeSpan.FromMinutes(1));
        await service.ReloadAsync("team: rental\nrows: oops\n");
        scrape = await ScrapeAsync(service);
        scrape["alertrollback_matrix_last_reload_successful"].ShouldBe(0);
        scrape["alertrollback_matrix_last_reload_success_timestamp_seconds"].ShouldBe(time.GetUtcNow().ToUnixTimeSeconds() - 60);
        scrape["alertrollback_matrix_rows{team=\"rental\"}"].ShouldBe(2, "the last good one stays in use");
        scrape["alertrollback_ready"].ShouldBe(1);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_written_is_shown_until_it_can_be_again()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await ScrapeAsync(service))["alertrollback_journal_writable"].ShouldBe(1);
        (await ScrapeAsync(service)).Named("alertrollback_journal_last_failure_timestamp_seconds").ShouldBeEmpty();
        using (var other = new SqliteConnection($"Data Source={service.JournalFile};Pooling=False"))
        {
            await other.OpenAsync(TestContext.Current.CancellationToken);
            using var held = other.CreateCommand();
            held.CommandText = "BEGIN IMMEDIATE";
            await held.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            (await service.PostAsync("kill-switch", """{"on": true, "why": "w"}""")).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);

            var scrape = await ScrapeAsync(service);
            (scrape["alertrollback_journal_writable"], scrape["alertrollback_ready"], scrape["alertrollback_ready_condition{condition=\"journal\"}"]).ShouldBe((0, 0, 0));
            scrape["alertrollback_journal_last_failure_timestamp_seconds"].ShouldBeGreaterThan(scrape["process_start_time_seconds"]);
        }

        await UntilAsync(service, s => s["alertrollback_journal_writable"] == 1);
    }

    [Fact]
    public async Task Refused_messages_are_counted_and_said_to_be_trouble_as_people_are_told()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        Refusing(await ScrapeAsync(service)).ShouldBe((0, 0, 0));
        (await SendAsync("wrong")).ShouldBe(HttpStatusCode.Unauthorized);
        Refusing(await ScrapeAsync(service)).ShouldBe((0, 0, 0), "a stranger is no sender of alerts");
        (await SendAsync("hook-token")).ShouldBe(HttpStatusCode.BadRequest);
        (await SendAsync("hook-token")).ShouldBe(HttpStatusCode.BadRequest);

        var scrape = await ScrapeAsync(service);
        (scrape["alertrollback_webhook_messages_refused_total{status=\"401\"}"], scrape["alertrollback_webhook_messages_refused_total{status=\"400\"}"]).ShouldBe((1, 2));
        Refusing(scrape).ShouldBe((0, 0, 1));

        static (double Unheard, double TooLarge, double Unreadable) Refusing(Scrape scrape) =>
            (scrape[Kind("unheard")], scrape[Kind("too_large")], scrape[Kind("unreadable")]);
        static string Kind(string kind) => $"alertrollback_webhook_refusing{{kind=\"{kind}\"}}";
        async Task<HttpStatusCode> SendAsync(string token)
        {
            using var body = new StringContent("no message");
            return await service.SendAlertsAsync(body, token);
        }
    }

    [Fact]
    public async Task What_else_the_status_shows_as_broken_is_counted()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        (await ScrapeAsync(service))["alertrollback_credentials_faulty"].ShouldBe(0);
        // The workload of the matrix, as there is no cluster here.
        await UntilAsync(service, s => s["alertrollback_workloads_unwatched"] == 1);
        service.Unwatched.Fails("deployment/production/other", "kind", "why");
        File.WriteAllText(service.TokenFileOf("eve"), "");

        await UntilAsync(service, s => s["alertrollback_credentials_faulty"] == 1);
        (await ScrapeAsync(service))["alertrollback_workloads_unwatched"].ShouldBe(2);
    }

    // Whoever may send alerts could fill Prometheus otherwise.
    [Fact]
    public async Task No_label_of_an_alert_makes_a_series()
    {
        await using var service = await OperatorsUnderTest.StartAsync();
        await service.FireAsync("low");
        await service.UntilAsync(b => b.Tasks.Count == 1);
        var before = (await ScrapeAsync(service)).Series.Keys.ToList();

        for (var i = 0; i < 20; i++)
        {
            using var body = new StringContent(Messages.Of(
                Alert(("alertname", $"wild{i}"), ("service", "rental-api"), ("severity", "low"), ($"wild{i}", $"wild{i}")),
                Alert(("alertname", $"wild{i}"), ("service", $"wild{i}"), ("team", $"wild{i}"), ("severity", $"wild{i}"), ("reason", $"wild{i}"))));
            (await service.SendAlertsAsync(body, "hook-token")).ShouldBe(HttpStatusCode.OK);
        }

        await service.UntilAsync(b => b.NotActedOn.Count() == 20 && b.Tasks.Values.Sum(t => t.Causes.Count) == 21);
        (await ScrapeAsync(service)).Series.Keys.Except(before).ShouldBe(["alertrollback_alerts_not_acted_on{reason=\"unknown_service\"}"], "by its reason, which is our word");
    }

    private static JsonObject Alert(params IEnumerable<(string Name, string Value)> labels)
    {
        var alert = Messages.Alert();
        alert["labels"] = new JsonObject(labels.Select(l => KeyValuePair.Create<string, JsonNode?>(l.Name, l.Value)));
        return alert;
    }

    // In real time: files are looked at once a second, and the journal's writer tries again by itself.
    private static Task UntilAsync(OperatorsUnderTest service, Func<Scrape, bool> wanted, [CallerArgumentExpression(nameof(wanted))] string what = "") =>
        Until.TrueAsync(async () => wanted(await ScrapeAsync(service)), what);

    [GeneratedRegex(@"(?<=^\| [^|]*)`((?:alertrollback|process)_\w+)")]
    private static partial Regex Described();

    [GeneratedRegex(@"^# TYPE (\w+)", RegexOptions.Multiline)]
    private static partial Regex Typed();
}
