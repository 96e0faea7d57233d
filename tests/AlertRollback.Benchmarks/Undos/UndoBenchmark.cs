using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Alerts.Intake;
using AlertRollback.Benchmarks.Receipts;
using AlertRollback.CommandLine;
using AlertRollback.Kubernetes;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Sandbox.Cluster;
using AlertRollback.Storage.Sqlite;

namespace AlertRollback.Benchmarks.Undos;

/// <summary>
/// From the first byte of the alert to the arrival of the undo's patch at the API, beside the same four calls made with
/// nothing between them; turn and turn about, each on a Deployment of its own.
/// </summary>
internal static class UndoBenchmark
{
    private const int WarmUps = 3;
    private const double TargetMilliseconds = 10;

    // The controllers have settled by then, and the service has noted the new revisions.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);

    // A release that close to its alert is for people (S9). No round waits for so long: its alert's sender has a clock that is
    // ahead, by less than the minute up to which it is believed.
    private static readonly TimeSpan Ahead = Attribution.Margin + TimeSpan.FromSeconds(15);

    public static async Task RunAsync(BenchmarkRun run)
    {
        var rounds = WarmUps + (run.IsShort ? 3 : 25);
        var folder = Directory.CreateTempSubdirectory("alertrollback-bench-");
        try
        {
            await using var cluster = await SandboxCluster.StartAsync(SandboxClusterOptions.Quick);
            var api = new KubernetesConnection(cluster.KubeconfigPath).Connect(TimeProvider.System, () => 0.5).Api!;
            var releases = new BadReleases(cluster, api);
            await releases.CreateNamespaceAsync();
            var configuration = Configure(folder, cluster, rounds);
            await using var journal = SqliteJournal.Open(configuration.Journal, TimeProvider.System, LogRoom.OfService);
            await using var app = await ServeCommand.BuildAsync(
                configuration, journal, TimeProvider.System, CancellationToken.None, b => b.Logging.SetMinimumLevel(LogLevel.Error));
            await app.StartAsync();
            using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
            var measured = new List<Round>();
            for (var i = 0; i < rounds; i++)
                measured.Add(await MeasureAsync(cluster, api, releases, journal, app, http, i));
            await app.StopAsync();
            Report(run, measured[WarmUps..], DiskFlush.PerSecond(folder, TimeSpan.FromSeconds(run.IsShort ? 0.2 : 1)));
            var (calls, source) = await KubectlUndo.CallsAsync(folder);
            var most = measured[WarmUps..].Max(r => r.Calls);
            run.Line(
                "API calls from alert to patch", string.Create(CultureInfo.InvariantCulture, $"{most}"),
                string.Create(CultureInfo.InvariantCulture, $"kubectl rollout undo: {calls} ({source})"), "no more than 4", most <= KubectlUndo.Documented);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<Round> MeasureAsync(SandboxCluster cluster, IKubernetesApi api, BadReleases releases, SqliteJournal journal, WebApplication app, HttpClient http, int i)
    {
        var (ours, bare) = (BadReleases.Name(2 * i), BadReleases.Name((2 * i) + 1));
        await releases.ReleaseAsync(ours);
        await releases.ReleaseAsync(bare);
        await Task.Delay(Settle, TimeProvider.System);

        var start = TimeProvider.System.GetUtcNow();
        await BareUndo.RunAsync(api, bare);
        var bareTime = Patch(cluster, bare)!.Time - start;
        await Task.Delay(Settle, TimeProvider.System);

        var message = Message(ours);
        var (requests, commits) = (cluster.Requests.All.Count, journal.Writer.Commits);
        start = TimeProvider.System.GetUtcNow();
        using var answer = await http.PostAsync(AlertsEndpoint.Path, message);
        answer.EnsureSuccessStatusCode();
        var answered = TimeProvider.System.GetUtcNow() - start;
        try
        {
            await releases.UndoneAsync(ours);
        }
        catch (OperationCanceledException)
        {
            var rollback = app.Services.GetRequiredService<Chronicle>().Book.Rollbacks.Values.FirstOrDefault(r => r.Service.Name == ours);
            throw new TimeoutException($"{ours} was not undone: {string.Join("; ", rollback?.Timeline.Select(t => $"{t.Event}") ?? ["no rollback was proposed"])}");
        }

        var patch = Patch(cluster, ours)!;
        commits = journal.Writer.Commits - commits;
        var calls = cluster.Requests.All.Skip(requests).TakeWhile(r => r.Number <= patch.Number).Count(r => !r.Path.Contains("watch=", StringComparison.Ordinal));
        await Task.Delay(Settle, TimeProvider.System);
        return new Round((patch.Time - start).TotalMilliseconds, answered.TotalMilliseconds, bareTime.TotalMilliseconds, calls, commits);
    }

    private static void Report(BenchmarkRun run, IReadOnlyList<Round> rounds, double flushes)
    {
        var (alert, bare) = (rounds.Select(r => r.Alert), rounds.Select(r => r.Bare));
        var beyond = alert.Median() - bare.Median();
        run.Line(
            string.Create(CultureInfo.InvariantCulture, $"alert in → undo patch arrives, {rounds.Count} rounds"),
            string.Create(CultureInfo.InvariantCulture, $"{alert.Median():0.0} ms, p90 {alert.NinetiethPercentile():0.0} ms"),
            string.Create(CultureInfo.InvariantCulture, $"the API's own answers {bare.Median():0.0} ms, p90 {bare.NinetiethPercentile():0.0} ms"),
            string.Create(CultureInfo.InvariantCulture, $"under {TargetMilliseconds} ms beyond; is {beyond:0.0}"),
            beyond < TargetMilliseconds);
        BenchmarkRun.Note($"the alert was answered after {rounds.Select(r => r.Answered).Median():0.0} ms; one flush of this disk takes {1000 / flushes:0.00} ms; the journal committed up to {rounds.Max(r => r.Commits)} times by the time the patch was seen");
    }

    private static LoggedRequest? Patch(SandboxCluster cluster, string name) => cluster.Requests.All.LastOrDefault(
        r => r.Method == "PATCH" && r.Path.Contains($"/deployments/{name}?", StringComparison.Ordinal) && !r.Path.Contains("dryRun=All", StringComparison.Ordinal)
            && r.Time > Released(cluster, name));

    // The release of the bad image was a patch too.
    private static DateTimeOffset Released(SandboxCluster cluster, string name) => cluster.Requests.All.First(
        r => r.Method == "PATCH" && r.Path.Contains($"/deployments/{name}?", StringComparison.Ordinal)).Time;

    // Made beforehand: it counts from its first byte.
    private static StringContent Message(string service) => new(new JsonObject
    {
        ["version"] = "4",
        ["groupKey"] = $"{{}}:{{service=\"{service}\"}}",
        ["truncatedAlerts"] = 0,
        ["status"] = "firing",
        ["receiver"] = "alertrollback",
        ["externalURL"] = "http://alertmanager.example:9093",
        ["alerts"] = new JsonArray(new JsonObject
        {
            ["status"] = "firing",
            ["labels"] = new JsonObject { ["alertname"] = "HighErrorRate", ["service"] = service, ["severity"] = "critical", ["team"] = "rental" },
            ["annotations"] = new JsonObject { ["summary"] = "errors" },
            ["startsAt"] = (TimeProvider.System.GetUtcNow() + Ahead).ToString("O", CultureInfo.InvariantCulture),
            ["endsAt"] = "0001-01-01T00:00:00Z",
            ["generatorURL"] = "http://prometheus.example:9090/graph",
        }),
    }.ToJsonString(), Encoding.UTF8, "application/json");

    private static OperatorConfiguration Configure(DirectoryInfo folder, SandboxCluster cluster, int rounds)
    {
        var matrix = Path.Combine(folder.FullName, "matrix.yml");
        File.WriteAllText(matrix, Matrix(rounds));
        return new OperatorConfiguration
        {
            Listen = "http://127.0.0.1:0",
            Matrix = matrix,
            Journal = Path.Combine(folder.FullName, "journal.db"),
            Kubernetes = new KubernetesSettings(cluster.KubeconfigPath, null),
            // Every round has a target of its own, and none is to wait for another.
            Safety = new SafetyLimits { AtOnce = 10_000, BreakerTargets = 10_000 },
            Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() { Namespaces = [BadReleases.Namespace] } },
        };
    }

    private static string Matrix(int rounds)
    {
        var text = new StringBuilder("""
            team: rental
            severities:
              critical: {start_within: 5m}
            rows:
              - {name: critical band, matchers: ['severity="critical"'], playbook: undo}
            playbooks:
              undo:
                guards: {hold: 1s}
                steps: [rollout_undo: {to: previous}]
                verify: [rolled_out]
            checks:
              rolled_out:
                all: [rollout_status: {}]
            services:

            """);
        for (var i = 0; i < rounds; i++)
        {
            var name = BadReleases.Name(2 * i);
            text.AppendLine(CultureInfo.InvariantCulture, $"  {name}: {{workload: {{deployment: {BadReleases.Namespace}/{name}}}}}");
        }

        return text.ToString();
    }

    /// <summary>Times in milliseconds.</summary>
    private sealed record Round(double Alert, double Answered, double Bare, int Calls, long Commits);
}
