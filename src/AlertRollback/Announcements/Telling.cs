namespace AlertRollback.Announcements;

/// <summary>What came of telling: when to come again although nothing new happened, and what stands in the way.</summary>
/// <param name="Again">Null: only when there is something new.</param>
/// <param name="Trouble">For the log and the status of the service; null when nothing is in the way.</param>
public sealed record Telling(DateTimeOffset? Again, string? Trouble)
{
    public static readonly Telling Done = new(null, null);

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(2);
    // Whoever is called waits behind it: no longer than for what only people can change.
    private static readonly TimeSpan[] Rarely = [Soon, TimeSpan.FromSeconds(30), Later];

    /// <summary>So often a post is sent whose answer never comes; then it counts as told.</summary>
    internal const int MostUnanswered = 4;

    /// <summary>It does not pass by itself: what comes after it is not kept waiting.</summary>
    public bool Lasting { get; init; }

    /// <summary>When to come again after an answer that was no success; later when only people can change it.</summary>
    internal static Telling After<T>(RemoteAnswer<T> answer, DateTimeOffset now) => answer switch
    {
        RemoteAnswer<T>.RateLimited limited => new Telling(now + limited.RetryAfter, "the remote's rate limit"),
        RemoteAnswer<T>.Refused refused => new Telling(now + (refused.WorthRetrying ? Soon : Later), refused.Explanation) { Lasting = !refused.WorthRetrying },
        RemoteAnswer<T>.OutcomeUnknown unknown => new Telling(now + Soon, unknown.Why),
        _ => throw new InvalidOperationException("A success needs no second call."),
    };

    /// <summary>When to repeat a post that may have been shown each time it was sent: ever more rarely.</summary>
    /// <param name="times">How often it was sent.</param>
    internal static Telling Unknown(string why, int times, DateTimeOffset now) => new(now + Rarely[Math.Min(times, Rarely.Length) - 1], why);
}
