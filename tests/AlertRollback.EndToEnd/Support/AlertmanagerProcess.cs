using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Support;

/// <summary>A real Alertmanager with deploy/alertmanager.yml as it is but for the address and the credential's path.</summary>
internal sealed partial class AlertmanagerProcess : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly RunningProgram program;

    private AlertmanagerProcess(ServiceFiles service, Func<string, string> change)
    {
        var shipped = File.ReadAllText(Repository.File("deploy/alertmanager.yml"));
        var config = Credential().Replace(WebhookUrl().Replace(shipped, $"$1{service.Url}api/v1/alerts"), $"$1{service.WebhookTokenFile}");
        var file = folder.Write("alertmanager.yml", change(config));
        Url = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        program = RunningProgram.Start(Need.Program("prometheus-alertmanager"),
        [
            $"--config.file={file}", $"--storage.path={folder.Path}/data", $"--web.listen-address={Url.Authority}", "--cluster.listen-address=", "--log.level=debug",
        ]);
    }

    public Uri Url { get; }

    /// <summary>Messages the service answered with success.</summary>
    public int Deliveries => program.Output.Split("msg=\"Notify success\"").Length - 1;

    /// <summary>Not in a cluster with any other: two of them tell everything twice.</summary>
    public static async Task<AlertmanagerProcess> StartAsync(ServiceFiles service, Func<string, string>? change = null)
    {
        var started = new AlertmanagerProcess(service, change ?? (config => config));
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

    /// <summary>Gives it an alert as Prometheus does.</summary>
    public async Task FireAsync(JsonObject alert)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync(new Uri(Url, "api/v2/alerts"), new JsonArray(alert.DeepClone()), TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        await program.DisposeAsync();
        folder.Dispose();
    }

    [GeneratedRegex(@"(- url: )\S+")]
    private static partial Regex WebhookUrl();

    [GeneratedRegex(@"(credentials_file: )\S+")]
    private static partial Regex Credential();
}
