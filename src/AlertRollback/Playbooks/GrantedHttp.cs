using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks;

/// <summary>One answer, or why there was none. <see cref="Refused"/>: the team may not ask this host at all.</summary>
public sealed record HttpAnswer(HttpStatusCode? Status, string Body, TimeSpan Took, string? Trouble, bool Refused = false)
{
    /// <summary>Nobody was reached: whatever was asked for was not carried out.</summary>
    public bool NotSent { get; init; }

    /// <summary>The body is longer than what was read of it.</summary>
    public bool Clipped { get; init; }
}

/// <summary>One question.</summary>
public sealed record HttpQuestion(HttpMethod Method, Uri Address, TimeSpan Timeout)
{
    /// <summary>Where it is sent instead of where the host's name leads, e.g. a cluster IP; the grant and the Host header stay the address's.</summary>
    public Uri? SentTo { get; init; }

    /// <summary>The body, as JSON; null: none.</summary>
    public string? Json { get; init; }

    /// <summary>Name of a granted secret that is sent as the bearer token; null: none.</summary>
    public string? Bearer { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of granted secrets by the header they are sent in.</summary>
    public IReadOnlyDictionary<string, string> SecretHeaders { get; init; } = new Dictionary<string, string>();

    internal IEnumerable<string> Secrets => Bearer is null ? SecretHeaders.Values : SecretHeaders.Values.Prepend(Bearer);
}

/// <summary>
/// HTTP as far as a team was granted it (S15): only its hosts, and a secret only to the hosts it may be sent to.
/// Redirects are not followed, because they could lead anywhere.
/// </summary>
public sealed class GrantedHttp(HttpClient http, OperatorConfiguration operators, TimeProvider time)
{
    private const int LongestBody = 1024 * 1024;

    public Task<HttpAnswer> GetAsync(string team, Uri address, string? secret, TimeSpan timeout, CancellationToken cancellation) =>
        SendAsync(team, new HttpQuestion(HttpMethod.Get, address, timeout) { Bearer = secret }, cancellation);

    public async Task<HttpAnswer> SendAsync(string team, HttpQuestion question, CancellationToken cancellation)
    {
        if (Refusal(team, question) is { } refusal)
            return new HttpAnswer(null, "", TimeSpan.Zero, refusal, Refused: true) { NotSent = true };
        using var request = new HttpRequestMessage(question.Method, question.SentTo ?? question.Address);
        if (await FillAsync(request, team, question, cancellation) is { } unreadable)
            return new HttpAnswer(null, "", TimeSpan.Zero, unreadable, Refused: true) { NotSent = true };

        using var limit = new CancellationTokenSource(question.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var began = Stopwatch.GetTimestamp();
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            var (body, clipped) = await BodyAsync(response, both.Token);
            return new HttpAnswer(response.StatusCode, body, Stopwatch.GetElapsedTime(began), null) { Clipped = clipped };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new HttpAnswer(null, "", question.Timeout, $"no answer within {question.Timeout.TotalSeconds:0.#} s");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return new HttpAnswer(null, "", Stopwatch.GetElapsedTime(began), Short(fault)) { NotSent = NeverArrived(fault) };
        }
    }

    /// <summary>Why the team may not ask this, without asking; null when it may.</summary>
    public string? Refusal(string team, HttpQuestion question)
    {
        var address = question.Address;
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0)
            return "only http and https addresses without credentials are asked";
        if (!operators.Teams.TryGetValue(team, out var grants) || !Names(grants.Hosts, address))
            return $"host {address.Authority} is not granted to team {team}";
        foreach (var secret in question.Secrets)
        {
            if (!grants.Secrets.TryGetValue(secret, out var granted))
                return $"secret {secret} is not granted to team {team}";
            if (!Names(granted.Hosts, address))
                return $"secret {secret} may not be sent to {address.Authority}";
        }

        return null;
    }

    private async Task<string?> FillAsync(HttpRequestMessage request, string team, HttpQuestion question, CancellationToken cancellation)
    {
        if (question.Json is not null)
            request.Content = new StringContent(question.Json, new MediaTypeHeaderValue("application/json"));
        else if (question.Method != HttpMethod.Get && question.Method != HttpMethod.Head)
            request.Content = new ByteArrayContent([]); // Without any, the network's handler silently sends a write up to three times more (dotnet/runtime 86714).
        if (question.SentTo is not null)
            request.Headers.Host = question.Address.Authority;
        // Another Host could reach what was not granted.
        if (question.Headers.Keys.Concat(question.SecretHeaders.Keys).Any(n => n.Equals("Host", StringComparison.OrdinalIgnoreCase)))
            return "the header Host cannot be set";
        if (question.Headers.Keys.Concat(question.SecretHeaders.Keys).Any(n => n.Equals("Expect", StringComparison.OrdinalIgnoreCase)))
            return "the header Expect cannot be set: with it a write may be sent several times";
        foreach (var (name, value) in question.Headers)
        {
            if (value.Any(char.IsControl) || !request.Headers.TryAddWithoutValidation(name, value))
                return $"{Texts.Clip(name, 40)} is not a header";
        }

        foreach (var (name, secret) in question.SecretHeaders)
        {
            var (value, trouble) = await SecretAsync(team, secret, cancellation);
            if (trouble is not null)
                return trouble;
            if (!request.Headers.TryAddWithoutValidation(name, value))
                return $"{name} is not a header";
        }

        if (question.Bearer is null)
            return null;
        var (token, unreadable) = await SecretAsync(team, question.Bearer, cancellation);
        if (unreadable is null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return unreadable;
    }

    // A grant without a port means the scheme's own port.
    private static bool Names(IEnumerable<string> hosts, Uri address) => hosts.Any(h =>
        string.Equals(h, address.Authority, StringComparison.OrdinalIgnoreCase)
        || (address.IsDefaultPort && string.Equals(h, address.Host, StringComparison.OrdinalIgnoreCase)));

    // Our own file, not the service that is asked: without it nothing was measured. Its path and content are nobody's business.
    private async Task<(string? Value, string? Trouble)> SecretAsync(string team, string secret, CancellationToken cancellation)
    {
        try
        {
            var text = (await File.ReadAllTextAsync(operators.Teams[team].Secrets[secret].File, cancellation)).Trim();
            if (text.Length == 0)
                return (null, $"secret {secret} is empty");
            return text.Any(char.IsControl) ? (null, $"secret {secret} is not one line of text") : (text, null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return (null, $"secret {secret} cannot be read");
        }
    }

    private static bool NeverArrived(Exception fault) => fault is HttpRequestException
    {
        HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError,
    };

    private static async Task<(string Body, bool Clipped)> BodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        using var reader = new StreamReader(stream);
        var body = new StringBuilder();
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer.AsMemory(), cancellation) is > 0 and var read)
        {
            if (body.Length + read > LongestBody)
                return (body.ToString(), true);
            body.Append(buffer, 0, read);
        }

        return (body.ToString(), false);
    }

    private static string Short(Exception fault) => fault switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "host name not found",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "connection refused",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "TLS failed",
        _ => fault.Message,
    };
}
