namespace AlertRollback.Storage;

/// <summary>Stands where nothing may be remembered: commands that only validate.</summary>
internal sealed class NoJournal : IJournal
{
    public string? Trouble => "there is no journal";

    public Task<ReceiptOutcome> ReceiveAsync(
        string mark, ReadOnlyMemory<byte> body, IReadOnlyCollection<string> fingerprints, DateTimeOffset at, CancellationToken cancellation) => throw None();

    public Task<IReadOnlyList<Receipt>> PendingReceiptsAsync(int most, CancellationToken cancellation, long after = 0) => throw None();

    public Task<IReadOnlyList<StoredEvent>> AppendAsync(IReadOnlyList<NewEvent> events, long? decidedReceipt, CancellationToken cancellation) => throw None();

    public Task ForgetAsync(IReadOnlyCollection<long> sequences, CancellationToken cancellation) => throw None();

    public Task ForgetBodiesAsync(IReadOnlyCollection<long> receipts, CancellationToken cancellation) => throw None();

    public Task PruneAsync(DateTimeOffset olderThan, CancellationToken cancellation) => throw None();

    public IAsyncEnumerable<StoredEvent> ReadAsync(long after, CancellationToken cancellation) => throw None();

    public Task<DateTimeOffset?> LastHeardAsync(string fingerprint, CancellationToken cancellation) => throw None();

    public Task SaveCursorAsync(AnnouncerCursor cursor, CancellationToken cancellation) => throw None();

    public Task<IReadOnlyList<AnnouncerCursor>> CursorsAsync(string announcer, CancellationToken cancellation) => throw None();

    public Task SaveDocumentAsync(string name, string content, CancellationToken cancellation) => throw None();

    public Task<string?> DocumentAsync(string name, CancellationToken cancellation) => throw None();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static JournalUnavailableException None() => new("there is no journal");
}
