using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AlertRollback.EndToEnd.Support;

/// <summary>
/// The rental application as its users and Prometheus see it: its health and its numbers follow the images of the pods
/// that are ready. An image whose tag contains <c>errors</c> answers half of its requests with 500.
/// </summary>
internal sealed class MetricsExporter : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Workload workload;
    private readonly WebApplication app;
    private DateTimeOffset last = TimeProvider.System.GetUtcNow();
    private long looked;
    private double share = 1;
    private double good;
    private double bad;

    private MetricsExporter(Workload workload)
    {
        this.workload = workload;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.MapGet("/metrics", MetricsAsync);
        app.MapGet("/api/{**path}", async () => await ShareOfErrorsAsync() > 0 ? Results.StatusCode(500) : Results.Text("[]"));
    }

    /// <summary>More traffic makes a window of minutes forget the bad release sooner.</summary>
    public double RequestsPerSecond { get; set; } = 10;

    public Uri Url => new(app.Urls.First());

    public static async Task<MetricsExporter> StartAsync(Workload workload)
    {
        var exporter = new MetricsExporter(workload);
        await exporter.app.StartAsync(TestContext.Current.CancellationToken);
        return exporter;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    // Looked at a few times a second at most: the checks measure how fast this answers.
    private async Task<double> ShareOfErrorsAsync()
    {
        if (TimeProvider.System.GetElapsedTime(looked) > TimeSpan.FromMilliseconds(250))
        {
            share = Share(await workload.ReadyImagesAsync());
            looked = TimeProvider.System.GetTimestamp();
        }

        return share;
    }

    private static double Share(IReadOnlyList<string> images) =>
        images.Count == 0 ? 1 : 0.5 * images.Count(i => i.Contains("errors", StringComparison.Ordinal)) / images.Count;

    private async Task<string> MetricsAsync()
    {
        var failing = await ShareOfErrorsAsync();
        lock (gate)
        {
            var now = TimeProvider.System.GetUtcNow();
            var requests = (now - last).TotalSeconds * RequestsPerSecond;
            last = now;
            bad += requests * failing;
            good += requests * (1 - failing);
            return string.Create(CultureInfo.InvariantCulture, $$"""
                # TYPE http_requests_total counter
                http_requests_total{code="200",status="200"} {{good}}
                http_requests_total{code="500",status="500"} {{bad}}
                # TYPE http_request_duration_seconds_sum counter
                http_request_duration_seconds_sum {{(good + bad) * 0.05}}
                # TYPE http_request_duration_seconds_count counter
                http_request_duration_seconds_count {{good + bad}}
                # TYPE container_memory_working_set_bytes gauge
                container_memory_working_set_bytes{container="rental-api"} 268435456
                # TYPE pg_stat_activity_count gauge
                pg_stat_activity_count{datname="rental"} 12

                """);
        }
    }
}
