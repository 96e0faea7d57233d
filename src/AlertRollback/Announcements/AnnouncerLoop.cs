using System.Collections.Concurrent;
using AlertRollback.Rollbacks;
using AlertRollback.Storage;

namespace AlertRollback.Announcements;

/// <summary>Runs one announcer beside the rollbacks: reads the book, never holds it up, catches up in order after an outage.</summary>
public sealed partial class AnnouncerLoop(
    IAnnouncer announcer, Chronicle chronicle, IJournal journal, TimeProvider time, ILogger<AnnouncerLoop> log) : BackgroundService
{
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, CursorKeeper> _cursors = [];
    private readonly Dictionary<string, DateTimeOffset> _again = [];
    private readonly ConcurrentDictionary<string, string> _troubles = [];

    public string Name => announcer.Name;

    /// <summary>What stands in the way of telling, by stream; empty when all is told.</summary>
    public IReadOnlyDictionary<string, string> Troubles => _troubles;

    /// <summary>Whether everything that happened up to this sequence was told.</summary>
    public bool HasToldAll(Book book) =>
        announcer.Topics(book).All(t => _cursors.TryGetValue(t.Stream, out var keeper) && keeper.Cursor.Sequence >= t.LastSequence);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var cursor in await journal.CursorsAsync(announcer.Name, stoppingToken))
            _cursors[cursor.Stream] = new CursorKeeper(cursor, journal);
        try
        {
            while (true)
            {
                var book = chronicle.Book;
                foreach (var (stream, last) in announcer.Topics(book))
                    await TendAsync(book, stream, last, stoppingToken);
                await WaitAsync(book, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // what was not told is told by the next process
        }
    }

    private async Task TendAsync(Book book, string stream, long last, CancellationToken cancellation)
    {
        if (!_cursors.TryGetValue(stream, out var keeper))
            _cursors[stream] = keeper = new CursorKeeper(new AnnouncerCursor(announcer.Name, stream, 0, ""), journal);
        var isDue = _again.TryGetValue(stream, out var again);
        if (isDue ? time.GetUtcNow() < again && (_troubles.ContainsKey(stream) || keeper.Cursor.Sequence >= last) : keeper.Cursor.Sequence >= last)
            return;
        _again.Remove(stream);
        Remember(stream, await TellAsync(book, keeper, cancellation));
    }

    private async Task<Telling> TellAsync(Book book, CursorKeeper keeper, CancellationToken cancellation)
    {
        try
        {
            return await announcer.TellAsync(book, keeper, cancellation);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            LogFault(log, announcer.Name, keeper.Cursor.Stream, fault);
            return new Telling(time.GetUtcNow() + AfterFault, fault.Message);
        }
    }

    private void Remember(string stream, Telling telling)
    {
        if (telling.Again is { } at)
            _again[stream] = at;
        if (telling.Trouble is null)
            _troubles.TryRemove(stream, out _);
        else if (_troubles.GetValueOrDefault(stream) != telling.Trouble)
            LogTrouble(log, announcer.Name, stream, telling.Trouble);
        if (telling.Trouble is not null)
            _troubles[stream] = telling.Trouble;
    }

    private async Task WaitAsync(Book seen, CancellationToken cancellation)
    {
        var changed = chronicle.ChangedSince(seen);
        if (_again.Count == 0)
        {
            await changed.WaitAsync(cancellation);
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var left = _again.Values.Min() - time.GetUtcNow();
        var delay = Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, over.Token);
        await Task.WhenAny(changed, delay);
        await over.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Announcer}: telling of {Stream} ended in a fault")]
    private static partial void LogFault(ILogger log, string announcer, string stream, Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Announcer}: {Stream} is not told yet: {Trouble}")]
    private static partial void LogTrouble(ILogger log, string announcer, string stream, string trouble);
}
