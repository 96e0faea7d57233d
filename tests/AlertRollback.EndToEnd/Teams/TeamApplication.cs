using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>One request that a check or an action sent.</summary>
internal sealed record Asked(string Method, string Path, string Body, string? Authorization);

/// <summary>Everything that a team's checks ask by HTTP: its applications and Prometheus, on one address.</summary>
internal sealed class TeamApplication : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<Asked> asked = new();

    private TeamApplication()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.MapMethods("/api/v1/query", ["GET", "POST"], QueryAsync);
        app.MapGet("/api/v1/alerts", () => Results.Text("""{"status": "success", "data": {"alerts": []}}""", "application/json"));
        app.MapGet("/api/v2/alerts", () => Results.Text("[]", "application/json"));
        app.MapFallback(AnswerAsync);
    }

    /// <summary>Status and JSON for a request; by default everything is well.</summary>
    public Func<Asked, Task<(int Status, string Json)>> Answer { get; set; } = _ => Task.FromResult((200, "{}"));

    /// <summary>What Prometheus answers to a query; null: no data. By default 0.</summary>
    public Func<string, double?> Measure { get; set; } = _ => 0;

    /// <summary>How many requests whatever is measured is made of.</summary>
    public double Requests { get; set; } = 1200;

    /// <summary>Everything that was asked of the applications, in its order.</summary>
    public IReadOnlyList<Asked> Asked => [.. asked];

    public Uri Url => new(app.Urls.First());

    public static async Task<TeamApplication> StartAsync()
    {
        var application = new TeamApplication();
        await application.app.StartAsync(TestContext.Current.CancellationToken);
        return application;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<IResult> AnswerAsync(HttpRequest request)
    {
        using var body = new StreamReader(request.Body);
        var question = new Asked(request.Method, request.Path + request.QueryString, await body.ReadToEndAsync(), request.Headers.Authorization);
        asked.Enqueue(question);
        var (status, json) = await Answer(question);
        return Results.Text(json, "application/json", statusCode: status);
    }

    private async Task<IResult> QueryAsync(HttpRequest request)
    {
        var query = request.HasFormContentType ? (await request.ReadFormAsync())["query"].ToString() : request.Query["query"].ToString();
        var sample = (query.StartsWith("sum(increase(", StringComparison.Ordinal) ? Requests : Measure(query)) is { } value
            ? string.Create(CultureInfo.InvariantCulture, $$"""{"metric": {}, "value": [0, "{{value}}"]}""")
            : "";
        return Results.Text($$"""{"status": "success", "data": {"resultType": "vector", "result": [{{sample}}]} }""", "application/json");
    }
}
