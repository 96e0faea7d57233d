using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Dapper;
using Microsoft.Data.Sqlite;

namespace AlertRollback.Storage.Sqlite;

/// <summary>The journal in one SQLite file: write-ahead log, full synchronous, one writer, one process (S22).</summary>
public sealed class SqliteJournal : IJournal
{
    private static readonly TimeSpan HeardAtMostEvery = TimeSpan.FromMinutes(1);

    private readonly JournalLock _lock;
    private readonly Writer _writer;
    private readonly string _readOnly;

    // Known to the disk already; spares the table a write for each repeat within the minute.
    private readonly ConcurrentDictionary<string, DateTimeOffset> _heard = new(StringComparer.Ordinal);

    private SqliteJournal(JournalLock @lock, SqliteConnection writing, string path)
    {
        _lock = @lock;
        _writer = new Writer(writing);
        _readOnly = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = true }.ToString();
    }

    public string? Trouble => _writer.Trouble;

    public event Action? Received;

    /// <summary>Opens or creates the journal and brings its schema up to date.</summary>
    /// <exception cref="JournalUnavailableException">In use, unreadable, not writable, or of a newer version.</exception>
    public static SqliteJournal Open(string path, TimeProvider time)
    {
        JournalLock? held = null;
        SqliteConnection? connection = null;
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            held = JournalLock.Take(path, time);
            connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
            connection.Open();
            connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;");
            Migrations.Run(connection);
            return new SqliteJournal(held, connection, path);
        }
        catch (Exception fault)
        {
            connection?.Dispose();
            held?.Dispose();
            if (fault is SqliteException or IOException or UnauthorizedAccessException)
                throw new JournalUnavailableException($"the journal {path} cannot be opened: {fault.Message}", fault);
            throw;
        }
    }

    public async Task<ReceiptOutcome> ReceiveAsync(
        string mark, ReadOnlyMemory<byte> body, IReadOnlyCollection<string> fingerprints, DateTimeOffset at, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var bytes = body.ToArray();
        var fresh = fingerprints.Where(f => !_heard.TryGetValue(f, out var last) || at - last >= HeardAtMostEvery).ToList();
        var outcome = await _writer.WriteAsync(statements =>
        {
            var when = at.ToUnixTimeMilliseconds();
            var isNew = statements.Run("INSERT INTO marks (mark, at) VALUES ($mark, $at) ON CONFLICT DO NOTHING", ("$mark", mark), ("$at", when)) == 1;
            if (isNew)
                statements.Run("INSERT INTO receipts (at, body) VALUES ($at, $body)", ("$at", when), ("$body", bytes));
            foreach (var fingerprint in fresh)
            {
                statements.Run(
                    "INSERT INTO heard (fingerprint, at) VALUES ($fingerprint, $at) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
                    ("$fingerprint", fingerprint), ("$at", when));
            }

            return isNew ? ReceiptOutcome.Accepted : ReceiptOutcome.Duplicate;
        });
        foreach (var fingerprint in fresh)
            _heard[fingerprint] = at;
        if (outcome == ReceiptOutcome.Accepted)
            Received?.Invoke();
        return outcome;
    }

    public async Task<IReadOnlyList<Receipt>> PendingReceiptsAsync(int most, CancellationToken cancellation)
    {
        await using var connection = await ReadAsync(cancellation);
        var rows = await connection.QueryAsync<(long Number, long At, byte[] Body)>(
            new CommandDefinition("SELECT number, at, body FROM receipts WHERE decided = 0 ORDER BY number LIMIT @most", new { most }, cancellationToken: cancellation));
        return [.. rows.Select(r => new Receipt(r.Number, Time(r.At), r.Body))];
    }

    public Task<IReadOnlyList<StoredEvent>> AppendAsync(IReadOnlyList<NewEvent> events, long? decidedReceipt, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _writer.WriteAsync<IReadOnlyList<StoredEvent>>(statements =>
        {
            var stored = new List<StoredEvent>(events.Count);
            foreach (var e in events)
            {
                statements.Run(
                    "INSERT INTO events (stream, at, type, data) VALUES ($stream, $at, $type, $data)",
                    ("$stream", e.Stream), ("$at", e.At.ToUnixTimeMilliseconds()), ("$type", e.Type), ("$data", e.Data));
                stored.Add(new StoredEvent(statements.LastRowId, e.Stream, Time(e.At.ToUnixTimeMilliseconds()), e.Type, e.Data));
            }

            if (decidedReceipt is { } number)
                statements.Run("UPDATE receipts SET decided = 1 WHERE number = $number", ("$number", number));
            return stored;
        });
    }

    public async IAsyncEnumerable<StoredEvent> ReadAsync(long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var connection = await ReadAsync(cancellation);
        var rows = connection.QueryUnbufferedAsync<(long Sequence, string Stream, long At, string Type, string Data)>(
            "SELECT sequence, stream, at, type, data FROM events WHERE sequence > @after ORDER BY sequence", new { after });
        await foreach (var row in rows.WithCancellation(cancellation))
            yield return new StoredEvent(row.Sequence, row.Stream, Time(row.At), row.Type, row.Data);
    }

    public async Task<DateTimeOffset?> LastHeardAsync(string fingerprint, CancellationToken cancellation)
    {
        if (_heard.TryGetValue(fingerprint, out var known))
            return known;
        await using var connection = await ReadAsync(cancellation);
        var at = await connection.ExecuteScalarAsync<long?>(
            new CommandDefinition("SELECT at FROM heard WHERE fingerprint = @fingerprint", new { fingerprint }, cancellationToken: cancellation));
        return at is { } found ? Time(found) : null;
    }

    public Task SaveCursorAsync(AnnouncerCursor cursor, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _writer.WriteAsync(statements => statements.Run(
            """
            INSERT INTO cursors (announcer, stream, sequence, remote) VALUES ($announcer, $stream, $sequence, $remote)
            ON CONFLICT DO UPDATE SET sequence = excluded.sequence, remote = excluded.remote
            """,
            ("$announcer", cursor.Announcer), ("$stream", cursor.Stream), ("$sequence", cursor.Sequence), ("$remote", cursor.Remote)));
    }

    public async Task<IReadOnlyList<AnnouncerCursor>> CursorsAsync(string announcer, CancellationToken cancellation)
    {
        await using var connection = await ReadAsync(cancellation);
        var rows = await connection.QueryAsync<AnnouncerCursor>(
            new CommandDefinition("SELECT announcer, stream, sequence, remote FROM cursors WHERE announcer = @announcer", new { announcer }, cancellationToken: cancellation));
        return [.. rows];
    }

    public Task SaveDocumentAsync(string name, string content, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _writer.WriteAsync(statements => statements.Run(
            "INSERT INTO documents (name, content) VALUES ($name, $content) ON CONFLICT DO UPDATE SET content = excluded.content",
            ("$name", name), ("$content", content)));
    }

    public async Task<string?> DocumentAsync(string name, CancellationToken cancellation)
    {
        await using var connection = await ReadAsync(cancellation);
        return await connection.ExecuteScalarAsync<string?>(
            new CommandDefinition("SELECT content FROM documents WHERE name = @name", new { name }, cancellationToken: cancellation));
    }

    /// <summary>Forgets decided receipts, marks and hearsay older than that. Events are kept.</summary>
    public async Task PruneAsync(DateTimeOffset olderThan, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var limit = olderThan.ToUnixTimeMilliseconds();
        await _writer.WriteAsync(statements =>
            statements.Run("DELETE FROM receipts WHERE decided = 1 AND at < $limit", ("$limit", limit))
            + statements.Run("DELETE FROM marks WHERE at < $limit", ("$limit", limit))
            + statements.Run("DELETE FROM heard WHERE at < $limit", ("$limit", limit)));
        foreach (var (fingerprint, at) in _heard)
        {
            if (at < olderThan)
                _heard.TryRemove(KeyValuePair.Create(fingerprint, at));
        }
    }

    private async Task<SqliteConnection> ReadAsync(CancellationToken cancellation)
    {
        var connection = new SqliteConnection(_readOnly);
        await connection.OpenAsync(cancellation);
        return connection;
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        SqliteConnection.ClearPool(new SqliteConnection(_readOnly));
        _lock.Dispose();
    }
}
