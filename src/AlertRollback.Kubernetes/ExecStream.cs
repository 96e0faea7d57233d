using System.Net.WebSockets;
using System.Text;

namespace AlertRollback.Kubernetes;

/// <summary>
/// The outputs and the end of one command, over a WebSocket whose messages begin with the number of their channel
/// (<see href="https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets">KEP-4006</see>).
/// </summary>
internal sealed class ExecStream(WebSocket socket, int limit)
{
    /// <summary>The newest first; without standard input the two differ in nothing.</summary>
    public static readonly string[] Protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

    private const int OutputChannel = 1;
    private const int ErrorChannel = 2;
    private const int StatusChannel = 3;

    /// <summary>Statuses are short; one that is not is none.</summary>
    private readonly Clip status = new(64 * 1024);
    private readonly Clip output = new(limit);
    private readonly Clip errors = new(limit);

    public string Output => output.Text;
    public string Errors => errors.Text;
    public bool Clipped => output.Clipped || errors.Clipped;

    /// <summary>The text of the command's status, or null when the server closed without one.</summary>
    public async Task<string?> ReadAsync(CancellationToken cancellation)
    {
        var buffer = new byte[16 * 1024];
        var channel = -1;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), cancellation).ConfigureAwait(false);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            var data = buffer.AsSpan(0, part.Count);
            if (channel < 0 && data.Length > 0)
            {
                channel = data[0];
                data = data[1..];
            }

            ClipOf(channel)?.Add(data);
            if (!part.EndOfMessage)
                continue;
            if (channel == StatusChannel && !status.Empty)
                return status.Text;
            channel = -1;
        }
    }

    private Clip? ClipOf(int channel) => channel switch
    {
        OutputChannel => output,
        ErrorChannel => errors,
        StatusChannel => status,
        _ => null,
    };

    private sealed class Clip(int limit)
    {
        private readonly MemoryStream kept = new();

        public bool Clipped { get; private set; }
        public bool Empty => kept.Length == 0;

        public string Text
        {
            get
            {
                // Without a flush, the first bytes of a character that was cut in two are left out.
                var characters = new char[Encoding.UTF8.GetMaxCharCount((int)kept.Length)];
                var count = Encoding.UTF8.GetDecoder().GetChars(kept.GetBuffer().AsSpan(0, (int)kept.Length), characters, flush: false);
                return new string(characters, 0, count);
            }
        }

        public void Add(ReadOnlySpan<byte> data)
        {
            var room = limit - (int)kept.Length;
            Clipped |= data.Length > room;
            kept.Write(data[..Math.Min(room, data.Length)]);
        }
    }
}
