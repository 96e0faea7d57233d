using Microsoft.Data.Sqlite;

namespace AlertRollback.Storage.Sqlite;

/// <summary>One write on its way into the next commit.</summary>
internal abstract class Write
{
    /// <summary>Runs inside the shared transaction, within a savepoint of its own.</summary>
    public abstract void Do(Statements statements);

    /// <summary>It is on the disk.</summary>
    public abstract void Committed();

    public abstract void Failed(Exception fault);
}

internal sealed class Write<T>(Func<Statements, T> work) : Write
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Done => _done.Task;

    public override void Do(Statements statements) => _result = work(statements);

    public override void Committed() => _done.TrySetResult(_result);

    public override void Failed(Exception fault) => _done.TrySetException(
        fault is SqliteException or IOException ? new JournalUnavailableException($"the journal cannot be written: {fault.Message}", fault) : fault);
}
