using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Api;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Exec;

/// <summary>The <c>pods/exec</c> subresource, over WebSocket only, as on the fake node of the real test cluster.</summary>
internal sealed class PodExec(ObjectStore store, ExecLog log, TimeProvider time)
{
    private const string FailNote = "fake-kubelet/exec-fail";
    private static readonly string[] Protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

    /// <param name="lost">The command runs to its end, and the connection breaks before that is told.</param>
    /// <param name="carriedOut">Called before the client can know that the command ended.</param>
    public async Task AnswerAsync(ApiRequest request, bool lost, Action carriedOut, CancellationToken stopping)
    {
        var http = request.Http;
        var (pod, container) = Find(request);
        var command = http.Request.Query["command"].OfType<string>().ToArray();
        if (command.Length == 0) throw ApiRefusal.BadRequest("you must specify a command");
        if (!http.WebSockets.IsWebSocketRequest) throw ApiRefusal.BadRequest("Upgrade request required");
        var protocol = http.WebSockets.WebSocketRequestedProtocols.FirstOrDefault(Protocols.Contains)
            ?? throw new ApiRefusal(403, "Forbidden", "no known exec protocol was offered");
        using var socket = await http.WebSockets.AcceptWebSocketAsync(protocol);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        var left = LeftAsync(socket, ended);
        int? code = null;
        try
        {
            code = await RunAsync(socket, pod, command, ended.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            // The client left; what was run is on record.
        }

        log.Add(new RecordedExec(pod.Namespace, pod.Name, container.TextAt("name") ?? "", container.TextAt("image") ?? "", command, code));
        carriedOut();
        if (code is null || lost) http.Abort();
        else await TellAsync(socket, code.Value, left);
    }

    private (StoredObject Pod, JsonObject Container) Find(ApiRequest request)
    {
        lock (store.Gate)
        {
            var pod = store.Find(ResourceKind.Pod, request.Namespace, request.Name) ?? throw ApiRefusal.NotFound(ResourceKind.Pod, request.Name);
            var container = PodLog.Choose(pod, request.Query("container"));
            var status = pod.Json.Each("status", "containerStatuses").FirstOrDefault(s => s.TextAt("name") == container.TextAt("name"));
            return status.At("state", "running") is not null
                ? (pod, container)
                : throw new ApiRefusal(500, "InternalError", $"container not found (\"{container.TextAt("name")}\")");
        }
    }

    private async Task<int> RunAsync(WebSocket socket, StoredObject pod, string[] command, CancellationToken cancellation)
    {
        // An empty message says "connected", as the real one does.
        await SendAsync(socket, 1, "", cancellation);
        var line = string.Join(' ', command);
        if (pod.Annotation(FailNote) is { } pattern && Regex.IsMatch(line, pattern, RegexOptions.NonBacktracking))
            return await AnswerAsync(socket, new ExecAnswer(1, Errors: $"fake exec: made to fail: {line}\n"), cancellation);
        if (log.AnswerTo(line) is { } prepared) return await AnswerAsync(socket, prepared, cancellation);
        return PretendShell.Parse(command) is { } script
            ? await RunAsync(socket, script, cancellation)
            : await AnswerAsync(socket, new ExecAnswer(Output: $"ran: {line}\n"), cancellation);
    }

    private async Task<int> RunAsync(WebSocket socket, IReadOnlyList<ShellCommand> script, CancellationToken cancellation)
    {
        var code = 0;
        foreach (var command in script.Where(c => !c.AfterSuccess || code == 0))
        {
            var (name, words) = (command.Words[0], command.Words.Skip(1));
            if (name == "exit") return int.Parse(command.Words[1], CultureInfo.InvariantCulture) & 255;
            code = name == "false" ? 1 : 0;
            if (name == "echo") await SendAsync(socket, command.ToErrors ? (byte)2 : (byte)1, string.Join(' ', words) + "\n", cancellation);
            if (name == "sleep") await Task.Delay(TimeSpan.FromSeconds(double.Parse(command.Words[1], CultureInfo.InvariantCulture)), time, cancellation);
        }

        return code;
    }

    private async Task<int> AnswerAsync(WebSocket socket, ExecAnswer answer, CancellationToken cancellation)
    {
        if (answer.Takes > TimeSpan.Zero) await Task.Delay(answer.Takes, time, cancellation);
        if (answer.Output.Length > 0) await SendAsync(socket, 1, answer.Output, cancellation);
        if (answer.Errors.Length > 0) await SendAsync(socket, 2, answer.Errors, cancellation);
        return answer.ExitCode;
    }

    private static async Task TellAsync(WebSocket socket, int code, Task left)
    {
        try
        {
            await SendAsync(socket, 3, Status(code).ToJsonString(), CancellationToken.None);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            await left;
        }
        catch (Exception e) when (e is WebSocketException or IOException)
        {
            // It ended and the client did not stay to hear it.
        }
    }

    /// <summary>Ends when the client closes or is gone, and ends the command with it.</summary>
    private static async Task LeftAsync(WebSocket socket, CancellationTokenSource ended)
    {
        try
        {
            var buffer = new byte[1024];
            while ((await socket.ReceiveAsync(buffer, ended.Token)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            // That is how clients leave.
        }

        await ended.CancelAsync();
    }

    private static JsonObject Status(int code) => code == 0
        ? new JsonObject { ["metadata"] = new JsonObject(), ["status"] = "Success" }
        : new JsonObject
        {
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["reason"] = "NonZeroExitCode",
            ["message"] = $"command terminated with non-zero exit code: exit code {code}",
            ["details"] = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ExitCode", ["message"] = $"{code}" }) },
        };

    private static Task SendAsync(WebSocket socket, byte channel, string text, CancellationToken cancellation)
    {
        byte[] message = [channel, .. Encoding.UTF8.GetBytes(text)];
        return socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, cancellation);
    }
}
