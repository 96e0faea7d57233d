using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Support;

/// <summary>A real Prometheus by default with the alert rules that are shipped for rental as they are, scraping every second.</summary>
internal sealed class PrometheusProcess : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly RunningProgram program;

    private PrometheusProcess(string configuration)
    {
        var config = folder.Write("prometheus.yml", configuration);
        Url = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        program = RunningProgram.Start(Need.Program("prometheus"),
        [
            $"--config.file={config}", $"--storage.tsdb.path={folder.Path}/data", $"--web.listen-address={Url.Authority}", "--log.level=warn",
        ]);
    }

    public Uri Url { get; }

    /// <summary>Scrapes what a team's application says of itself.</summary>
    public static Task<PrometheusProcess> StartAsync(Uri application, params IEnumerable<AlertmanagerProcess> alertmanagers) => StartAsync($$"""
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ["{{Repository.File("alert-rules/rental/rules.yml")}}"]
            alerting:
              alertmanagers:
                - static_configs: [{targets: [{{string.Join(", ", alertmanagers.Select(a => $"\"{a.Url.Authority}\""))}}]}]
            scrape_configs:
              - job_name: rental-api
                static_configs:
                  - targets: ["{{application.Authority}}"]
                    labels: {service: rental-api}
            """);

    public static async Task<PrometheusProcess> StartAsync(string configuration)
    {
        var started = new PrometheusProcess(configuration);
        try
        {
            using var http = new HttpClient();
            await started.program.AnswersAsync(http, $"{started.Url}-/ready");
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await program.DisposeAsync();
        folder.Dispose();
    }
}
