using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Containers;

/// <summary>The few calls of the Docker Engine API that replacing a container takes.</summary>
/// <param name="http">Its base address is the engine's.</param>
public sealed class Engine(HttpClient http, TimeProvider time)
{
    // The newest version whose answers are known here; an older engine is asked in its own.
    private static readonly Version Known = new(1, 44);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    // An engine that looks at a container which ends at that moment may stumble over it.
    private const int MostReads = 4;
    private static readonly TimeSpan BetweenReads = TimeSpan.FromMilliseconds(250);

    private Version? _version;

    /// <summary>A container by name or id; null: there is none.</summary>
    public async Task<ContainerState?> ContainerAsync(string name, CancellationToken cancellation) =>
        await GetAsync($"containers/{Uri.EscapeDataString(name)}/json", cancellation) is JsonObject found ? new ContainerState(found) : null;

    /// <summary>An image that the engine has; null: it would have to be pulled, which is never done.</summary>
    public async Task<JsonObject?> ImageAsync(string reference, CancellationToken cancellation) =>
        await GetAsync($"images/{Uri.EscapeDataString(reference)}/json", cancellation) as JsonObject;

    public Task CreateAsync(string name, JsonObject body, CancellationToken cancellation) =>
        WriteAsync($"containers/create?name={Uri.EscapeDataString(name)}", body, Longest, cancellation);

    public Task ConnectAsync(string network, string id, JsonNode? endpoint, CancellationToken cancellation) =>
        WriteAsync($"networks/{Uri.EscapeDataString(network)}/connect", new JsonObject { ["Container"] = id, ["EndpointConfig"] = endpoint?.DeepClone() }, Longest, cancellation);

    public Task StartAsync(string id, CancellationToken cancellation) => WriteAsync($"containers/{id}/start", null, Longest, cancellation);

    /// <summary>Asks it to end, and ends it after the time it was created with (10 s unless said otherwise).</summary>
    public Task StopAsync(ContainerState container, CancellationToken cancellation) =>
        WriteAsync($"containers/{container.Id}/stop", null, Longest + container.StopTimeout, cancellation);

    public Task RenameAsync(string id, string name, CancellationToken cancellation) =>
        WriteAsync($"containers/{id}/rename?name={Uri.EscapeDataString(name)}", null, Longest, cancellation);

    public Task SetRestartPolicyAsync(string id, string policy, CancellationToken cancellation) =>
        WriteAsync($"containers/{id}/update", new JsonObject { ["RestartPolicy"] = new JsonObject { ["Name"] = policy } }, Longest, cancellation);

    /// <summary>Removes one that does not run; its named volumes stay.</summary>
    public async Task RemoveAsync(string id, CancellationToken cancellation)
    {
        using var answer = await SendAsync(HttpMethod.Delete, $"containers/{id}", null, Longest, cancellation);
        if (answer.StatusCode != HttpStatusCode.NotFound)
            await AcceptedAsync(answer, cancellation);
    }

    /// <summary>The last lines it wrote.</summary>
    public async Task<string> LogsAsync(string id, int lines, CancellationToken cancellation)
    {
        using var answer = await ReadAsync($"containers/{id}/logs?stdout=1&stderr=1&tail={lines}", cancellation);
        await AcceptedAsync(answer, cancellation);
        return LogFrames.Text(await answer.Content.ReadAsByteArrayAsync(cancellation));
    }

    private async Task<JsonNode?> GetAsync(string path, CancellationToken cancellation)
    {
        using var answer = await ReadAsync(path, cancellation);
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return null;
        await AcceptedAsync(answer, cancellation);
        try
        {
            return JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellation));
        }
        catch (JsonException)
        {
            throw new EngineException(EngineFault.Unavailable, "the answer is not an engine's");
        }
    }

    // To look once more is always safe, and half way through a replacement nothing may run until it is known what is there.
    private async Task<HttpResponseMessage> ReadAsync(string path, CancellationToken cancellation)
    {
        for (var read = 1; ; read++)
        {
            var answer = await SendAsync(HttpMethod.Get, path, null, Longest, cancellation);
            if (answer.StatusCode < HttpStatusCode.InternalServerError || read == MostReads)
                return answer;
            answer.Dispose();
            await Task.Delay(BetweenReads * read, time, cancellation);
        }
    }

    private async Task WriteAsync(string path, JsonObject? body, TimeSpan within, CancellationToken cancellation)
    {
        using var answer = await SendAsync(HttpMethod.Post, path, body, within, cancellation);

        // 304: it was started, or stopped, already.
        if (answer.StatusCode != HttpStatusCode.NotModified)
            await AcceptedAsync(answer, cancellation);
    }

    private static async Task AcceptedAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.IsSuccessStatusCode)
            return;
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        throw new EngineException(answer.StatusCode == HttpStatusCode.NotFound ? EngineFault.NotFound : EngineFault.Rejected, Texts.Clip(Message(text), 300));
    }

    private static string Message(string text)
    {
        try
        {
            return JsonNode.Parse(text)?["message"]?.ToString() ?? text;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return text.Trim();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, JsonObject? body, TimeSpan within, CancellationToken cancellation)
    {
        _version ??= await VersionAsync(cancellation);
        return await SendPlainAsync(method, $"v{_version}/{path}", body, within, cancellation);
    }

    private async Task<Version> VersionAsync(CancellationToken cancellation)
    {
        using var answer = await SendPlainAsync(HttpMethod.Get, "_ping", null, Longest, cancellation);
        var own = answer.Headers.TryGetValues("Api-Version", out var said) && Version.TryParse(said.First(), out var version) ? version : Known;
        return own < Known ? own : Known;
    }

    private async Task<HttpResponseMessage> SendPlainAsync(HttpMethod method, string path, JsonObject? body, TimeSpan within, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(within, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (method != HttpMethod.Get)
        {
            // Without a content, the network's handler would silently send a write again when the connection breaks.
            request.Content = body is null ? new ByteArrayContent([]) : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        try
        {
            return await http.SendAsync(request, both.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new EngineException(Silence(method), $"the engine did not answer within {within.TotalSeconds:0} s");
        }
        catch (HttpRequestException fault) when (fault.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            throw new EngineException(EngineFault.Unavailable, $"the engine cannot be reached: {Texts.Clip(fault.Message, 160)}", fault);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw new EngineException(Silence(method), $"the engine's answer was lost: {Texts.Clip(fault.Message, 160)}", fault);
        }
    }

    private static EngineFault Silence(HttpMethod method) => method == HttpMethod.Get ? EngineFault.Unavailable : EngineFault.OutcomeUnknown;
}
