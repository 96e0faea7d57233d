using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// The only writer. Takes whatever waits, writes it in one transaction and tells everyone after the one commit they share:
/// the disk is flushed once for all of them.
/// </summary>
internal sealed class Writer : IAsyncDisposable
{
    private const int MostPerCommit = 512;

    private readonly Channel<Write> _waiting = Channel.CreateUnbounded<Write>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SqliteConnection _connection;
    private readonly Statements _statements;
    private readonly Thread _thread;
    private volatile string? _trouble;

    public Writer(SqliteConnection connection)
    {
        _connection = connection;
        _statements = new Statements(connection);
        _thread = new Thread(Loop) { Name = "journal writer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Why the last commit failed; null when it did not.</summary>
    public string? Trouble => _trouble;

    public Task<T> WriteAsync<T>(Func<Statements, T> work)
    {
        var write = new Write<T>(work);
        if (!_waiting.Writer.TryWrite(write))
            write.Failed(new JournalUnavailableException("the journal is closed"));
        return write.Done;
    }

    private void Loop()
    {
        var batch = new List<Write>();
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            while (batch.Count < MostPerCommit && _waiting.Reader.TryRead(out var write))
                batch.Add(write);
            Commit(batch);
        }
    }

    private void Commit(List<Write> batch)
    {
        try
        {
            _statements.Run("BEGIN IMMEDIATE");
            var done = batch.Where(Do).ToList();
            _statements.Run("COMMIT");
            _trouble = null;
            foreach (var write in done)
                write.Committed();
        }
        catch (Exception fault) when (fault is SqliteException or IOException)
        {
            _trouble = fault.Message;
            RollBack();
            foreach (var write in batch)
                write.Failed(fault);
        }
    }

    // A write that fails by itself takes only itself back; the others of the batch go on.
    private bool Do(Write write)
    {
        _statements.Run("SAVEPOINT one");
        try
        {
            write.Do(_statements);
            _statements.Run("RELEASE one");
            return true;
        }
        catch (Exception fault) when (fault is not SqliteException { SqliteErrorCode: FullDisk or IoError or ReadOnly })
        {
            _statements.Run("ROLLBACK TO one");
            _statements.Run("RELEASE one");
            write.Failed(fault);
            return false;
        }
    }

    private const int ReadOnly = 8;
    private const int IoError = 10;
    private const int FullDisk = 13;

    private void RollBack()
    {
        try
        {
            _statements.Run("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite rolls back by itself after some faults; then there is nothing left to roll back
        }
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await Task.Run(_thread.Join);
        _statements.Dispose();
        await _connection.DisposeAsync();
    }
}
