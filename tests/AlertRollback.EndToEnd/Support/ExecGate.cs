using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;
using AlertRollback.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace AlertRollback.EndToEnd.Support;

/// <summary>Passes execs on to the real API server by itself, since <c>kubectl proxy</c> lets none through; or answers them.</summary>
internal sealed partial class ExecGate
{
    private readonly Uri server;
    private readonly string token;

    private ExecGate(Uri server, string token)
    {
        this.server = server;
        this.token = token;
    }

    public static ExecGate OfCluster()
    {
        var kubeconfig = File.ReadAllText(Need.Cluster());
        return new ExecGate(new Uri(Server().Match(kubeconfig).Groups[1].Value), Token().Match(kubeconfig).Groups[1].Value);
    }

    /// <summary>Pod and command of a request.</summary>
    public static string Words(HttpRequest request) =>
        $"{request.Path.Value!.Split('/')[^2]}: {string.Join(' ', request.Query["command"].Select(c => c!))}";

    public async Task PassAsync(HttpContext context)
    {
        using var there = new ClientWebSocket();
        there.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        // A throw-away cluster on loopback signs its certificate itself.
        there.Options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        foreach (var protocol in context.WebSockets.WebSocketRequestedProtocols)
            there.Options.AddSubProtocol(protocol);
        var address = new UriBuilder(server) { Scheme = "wss", Path = context.Request.Path, Query = context.Request.QueryString.Value!.TrimStart('?') };
        await there.ConnectAsync(address.Uri, context.RequestAborted);
        using var here = await context.WebSockets.AcceptWebSocketAsync(there.SubProtocol);
        await Task.WhenAny(PumpAsync(there, here, context.RequestAborted), PumpAsync(here, there, context.RequestAborted));
        await CloseAsync(here, there);
    }

    /// <summary>Answers by itself, as a node would: the outputs, then the exit code, then the end.</summary>
    public static async Task AnswerAsync(HttpContext context, Func<Task<(int ExitCode, string Output, string Errors)>> run)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols[0]);
        var (code, output, errors) = await run();
        foreach (var (channel, text) in (IEnumerable<(byte, string)>)[(1, output), (2, errors), (3, Status(code))])
        {
            byte[] message = [channel, .. Encoding.UTF8.GetBytes(text)];
            await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, context.RequestAborted);
        }

        await CloseAsync(socket);
        await socket.ReceiveAsync(new ArraySegment<byte>(new byte[1024]), context.RequestAborted);
    }

    private static string Status(int code) => code == 0
        ? """{"metadata": {}, "status": "Success"}"""
        : $$"""{"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": [{"reason": "ExitCode", "message": "{{code}}"}]} }""";

    private static async Task PumpAsync(WebSocket from, WebSocket to, CancellationToken cancellation)
    {
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var part = await from.ReceiveAsync(new ArraySegment<byte>(buffer), cancellation);
            if (part.MessageType == WebSocketMessageType.Close)
                return;
            await to.SendAsync(new ArraySegment<byte>(buffer, 0, part.Count), part.MessageType, part.EndOfMessage, cancellation);
        }
    }

    private static async Task CloseAsync(params WebSocket[] sockets)
    {
        foreach (var socket in sockets.Where(s => s.State is WebSocketState.Open or WebSocketState.CloseReceived))
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    [GeneratedRegex("server: \"?([^\",}\\s]+)")]
    private static partial Regex Server();

    [GeneratedRegex("token: \"?([^\",}\\s]+)")]
    private static partial Regex Token();
}
