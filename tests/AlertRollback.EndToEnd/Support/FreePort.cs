using System.Net;
using System.Net.Sockets;

namespace AlertRollback.EndToEnd.Support;

/// <summary>
/// Ports for programs that cannot say which one they took. Below the range that the system takes for outgoing
/// connections, so that nobody gets one between its choice and its use; and each is given once.
/// </summary>
internal static class FreePort
{
    private const int First = 24_000;
    private const int Count = 8_000;
    private static int next = Environment.ProcessId * 31 % Count;

    public static int Next()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref next) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // taken: the next one
            }
        }
    }
}
