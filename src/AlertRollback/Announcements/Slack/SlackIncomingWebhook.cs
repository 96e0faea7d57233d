using System.Text.Json.Nodes;

namespace AlertRollback.Announcements.Slack;

/// <summary>
/// The simple way into one channel: text only, nothing can be edited, answered in a thread or looked up.
/// A post of unknown outcome stays unknown, and repeating it may show the text twice.
/// </summary>
/// <param name="http">Must not log addresses: the webhook's address is its credential.</param>
/// <param name="address">The webhook's address, asked for at every call.</param>
/// <param name="time">Measures how long a rate limit still lasts.</param>
public sealed class SlackIncomingWebhook(HttpClient http, Func<string> address, TimeProvider time)
{
    private readonly RemoteExchange exchange = new(http, time, "Slack's incoming webhook", TimeSpan.FromSeconds(30));

    /// <summary>Posts the text; a success brings back nothing but Slack's <c>ok</c>.</summary>
    public async Task<RemoteAnswer<string>> PostAsync(Mrkdwn text, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address().Trim(), UriKind.Absolute, out var uri) || !(uri.Scheme == Uri.UriSchemeHttps || uri is { Scheme: "http", IsLoopback: true }))
            return new RemoteAnswer<string>.Refused("invalid_address", false, "the incoming webhook's address is not an https address");

        var body = new JsonObject { ["text"] = SlackLimits.Cut(text, SlackLimits.MessageText) };
        var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = RemoteExchange.Json(body) };
        return await exchange.SendAsync(request, "webhook", CallEffect.Adds, Read, cancellationToken);
    }

    private RemoteAnswer<string>? Read(HttpResponseMessage response, string body)
    {
        var code = body.Trim();
        if (response.IsSuccessStatusCode) return code == "ok" ? new RemoteAnswer<string>.Ok(code, []) : null;
        if (code.Length is 0 or > 60 || !code.All(c => c is '_' or (>= 'a' and <= 'z'))) return Unnamed(response);
        if (SlackError.IsRateLimit(code)) return new RemoteAnswer<string>.RateLimited(exchange.Limit("webhook", response));
        return SlackError.MayHaveSucceeded(code)
            ? RemoteExchange.Failed<string>(CallEffect.Adds, code, SlackError.Explain(code))
            : new RemoteAnswer<string>.Refused(code, SlackError.WorthRetrying(code), SlackError.Explain(code));
    }

    private static RemoteAnswer<string>? Unnamed(HttpResponseMessage response) => (int)response.StatusCode is var status && status >= 500
        ? null
        : new RemoteAnswer<string>.Refused($"http_{status}", false, $"Slack's incoming webhook answered HTTP status {status}");
}
