using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks;

/// <summary>One answer, or why there was none. <see cref="Refused"/>: the team may not ask this host at all.</summary>
public sealed record HttpAnswer(HttpStatusCode? Status, string Body, TimeSpan Took, string? Trouble, bool Refused = false);

/// <summary>
/// HTTP as far as a team was granted it (S15): only its hosts, and a secret only to the hosts it may be sent to.
/// Redirects are not followed, because they could lead anywhere.
/// </summary>
public sealed class GrantedHttp(HttpClient http, OperatorConfiguration operators, TimeProvider time)
{
    private const int LongestBody = 1024 * 1024;

    public async Task<HttpAnswer> GetAsync(string team, Uri address, string? secret, TimeSpan timeout, CancellationToken cancellation)
    {
        if (Refusal(team, address, secret) is { } refusal)
            return new HttpAnswer(null, "", TimeSpan.Zero, refusal, Refused: true);
        var (authorization, unreadable) = await AuthorizationAsync(team, secret, cancellation);
        if (unreadable is not null)
            return new HttpAnswer(null, "", TimeSpan.Zero, unreadable, Refused: true);

        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var began = Stopwatch.GetTimestamp();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Authorization = authorization } };
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            var body = await BodyAsync(response, both.Token);
            return new HttpAnswer(response.StatusCode, body, Stopwatch.GetElapsedTime(began), null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new HttpAnswer(null, "", timeout, $"no answer within {timeout.TotalSeconds:0.#} s");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return new HttpAnswer(null, "", Stopwatch.GetElapsedTime(began), Short(fault));
        }
    }

    private string? Refusal(string team, Uri address, string? secret)
    {
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0)
            return "only http and https addresses without credentials are asked";
        if (!operators.Teams.TryGetValue(team, out var grants) || !Names(grants.Hosts, address))
            return $"host {address.Authority} is not granted to team {team}";
        if (secret is null)
            return null;
        if (!grants.Secrets.TryGetValue(secret, out var granted))
            return $"secret {secret} is not granted to team {team}";
        return Names(granted.Hosts, address) ? null : $"secret {secret} may not be sent to {address.Authority}";
    }

    // A grant without a port means the scheme's own port.
    private static bool Names(IEnumerable<string> hosts, Uri address) => hosts.Any(h =>
        string.Equals(h, address.Authority, StringComparison.OrdinalIgnoreCase)
        || (address.IsDefaultPort && string.Equals(h, address.Host, StringComparison.OrdinalIgnoreCase)));

    // Our own file, not the service that is asked: without it nothing was measured. Its path and content are nobody's business.
    private async Task<(AuthenticationHeaderValue? Value, string? Trouble)> AuthorizationAsync(string team, string? secret, CancellationToken cancellation)
    {
        if (secret is null)
            return (null, null);
        try
        {
            var text = (await File.ReadAllTextAsync(operators.Teams[team].Secrets[secret].File, cancellation)).Trim();
            return text.Length == 0 ? (null, $"secret {secret} is empty") : (new AuthenticationHeaderValue("Bearer", text), null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return (null, $"secret {secret} cannot be read");
        }
        catch (FormatException)
        {
            return (null, $"secret {secret} is not one line of text");
        }
    }

    private static async Task<string> BodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        using var reader = new StreamReader(stream);
        var body = new StringBuilder();
        var buffer = new char[4096];
        while (body.Length < LongestBody && await reader.ReadAsync(buffer.AsMemory(), cancellation) is > 0 and var read)
            body.Append(buffer, 0, read);
        return body.ToString();
    }

    private static string Short(Exception fault) => fault switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "host name not found",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "connection refused",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "TLS failed",
        _ => fault.Message,
    };
}
