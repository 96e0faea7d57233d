using System.Collections.Concurrent;
using AlertRollback.Storage;

namespace AlertRollback.Tests.Support.Web;

/// <summary>As much of a journal as the intake sees, with faults on demand.</summary>
internal sealed class ReceiptsJournal : IJournal
{
    private readonly ConcurrentDictionary<string, byte[]> _byMark = new();
    private int _asked;

    public Exception? Fault { get; set; }

    /// <summary>What a commit waits for.</summary>
    public Task Commit { get; set; } = Task.CompletedTask;

    /// <summary>How often it was given a message, with or without an end.</summary>
    public int Asked => _asked;

    public ConcurrentQueue<byte[]> Bodies { get; } = new();

    public ConcurrentQueue<IReadOnlyCollection<string>> Heard { get; } = new();

    public string? Trouble => Fault?.Message;

    public async Task<ReceiptOutcome> ReceiveAsync(
        string mark, ReadOnlyMemory<byte> body, IReadOnlyCollection<string> fingerprints, DateTimeOffset at, CancellationToken cancellation)
    {
        var commit = Commit;
        Interlocked.Increment(ref _asked);
        await commit;
        if (Fault is not null)
            throw Fault;
        Heard.Enqueue(fingerprints);
        var bytes = body.ToArray();
        if (!_byMark.TryAdd(mark, bytes))
            return ReceiptOutcome.Duplicate;
        Bodies.Enqueue(bytes);
        return ReceiptOutcome.Accepted;
    }

    public Task<IReadOnlyList<Receipt>> PendingReceiptsAsync(int most, CancellationToken cancellation, long after = 0) => throw new NotSupportedException();

    public Task<IReadOnlyList<StoredEvent>> AppendAsync(IReadOnlyList<NewEvent> events, long? decidedReceipt, CancellationToken cancellation) => throw new NotSupportedException();

    public IAsyncEnumerable<StoredEvent> ReadAsync(long after, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<DateTimeOffset?> LastHeardAsync(string fingerprint, CancellationToken cancellation) => throw new NotSupportedException();

    public Task SaveCursorAsync(AnnouncerCursor cursor, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<AnnouncerCursor>> CursorsAsync(string announcer, CancellationToken cancellation) => throw new NotSupportedException();

    public Task SaveDocumentAsync(string name, string content, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<string?> DocumentAsync(string name, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
