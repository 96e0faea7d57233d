using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// Marks and hearsay stay with the receipt that brought them, and go into their indexes many at once: an index without
/// order in time would change, and flush, a page of its own for nearly each. A mark is known when it is here or in the
/// index. Used by the writer's thread only, inside its transactions.
/// </summary>
internal sealed class Recent
{
    // About 10 MiB in memory when full; the more, the fewer pages of the indexes are written for each.
    private const int Most = 65_536;

    // What a start reads again at most.
    private const long MostBytes = 64 * 1024 * 1024;

    private readonly HashSet<UInt128> _known = [];
    private readonly PackedTexts _marks = new();
    private readonly PackedTexts _heard = new();
    private long _bytes;
    private long _number;
    private bool _isKnown;

    /// <summary>Indexes what an earlier process left, so that whoever reads the indexes need not look anywhere else.</summary>
    public static Recent Load(SqliteConnection connection)
    {
        var recent = new Recent();
        using var statements = new Statements(connection);
        statements.Run("BEGIN IMMEDIATE");
        recent.IndexStored(statements);
        statements.Run("COMMIT");
        return recent;
    }

    /// <summary>Stores one delivery; its body only when its mark is new.</summary>
    public ReceiptOutcome Receive(Statements statements, string mark, ReadOnlyMemory<byte> body, IReadOnlyCollection<string> fingerprints, long at)
    {
        if (!_isKnown)
            IndexStored(statements);
        else if (_marks.Count + _heard.Count >= Most || _bytes >= MostBytes)
            Index(statements);

        var key = TextKey.Of(mark);
        var isNew = !_known.Contains(key) && !statements.Any("SELECT 1 FROM marks WHERE mark = ?1", mark);
        if (isNew || fingerprints.Count > 0)
            Store(statements, isNew ? mark : null, isNew ? body : default, fingerprints, at);
        if (isNew)
            _known.Add(key);
        return isNew ? ReceiptOutcome.Accepted : ReceiptOutcome.Duplicate;
    }

    /// <summary>To be called when something was taken back: what is on the disk counts.</summary>
    public void Forget() => _isKnown = false;

    /// <summary>Moves what receipts brought since the last time into the indexes, also what an earlier process left.</summary>
    public void IndexStored(Statements statements)
    {
        Clear();
        statements.Each(
            "SELECT mark, fingerprints, at FROM receipts WHERE number > (SELECT number FROM indexed)",
            row =>
            {
                Note(row.Text(0), row.Text(1) is { } heard ? JsonSerializer.Deserialize<string[]>(heard)! : [], row.Number(2));
                return true;
            });
        Index(statements);
        _number = statements.Number("SELECT number FROM indexed");
        _isKnown = true;
    }

    // A repeat with something to remember is a receipt as well, decided from its beginning.
    private void Store(Statements statements, string? mark, ReadOnlyMemory<byte> body, IReadOnlyCollection<string> fingerprints, long at)
    {
        var heard = fingerprints.Count == 0 ? null : JsonSerializer.Serialize(fingerprints);
        statements.Run(
            "INSERT INTO receipts (number, at, decided, mark, fingerprints, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            _number + 1, at, mark is null ? 1 : 0, mark, heard, body);
        _number++;
        Note(mark, fingerprints, at);
        _bytes += body.Length;
    }

    private void Note(string? mark, IReadOnlyCollection<string> fingerprints, long at)
    {
        if (mark is not null)
            _marks.Add(mark, at);
        foreach (var fingerprint in fingerprints)
            _heard.Add(fingerprint, at);
    }

    // Sorted, so that neighbours in an index are written together.
    private void Index(Statements statements)
    {
        foreach (var (mark, at) in _marks.Sorted())
            statements.Run("INSERT INTO marks (mark, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING", Value.OfUtf8(mark), at);
        foreach (var (fingerprint, at) in _heard.Sorted())
            statements.Run("INSERT INTO heard (fingerprint, at) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)", Value.OfUtf8(fingerprint), at);
        statements.Run("UPDATE indexed SET number = max(number, coalesce((SELECT max(number) FROM receipts), 0))");
        Clear();
    }

    private void Clear()
    {
        _known.Clear();
        _marks.Clear();
        _heard.Clear();
        _bytes = 0;
    }
}
