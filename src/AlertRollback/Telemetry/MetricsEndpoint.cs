namespace AlertRollback.Telemetry;

/// <summary>The address Prometheus scrapes.</summary>
public static class MetricsEndpoint
{
    public const string Path = "/metrics";

    /// <summary>Maps the metrics; who may read them is up to whoever maps them.</summary>
    public static IEndpointConventionBuilder MapMetrics(this IEndpointRouteBuilder endpoints) => endpoints.MapGet(Path, (RequestDelegate)AnswerAsync);

    private static async Task AnswerAsync(HttpContext context)
    {
        var metrics = context.RequestServices.GetRequiredService<Metrics>().Collect();
        context.Response.ContentType = MetricsText.ContentType;
        MetricsText.Write(context.Response.BodyWriter, metrics);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
