using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Containers;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Checks;

namespace AlertRollback.Tests.Playbooks;

/// <summary>S17: the network's own handler repeats what it thinks nobody has read. A write is on the wire once, whatever becomes of the connection.</summary>
public sealed class SentOnceTests : IAsyncDisposable
{
    private readonly SilentServer _server = new();

    [Theory]
    [InlineData("post")]
    [InlineData("put")]
    [InlineData("patch")]
    [InlineData("delete")]
    public async Task A_write_whose_connection_ends_without_an_answer_is_not_sent_again(string method)
    {
        (await ApplyAsync(new JsonObject { [method] = "/x" })).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.OutcomeUnknown);

        _server.Received.ShouldHaveSingleItem().ShouldStartWith(method.ToUpperInvariant());
    }

    [Fact]
    public async Task One_with_a_body_is_not_sent_again_either()
    {
        (await ApplyAsync(new JsonObject { ["post"] = "/x", ["json"] = new JsonObject { ["a"] = 1 } })).ShouldBeOfType<StepOutcome.CannotTell>();

        _server.Received.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_header_that_would_allow_it_cannot_be_set()
    {
        var outcome = await ApplyAsync(new JsonObject { ["post"] = "/x", ["json"] = new JsonObject { ["a"] = 1 }, ["headers"] = new JsonObject { ["expect"] = "100-continue" } });

        outcome.Text.ShouldContain("the header Expect cannot be set");
        _server.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_container_is_told_once()
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(_server.Url) };
        _server.Answers = request => request.StartsWith("GET", StringComparison.Ordinal);

        (await Should.ThrowAsync<EngineException>(() => new Engine(http, TimeProvider.System).StartAsync("abc", TestContext.Current.CancellationToken))).Fault.ShouldBe(EngineFault.OutcomeUnknown);

        _server.Received.Where(r => r.StartsWith("POST", StringComparison.Ordinal)).ShouldHaveSingleItem();
    }

    private async Task<StepOutcome> ApplyAsync(JsonObject parameters)
    {
        var http = new GrantedHttp(Asking.Http(), Acting.Granting(new TeamGrants { Hosts = [new Uri(_server.Url).Authority] }), TimeProvider.System);
        var action = new HttpRequestAction(http, new Clusters(new AlertRollback.Kubernetes.NoCluster("none")), TimeProvider.System);
        var context = Acting.Context(Acting.Service(url: _server.Url));
        return await action.ApplyAsync(context, await action.PinAsync(context, parameters));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Reads each request to its end and closes the connection in good order, mostly without a word.</summary>
    private sealed class SilentServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stopping = new();
        private readonly Task _serving;

        public SilentServer()
        {
            _listener.Start();
            _serving = Task.Run(ServeAsync);
        }

        public System.Collections.Concurrent.ConcurrentQueue<string> Received { get; } = [];

        public Func<string, bool> Answers { get; set; } = _ => false;

        public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _listener.Dispose();
            _stopping.Dispose();
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                var stream = client.GetStream();
                while (await RequestAsync(stream) is { } request)
                {
                    Received.Enqueue(request);
                    if (!Answers(request))
                        break;
                    await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"u8.ToArray(), _stopping.Token);
                }

                client.Client.Shutdown(SocketShutdown.Send);
            }
        }

        private async Task<string?> RequestAsync(NetworkStream stream)
        {
            var (text, buffer) = ("", new byte[4096]);
            while (!IsWhole(text))
            {
                if (await stream.ReadAsync(buffer, _stopping.Token) is var read && read == 0)
                    return null;
                text += Encoding.UTF8.GetString(buffer, 0, read);
            }

            return text;
        }

        private static bool IsWhole(string text)
        {
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var length = text.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase))?.Split(' ')[1];
            return end >= 0 && text.Length - end - 4 >= int.Parse(length ?? "0", System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
