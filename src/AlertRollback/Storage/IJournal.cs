namespace AlertRollback.Storage;

/// <summary>One fact of the journal. Append-only: it is never changed and never taken back; see <see cref="IJournal.ForgetAsync"/> for the one end it may have.</summary>
/// <param name="Sequence">Place in the whole journal, rising, 1 first.</param>
/// <param name="Stream">What it belongs to: <c>rollback/ID</c>, <c>workload/UID</c>, <c>alerts</c> or <c>global</c>.</param>
/// <param name="Type">The event's word.</param>
/// <param name="Data">The event as JSON.</param>
public sealed record StoredEvent(long Sequence, string Stream, DateTimeOffset At, string Type, string Data);

/// <summary>A fact to append; the journal gives it its place.</summary>
public sealed record NewEvent(string Stream, DateTimeOffset At, string Type, string Data);

/// <summary>A webhook message that was acknowledged and is not yet decided.</summary>
public sealed record Receipt(long Number, DateTimeOffset At, ReadOnlyMemory<byte> Body);

/// <summary>Whether a delivered message is on the disk since now, or was before.</summary>
public enum ReceiptOutcome { Accepted, Duplicate }

/// <summary>How far an announcer has told a stream's events, and what it has to remember: remote ids, as JSON.</summary>
public sealed record AnnouncerCursor(string Announcer, string Stream, long Sequence, string Remote);

/// <summary>The journal cannot be written. The intake answers 503; nothing was accepted.</summary>
public sealed class JournalUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// The durable memory: receipts, events, cursors. Every task that ends well has its data on the disk. Concurrent writers
/// share one commit. All methods throw <see cref="JournalUnavailableException"/> when the journal cannot be written or read.
/// </summary>
public interface IJournal : IAsyncDisposable
{
    /// <summary>Whether a write would work now; null when it would, else why not.</summary>
    string? Trouble { get; }

    /// <summary>When a write last failed, since this process began; null: none did. Until then some may have been refused what they had to say.</summary>
    DateTimeOffset? FailedAt => null;

    /// <summary>
    /// Receipt, deduplication mark and work item in one transaction. A mark seen before is a <see cref="ReceiptOutcome.Duplicate"/>:
    /// no work item, but its fingerprints count as heard of. The body must not change before the task ends.
    /// </summary>
    Task<ReceiptOutcome> ReceiveAsync(
        string mark, ReadOnlyMemory<byte> body, IReadOnlyCollection<string> fingerprints, DateTimeOffset at, CancellationToken cancellation);

    /// <summary>Of alerts that resolved every next delivery counts as heard of; of others that is remembered once a minute.</summary>
    void Resolved(IEnumerable<string> fingerprints)
    {
    }

    /// <summary>Raised after a new receipt is on the disk. Only a hint: pending receipts are also found without it.</summary>
    event Action? Received
    {
        add { }
        remove { }
    }

    /// <summary>The oldest receipts, of those after a number, that are not decided yet; fewer than there are when they are large.</summary>
    Task<IReadOnlyList<Receipt>> PendingReceiptsAsync(int most, CancellationToken cancellation, long after = 0);

    /// <summary>Appends events, and marks a receipt as decided, in one transaction; answers with the stored events.</summary>
    Task<IReadOnlyList<StoredEvent>> AppendAsync(IReadOnlyList<NewEvent> events, long? decidedReceipt, CancellationToken cancellation);

    /// <summary>All events after a place, in order.</summary>
    IAsyncEnumerable<StoredEvent> ReadAsync(long after, CancellationToken cancellation);

    /// <summary>
    /// Forgets events for good. Only for what a later event of its stream has made meaningless: every picture made of the
    /// others has to be the same.
    /// </summary>
    Task ForgetAsync(IReadOnlyCollection<long> sequences, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>
    /// Forgets the bodies of decided receipts, whose place is free for the next ones; as repeats they are known all the same.
    /// The bodies of receipts that are not decided stay.
    /// </summary>
    Task ForgetBodiesAsync(IReadOnlyCollection<long> receipts, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Forgets what was only kept to recognise repeats and is older than that: decided receipts, marks, hearsay.</summary>
    Task PruneAsync(DateTimeOffset olderThan, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>When a firing alert with this fingerprint was last delivered (to the minute), or null.</summary>
    Task<DateTimeOffset?> LastHeardAsync(string fingerprint, CancellationToken cancellation);

    Task SaveCursorAsync(AnnouncerCursor cursor, CancellationToken cancellation);

    Task<IReadOnlyList<AnnouncerCursor>> CursorsAsync(string announcer, CancellationToken cancellation);

    /// <summary>Keeps a named document, replacing the one before: the last good matrix (S14).</summary>
    Task SaveDocumentAsync(string name, string content, CancellationToken cancellation);

    Task<string?> DocumentAsync(string name, CancellationToken cancellation);
}
