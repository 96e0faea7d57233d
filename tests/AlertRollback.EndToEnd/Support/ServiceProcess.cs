using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace AlertRollback.EndToEnd.Support;

/// <summary>The built program, started as an operator starts it; killed and started again on the same journal.</summary>
internal sealed class ServiceProcess(ServiceFiles files) : IAsyncDisposable
{
    private readonly HttpClient operators = Client(files, ServiceFiles.OperatorToken);
    private readonly HttpClient webhook = Client(files, ServiceFiles.WebhookToken);
    private readonly List<RunningProgram> programs = [];

    public RunningProgram Program => programs[^1];

    public string Output => string.Join("\n--- started again ---\n", programs.Select(p => p.Output));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<ServiceProcess> StartAsync(ServiceFiles files, IReadOnlyDictionary<string, string>? environment = null)
    {
        var service = new ServiceProcess(files);
        try
        {
            await service.StartAsync(environment);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    public async Task StartAsync(IReadOnlyDictionary<string, string>? environment = null)
    {
        programs.Add(RunningProgram.Start(Repository.Program, ["serve", "--config", files.Config], environment));
        await Program.AnswersAsync(operators, "readyz");
    }

    public Task KillAsync() => Program.KillAsync();

    /// <summary>Posts a body to the webhook with its credential.</summary>
    public async Task<(int Status, string Text)> PostAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await webhook.PostAsync(new Uri("api/v1/alerts", UriKind.Relative), content, Cancellation);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    public async Task<JsonNode> GetAsync(string path) =>
        JsonNode.Parse(await operators.GetStringAsync(new Uri($"api/v1/{path}", UriKind.Relative), Cancellation))!;

    /// <summary>What a person asks of the service, with a credential of their own.</summary>
    public async Task<(int Status, string Text)> PostAsAsync(string token, string path, JsonObject body)
    {
        using var http = Client(files, token);
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri($"api/v1/{path}", UriKind.Relative), content, Cancellation);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    public async Task<IReadOnlyList<JsonNode>> RollbacksAsync() => [.. (await GetAsync("rollbacks")).AsArray().Select(r => r!)];

    public Task<JsonNode> DetailAsync(JsonNode rollback) => GetAsync($"rollbacks/{(string)rollback["id"]!}");

    /// <summary>The events' words of a rollback's timeline.</summary>
    public async Task<IReadOnlyList<string>> TimelineAsync(JsonNode rollback) =>
        [.. (await DetailAsync(rollback))["timeline"]!.AsArray().Select(l => (string)l!["event"]!)];

    /// <summary>The only rollback there is, once it is closed.</summary>
    public Task<JsonNode> ClosedAsync(TimeSpan within) => Eventually.GetAsync("the rollback is closed", within, async () =>
    {
        var all = await RollbacksAsync();
        return all.Count == 1 && all[0]["closedAt"] is not null ? all[0] : null;
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var program in programs)
            await program.DisposeAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(Output);
        if (File.Exists(files.Journal))
            TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', JournalFile.Events(files.Journal).Select(e => $"{e.Sequence} {e.Stream} {e.Type} {e.Data}")));
        operators.Dispose();
        webhook.Dispose();
    }

    private static HttpClient Client(ServiceFiles files, string token)
    {
        var http = new HttpClient { BaseAddress = files.Url, Timeout = TimeSpan.FromSeconds(20) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }
}
