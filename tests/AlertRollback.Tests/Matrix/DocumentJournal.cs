using AlertRollback.Storage;

namespace AlertRollback.Tests.Matrix;

/// <summary>A journal of documents only, which can be out of order.</summary>
internal sealed class DocumentJournal : IJournal
{
    public Dictionary<string, string> Documents { get; } = [];

    public string? Trouble { get; set; }

    public Task SaveDocumentAsync(string name, string content, CancellationToken cancellation)
    {
        if (Trouble is not null) throw new JournalUnavailableException(Trouble);
        Documents[name] = content;
        return Task.CompletedTask;
    }

    public Task<string?> DocumentAsync(string name, CancellationToken cancellation) => Task.FromResult(Documents.GetValueOrDefault(name));

    public Task<ReceiptOutcome> ReceiveAsync(string mark, ReadOnlyMemory<byte> body, IReadOnlyCollection<string> fingerprints, DateTimeOffset at, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<Receipt>> PendingReceiptsAsync(int most, CancellationToken cancellation, long after = 0) => throw new NotSupportedException();

    public Task<IReadOnlyList<StoredEvent>> AppendAsync(IReadOnlyList<NewEvent> events, long? decidedReceipt, CancellationToken cancellation) => throw new NotSupportedException();

    public IAsyncEnumerable<StoredEvent> ReadAsync(long after, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<DateTimeOffset?> LastHeardAsync(string fingerprint, CancellationToken cancellation) => throw new NotSupportedException();

    public Task SaveCursorAsync(AnnouncerCursor cursor, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<AnnouncerCursor>> CursorsAsync(string announcer, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
