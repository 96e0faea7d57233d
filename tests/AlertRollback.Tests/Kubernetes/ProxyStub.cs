using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AlertRollback.Tests.Kubernetes;

/// <summary>A proxy that lets one user through to wherever they want, by CONNECT and basic credentials.</summary>
internal sealed class ProxyStub : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly string _admitted;

    /// <param name="admitted">Name and password, with a colon between.</param>
    public ProxyStub(string admitted)
    {
        _admitted = $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(admitted))}";
        _listener.Start();
        _ = ListenAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _over.Cancel();
        _listener.Dispose();
        _over.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_over.IsCancellationRequested)
            _ = TalkAsync(await _listener.AcceptTcpClientAsync(_over.Token));
    }

    private async Task TalkAsync(TcpClient client)
    {
        using var _ = client;
        var stream = client.GetStream();
        while (await HeadAsync(stream) is { Count: > 0 } head)
        {
            if (!head.Contains(_admitted))
            {
                await stream.WriteAsync("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"here\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), _over.Token);
                continue;
            }

            var where = IPEndPoint.Parse(head[0].Split(' ')[1]);
            using var server = new TcpClient();
            await server.ConnectAsync(where, _over.Token);
            await stream.WriteAsync("HTTP/1.1 200 Connected\r\n\r\n"u8.ToArray(), _over.Token);
            await Task.WhenAny(stream.CopyToAsync(server.GetStream(), _over.Token), server.GetStream().CopyToAsync(stream, _over.Token));
            return;
        }
    }

    // Byte by byte: what comes behind it belongs to the tunnel.
    private async Task<List<string>> HeadAsync(NetworkStream stream)
    {
        var (head, one) = (new StringBuilder(), new byte[1]);
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, _over.Token) == 1)
            head.Append((char)one[0]);
        return [.. head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries)];
    }
}
