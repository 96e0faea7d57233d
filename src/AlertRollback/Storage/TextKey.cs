using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AlertRollback.Storage;

/// <summary>
/// What stands for a sender's text in tables in memory: the first half of its SHA-256, of which nobody finds two the same.
/// A number, so that a large table is one array and no objects.
/// </summary>
internal static class TextKey
{
    private const int OnStack = 256;

    public static UInt128 Of(string text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var utf8 = most <= OnStack ? stackalloc byte[OnStack] : new byte[most];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(text, utf8)], hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
