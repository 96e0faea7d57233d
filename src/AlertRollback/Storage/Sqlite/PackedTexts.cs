using System.Text;

namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// Texts with a time each, one behind the other in one array: as objects of their own, tens of thousands of them would be
/// looked at by each garbage collection. Times are Unix milliseconds, UTC.
/// </summary>
internal sealed class PackedTexts
{
    private readonly List<(int Start, int Length, long At)> _places = [];
    private byte[] _bytes = [];
    private int _length;

    public int Count => _places.Count;

    public void Add(string text, long at)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        if (_length + length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
        Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_length));
        _places.Add((_length, length, at));
        _length += length;
    }

    /// <summary>In the order of their UTF-8 bytes, which is that of an index.</summary>
    public IEnumerable<(ReadOnlyMemory<byte> Utf8, long At)> Sorted()
    {
        _places.Sort((a, b) => _bytes.AsSpan(a.Start, a.Length).SequenceCompareTo(_bytes.AsSpan(b.Start, b.Length)));
        return _places.Select(p => ((ReadOnlyMemory<byte>)_bytes.AsMemory(p.Start, p.Length), p.At));
    }

    public void Clear()
    {
        _places.Clear();
        (_bytes, _length) = ([], 0);
    }
}
