using System.Buffers.Binary;

namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// What many receipts brought, as it lies in one row: a mark is its key, hearsay a key and a time. Numbers are big-endian,
/// keys those of <see cref="TextKey"/>, times Unix milliseconds, UTC.
/// </summary>
internal static class Bundle
{
    private const int KeySize = 16;
    private const int HeardSize = KeySize + sizeof(long);

    public static ReadOnlyMemory<byte> OfMarks(List<UInt128> marks)
    {
        var bytes = new byte[marks.Count * KeySize];
        for (var i = 0; i < marks.Count; i++)
            BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(i * KeySize), marks[i]);
        return bytes;
    }

    public static ReadOnlyMemory<byte> OfHeard(List<(UInt128 Fingerprint, long At)> heard)
    {
        var bytes = new byte[heard.Count * HeardSize];
        for (var i = 0; i < heard.Count; i++)
        {
            var one = bytes.AsSpan(i * HeardSize);
            BinaryPrimitives.WriteUInt128BigEndian(one, heard[i].Fingerprint);
            BinaryPrimitives.WriteInt64BigEndian(one[KeySize..], heard[i].At);
        }

        return bytes;
    }

    public static IEnumerable<UInt128> Marks(byte[] bytes)
    {
        for (var at = 0; at < bytes.Length; at += KeySize)
            yield return BinaryPrimitives.ReadUInt128BigEndian(bytes.AsSpan(at));
    }

    public static IEnumerable<(UInt128 Fingerprint, long At)> Heard(byte[] bytes)
    {
        for (var at = 0; at < bytes.Length; at += HeardSize)
            yield return (BinaryPrimitives.ReadUInt128BigEndian(bytes.AsSpan(at)), BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at + KeySize)));
    }
}
