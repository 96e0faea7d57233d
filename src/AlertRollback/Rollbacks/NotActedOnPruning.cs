using AlertRollback.Storage;

namespace AlertRollback.Rollbacks;

/// <summary>
/// Forgets which alerts were not acted on weeks ago: nobody asks any more why nothing happened, and there may be thousands a day.
/// The newest ones, which are shown (<see cref="Book.NotActedOn"/>), stay however old they are; so does what could not be read.
/// </summary>
public sealed class NotActedOnPruning(IJournal journal, TimeProvider time) : IPruning
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(30);

    // Deleted together: everybody who writes meanwhile waits for it.
    private const int AtATime = 1000;

    private static readonly string Word = EventJson.Word(typeof(AlertEvent.NotActedOn));

    public string What => "old alerts that were not acted on";

    // It reads the whole journal, and not while the configurations are looked for.
    public TimeSpan FirstAfter => TimeSpan.FromHours(4);

    public async Task PruneAsync(CancellationToken cancellation)
    {
        var limit = time.GetUtcNow() - Keep;
        var (shown, old) = (new Queue<StoredEvent>(), new List<long>());
        await foreach (var stored in journal.ReadAsync(0, cancellation))
        {
            if (stored.Stream != Book.AlertsStream)
                continue;
            shown.Enqueue(stored with { Data = "" });
            if (shown.Count > Book.RecentAlerts && shown.Dequeue() is var past && past.Type == Word && past.At < limit)
                old.Add(past.Sequence);
        }

        foreach (var some in old.Chunk(AtATime))
            await journal.ForgetAsync(some, cancellation);
    }
}
