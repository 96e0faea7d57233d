using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Support;

/// <summary>A real Prometheus with the shipped alert rules as they are, scraping every second.</summary>
internal sealed class PrometheusProcess : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly RunningProgram program;

    private PrometheusProcess(Uri application, IEnumerable<AlertmanagerProcess> alertmanagers)
    {
        var config = folder.Write("prometheus.yml", $$"""
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
        Url = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        program = RunningProgram.Start(Need.Program("prometheus"),
        [
            $"--config.file={config}", $"--storage.tsdb.path={folder.Path}/data", $"--web.listen-address={Url.Authority}", "--log.level=warn",
        ]);
    }

    public Uri Url { get; }

    public static async Task<PrometheusProcess> StartAsync(Uri application, params IEnumerable<AlertmanagerProcess> alertmanagers)
    {
        var started = new PrometheusProcess(application, alertmanagers);
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
