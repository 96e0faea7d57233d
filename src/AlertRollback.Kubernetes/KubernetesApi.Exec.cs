using System.Net.Http.Headers;
using System.Net.WebSockets;

namespace AlertRollback.Kubernetes;

public sealed partial class KubernetesApi
{
    public async Task<ExecResult> ExecAsync(
        string @namespace, string pod, string? container, IReadOnlyList<string> command, ExecOptions options, CancellationToken cancellation)
    {
        if (command.Count == 0)
            throw new KubernetesException(KubernetesFault.Invalid, "no command");
        var path = ApiPath.Of(new(ResourceKind.Pod, @namespace, pod)) + "/exec"
            + ApiPath.Query([("stdout", "true"), ("stderr", "true"), ("container", container), .. command.Select(word => ("command", (string?)word))]);
        using var response = await transport.UpgradeAsync(path, AskForWebSocket, cancellation).ConfigureAwait(false);
        using var socket = await WebSocketOfAsync(response, cancellation).ConfigureAwait(false);
        var stream = new ExecStream(socket, options.MaxOutputBytes);
        using var late = new CancellationTokenSource(options.Timeout, transport.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            if (await stream.ReadAsync(either.Token).ConfigureAwait(false) is not { } text)
                throw Broken(null);
            var status = ExecStatus.Parse(text, command);
            await CloseAsync(socket, either.Token).ConfigureAwait(false);
            return new ExecResult(status.ExitCode, stream.Output, stream.Errors, Clipped: stream.Clipped, Failure: status.Failure);
        }
        catch (Exception fault) when (fault is OperationCanceledException or WebSocketException or IOException)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!late.IsCancellationRequested)
                throw Broken(fault);
            return new ExecResult(null, stream.Output, stream.Errors, TimedOut: true, Clipped: stream.Clipped);
        }
    }

    private static void AskForWebSocket(HttpRequestHeaders headers)
    {
        headers.Connection.Add("Upgrade");
        headers.Upgrade.Add(new ProductHeaderValue("websocket"));
        headers.Add("Sec-WebSocket-Version", "13");
        headers.Add("Sec-WebSocket-Key", Convert.ToBase64String(Guid.NewGuid().ToByteArray()));
        headers.Add("Sec-WebSocket-Protocol", string.Join(", ", ExecStream.Protocols));
    }

    private static async Task<WebSocket> WebSocketOfAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var protocol = response.Headers.TryGetValues("Sec-WebSocket-Protocol", out var chosen) ? chosen.First() : "";
        if (!ExecStream.Protocols.Contains(protocol))
            throw new KubernetesException(KubernetesFault.OutcomeUnknown, "the server runs commands by a protocol that is not known here");
        var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        // Proxies on the way cut connections on which nothing moves.
        return WebSocket.CreateFromStream(body, new WebSocketCreationOptions { SubProtocol = protocol, KeepAliveInterval = TimeSpan.FromSeconds(20) });
    }

    /// <summary>The command has ended: whether the good-bye arrives changes nothing.</summary>
    private static async Task CloseAsync(WebSocket socket, CancellationToken cancellation)
    {
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellation).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is WebSocketException or IOException or OperationCanceledException)
        {
        }
    }

    private static KubernetesException Broken(Exception? fault) =>
        new(KubernetesFault.OutcomeUnknown, "the connection broke before the command's end was told", inner: fault);
}
