using System.Collections.Concurrent;
using System.CommandLine;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AlertRollback.CommandLine;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Storage.Sqlite;
using AlertRollback.Tests.Matrix;
using AlertRollback.Tests.Support.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AlertRollback.Tests.Web.Operators;

/// <summary>The whole service on a free port, with a small matrix, no cluster, and what operators call it with.</summary>
internal sealed class OperatorsUnderTest : IAsyncDisposable
{
    /// <summary>Granted, and not there.</summary>
    public const string AbsentProgram = "/nonexistent/health-check";

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<string> _log = new();
    private WebApplication _app = null!;
    private SqliteJournal _journal = null!;

    public HttpClient Client { get; } = new();

    public Chronicle Chronicle => _app.Services.GetRequiredService<Chronicle>();

    public SqliteJournal Journal => _journal;

    public string JournalFile => Path.Combine(_folder.Path, "journal.db");

    public Unwatched Unwatched => _app.Services.GetRequiredService<Unwatched>();

    public IReadOnlyCollection<string> Log => _log;

    public string Url => _app.Urls.Single();

    public string TokenFile => _folder.Write("person", "person-token\n");

    public string WebhookTokenFile => _folder.Write("hook", "hook-token\n");

    /// <summary>The file with the token of one of <see cref="Persons"/>.</summary>
    public string TokenFileOf(string person) => _folder.Write(person, $"{person}-token\n");

    /// <summary>From here on the client is somebody else.</summary>
    public OperatorsUnderTest As(string person)
    {
        Client.DefaultRequestHeaders.Authorization = new("Bearer", $"{person}-token");
        return this;
    }

    /// <param name="matrix">Null: a small one.</param>
    /// <param name="people">Who has which role; null: the operator names nobody.</param>
    public static async Task<OperatorsUnderTest> StartAsync(
        string? kubeconfig = null, string? matrix = null, IReadOnlyDictionary<string, GrantedPeople>? people = null, TimeProvider? time = null)
    {
        var service = new OperatorsUnderTest();
        time ??= TimeProvider.System;
        var configuration = new OperatorConfiguration
        {
            Listen = "http://127.0.0.1:0",
            Matrix = service._folder.Write("matrix.yml", matrix ?? Content),
            Journal = service.JournalFile,
            Kubernetes = new KubernetesSettings(kubeconfig ?? Path.Combine(service._folder.Path, "no-kubeconfig"), null),
            Webhook = [new Credential("hook", null, service.WebhookTokenFile)],
            Operators = [new Credential("ada", null, service.TokenFile), .. Persons.Select(p => new Credential(p, null, service.TokenFileOf(p)))],
            Pipelines = [new Credential("delivery", null, service._folder.Write("pipeline", "pipeline-token\n"))],
            Scrapers = [new Credential("prometheus", null, service._folder.Write("scraper", "scraper-token\n"))],
            Teams = new Dictionary<string, TeamGrants> { ["rental"] = Grants(people) },
        };
        service._journal = SqliteJournal.Open(configuration.Journal, time);
        service._app = await ServeCommand.BuildAsync(
            configuration, service._journal, time, Cancellation, builder => builder.Logging.ClearProviders().AddProvider(new KeptLog(service._log)));
        await service._app.StartAsync(Cancellation);
        var loaded = service._app.Services.GetRequiredService<MatrixSource>();
        loaded.Current.ShouldNotBeNull(loaded.Trouble);
        service.Client.BaseAddress = new Uri(service.Url);
        service.Client.DefaultRequestHeaders.Authorization = new("Bearer", "person-token");
        return service;
    }

    /// <summary>Besides ada, whose token the client has.</summary>
    private static readonly string[] Persons = ["alice", "bob", "carol", "eve"];

    private static TeamGrants Grants(IReadOnlyDictionary<string, GrantedPeople>? people) => new()
    {
        Namespaces = ["production", "staging"],
        Hosts = ["api.example.com"],
        Channels = ["#rental-ops"],
        Roles = new Dictionary<string, string> { ["on-call"] = "@here", ["tech-lead"] = "@lead" },
        People = people ?? new Dictionary<string, GrantedPeople>(),
        Commands = new Dictionary<string, GrantedCommand> { ["health-check"] = new([AbsentProgram]) },
    };

    /// <summary>The status and the JSON, or the text when it is none.</summary>
    public async Task<(HttpStatusCode Status, string Text)> GetAsync(string path)
    {
        using var answer = await Client.GetAsync(new Uri($"/api/v1/{path}", UriKind.Relative), Cancellation);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    public async Task<JsonNode> JsonAsync(string path)
    {
        var (status, text) = await GetAsync(path);
        status.ShouldBe(HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!;
    }

    /// <summary>The metrics, as Prometheus asks for them.</summary>
    public async Task<(HttpStatusCode Status, string Text)> ScrapeAsync(string token = "scraper-token")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/metrics", UriKind.Relative)) { Headers = { Authorization = new("Bearer", token) } };
        using var answer = await Client.SendAsync(request, Cancellation);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    public async Task<(HttpStatusCode Status, string Text)> PostAsync(string path, string json)
    {
        using var body = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var answer = await Client.PostAsync(new Uri($"/api/v1/{path}", UriKind.Relative), body, Cancellation);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    /// <summary>An alert of the matrix's service, through the webhook: it fires, always since the same time.</summary>
    public Task<string> FireAsync(string severity) => DeliverAsync(severity, "2026-11-23T12:00:00Z", null);

    /// <summary>Several of them in one message.</summary>
    public Task<string> FireTogetherAsync(params string[] severities) => DeliverAsync(severities, "2026-11-23T12:00:00Z", null);

    /// <summary>The same from a sender that does not say since when.</summary>
    public Task<string> FireWithoutStartAsync(string severity) => DeliverAsync(severity, null, null);

    /// <summary>The same alert, resolved.</summary>
    public Task<string> ResolveAsync(string severity, DateTimeOffset endsAt) => DeliverAsync(severity, "2026-11-23T12:00:00Z", endsAt);

    private Task<string> DeliverAsync(string severity, string? startsAt, DateTimeOffset? endsAt) => DeliverAsync([severity], startsAt, endsAt);

    private async Task<string> DeliverAsync(string[] severities, string? startsAt, DateTimeOffset? endsAt)
    {
        var alerts = severities.Select(severity => $$$"""
            {"status": "{{{(endsAt is null ? "firing" : "resolved")}}}", "annotations": {},
             "startsAt": "{{{startsAt ?? "0001-01-01T00:00:00Z"}}}", "endsAt": "{{{endsAt ?? DateTimeOffset.MinValue:yyyy-MM-ddTHH:mm:ssZ}}}",
             "labels": {"alertname": "HighErrors", "service": "rental-api", "severity": "{{{severity}}}"}, "generatorURL": ""}
            """);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/alerts", UriKind.Relative))
        {
            Content = JsonContent.Create(JsonNode.Parse($$$"""
                {"version": "4", "groupKey": "g-{{{string.Join('-', severities)}}}", "status": "firing", "receiver": "r", "groupLabels": {}, "commonLabels": {},
                 "commonAnnotations": {}, "externalURL": "http://am", "truncatedAlerts": 0, "alerts": [{{{string.Join(',', alerts)}}}]}
                """)),
        };
        request.Headers.Authorization = new("Bearer", "hook-token");
        using var answer = await Client.SendAsync(request, Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return (await answer.Content.ReadAsStringAsync(Cancellation)).TrimEnd();
    }

    /// <summary>Whatever is sent to the webhook, by whatever token.</summary>
    public async Task<HttpStatusCode> SendAlertsAsync(HttpContent body, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/alerts", UriKind.Relative)) { Content = body };
        request.Headers.Authorization = new("Bearer", token);

        // What is refused before it was read must not be written into a connection that is closed.
        request.Headers.ExpectContinue = true;
        using var answer = await Client.SendAsync(request, Cancellation);
        return answer.StatusCode;
    }

    /// <summary>Puts another matrix in place of the one before, and has it read.</summary>
    public async Task ReloadAsync(string matrix)
    {
        _folder.Write("matrix.yml", matrix);
        await _app.Services.GetRequiredService<MatrixSource>().PollAsync(Cancellation);
    }

    public async Task<Book> UntilAsync(Func<Book, bool> wanted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            var book = Chronicle.Book;
            if (wanted(book))
                return book;
            await Chronicle.ChangedSince(book).WaitAsync(limit.Token);
        }
    }

    /// <summary>One command of a terminal: exit code, output, errors.</summary>
    public Task<(int Exit, string Output, string Error)> RunAsync(params string[] arguments) =>
        RunAsync(Url, TokenFile, arguments);

    public static async Task<(int Exit, string Output, string Error)> RunAsync(string server, string? tokenFile, params string[] arguments)
    {
        var root = new RootCommand();
        foreach (var command in OperatorCommands.Create())
            root.Add(command);
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] all = [.. arguments, "--server", server, .. tokenFile is null ? Array.Empty<string>() : ["--token-file", tokenFile]];
        var exit = await root.Parse(all).InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, Cancellation);
        return (exit, output.ToString(), error.ToString());
    }

    /// <summary>The small matrix.</summary>
    public static readonly string Content = Matrices.Rental
        .Replace("    log: true\n", "    task: {role: on-call, text: look at the dashboard}\n", StringComparison.Ordinal);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        await _journal.DisposeAsync();
        _folder.Dispose();
    }
}
