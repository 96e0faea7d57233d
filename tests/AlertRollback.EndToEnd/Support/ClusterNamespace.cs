using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Support;

/// <summary>
/// A namespace of its own on the cluster that <c>KUBECONFIG</c> names, removed at the end. Talks through
/// <c>kubectl proxy</c>, so that what the tests see does not come from the client under test.
/// </summary>
internal sealed partial class ClusterNamespace : IAsyncDisposable
{
    private readonly RunningProgram proxy;

    private ClusterNamespace(string name, string kubeconfig, RunningProgram proxy, Uri root)
    {
        Name = name;
        Kubeconfig = kubeconfig;
        this.proxy = proxy;
        Http = new HttpClient { BaseAddress = root };
    }

    public string Name { get; }

    public string Kubeconfig { get; }

    public HttpClient Http { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<ClusterNamespace> CreateAsync()
    {
        var kubeconfig = Need.Cluster();
        var proxy = RunningProgram.Start(Need.Program("kubectl"), ["--kubeconfig", kubeconfig, "proxy", "--port=0"]);
        try
        {
            var port = await Eventually.GetAsync("kubectl proxy", TimeSpan.FromSeconds(30), () =>
                Task.FromResult(Serving().Match(proxy.Output) is { Success: true } match ? match.Groups[1].Value : null));
            var created = new ClusterNamespace($"e2e-{Guid.NewGuid():n}"[..16], kubeconfig, proxy, new Uri($"http://127.0.0.1:{port}/"));
            await created.PostAsync("api/v1/namespaces", new JsonObject { ["metadata"] = new JsonObject { ["name"] = created.Name } });
            return created;
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>The object at this address, or null.</summary>
    public async Task<JsonObject?> FindAsync(string path)
    {
        using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync(answer);
    }

    public async Task<JsonObject> GetAsync(string path) => await FindAsync(path) ?? throw new InvalidOperationException($"there is no {path}");

    public async Task<JsonObject> PostAsync(string path, JsonObject body)
    {
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync(new Uri(path, UriKind.Relative), content, Cancellation);
        return await ReadAsync(answer);
    }

    /// <summary>A strategic merge patch, as <c>kubectl set image</c> sends it, or a merge patch.</summary>
    public async Task<JsonObject> PatchAsync(string path, string body, string kind = "strategic-merge-patch", string manager = "kubectl-set")
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue($"application/{kind}+json"));
        using var answer = await Http.PatchAsync(new Uri($"{path}?fieldManager={manager}", UriKind.Relative), content, Cancellation);
        return await ReadAsync(answer);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            using var answer = await Http.DeleteAsync(new Uri($"api/v1/namespaces/{Name}", UriKind.Relative), CancellationToken.None);
        }
        finally
        {
            Http.Dispose();
            await proxy.DisposeAsync();
        }
    }

    private static async Task<JsonObject> ReadAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        return answer.IsSuccessStatusCode
            ? (JsonObject)JsonNode.Parse(text)!
            : throw new HttpRequestException($"{(int)answer.StatusCode} {answer.RequestMessage?.RequestUri?.AbsolutePath}: {text}", null, answer.StatusCode);
    }

    [GeneratedRegex(@"Starting to serve on 127\.0\.0\.1:(\d+)")]
    private static partial Regex Serving();
}
