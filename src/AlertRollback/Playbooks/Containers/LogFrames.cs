using System.Buffers.Binary;
using System.Text;

namespace AlertRollback.Playbooks.Containers;

/// <summary>An engine's log: without a terminal, frames of a stream's number, three zeros, a length, and text.</summary>
internal static class LogFrames
{
    private const int Head = 8;

    public static string Text(ReadOnlySpan<byte> log)
    {
        var text = new StringBuilder();
        while (log.Length >= Head && log[0] <= 2 && log[1] == 0 && log[2] == 0 && log[3] == 0)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(log[4..]), (uint)(log.Length - Head));
            text.Append(Encoding.UTF8.GetString(log.Slice(Head, length)));
            log = log[(Head + length)..];
        }

        // What is no frame was written to a terminal.
        return text.Append(Encoding.UTF8.GetString(log)).ToString();
    }
}
