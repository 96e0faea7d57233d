using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Sandbox.Prometheus;

/// <summary>A pretend Prometheus: instant queries, alerts and readiness over HTTP, with numbers that follow the images that run.</summary>
public sealed class SandboxPrometheus : IAsyncDisposable
{
    private readonly SandboxMetrics metrics;
    private readonly TimeProvider time;
    private readonly string workload;
    private readonly Lock gate = new();
    private LoopbackServer? server;
    private DateTimeOffset? criticalSince;

    private SandboxPrometheus(IRunningImages images, TimeProvider time, string @namespace, string workload)
    {
        metrics = new SandboxMetrics(images, @namespace, workload);
        (this.time, this.workload) = (time, workload);
    }

    public Uri Address => server!.Address;

    /// <param name="images">Asked anew for every query.</param>
    /// <param name="port">0: any free port.</param>
    public static async Task<SandboxPrometheus> StartAsync(
        IRunningImages images, TimeProvider time, string @namespace = "production", string workload = "rental-api", int port = 0)
    {
        var prometheus = new SandboxPrometheus(images, time, @namespace, workload);
        prometheus.server = await LoopbackServer.StartAsync(port, prometheus.Map);
        return prometheus;
    }

    public ValueTask DisposeAsync() => server!.DisposeAsync();

    private void Map(WebApplication app)
    {
        app.MapMethods("/api/v1/query", ["GET", "POST"], QueryAsync);
        app.MapGet("/api/v1/alerts", () => Success(new JsonObject { ["alerts"] = Alerts() }));
        app.MapGet("/-/ready", () => "Prometheus Server is Ready.\n");
        app.MapGet("/-/healthy", () => "Prometheus Server is Healthy.\n");
    }

    private async Task<IResult> QueryAsync(HttpRequest request)
    {
        var text = request.HasFormContentType ? (await request.ReadFormAsync(request.HttpContext.RequestAborted))["query"].ToString() : "";
        if (text.Length == 0) text = request.Query["query"].ToString();
        var (query, fault) = SandboxQuery.Read(text);
        if (query is null) return BadData($"invalid parameter \"query\": {fault}");
        return Success(new JsonObject
        {
            ["resultType"] = "vector",
            ["result"] = new JsonArray([.. metrics.Answer(query).Select(Json)]),
        });
    }

    private JsonObject Json(Sample sample) => new()
    {
        ["metric"] = new JsonObject(sample.Labels.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value))),
        ["value"] = new JsonArray(time.GetUtcNow().ToUnixTimeMilliseconds() / 1000d, sample.Value.ToString("R", CultureInfo.InvariantCulture)),
    };

    // The critical band is the one alert whose rule the numbers can fulfil.
    private JsonArray Alerts()
    {
        lock (gate)
        {
            criticalSince = metrics.Traffic is { Band: 3 } ? criticalSince ?? time.GetUtcNow() : null;
            return criticalSince is not { } since ? [] : [new JsonObject
            {
                ["labels"] = new JsonObject { ["alertname"] = "RentalCriticalBand", ["service"] = workload, ["severity"] = "critical", ["team"] = "rental" },
                ["annotations"] = new JsonObject { ["summary"] = $"{workload} is in band 3 (3 critical, 2 high, 1 medium, 0 low)" },
                ["state"] = "firing",
                ["activeAt"] = since.ToString("O", CultureInfo.InvariantCulture),
                ["value"] = "3e+00",
            }];
        }
    }

    private static IResult Success(JsonObject data) => Results.Text(
        new JsonObject { ["status"] = "success", ["data"] = data }.ToJsonString(), "application/json");

    private static IResult BadData(string error) => Results.Text(
        new JsonObject { ["status"] = "error", ["errorType"] = "bad_data", ["error"] = error }.ToJsonString(), "application/json", statusCode: 400);
}
