using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace AlertRollback.Storage.Sqlite;

/// <summary>The journal in one SQLite file: write-ahead log, full synchronous, one writer, one process (S22).</summary>
public sealed class SqliteJournal : IJournal
{
    private const int EventsPerPage = 1000;

    // Receipts handed out together; one more is always handed out, however large.
    private const int LargestHandful = 32 * 1024 * 1024;

    private readonly JournalLock _lock;
    private readonly Deliveries _deliveries;
    private readonly Hearsay _heard;
    private readonly Writer _writer;
    private readonly string _path;

    private SqliteJournal(JournalLock @lock, SqliteConnection writing, Checkpoints checkpoints, Deliveries deliveries, Hearsay heard, string path, TimeProvider time)
    {
        _lock = @lock;
        _deliveries = deliveries;
        _heard = heard;
        _writer = new Writer(writing, checkpoints, deliveries.Forget, time);
        _path = path;
    }

    public string? Trouble => _writer.Trouble;

    public DateTimeOffset? FailedAt => _writer.FailedAt;

    /// <summary>For tests that need a full disk or a look behind the scenes.</summary>
    internal Writer Writer => _writer;

    public event Action? Received;

    /// <summary>Opens or creates the journal and brings its schema up to date.</summary>
    /// <param name="logRoom">How long its log is made beforehand, in bytes, so that commits need not wait for it to grow.</param>
    /// <exception cref="JournalUnavailableException">In use, unreadable, not writable, or of a newer version.</exception>
    public static SqliteJournal Open(string path, TimeProvider time, long logRoom = 0)
    {
        JournalLock? held = null;
        SqliteConnection? connection = null;
        SqliteConnection? checkpoints = null;
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            held = JournalLock.Take(path, time);
            connection = Connections.Open(path);
            Migrations.Run(connection);
            LogRoom.Make(path, logRoom);
            checkpoints = Connections.Open(path);
            var heard = new Hearsay();
            var deliveries = Deliveries.Load(connection, heard);
            return new SqliteJournal(held, connection, new Checkpoints(connection, checkpoints), deliveries, heard, path, time);
        }
        catch (Exception fault)
        {
            checkpoints?.Dispose();
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
        var delivery = Delivery.Of(mark, body, _heard.NotLately(fingerprints, at), at);
        var outcome = await _writer.WriteAsync(statements => _deliveries.Receive(statements, delivery), isBrief: true);
        foreach (var fingerprint in delivery.Heard)
            _heard.Heard(fingerprint, delivery.At);
        if (outcome == ReceiptOutcome.Accepted)
            Received?.Invoke();
        return outcome;
    }

    public void Resolved(IEnumerable<string> fingerprints)
    {
        foreach (var fingerprint in fingerprints)
            _heard.Resolved(TextKey.Of(fingerprint));
    }

    public Task<IReadOnlyList<Receipt>> PendingReceiptsAsync(int most, CancellationToken cancellation, long after = 0) => ReadAsync<IReadOnlyList<Receipt>>(statements =>
    {
        var receipts = new List<Receipt>();
        var bytes = 0L;
        statements.Each(
            "SELECT number, at, body FROM receipts WHERE number > max((SELECT number FROM decided), ?2) AND decided = 0 ORDER BY number LIMIT ?1",
            row =>
            {
                var body = row.Blob(2);
                receipts.Add(new Receipt(row.Number(0), Time(row.Number(1)), body));
                return (bytes += body.Length) < LargestHandful;
            },
            most,
            after);
        return receipts;
    }, cancellation);

    public Task<IReadOnlyList<StoredEvent>> AppendAsync(IReadOnlyList<NewEvent> events, long? decidedReceipt, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _writer.WriteAsync<IReadOnlyList<StoredEvent>>(statements =>
        {
            var stored = new List<StoredEvent>(events.Count);
            foreach (var e in events)
            {
                statements.Run(
                    "INSERT INTO events (stream, at, type, data) VALUES (?1, ?2, ?3, ?4)",
                    e.Stream, e.At.ToUnixTimeMilliseconds(), e.Type, e.Data);
                stored.Add(new StoredEvent(statements.LastRowId, e.Stream, Time(e.At.ToUnixTimeMilliseconds()), e.Type, e.Data));
            }

            if (decidedReceipt is { } number)
                Decided(statements, number);
            return stored;
        });
    }

    // Receipts are decided in their order, so that hardly any lie between the last and this one.
    private static void Decided(Statements statements, long number)
    {
        statements.Run("UPDATE receipts SET decided = 1 WHERE number = ?1", number);
        statements.Run(
            """
            UPDATE decided SET number = ?1 WHERE number < ?1 AND NOT EXISTS (
                SELECT 1 FROM receipts WHERE receipts.number > decided.number AND receipts.number < ?1 AND receipts.decided = 0)
            """,
            number);
    }

    public async IAsyncEnumerable<StoredEvent> ReadAsync(long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // In pages, so that a slow reader keeps neither a connection nor the write-ahead log.
        while (true)
        {
            var page = await PageAsync(after, cancellation);
            foreach (var stored in page)
                yield return stored;
            if (page.Count < EventsPerPage)
                yield break;
            after = page[^1].Sequence;
        }
    }

    private Task<List<StoredEvent>> PageAsync(long after, CancellationToken cancellation) => ReadAsync(statements =>
    {
        var page = new List<StoredEvent>();
        statements.Each(
            "SELECT sequence, stream, at, type, data FROM events WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
            row =>
            {
                page.Add(new StoredEvent(row.Number(0), row.Text(1)!, Time(row.Number(2)), row.Text(3)!, row.Text(4)!));
                return true;
            },
            after, EventsPerPage);
        return page;
    }, cancellation);

    public Task ForgetAsync(IReadOnlyCollection<long> sequences, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _writer.WriteAsync(statements => sequences.Sum(sequence => statements.Run("DELETE FROM events WHERE sequence = ?1", sequence)));
    }

    public Task ForgetBodiesAsync(IReadOnlyCollection<long> receipts, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _writer.WriteAsync(statements => receipts.Sum(number => statements.Run("UPDATE receipts SET body = x'' WHERE number = ?1 AND decided = 1", number)));
    }

    public Task<DateTimeOffset?> LastHeardAsync(string fingerprint, CancellationToken cancellation) =>
        Task.FromResult(_heard.LastHeard(TextKey.Of(fingerprint)) is { } at ? Time(at) : (DateTimeOffset?)null);

    public Task SaveCursorAsync(AnnouncerCursor cursor, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _writer.WriteAsync(statements => statements.Run(
            """
            INSERT INTO cursors (announcer, stream, sequence, remote) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET sequence = excluded.sequence, remote = excluded.remote
            """,
            cursor.Announcer, cursor.Stream, cursor.Sequence, cursor.Remote));
    }

    public Task<IReadOnlyList<AnnouncerCursor>> CursorsAsync(string announcer, CancellationToken cancellation) => ReadAsync<IReadOnlyList<AnnouncerCursor>>(statements =>
    {
        var cursors = new List<AnnouncerCursor>();
        statements.Each(
            "SELECT stream, sequence, remote FROM cursors WHERE announcer = ?1",
            row =>
            {
                cursors.Add(new AnnouncerCursor(announcer, row.Text(0)!, row.Number(1), row.Text(2)!));
                return true;
            },
            announcer);
        return cursors;
    }, cancellation);

    public Task SaveDocumentAsync(string name, string content, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _writer.WriteAsync(statements => statements.Run(
            "INSERT INTO documents (name, content) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET content = excluded.content",
            name, content));
    }

    public Task<string?> DocumentAsync(string name, CancellationToken cancellation) =>
        ReadAsync(statements => statements.TextOrNull("SELECT content FROM documents WHERE name = ?1", name), cancellation);

    /// <summary>Forgets decided receipts, marks and hearsay older than that. Events are kept.</summary>
    public async Task PruneAsync(DateTimeOffset olderThan, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var limit = olderThan.ToUnixTimeMilliseconds();
        await _writer.WriteAsync(statements => _deliveries.Prune(statements, limit));
        _heard.Forget(limit);
    }

    private async Task<T> ReadAsync<T>(Func<Statements, T> read, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await Connections.OpenToReadAsync(_path, cancellation);
            using var statements = new Statements(connection);
            return read(statements);
        }
        catch (SqliteException fault)
        {
            throw new JournalUnavailableException($"the journal cannot be read: {fault.Message}", fault);
        }
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    public async ValueTask DisposeAsync()
    {
        Connections.Forget(_path);
        await _writer.DisposeAsync();
        Connections.Forget(_path);
        _lock.Dispose();
    }
}
