namespace AlertRollback.Rollbacks.Running;

// What resolved, and is heard of again as it was before.
public sealed partial class Dispatcher
{
    /// <summary>
    /// A message is recognised as a repeat by what it says, and an alert that Prometheus was only cut off from says the
    /// same after its false resolution as before it. That it is heard of again is what tells it from the past.
    /// </summary>
    private async Task FireAgainAsync(CancellationToken cancellation)
    {
        if (matrix.Current is not { } current)
            return;
        foreach (var (cause, resolvedAt, resolutionHeardAt) in Resolved(chronicle.Book, time.GetUtcNow()))
        {
            // A resolution may wait until it is decided, and what is heard meanwhile is not heard once more. What lies ahead was heard by a clock that was put right since, and may be older than the resolution.
            if (await journal.LastHeardAsync(cause.Fingerprint, cancellation) is { } heard && heard > resolutionHeardAt && heard <= time.GetUtcNow())
                await chronicle.ChangeAsync(book => Deciding(book, current).FireAgain(cause, resolvedAt, heard), cancellation);
        }
    }

    /// <summary>Causes that resolved within the last day, wherever they belong, each with its newest resolution.</summary>
    internal static IReadOnlyList<(Cause Cause, DateTimeOffset ResolvedAt, DateTimeOffset HeardAt)> Resolved(Book book, DateTimeOffset now)
    {
        var firing = book.Rollbacks.Values.Where(r => r.EpisodeLastsAt(now)).SelectMany(r => r.FiringCauses).Select(c => c.Fingerprint).ToHashSet(StringComparer.Ordinal);
        return [.. book.Rollbacks.Values
            .Where(r => now - r.LastEventAt < RollbackState.LongestEpisode)
            .SelectMany(r => r.Causes.Where(c => r.ResolvedAt.ContainsKey(c.Fingerprint)).Select(c => (Cause: c, ResolvedAt: r.ResolvedAt[c.Fingerprint], HeardAt: r.ResolutionHeardAt(c.Fingerprint))))
            .Concat(ResolvedOfTasks(book))
            .Where(c => now - c.ResolvedAt < RollbackState.LongestEpisode && !firing.Contains(c.Cause.Fingerprint))
            .GroupBy(c => c.Cause.Fingerprint)
            .Select(g => g.MaxBy(c => c.ResolvedAt))];
    }

    // A task that has it firing stands for it; for what a rollback was called off for, none does.
    private static IEnumerable<(Cause Cause, DateTimeOffset ResolvedAt, DateTimeOffset HeardAt)> ResolvedOfTasks(Book book)
    {
        var firing = book.Tasks.Values.SelectMany(t => t.FiringCauses).Select(c => c.Fingerprint).ToHashSet(StringComparer.Ordinal);
        return book.Tasks.Values.SelectMany(t => t.Causes.Where(c => t.ResolvedAt.ContainsKey(c.Fingerprint)).Select(c => (Cause: c, ResolvedAt: t.ResolvedAt[c.Fingerprint], HeardAt: t.ResolvedAt[c.Fingerprint])))
            .Where(c => !firing.Contains(c.Cause.Fingerprint));
    }
}
