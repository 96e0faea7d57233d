using Microsoft.Data.Sqlite;

namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// The only writer. Takes whatever waits, writes it in one transaction and tells everyone after the one commit they share:
/// the disk is flushed once for all of them.
/// </summary>
internal sealed class Writer : IAsyncDisposable
{
    private const int MostPerCommit = 512;

    private readonly WaitingWrites _waiting = new();
    private readonly SqliteConnection _connection;
    private readonly Statements _statements;
    private readonly Checkpoints _checkpoints;
    private readonly Action _takenBack;
    private readonly Thread _thread;
    private readonly TimeProvider _time;
    private volatile string? _trouble;
    private long _failedAt;
    private int _probing;

    /// <param name="takenBack">Called by the writer's thread when something that ran is not on the disk after all.</param>
    public Writer(SqliteConnection connection, Checkpoints checkpoints, Action takenBack, TimeProvider time)
    {
        _time = time;
        _checkpoints = checkpoints;
        _takenBack = takenBack;
        _connection = connection;
        _statements = new Statements(connection);
        _thread = new Thread(Loop) { Name = "journal writer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>
    /// Why the last commit failed; null when it did not. Looking at a trouble makes the writer try again: whoever is not
    /// ready gets no messages, so nothing else might write and notice that the disk is back.
    /// </summary>
    public string? Trouble
    {
        get
        {
            if (_trouble is not null && Interlocked.Exchange(ref _probing, 1) == 0)
                _ = ProbeAsync();
            return _trouble;
        }
    }

    /// <summary>When a commit last failed; null: none did.</summary>
    public DateTimeOffset? FailedAt => Interlocked.Read(ref _failedAt) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>How many commits there were; each may hold many writes.</summary>
    public long Commits { get; private set; }

    /// <param name="isBrief">See <see cref="Write{T}"/>.</param>
    public Task<T> WriteAsync<T>(Func<Statements, T> work, bool isBrief = false)
    {
        var write = new Write<T>(work, isBrief);
        if (!_waiting.TryAdd(write))
            write.Failed(new JournalUnavailableException("the journal is closed"));
        return write.Done;
    }

    // Leaves a page or two behind for a moment, so that a full disk is noticed as well as a locked one.
    private async Task ProbeAsync()
    {
        try
        {
            await WriteAsync(statements =>
            {
                statements.Run("INSERT INTO documents (name, content) VALUES ('probe', zeroblob(8192)) ON CONFLICT DO UPDATE SET content = zeroblob(8192)");
                return statements.Run("DELETE FROM documents WHERE name = 'probe'");
            });
        }
        catch (JournalUnavailableException)
        {
            // the trouble says so already
        }
        finally
        {
            Volatile.Write(ref _probing, 0);
        }
    }

    private void Loop()
    {
        while (_waiting.Take(MostPerCommit) is { Count: > 0 } batch)
            Commit(batch);
    }

    // Whatever goes wrong here goes to those who wait; the thread must live on.
    private void Commit(List<Write> batch)
    {
        try
        {
            var changes = _statements.Changes;
            var done = WriteTogether(batch) ? batch : WriteOneByOne(batch);
            Commits++;
            // A commit of nothing, such as a duplicate, succeeds on a full disk too and proves nothing.
            if (done.Count > 0 && _statements.Changes != changes)
                _trouble = null;
            Tidings.Send(done);
            _checkpoints.Committed();
        }
        catch (Exception fault)
        {
            _trouble = fault.Message;
            Interlocked.Exchange(ref _failedAt, _time.GetUtcNow().UtcTicks);
            RollBack();
            foreach (var write in batch)
                write.Failed(fault);
        }
    }

    /// <summary>False when one of them failed by itself; then none is written.</summary>
    private bool WriteTogether(List<Write> batch)
    {
        _statements.Run("BEGIN IMMEDIATE");
        try
        {
            foreach (var write in batch)
                write.Do(_statements);
        }
        catch (Exception fault) when (IsItsOwn(fault))
        {
            RollBack();
            return false;
        }

        _statements.Run("COMMIT");
        return true;
    }

    // A write that fails by itself takes only itself back; the others of the batch go on.
    private List<Write> WriteOneByOne(List<Write> batch)
    {
        _statements.Run("BEGIN IMMEDIATE");
        var done = batch.Where(WriteInSavepoint).ToList();
        _statements.Run("COMMIT");
        return done;
    }

    private bool WriteInSavepoint(Write write)
    {
        _statements.Run("SAVEPOINT one");
        try
        {
            write.Do(_statements);
            _statements.Run("RELEASE one");
            return true;
        }
        catch (Exception fault) when (IsItsOwn(fault))
        {
            _statements.Run("ROLLBACK TO one");
            _statements.Run("RELEASE one");
            _takenBack();
            write.Failed(fault);
            return false;
        }
    }

    private static bool IsItsOwn(Exception fault) => fault is not SqliteException { SqliteErrorCode: not (TooBig or Constraint or Mismatch or OutOfRange) };

    private const int TooBig = 18;
    private const int Constraint = 19;
    private const int Mismatch = 20;
    private const int OutOfRange = 25;

    private void RollBack()
    {
        _takenBack();
        try
        {
            _statements.Run("ROLLBACK");
        }
        catch (Exception fault) when (fault is SqliteException or InvalidOperationException)
        {
            // SQLite rolls back by itself after some faults; then there is nothing left to roll back
        }
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Close();
        await Task.Run(_thread.Join);
        await _checkpoints.DisposeAsync();
        _statements.Dispose();
        await _connection.DisposeAsync();
    }
}
