namespace AlertRollback.Storage;

/// <summary>Forgets what is only needed to recognise repeats.</summary>
public sealed class ReceiptPruning(IJournal journal, TimeProvider time) : IPruning
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(7);

    public string What => "old receipts";

    public Task PruneAsync(CancellationToken cancellation) => journal.PruneAsync(time.GetUtcNow() - Keep, cancellation);
}
