using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace AlertRollback.Announcements;

/// <summary>Sends one request and turns what happens on the way into an answer; remembers when a remote asked to be left alone.</summary>
internal sealed class RemoteExchange(HttpClient http, TimeProvider time, string remote, TimeSpan defaultRetryAfter)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> notBefore = new(StringComparer.Ordinal);

    /// <param name="limitedTogether">Calls with the same key share the remote's rate limit.</param>
    /// <param name="read">Reads an answer that is neither a rate limit nor a 5xx; null when it cannot be understood.</param>
    public async Task<RemoteAnswer<T>> SendAsync<T>(
        HttpRequestMessage request,
        string limitedTogether,
        CallEffect effect,
        Func<HttpResponseMessage, string, RemoteAnswer<T>?> read,
        CancellationToken cancellationToken)
    {
        using (request)
        {
            if (StillLimited(limitedTogether) is { } wait) return new RemoteAnswer<T>.RateLimited(wait);
            try
            {
                using var response = await http.SendAsync(request, cancellationToken);
                if (response.StatusCode is HttpStatusCode.TooManyRequests or (HttpStatusCode)420)
                    return new RemoteAnswer<T>.RateLimited(Limit(limitedTogether, response));
                var body = await response.Content.ReadAsStringAsync(cancellationToken);
                if (read(response, body) is { } answer) return answer;
                return (int)response.StatusCode >= 500
                    ? Failed<T>(effect, $"http_{(int)response.StatusCode}", $"{remote} failed with HTTP status {(int)response.StatusCode}")
                    : Failed<T>(effect, "unreadable_answer", $"{remote} answered HTTP status {(int)response.StatusCode} with something that is not its API");
            }
            catch (HttpRequestException e) when (NeverSent(e))
            {
                return new RemoteAnswer<T>.Refused("unreachable", true, $"{remote} cannot be reached ({e.HttpRequestError})");
            }
            catch (HttpRequestException e)
            {
                return Failed<T>(effect, "no_answer", $"the connection to {remote} broke before the answer came ({e.HttpRequestError})", unanswered: true);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return Failed<T>(effect, "no_answer", $"{remote} did not answer in time", unanswered: true);
            }
        }
    }

    /// <summary>Keeps the calls of one key back, when the remote says so in an answer's body instead of its status.</summary>
    public TimeSpan Limit(string key, HttpResponseMessage response)
    {
        var now = time.GetUtcNow();
        var wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - now,
            _ => defaultRetryAfter,
        };
        if (wait <= TimeSpan.Zero) wait = TimeSpan.FromSeconds(1);
        notBefore[key] = now + wait;
        return wait;
    }

    /// <summary>A body of known length: JsonContent would send it in chunks, which not every proxy on the way takes.</summary>
    public static StringContent Json(JsonObject body) => new(body.ToJsonString(), Encoding.UTF8, "application/json");

    /// <summary>The answer when it is not known whether the remote carried the call out.</summary>
    public static RemoteAnswer<T> Failed<T>(CallEffect effect, string error, string explanation, bool unanswered = false) => effect == CallEffect.Adds
        ? new RemoteAnswer<T>.OutcomeUnknown(string.Create(CultureInfo.InvariantCulture, $"{error}: {explanation}")) { Unanswered = unanswered }
        : new RemoteAnswer<T>.Refused(error, true, explanation);

    private TimeSpan? StillLimited(string key) =>
        notBefore.TryGetValue(key, out var until) && until - time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : null;

    private static bool NeverSent(HttpRequestException e) => e.HttpRequestError is
        HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or
        HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;
}
