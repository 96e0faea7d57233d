using Microsoft.Data.Sqlite;

namespace AlertRollback.Storage.Sqlite;

/// <summary>One write on its way into the next commit.</summary>
internal abstract class Write
{
    /// <summary>Runs inside the shared transaction; a second time when the first was taken back because of another write.</summary>
    public abstract void Do(Statements statements);

    /// <summary>It is on the disk: whoever waits is told.</summary>
    public abstract void Committed();

    public abstract void Failed(Exception fault);
}

/// <param name="isBrief">
/// Whoever waits only answers, so that many can go on one after the other; waking a thread for each costs more than that.
/// </param>
internal sealed class Write<T>(Func<Statements, T> work, bool isBrief) : Write
{
    private readonly TaskCompletionSource<T> _done = new(isBrief ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Done => _done.Task;

    public override void Do(Statements statements) => _result = work(statements);

    public override void Committed() => _done.TrySetResult(_result);

    public override void Failed(Exception fault) => _done.TrySetException(
        fault is SqliteException or IOException ? new JournalUnavailableException($"the journal cannot be written: {fault.Message}", fault) : fault);
}
