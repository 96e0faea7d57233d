using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// Prepared statements of one connection, run by SQLite itself: a command object around each of them costs more than it
/// does. Times are Unix milliseconds, UTC. Used by one thread at a time.
/// </summary>
internal sealed class Statements(SqliteConnection connection) : IDisposable
{
    private readonly sqlite3 _database = connection.Handle!;
    private readonly Dictionary<string, sqlite3_stmt> _prepared = new(StringComparer.Ordinal);
    private readonly byte[] _text = new byte[1024];

    /// <summary>Runs a statement with its parameters in their order, <c>?1</c> first; answers with the rows changed.</summary>
    public int Run(string sql, params ReadOnlySpan<Value> values)
    {
        Each(sql, _ => true, values);
        return raw.sqlite3_changes(_database);
    }

    /// <summary>How many rows were changed since the journal was opened.</summary>
    public int Changes => raw.sqlite3_total_changes(_database);

    public long LastRowId => raw.sqlite3_last_insert_rowid(_database);

    /// <summary>The first value of the first row, as text; null when it is null or there is no row.</summary>
    public string? TextOrNull(string sql, params ReadOnlySpan<Value> values)
    {
        string? first = null;
        Each(
            sql,
            row =>
            {
                first = row.Text(0);
                return false;
            },
            values);
        return first;
    }

    public string Text(string sql, params ReadOnlySpan<Value> values) => TextOrNull(sql, values) ?? "";

    /// <summary>The first value of the first row; 0 when there is none.</summary>
    public long Number(string sql, params ReadOnlySpan<Value> values)
    {
        var number = 0L;
        Each(
            sql,
            row =>
            {
                number = row.Number(0);
                return false;
            },
            values);
        return number;
    }

    public bool Any(string sql, params ReadOnlySpan<Value> values)
    {
        var statement = Bind(sql, values);
        try
        {
            return IsRow(raw.sqlite3_step(statement));
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    /// <summary>What to do with a row; false when no more are wanted.</summary>
    public delegate bool Reader(Row row);

    public void Each(string sql, Reader read, params ReadOnlySpan<Value> values)
    {
        var statement = Bind(sql, values);
        try
        {
            while (IsRow(raw.sqlite3_step(statement)) && read(new Row(statement)))
            {
                // the reader has the row
            }
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    private sqlite3_stmt Bind(string sql, ReadOnlySpan<Value> values)
    {
        if (!_prepared.TryGetValue(sql, out var statement))
        {
            Check(raw.sqlite3_prepare_v2(_database, sql, out statement));
            _prepared[sql] = statement;
        }

        for (var i = 0; i < values.Length; i++)
            Check(Bind(statement, i + 1, values[i]));
        return statement;
    }

    // An empty span has no address, and SQLite takes that for null.
    private int Bind(sqlite3_stmt statement, int place, in Value value) => value.Kind switch
    {
        ValueKind.Number => raw.sqlite3_bind_int64(statement, place, value.Number),
        ValueKind.Text when value.Text.Length == 0 => raw.sqlite3_bind_text(statement, place, ""),
        ValueKind.Text => raw.sqlite3_bind_text(statement, place, Utf8(value.Text)),
        ValueKind.Blob when value.Blob.IsEmpty => raw.sqlite3_bind_zeroblob(statement, place, 0),
        ValueKind.Blob => raw.sqlite3_bind_blob(statement, place, value.Blob.Span),
        _ => raw.sqlite3_bind_null(statement, place),
    };

    private ReadOnlySpan<byte> Utf8(string text)
    {
        if (Encoding.UTF8.GetMaxByteCount(text.Length) is var most && most > _text.Length)
            return Encoding.UTF8.GetBytes(text);
        return _text.AsSpan(0, Encoding.UTF8.GetBytes(text, _text));
    }

    private bool IsRow(int answer)
    {
        if (answer is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
            Check(answer);
        return answer == raw.SQLITE_ROW;
    }

    private void Check(int answer) => SqliteException.ThrowExceptionForRC(answer, _database);

    public void Dispose()
    {
        foreach (var statement in _prepared.Values)
            statement.Dispose();
    }
}
