using System.Collections.Concurrent;
using AlertRollback.Rollbacks;
using AlertRollback.Storage;

namespace AlertRollback.Announcements;

/// <summary>
/// Runs one announcer beside the rollbacks: reads the book, never holds it up, catches up in order after an outage.
/// Streams take turns, so that one in trouble, or one that never rests, does not keep the others waiting.
/// </summary>
public sealed partial class AnnouncerLoop(
    IAnnouncer announcer, Chronicle chronicle, IJournal journal, Told told, TimeProvider time, ILogger<AnnouncerLoop> log) : BackgroundService
{
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, CursorKeeper> _cursors = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _troubles = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Turn> _turns = new(StringComparer.Ordinal);
    private volatile bool _knowsCursors;
    private long _turn;

    public string Name => announcer.Name;

    /// <summary>What stands in the way of telling, by stream; empty when all is told.</summary>
    public IReadOnlyDictionary<string, string> Troubles => _troubles;

    /// <summary>Whether everything that this picture holds was told.</summary>
    public bool HasToldAll(Book book) =>
        announcer.Topics(book).All(t => _cursors.TryGetValue(t.Stream, out var keeper) && keeper.Cursor.Sequence >= t.LastSequence);

    /// <summary>The streams of this picture with something to tell that is not told yet, each with the sequence up to which it was; not those that are told later by intention.</summary>
    public IEnumerable<(string Stream, long Told)> Waiting(Book book) => _knowsCursors
        ? announcer.Topics(book).Where(IsWaiting).Select(t => (t.Stream, _cursors.GetValueOrDefault(t.Stream)?.Cursor.Sequence ?? 0))
        : [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var cursor in await journal.CursorsAsync(announcer.Name, stoppingToken))
            _cursors[cursor.Stream] = new CursorKeeper(cursor, journal);
        _knowsCursors = true;
        try
        {
            while (true)
            {
                var book = chronicle.Book;
                var topics = announcer.Topics(book).ToList();
                var due = InOrder(topics).Where(IsDue).ToList();
                if (due.Count > 0)
                    await TakeTurnAsync(book, due.MinBy(t => (_turns.GetValueOrDefault(t.Stream)?.Number ?? 0, -t.LastSequence)), stoppingToken);
                else
                    await WaitAsync(book, topics, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // what was not told is told by the next process
        }
    }

    // Each piece of news is a stream of its own, and the last one told is what people believe: none overtakes an older one.
    private IEnumerable<(string Stream, long LastSequence)> InOrder(List<(string Stream, long LastSequence)> topics)
    {
        var first = topics.Where(t => News.IsNews(t.Stream) && IsWaitedFor(t)).Select(t => (long?)t.LastSequence).Min();
        return topics.Where(t => !News.IsNews(t.Stream) || first is null || t.LastSequence <= first);
    }

    // One that only people can help is not waited for: it may never be told.
    private bool IsWaitedFor((string Stream, long LastSequence) topic) => _turns.GetValueOrDefault(topic.Stream) is { Telling: var telling }
        ? telling is { Trouble: not null, Lasting: false }
        : topic.LastSequence > CursorOf(topic.Stream).Cursor.Sequence;

    private bool IsDue((string Stream, long LastSequence) topic) => _turns.GetValueOrDefault(topic.Stream) switch
    {
        null => topic.LastSequence > CursorOf(topic.Stream).Cursor.Sequence,
        { Telling.Again: { } again } when time.GetUtcNow() >= again => true,
        { Telling: { Again: not null, Trouble: not null } } => false,
        var last => topic.LastSequence > last.Sequence,
    };

    private bool IsWaiting((string Stream, long LastSequence) topic) => _turns.GetValueOrDefault(topic.Stream) is { } last
        ? last.Telling.Trouble is not null || topic.LastSequence > last.Sequence
        : topic.LastSequence > (_cursors.GetValueOrDefault(topic.Stream)?.Cursor.Sequence ?? 0);

    private CursorKeeper CursorOf(string stream) =>
        _cursors.GetOrAdd(stream, s => new CursorKeeper(new AnnouncerCursor(announcer.Name, s, 0, ""), journal));

    private async Task TakeTurnAsync(Book book, (string Stream, long LastSequence) topic, CancellationToken cancellation)
    {
        var keeper = CursorOf(topic.Stream);
        var telling = await TellAsync(book, keeper, cancellation);
        if (announcer.CalledUpTo(keeper) is { } upTo)
            told.Note(topic.Stream, upTo);
        _turns[topic.Stream] = new Turn(++_turn, topic.LastSequence, telling);
        if (telling.Trouble is not { } trouble)
            _troubles.TryRemove(topic.Stream, out _);
        else if (_troubles.GetValueOrDefault(topic.Stream) != trouble)
            LogTrouble(log, announcer.Name, topic.Stream, _troubles[topic.Stream] = trouble);
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
            return new Telling(time.GetUtcNow() + AfterFault, fault.Message) { Lasting = true };
        }
    }

    private async Task WaitAsync(Book seen, List<(string Stream, long LastSequence)> topics, CancellationToken cancellation)
    {
        var again = topics.Min(t => _turns.GetValueOrDefault(t.Stream)?.Telling.Again);
        var left = again - time.GetUtcNow() is { } wait && wait < LongestWait ? wait : LongestWait;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var delay = Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, over.Token);
        await Task.WhenAny(chronicle.ChangedSince(seen), delay);
        await over.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    /// <param name="Number">Whose turn was longest ago is next; who had none, first.</param>
    /// <param name="Sequence">What there was to tell then.</param>
    private sealed record Turn(long Number, long Sequence, Telling Telling);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Announcer}: telling of {Stream} ended in a fault")]
    private static partial void LogFault(ILogger log, string announcer, string stream, Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Announcer}: {Stream} is not told yet: {Trouble}")]
    private static partial void LogTrouble(ILogger log, string announcer, string stream, string trouble);
}
