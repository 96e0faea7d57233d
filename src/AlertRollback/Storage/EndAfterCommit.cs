using System.Diagnostics;

namespace AlertRollback.Storage;

/// <summary>
/// For the crash tests alone: with <c>ALERTROLLBACK_TEST_END_AFTER=WORD[:N]</c> the process kills itself as soon as the N-th
/// event with that word is on the disk, before whoever wrote it learns of it. <c>receipt</c> and <c>cursor</c> stand for
/// accepted messages and for what announcers remember.
/// </summary>
internal sealed class EndAfterCommit(IJournal inner, string word, int which) : IJournal
{
    private int _left = which;

    public string? Trouble => inner.Trouble;

    public DateTimeOffset? FailedAt => inner.FailedAt;

    public event Action? Received
    {
        add => inner.Received += value;
        remove => inner.Received -= value;
    }

    /// <summary>The journal itself unless the environment asks for an end.</summary>
    public static IJournal Around(IJournal inner)
    {
        if (Environment.GetEnvironmentVariable("ALERTROLLBACK_TEST_END_AFTER") is not { Length: > 0 } asked)
            return inner;
        var parts = asked.Split(':');
        return new EndAfterCommit(inner, parts[0], parts.Length > 1 && int.TryParse(parts[1], out var which) ? which : 1);
    }

    public async Task<ReceiptOutcome> ReceiveAsync(
        string mark, ReadOnlyMemory<byte> body, IReadOnlyCollection<string> fingerprints, DateTimeOffset at, CancellationToken cancellation)
    {
        var outcome = await inner.ReceiveAsync(mark, body, fingerprints, at, cancellation);
        await EndAsync("receipt");
        return outcome;
    }

    public async Task<IReadOnlyList<StoredEvent>> AppendAsync(IReadOnlyList<NewEvent> events, long? decidedReceipt, CancellationToken cancellation)
    {
        var stored = await inner.AppendAsync(events, decidedReceipt, cancellation);
        foreach (var e in stored)
            await EndAsync(e.Type);
        return stored;
    }

    public async Task SaveCursorAsync(AnnouncerCursor cursor, CancellationToken cancellation)
    {
        await inner.SaveCursorAsync(cursor, cancellation);
        await EndAsync("cursor");
    }

    public void Resolved(IEnumerable<string> fingerprints) => inner.Resolved(fingerprints);

    public Task<IReadOnlyList<Receipt>> PendingReceiptsAsync(int most, CancellationToken cancellation, long after = 0) => inner.PendingReceiptsAsync(most, cancellation, after);

    public Task ForgetAsync(IReadOnlyCollection<long> sequences, CancellationToken cancellation) => inner.ForgetAsync(sequences, cancellation);

    public Task ForgetBodiesAsync(IReadOnlyCollection<long> receipts, CancellationToken cancellation) => inner.ForgetBodiesAsync(receipts, cancellation);

    public Task PruneAsync(DateTimeOffset olderThan, CancellationToken cancellation) => inner.PruneAsync(olderThan, cancellation);

    public IAsyncEnumerable<StoredEvent> ReadAsync(long after, CancellationToken cancellation) => inner.ReadAsync(after, cancellation);

    public Task<DateTimeOffset?> LastHeardAsync(string fingerprint, CancellationToken cancellation) => inner.LastHeardAsync(fingerprint, cancellation);

    public Task<IReadOnlyList<AnnouncerCursor>> CursorsAsync(string announcer, CancellationToken cancellation) => inner.CursorsAsync(announcer, cancellation);

    public Task SaveDocumentAsync(string name, string content, CancellationToken cancellation) => inner.SaveDocumentAsync(name, content, cancellation);

    public Task<string?> DocumentAsync(string name, CancellationToken cancellation) => inner.DocumentAsync(name, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private Task EndAsync(string what)
    {
        if (what != word || Interlocked.Decrement(ref _left) != 0)
            return Task.CompletedTask;
        using var self = Process.GetCurrentProcess();
        self.Kill();
        return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
    }
}
