using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace AlertRollback.Benchmarks.Receipts;

/// <summary>
/// Posts one message after the other on each connection, each message new. Runs in a process of its own and on bare
/// sockets, so that the generator costs the server as little as possible.
/// </summary>
internal static class LoadGenerator
{
    /// <summary>Arguments: port, path, connections, seconds, seed. Prints: accepted, others, median and 99th percentile in microseconds.</summary>
    public static async Task<int> MainAsync(string[] args)
    {
        var numbers = args.Where((_, i) => i != 1).Select(a => long.Parse(a, CultureInfo.InvariantCulture)).ToArray();
        var (port, connections, seconds, seed) = ((int)numbers[0], (int)numbers[1], numbers[2], numbers[3]);
        var results = await Task.WhenAll(Enumerable.Range(0, connections).Select(i => Task.Run(() => PostAsync(port, args[1], seconds, seed + (i * 10_000_000L)))));
        var times = results.SelectMany(r => r.Times).Order().ToList();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{results.Sum(r => r.Times.Count)} {results.Sum(r => r.Others)} {At(times, 0.5):0} {At(times, 0.99):0}"));
        return 0;
    }

    private static double At(List<long> times, double share) =>
        times.Count == 0 ? 0 : times[(int)((times.Count - 1) * share)] * 1e6 / Stopwatch.Frequency;

    private static async Task<(List<long> Times, int Others)> PostAsync(int port, string path, long seconds, long number)
    {
        var message = new SampleMessage(alerts: 1);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port);
        var head = Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: Alertmanager/0.34.0\r\nContent-Type: application/json\r\nContent-Length: {message.Body.Length}\r\n\r\n");
        byte[] request = [.. head, .. message.Body];
        var answer = new byte[4096];
        var (times, others) = (new List<long>(), 0);
        var end = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() is var start && start < end)
        {
            message.Renew(number++);
            message.Body.CopyTo(request, head.Length);
            await socket.SendAsync(request);
            if (await StatusAsync(socket, answer) == 200)
                times.Add(Stopwatch.GetTimestamp() - start);
            else
                others++;
        }

        return (times, others);
    }

    private static async Task<int> StatusAsync(Socket socket, byte[] answer)
    {
        var length = 0;
        while (!IsWhole(answer.AsSpan(0, length)))
        {
            var read = await socket.ReceiveAsync(answer.AsMemory(length));
            if (read == 0)
                throw new IOException("the server closed the connection");
            length += read;
        }

        return int.Parse(answer.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture);
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var headEnd = answer.IndexOf("\r\n\r\n"u8);
        var field = answer.IndexOf("Content-Length: "u8);
        if (headEnd < 0 || field < 0)
            return false;
        var digits = answer[(field + "Content-Length: ".Length)..headEnd];
        var lineEnd = digits.IndexOf("\r\n"u8);
        return answer.Length >= headEnd + 4 + int.Parse(lineEnd < 0 ? digits : digits[..lineEnd], CultureInfo.InvariantCulture);
    }
}
