using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AlertRollback.EndToEnd.Support;

/// <summary>
/// Stands between the service and the real API server, sees every write, and lets a test act at the moment when one
/// arrives or was accepted.
/// </summary>
internal sealed class ApiGate : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly ClusterNamespace space;
    private readonly TemporaryFolder folder = new();
    private readonly WebApplication app;
    private readonly List<string> accepted = [];
    private readonly List<string> executed = [];

    private ApiGate(ClusterNamespace space)
    {
        this.space = space;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.UseWebSockets();
        app.Run(ForwardAsync);
    }

    /// <summary>Writes that the API server accepted, as method and path; dry runs are none.</summary>
    public IReadOnlyList<string> Accepted
    {
        get
        {
            lock (gate) return [.. accepted];
        }
    }

    /// <summary>Commands that were passed on to be run in pods, as <c>pod: program arguments</c>.</summary>
    public IReadOnlyList<string> Executed
    {
        get
        {
            lock (gate) return [.. executed];
        }
    }

    /// <summary>Runs once, when the next write arrives; false: it never reaches the API server.</summary>
    public Func<Task<bool>>? BeforeWrite { get; set; }

    /// <summary>Runs once, after the API server accepted the next write and before the service hears of it.</summary>
    public Func<Task>? AfterWrite { get; set; }

    /// <summary>What runs in pods instead of the node's own words; null: nothing does.</summary>
    public PodPrograms? Programs { get; set; }

    public string Kubeconfig { get; private set; } = "";

    public static async Task<ApiGate> StartAsync(ClusterNamespace space)
    {
        var started = new ApiGate(space);
        await started.app.StartAsync(TestContext.Current.CancellationToken);
        started.Kubeconfig = started.folder.Write("kubeconfig", $$"""
            apiVersion: v1
            kind: Config
            current-context: gate
            clusters: [{name: gate, cluster: {server: "{{started.app.Urls.First()}}"} }]
            users: [{name: gate, user: {token: unused} }]
            contexts: [{name: gate, context: {cluster: gate, user: gate} }]
            """);
        return started;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        folder.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            await ExecuteAsync(context);
            return;
        }

        var isWrite = context.Request.Method is "PATCH" or "POST" or "PUT" or "DELETE" && !context.Request.QueryString.ToString().Contains("dryRun", StringComparison.Ordinal);
        if (isWrite && BeforeWrite is { } before)
        {
            BeforeWrite = null;
            if (!await before())
            {
                context.Abort();
                return;
            }
        }

        using var request = await RequestAsync(context);
        using var answer = await space.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        if (isWrite && answer.IsSuccessStatusCode)
        {
            lock (gate) accepted.Add($"{context.Request.Method} {context.Request.Path}");
            if (AfterWrite is { } after)
            {
                AfterWrite = null;
                await after();
            }
        }

        await AnswerAsync(context, answer);
    }

    private async Task ExecuteAsync(HttpContext context)
    {
        lock (gate) executed.Add(ExecGate.Words(context.Request));
        var command = context.Request.Query["command"].Select(c => c!).ToList();
        if (Programs?.Has(command[0]) == true)
            await ExecGate.AnswerAsync(context, () => Programs.RunAsync(command, context.RequestAborted));
        else
            await ExecGate.OfCluster().PassAsync(context);
    }

    private static async Task<HttpRequestMessage> RequestAsync(HttpContext context)
    {
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), $"{context.Request.Path.Value!.TrimStart('/')}{context.Request.QueryString}");
        foreach (var accept in context.Request.Headers.Accept)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        if (context.Request.ContentType is not { } type)
            return request;
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        request.Content = new ByteArrayContent(body.ToArray());
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return request;
    }

    // Piece by piece: a watch has no end.
    private static async Task AnswerAsync(HttpContext context, HttpResponseMessage answer)
    {
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        if (answer.Headers.RetryAfter is { } retry)
            context.Response.Headers.RetryAfter = retry.ToString();
        await context.Response.StartAsync(context.RequestAborted);
        await using var stream = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        var buffer = new byte[16 * 1024];
        try
        {
            while (await stream.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // the service closed its watch, or was killed
        }
    }
}
