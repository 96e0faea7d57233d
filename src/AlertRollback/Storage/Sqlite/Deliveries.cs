using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// Which deliveries are known: the marks of all of them in memory. On the disk a mark stays with the receipt that brought
/// it until there are enough for a bundle, many in one row; an index of them, without order in time, would change, and
/// flush, a page of its own for nearly each. Used by the writer's thread only, inside its transactions.
/// </summary>
internal sealed class Deliveries
{
    // Marks and hearsay in one bundle: 1.3 MiB at most.
    private const int Most = 65_536;

    // What a start reads again at most.
    private const long MostBytes = 64 * 1024 * 1024;

    private readonly HashSet<UInt128> _marks = [];
    private readonly List<UInt128> _newMarks = [];
    private readonly List<(UInt128 Fingerprint, long At)> _newHeard = [];
    private long _newest;
    private long _bytes;
    private long _number;
    private bool _isKnown;

    /// <summary>Reads what earlier processes left.</summary>
    /// <param name="hearsay">Is told whatever was heard of.</param>
    public static Deliveries Load(SqliteConnection connection, Hearsay hearsay)
    {
        var deliveries = new Deliveries();
        using var statements = new Statements(connection);
        deliveries.Read(statements, hearsay.Remember);
        return deliveries;
    }

    /// <summary>Stores one delivery; its body only when its mark is new.</summary>
    public ReceiptOutcome Receive(Statements statements, Delivery delivery)
    {
        if (!_isKnown)
            Read(statements);
        else if (_newMarks.Count + _newHeard.Count >= Most || _bytes >= MostBytes)
            WriteBundle(statements);

        var isNew = !_marks.Contains(delivery.Key);
        if (isNew || delivery.Heard.Count > 0)
            Store(statements, delivery, isNew);
        return isNew ? ReceiptOutcome.Accepted : ReceiptOutcome.Duplicate;
    }

    /// <summary>
    /// Forgets decided receipts, and bundles of nothing newer. Of a receipt without a body all that is left is in a bundle by then,
    /// however new it is. Times are Unix milliseconds.
    /// </summary>
    public int Prune(Statements statements, long olderThan)
    {
        if (!_isKnown)
            Read(statements);
        // Also so that the number of the last receipt is known when that is forgotten.
        WriteBundle(statements);
        var bundles = statements.Run("DELETE FROM bundles WHERE newest < ?1", olderThan);
        if (bundles > 0)
            Forget();
        return bundles + statements.Run("DELETE FROM receipts WHERE decided = 1 AND (at < ?1 OR length(body) = 0)", olderThan);
    }

    /// <summary>To be called when something was taken back: what is on the disk counts.</summary>
    public void Forget() => _isKnown = false;

    private void Read(Statements statements, Action<UInt128, long>? heard = null)
    {
        Clear();
        _marks.Clear();
        statements.Each(
            "SELECT marks, heard FROM bundles ORDER BY number",
            row =>
            {
                _marks.UnionWith(Bundle.Marks(row.Blob(0)));
                if (heard is not null)
                {
                    foreach (var (fingerprint, at) in Bundle.Heard(row.Blob(1)))
                        heard(fingerprint, at);
                }

                return true;
            });
        _number = statements.Number("SELECT number FROM bundled");
        statements.Each(
            "SELECT number, mark, fingerprints, at FROM receipts WHERE number > ?1 ORDER BY number",
            row =>
            {
                _number = row.Number(0);
                Note(row.Text(1) is { } mark ? TextKey.Of(mark) : null, Keys(row.Text(2)), row.Number(3));
                return true;
            },
            _number);
        _newHeard.ForEach(h => heard?.Invoke(h.Fingerprint, h.At));
        _isKnown = true;
    }

    private static UInt128[] Keys(string? fingerprints) =>
        fingerprints is null ? [] : [.. JsonSerializer.Deserialize<string[]>(fingerprints)!.Select(TextKey.Of)];

    // A repeat with something to remember is a receipt as well, decided from its beginning.
    private void Store(Statements statements, Delivery delivery, bool isNew)
    {
        var body = isNew ? delivery.Body : default;
        statements.Run(
            "INSERT INTO receipts (number, at, decided, mark, fingerprints, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            _number + 1, delivery.At, isNew ? 0 : 1, isNew ? delivery.Mark : null, delivery.Fingerprints, body);
        _number++;
        Note(isNew ? delivery.Key : null, delivery.Heard, delivery.At);
        _bytes += body.Length;
    }

    private void Note(UInt128? mark, IReadOnlyList<UInt128> heard, long at)
    {
        if (mark is { } key)
        {
            _marks.Add(key);
            _newMarks.Add(key);
        }

        foreach (var fingerprint in heard)
            _newHeard.Add((fingerprint, at));
        _newest = Math.Max(_newest, at);
    }

    private void WriteBundle(Statements statements)
    {
        if (_newMarks.Count + _newHeard.Count > 0)
        {
            statements.Run(
                "INSERT INTO bundles (number, newest, marks, heard) VALUES (?1, ?2, ?3, ?4)",
                _number, _newest, Bundle.OfMarks(_newMarks), Bundle.OfHeard(_newHeard));
        }

        statements.Run("UPDATE bundled SET number = ?1", _number);
        Clear();
    }

    private void Clear()
    {
        _newMarks.Clear();
        _newHeard.Clear();
        (_newest, _bytes) = (0, 0);
    }
}
