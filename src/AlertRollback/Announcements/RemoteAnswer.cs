namespace AlertRollback.Announcements;

/// <summary>What came of one call to a service that tells people: a value in every expected case, also the bad ones.</summary>
/// <typeparam name="T">What a successful call brings back.</typeparam>
public abstract record RemoteAnswer<T>
{
    private RemoteAnswer()
    {
    }

    /// <summary>The call was carried out; <paramref name="Warnings"/> are the remote's own words and usually empty.</summary>
    public sealed record Ok(T Value, IReadOnlyList<string> Warnings) : RemoteAnswer<T>;

    /// <summary>Nothing was done; the remote accepts the same call again after <paramref name="RetryAfter"/>.</summary>
    public sealed record RateLimited(TimeSpan RetryAfter) : RemoteAnswer<T>;

    /// <summary>The call was not carried out, or may be repeated without harm.</summary>
    /// <param name="Error">The remote's error code, or <c>http_503</c>, <c>unreachable</c>, <c>no_answer</c>, <c>unreadable_answer</c>.</param>
    /// <param name="WorthRetrying">Whether the same call may succeed later without anyone changing anything.</param>
    /// <param name="Explanation">What it means and who can change it; holds no secrets.</param>
    public sealed record Refused(string Error, bool WorthRetrying, string Explanation) : RemoteAnswer<T>;

    /// <summary>Sent, and nobody knows whether it was carried out: look for our mark before repeating it (S20).</summary>
    public sealed record OutcomeUnknown(string Why) : RemoteAnswer<T>
    {
        /// <summary>Nothing came back at all, while a remote that fails says so.</summary>
        public bool Unanswered { get; init; }
    }

    /// <summary>The value of a success, after changing it; every other answer as it is.</summary>
    internal RemoteAnswer<TOther> Select<TOther>(Func<T, TOther> change) => this switch
    {
        Ok ok => new RemoteAnswer<TOther>.Ok(change(ok.Value), ok.Warnings),
        RateLimited limited => new RemoteAnswer<TOther>.RateLimited(limited.RetryAfter),
        Refused refused => new RemoteAnswer<TOther>.Refused(refused.Error, refused.WorthRetrying, refused.Explanation),
        OutcomeUnknown unknown => new RemoteAnswer<TOther>.OutcomeUnknown(unknown.Why) { Unanswered = unknown.Unanswered },
        _ => throw new InvalidOperationException("An answer has four cases."),
    };
}
