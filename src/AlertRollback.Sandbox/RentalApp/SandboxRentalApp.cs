using AlertRollback.Sandbox.Prometheus;

namespace AlertRollback.Sandbox.RentalApp;

/// <summary>The pretend rental-api, which answers as the images that run in the cluster would: requests go to the ready pods in turn.</summary>
public sealed class SandboxRentalApp : IAsyncDisposable
{
    private readonly IRunningImages images;
    private readonly TimeProvider time;
    private readonly (string Namespace, string Name) workload;
    private readonly string? token;
    private LoopbackServer? server;
    private long requests = -1;

    private SandboxRentalApp(IRunningImages images, TimeProvider time, (string, string) workload, string? token) =>
        (this.images, this.time, this.workload, this.token) = (images, time, workload, token);

    public Uri Address => server!.Address;

    /// <param name="token">The bearer token that the transactions ask for; null: none.</param>
    /// <param name="port">0: any free port.</param>
    public static async Task<SandboxRentalApp> StartAsync(
        IRunningImages images, TimeProvider time, string? token = null, string @namespace = "production", string workload = "rental-api", int port = 0)
    {
        var app = new SandboxRentalApp(images, time, (@namespace, workload), token);
        app.server = await LoopbackServer.StartAsync(port, app.Map);
        return app;
    }

    public ValueTask DisposeAsync() => server!.DisposeAsync();

    private void Map(WebApplication app)
    {
        app.MapGet("/api/health", (CancellationToken gone) => AnswerAsync("""{"status":"healthy"}""", gone));
        var rentals = app.MapGroup("/api/transactions/rentals").AddEndpointFilter(async (call, next) =>
            token is null || call.HttpContext.Request.Headers.Authorization == $"Bearer {token}" ? await next(call) : Results.Unauthorized());
        rentals.MapGet("/active", (CancellationToken gone) => AnswerAsync("""{"rentals":[{"id":1041,"item":"Excavator 8t"},{"id":1042,"item":"Scissor lift"}]}""", gone));
        rentals.MapGet("/", (CancellationToken gone) => AnswerAsync("""{"rentals":[],"total":1042}""", gone));
    }

    private async Task<IResult> AnswerAsync(string json, CancellationToken gone)
    {
        RunningPod[] ready = [.. images.Pods(workload.Namespace, workload.Name).Where(p => p.Ready)];
        if (ready.Length == 0) return Results.Text("no healthy upstream\n", statusCode: 503);
        var (turn, pod) = Math.DivRem(Interlocked.Increment(ref requests), ready.Length);
        if (ready[pod].IsSlow) await Task.Delay(TimeSpan.FromSeconds(Traffic.SlowSeconds), time, gone);
        return ready[pod].HasErrors && turn % (long)(1 / Traffic.ErrorsOfBadPod) == 0
            ? Results.Text("""{"error":"internal server error"}""", "application/json", statusCode: 500)
            : Results.Text(json, "application/json");
    }
}
