using AlertRollback.Matrix;
using AlertRollback.Storage;

namespace AlertRollback.Rollbacks;

/// <summary>An event on its way into the journal.</summary>
public readonly record struct Entry(string Stream, object Event)
{
    public static Entry Of(RollbackState rollback, RollbackEvent e) => new(rollback.StreamName, e);

    public static Entry Of(GlobalEvent e) => new(Book.GlobalStream, e);

    public static Entry Of(AlertEvent e) => new(Book.AlertsStream, e);

    public static Entry Of(string workloadUid, WorkloadEvent e) => new(WorkloadKnowledge.Stream(workloadUid), e);

    public static Entry Of(string taskId, TaskEvent e) => new(TaskState.Stream(taskId), e);
}

/// <summary>
/// The one way to change the <see cref="Book"/>: look at the newest picture, say what happens, have it on the disk, then
/// let everyone see it. One change at a time, so that whoever decides on the picture cannot be overtaken.
/// </summary>
/// <param name="obstacle">Why nobody can be called to a service, so that no call is written down as one that was heard; null, as without it: somebody can.</param>
public sealed class Chronicle(IJournal journal, TimeProvider time, Func<ServiceDefinition, string?>? obstacle = null) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly Lock _announcing = new();
    private TaskCompletionSource _next = NewSignal();

    // Something is on the disk that the picture lacks, as memory was short behind a commit.
    private volatile bool _isBehind;

    /// <summary>The newest picture. Never older than what was acknowledged to whoever changed it.</summary>
    public Book Book { get; private set; } = Book.Empty;

    /// <summary>Reads the journal from its beginning; call once, before anything else.</summary>
    public async Task LoadAsync(CancellationToken cancellation)
    {
        var book = Book;
        await foreach (var stored in journal.ReadAsync(book.Sequence, cancellation))
            book = book.Apply(stored);
        Show(book);
    }

    /// <summary>Reads what is on the disk and was not shown; does nothing where all was.</summary>
    public async Task CatchUpAsync(CancellationToken cancellation)
    {
        if (_isBehind)
            await ChangeAsync(_ => [], cancellation);
    }

    /// <summary>Decides on the newest picture and appends what was decided; no entries: nothing happens.</summary>
    /// <param name="decide">Must be quick and pure; called once.</param>
    /// <param name="decidedReceipt">A receipt that is settled with it, in the same transaction.</param>
    public async Task<Book> ChangeAsync(Func<Book, IEnumerable<Entry>> decide, CancellationToken cancellation, long? decidedReceipt = null)
    {
        await _oneAtATime.WaitAsync(cancellation);
        try
        {
            if (_isBehind)
                await LoadAsync(cancellation);
            _isBehind = false;
            var at = time.GetUtcNow();
            var decided = decide(Book).ToList();
            var events = decided.Select(e => EventJson.ToStore(e.Stream, at, e.Event is RollbackEvent.Paged page ? AsHeard(page, e.Stream, decided) : e.Event)).ToList();
            if (events.Count == 0 && decidedReceipt is null)
                return Book;

            // Not cancellable once it is sent: whether it is on the disk must be known.
            var stored = await journal.AppendAsync(events, decidedReceipt, CancellationToken.None);
            _isBehind = true;
            var book = stored.Aggregate(Book, (book, e) => book.Apply(e));
            Show(book);
            _isBehind = false;
            return book;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Appends to one rollback, if it is still as <paramref name="decide"/> wants it.</summary>
    public async Task<RollbackState> ChangeAsync(string rollbackId, Func<RollbackState, Book, IEnumerable<RollbackEvent>> decide, CancellationToken cancellation)
    {
        var book = await ChangeAsync(
            b => decide(b.Rollbacks[rollbackId], b).Select(e => Entry.Of(b.Rollbacks[rollbackId], e)),
            cancellation);
        return book.Rollbacks[rollbackId];
    }

    /// <summary>Ends as soon as there is a newer picture than the one seen.</summary>
    public Task ChangedSince(Book seen)
    {
        lock (_announcing)
            return ReferenceEquals(seen, Book) ? _next.Task : Task.CompletedTask;
    }

    // Who is called at once stands in one commit with what begins.
    private RollbackEvent.Paged AsHeard(RollbackEvent.Paged page, string stream, IReadOnlyList<Entry> decided) =>
        obstacle is not null
        && (Book.Rollbacks.GetValueOrDefault(stream.Split('/', 2)[^1])?.Service
            ?? decided.Where(e => e.Stream == stream).Select(e => e.Event).OfType<RollbackEvent.Proposed>().FirstOrDefault()?.Service) is { } service
            ? page with { Unheard = obstacle(service) }
            : page;

    private void Show(Book book)
    {
        TaskCompletionSource reached;
        lock (_announcing)
        {
            Book = book;
            reached = _next;
            _next = NewSignal();
        }

        reached.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose() => _oneAtATime.Dispose();
}
