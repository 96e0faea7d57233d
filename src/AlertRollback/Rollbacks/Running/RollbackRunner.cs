using System.Collections.Concurrent;

namespace AlertRollback.Rollbacks.Running;

/// <summary>Gives every rollback that is not at rest a worker: those the journal had at the start, and each new one.</summary>
public sealed partial class RollbackRunner(WorkerParts parts, ILogger<RollbackRunner> log) : BackgroundService
{
    private readonly ConcurrentDictionary<string, Task> _workers = new();

    // A rollback is looked at again only after its state changed: one at rest stays at rest.
    private readonly Dictionary<string, long> _rested = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var book = parts.Chronicle.Book;
                foreach (var rollback in book.Rollbacks.Values)
                    Tend(rollback, book, stoppingToken);
                await parts.Chronicle.ChangedSince(book).WaitAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Whatever a worker was doing is in the journal; the next process goes on there.
            await Task.WhenAll(_workers.Values);
        }
    }

    private void Tend(RollbackState rollback, Book book, CancellationToken stopping)
    {
        if (_workers.ContainsKey(rollback.Id) || _rested.GetValueOrDefault(rollback.Id) == rollback.LastSequence)
            return;
        if (IsAtRest(rollback, book))
            _rested[rollback.Id] = rollback.LastSequence;
        else
            Employ(rollback, stopping);
    }

    private bool IsAtRest(RollbackState rollback, Book book)
    {
        try
        {
            return parts.NextMove.For(rollback, book, parts.Time.GetUtcNow()) is Move.Rest;
        }
        catch (Exception)
        {
            // One that cannot be judged must not end the others: its worker meets the same fault, logs it and tries again.
            return false;
        }
    }

    private void Employ(RollbackState rollback, CancellationToken stopping)
    {
        var started = new TaskCompletionSource();
        if (!_workers.TryAdd(rollback.Id, started.Task))
            return;
        if (rollback.Timeline.Count > 1)
            LogResumed(log, rollback.Id, rollback.Phase.Word());
        _ = Task.Run(() => WorkAsync(rollback.Id, started, stopping), CancellationToken.None);
    }

    private async Task WorkAsync(string id, TaskCompletionSource done, CancellationToken stopping)
    {
        try
        {
            await new RollbackWorker(id, parts).RunAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // see ExecuteAsync
        }
        finally
        {
            _workers.TryRemove(id, out _);
            done.SetResult();
        }

        // An event that came while this worker was leaving found it still there: look once more.
        var book = parts.Chronicle.Book;
        if (!stopping.IsCancellationRequested && !IsAtRest(book.Rollbacks[id], book))
            Employ(book.Rollbacks[id], stopping);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "rollback {Id}: a worker takes it up in phase {Phase}")]
    private static partial void LogResumed(ILogger log, string id, string phase);
}
