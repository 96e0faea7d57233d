using AlertRollback.Storage;

namespace AlertRollback.Tests.Rollbacks;

/// <summary>A journal of events, documents and cursors, in memory.</summary>
internal class MemoryJournal : IJournal
{
    private readonly List<StoredEvent> _events = [];
    private readonly Dictionary<string, string> _documents = [];
    private readonly Dictionary<(string Announcer, string Stream), AnnouncerCursor> _cursors = [];

    private readonly List<IReadOnlyList<StoredEvent>> _commits = [];

    public string? Trouble => null;

    /// <summary>What was not forgotten, as it was written together.</summary>
    public IReadOnlyList<IReadOnlyList<StoredEvent>> Commits => [.. _commits.Select(c => c.Where(_events.Contains).ToList()).Where(c => c.Count > 0)];

    /// <summary>The receipts that are decided.</summary>
    public HashSet<long> Decided { get; } = [];

    public virtual Task<IReadOnlyList<StoredEvent>> AppendAsync(IReadOnlyList<NewEvent> events, long? decidedReceipt, CancellationToken cancellation)
    {
        var stored = events.Select((e, i) => new StoredEvent((_events.LastOrDefault()?.Sequence ?? 0) + i + 1, e.Stream, e.At, e.Type, e.Data)).ToList();
        _events.AddRange(stored);
        if (decidedReceipt is { } decided)
            Decided.Add(decided);
        _commits.Add(stored);
        return Task.FromResult<IReadOnlyList<StoredEvent>>(stored);
    }

    public Task ForgetAsync(IReadOnlyCollection<long> sequences, CancellationToken cancellation)
    {
        _events.RemoveAll(e => sequences.Contains(e.Sequence));
        return Task.CompletedTask;
    }

    public virtual IAsyncEnumerable<StoredEvent> ReadAsync(long after, CancellationToken cancellation) => _events.Where(e => e.Sequence > after).ToList().ToAsyncEnumerable();

    public virtual Task SaveDocumentAsync(string name, string content, CancellationToken cancellation)
    {
        _documents[name] = content;
        return Task.CompletedTask;
    }

    public Task<string?> DocumentAsync(string name, CancellationToken cancellation) => Task.FromResult(_documents.GetValueOrDefault(name));

    public Task<ReceiptOutcome> ReceiveAsync(
        string mark, ReadOnlyMemory<byte> body, IReadOnlyCollection<string> fingerprints, DateTimeOffset at, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<Receipt>> PendingReceiptsAsync(int most, CancellationToken cancellation, long after = 0) => throw new NotSupportedException();

    public Task<DateTimeOffset?> LastHeardAsync(string fingerprint, CancellationToken cancellation) => throw new NotSupportedException();

    public virtual Task SaveCursorAsync(AnnouncerCursor cursor, CancellationToken cancellation)
    {
        _cursors[(cursor.Announcer, cursor.Stream)] = cursor;
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<AnnouncerCursor>> CursorsAsync(string announcer, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<AnnouncerCursor>>([.. _cursors.Values.Where(c => c.Announcer == announcer)]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
