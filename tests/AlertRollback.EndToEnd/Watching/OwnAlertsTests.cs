using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.EndToEnd.Support;
using AlertRollback.Tests.Support.Stubs;

namespace AlertRollback.EndToEnd.Watching;

/// <summary>A real Prometheus watches the program by the files that are shipped for it; only places and times are a test's.</summary>
public sealed partial class OwnAlertsTests
{
    private const string ScraperToken = "e2e-scraper-token";

    private static readonly IReadOnlyDictionary<string, string> NoCluster = new Dictionary<string, string>
    {
        ["KUBECONFIG"] = "",
        ["KUBERNETES_SERVICE_HOST"] = "",
        ["HOME"] = "/nonexistent",
    };

    [Fact]
    public async Task A_kill_switch_that_is_on_and_a_Slack_that_refuses_call_people_until_they_are_over()
    {
        using var people = new PeopleStubs();
        using var files = Files(people);
        files.Write("credentials/slack", "revoked");
        await using var service = await ServiceProcess.StartAsync(files, NoCluster);
        await using var prometheus = await PrometheusProcess.StartAsync(Configuration(files));
        await UntilAsync(prometheus, "nothing is wrong", alerts => alerts.Count == 0 && service.Output.Length > 0);

        (await service.PostAsAsync(ServiceFiles.OperatorToken, "kill-switch", new JsonObject { ["on"] = true, ["why"] = "moving" })).Status.ShouldBe(204);
        await UntilAsync(prometheus, "all fire", alerts => alerts.SequenceEqual(["AlertRollbackCouldNotTell slack", "AlertRollbackKillSwitchOn", "AlertRollbackTellsNobody slack"]));

        // Started again it does not wait until Slack's next turn; what it knows of is what it knew of.
        files.Write("credentials/slack", SlackStub.Token);
        await service.KillAsync();
        await service.StartAsync(NoCluster);
        await UntilAsync(prometheus, "people are told", alerts => alerts.SequenceEqual(["AlertRollbackKillSwitchOn"]));
        people.Messages.ShouldNotBeEmpty();

        (await service.PostAsAsync(ServiceFiles.OperatorToken, "kill-switch", new JsonObject { ["on"] = false, ["why"] = "moved" })).Status.ShouldBe(204);
        await UntilAsync(prometheus, "all are over", alerts => alerts.Count == 0);
    }

    [Fact]
    public async Task Whoever_is_gone_or_lets_nobody_scrape_is_down()
    {
        using var people = new PeopleStubs();
        using var files = Files(people);
        await using var service = await ServiceProcess.StartAsync(files, NoCluster);
        await using var prometheus = await PrometheusProcess.StartAsync(Configuration(files).Replace(ScraperFile(files), files.WebhookTokenFile, StringComparison.Ordinal));

        await UntilAsync(prometheus, "the wrong credential is seen", alerts => alerts.SequenceEqual(["AlertRollbackDown"]));
    }

    private static ServiceFiles Files(PeopleStubs people)
    {
        var files = new ServiceFiles();
        File.WriteAllText(ScraperFile(files), ScraperToken);
        files.WriteMatrix($$"""
            team: rental
            services:
              rental-api: {slack: "{{PeopleStubs.Channel}}"}
            severities: {low: {} }
            rows:
              - {name: low, matchers: ['severity="low"'], log: true}
            """);
        files.Write("operator.yml", $$"""
            listen: {{files.Url.GetLeftPart(UriPartial.Authority)}}
            matrix: matrix
            journal: journal.db
            credentials:
              webhook: [{name: alertmanager, bearer_file: credentials/webhook}]
              operators: [{name: on-call, bearer_file: credentials/operator}]
              scrapers: [{name: prometheus, bearer_file: credentials/scraper}]
            slack: {token_file: credentials/slack, channel: "{{PeopleStubs.Channel}}", url: "{{people.Slack.Root}}"}
            teams:
              rental: {channels: ["{{PeopleStubs.Channel}}"]}
            """);
        return files;
    }

    private static string ScraperFile(ServiceFiles files) => Path.Combine(files.Folder, "credentials", "scraper");

    // Nobody waits for an hour here; the ages that count are a test's, too.
    private static string Configuration(ServiceFiles files)
    {
        var rules = File.ReadAllText(Repository.File("alert-rules/alertrollback/rules.yml"));
        rules.ShouldContain("time() - 360", customMessage: "a start counts for that long");
        var hasty = Every().Replace(Limit().Replace(Waiting().Replace(rules, "for: 3s"), "> 2"), "interval: 1s").Replace("time() - 360", "time() - 1", StringComparison.Ordinal);
        var shipped = File.ReadAllText(Repository.File("deploy/prometheus.yml"));
        return new[]
        {
            ("../alert-rules/alertrollback/rules.yml", files.Write("rules.yml", hasty)),
            ("../alert-rules/rental/rules.yml", Repository.File("alert-rules/rental/rules.yml")),
            ("/etc/prometheus/credentials/alertrollback", ScraperFile(files)),
            ("alertrollback.alertrollback:8080", files.Url.Authority),
            ("scrape_interval: 15s", "scrape_interval: 1s"),
            ("evaluation_interval: 15s", "evaluation_interval: 1s"),
        }.Aggregate(shipped, (text, change) =>
        {
            text.ShouldContain(change.Item1);
            return text.Replace(change.Item1, change.Item2, StringComparison.Ordinal);
        });
    }

    private static Task UntilAsync(PrometheusProcess prometheus, string what, Func<IReadOnlyList<string>, bool> wanted) => Eventually.BeAsync(what, TimeSpan.FromMinutes(1), async () =>
    {
        using var http = new HttpClient { BaseAddress = prometheus.Url };
        var scraped = JsonNode.Parse(await http.GetStringAsync(new Uri("api/v1/query?query=scrape_samples_scraped{job=%22alertrollback%22}", UriKind.Relative), TestContext.Current.CancellationToken))!["data"]!["result"]!.AsArray();
        if (scraped.Count == 0)
            return false;
        var alerts = JsonNode.Parse(await http.GetStringAsync(new Uri("api/v1/alerts", UriKind.Relative), TestContext.Current.CancellationToken))!["data"]!["alerts"]!.AsArray();
        var firing = alerts.Where(a => (string?)a!["state"] == "firing").Select(a => a!["labels"]!).Where(l => (string?)l["about"] == "alertrollback").Select(l => $"{l["alertname"]} {l["announcer"]}".TrimEnd()).Order(StringComparer.Ordinal).ToList();
        return wanted(firing);
    });

    [GeneratedRegex(@"for: \d+[mh]")]
    private static partial Regex Waiting();

    [GeneratedRegex(@"> [36]00\b")]
    private static partial Regex Limit();

    [GeneratedRegex(@"interval: 15s")]
    private static partial Regex Every();
}
