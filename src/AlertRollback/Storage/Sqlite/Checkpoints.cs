using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AlertRollback.Storage.Sqlite;

/// <summary>
/// Moves what the write-ahead log holds into the database, beside the writer: left to a commit it makes everyone wait who
/// shares it. The log can begin anew only when nothing is left in it, so the writer moves the few pages that came
/// meanwhile.
/// </summary>
internal sealed class Checkpoints : IAsyncDisposable
{
    // 16 MiB: a shorter one has its busiest pages moved more often.
    private const int PagesPerCheckpoint = 4096;

    // 48 MiB. The rest is moved by the writer, which costs a flush or two, however little it is: seldom, then.
    private const int LongestLog = 3 * PagesPerCheckpoint;

    private const int PagesWritten = 9; // SQLITE_DBSTATUS_CACHE_WRITE
    private const int Passive = 0; // SQLITE_CHECKPOINT_PASSIVE
    private const int Truncate = 3; // SQLITE_CHECKPOINT_TRUNCATE

    private readonly sqlite3 _writing;
    private readonly SqliteConnection _own;
    private readonly SemaphoreSlim _due = new(0);
    private readonly Thread _thread;
    private int _state = Idle;
    private int _pages;
    private int _logged;
    private volatile bool _isClosed;

    private const int Idle = 0;
    private const int Moving = 1;
    private const int Moved = 2;

    /// <param name="own">A connection to the same database, for nothing else.</param>
    public Checkpoints(SqliteConnection writing, SqliteConnection own)
    {
        _writing = writing.Handle!;
        _own = own;
        raw.sqlite3_wal_autocheckpoint(_writing, 0);
        raw.sqlite3_wal_autocheckpoint(own.Handle!, 0);
        _thread = new Thread(Loop) { Name = "journal checkpoints", IsBackground = true };
        _thread.Start();
    }

    /// <summary>To be called by the writer's thread between two transactions.</summary>
    public void Committed()
    {
        raw.sqlite3_db_status(_writing, PagesWritten, out var pages, out _, 1);
        _pages += pages;
        _logged += pages;
        switch (Volatile.Read(ref _state))
        {
            case Idle when _pages >= PagesPerCheckpoint:
                _pages = 0;
                Volatile.Write(ref _state, Moving);
                _due.Release();
                break;
            case Moved:
                if (_logged >= LongestLog)
                {
                    Move(_writing);
                    _logged = 0;
                }

                Volatile.Write(ref _state, Idle);
                break;
        }
    }

    private void Loop()
    {
        while (true)
        {
            _due.Wait();
            if (_isClosed)
                return;
            Move(_own.Handle!);
            Volatile.Write(ref _state, Moved);
        }
    }

    // What cannot be moved, because somebody still reads it or the disk is full, stays in the log, which loses nothing.
    private static void Move(sqlite3 database, int how = Passive) => raw.sqlite3_wal_checkpoint_v2(database, "main", how, out _, out _);

    /// <summary>
    /// To be disposed of when nobody writes any more. The last who closes the file folds its log in by itself, but not where that is
    /// somebody who only reads, and whoever copies the one file would leave the journal behind.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        _due.Release();
        await Task.Run(_thread.Join);
        _due.Dispose();
        await Task.Run(() => Move(_own.Handle!, Truncate));
        await _own.DisposeAsync();
    }
}
