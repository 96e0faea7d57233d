using System.Collections.Concurrent;
using System.Net;
using System.Text;
using AlertRollback.Alerts.Intake;
using AlertRollback.Operators;
using AlertRollback.Storage;
using AlertRollback.Web;
using AlertRollback.Web.Credentials;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Support.Web;

/// <summary>The HTTP side on a real Kestrel: credentials in files of its own, a journal on demand, a log to look at.</summary>
internal sealed class WebUnderTest : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly WebApplication _app;

    private WebUnderTest(DirectoryInfo folder, WebApplication app) => (_folder, _app) = (folder, app);

    public HttpClient Client { get; private set; } = null!;

    public ReceiptsJournal Journal { get; private init; } = new();

    public FakeTimeProvider Time { get; private init; } = new();

    public ConcurrentQueue<string> Log { get; private init; } = new();

    public Readiness Readiness => _app.Services.GetRequiredService<Readiness>();

    public static async Task<WebUnderTest> StartAsync(bool withCredentials = true, IntakeLimits? limits = null)
    {
        var folder = Directory.CreateTempSubdirectory("alertrollback-web-");
        Write(folder, "hook", "hook-token\n");
        Write(folder, "hook-basic", "hook-password");
        Write(folder, "person", "person-token");
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var (journal, time, log) = (new ReceiptsJournal(), new FakeTimeProvider(), new ConcurrentQueue<string>());
        builder.Logging.ClearProviders().AddProvider(new KeptLog(log)).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddSingleton<IJournal>(journal).AddSingleton<TimeProvider>(time).AddSingleton<DecisionBasis>(() => "");
        builder.Services.AddWeb(Configuration(folder, withCredentials, limits ?? new IntakeLimits()));
        var app = builder.Build();
        app.UseWeb();
        app.MapGet("/scraped", (Caller caller) => caller.Name).RequireScraper();
        var operators = app.MapWeb();
        operators.MapGet("/who", (Caller caller) => caller.Name);
        operators.MapPost("/note", async (HttpRequest request) => (await new StreamReader(request.Body).ReadToEndAsync(request.HttpContext.RequestAborted)).Length);
        operators.MapPost("/typed", (Typed typed) => typed.Number);
        operators.MapGet("/bug", string () => throw new InvalidOperationException("secret-detail"));
        operators.MapGet("/full", string () => throw new JournalUnavailableException("secret-detail"));

        var web = new WebUnderTest(folder, app) { Journal = journal, Time = time, Log = log };
        await app.StartAsync(TestContext.Current.CancellationToken);
        web.Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        return web;
    }

    public void Write(string name, string secret) => Write(_folder, name, secret);

    public void Remove(string name) => File.Delete(Path.Combine(_folder.FullName, name));

    public Task<HttpResponseMessage> PostAsync(string body, string? authorization = "Bearer hook-token") =>
        PostAsync(new StringContent(body, Encoding.UTF8, "application/json"), authorization);

    public Task<HttpResponseMessage> PostAsync(HttpContent body, string? authorization = "Bearer hook-token") =>
        SendAsync(HttpMethod.Post, "/api/v1/alerts", authorization, body);

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? authorization, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path) { Content = body };
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static string Basic(string user, string password) =>
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    public static async Task<(HttpStatusCode Status, string Text)> ReadAsync(Task<HttpResponseMessage> sending)
    {
        using var answer = await sending;
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static void Write(DirectoryInfo folder, string name, string secret) => File.WriteAllText(Path.Combine(folder.FullName, name), secret);

    private static OperatorConfiguration Configuration(DirectoryInfo folder, bool withCredentials, IntakeLimits limits)
    {
        string File(string name) => Path.Combine(folder.FullName, name);
        return new OperatorConfiguration
        {
            Matrix = "unused",
            Journal = "unused",
            Intake = limits,
            Webhook = withCredentials
                ? [new("old hook", null, File("hook")), new("next hook", null, File("hook-next")), new("basic hook", "alertmanager", File("hook-basic"))]
                : [],
            Operators = withCredentials ? [new("ada", null, File("person"))] : [],
        };
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private sealed record Typed(int Number);
}
