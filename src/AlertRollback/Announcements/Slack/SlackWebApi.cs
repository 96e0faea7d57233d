using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Announcements.Slack;

/// <summary>The methods of Slack's Web API that announcing needs. Never waits and never repeats: the caller's deadlines are in the journal.</summary>
/// <param name="http">Its time-out is the time-out of a call; its logging must not include headers.</param>
/// <param name="token">The bot token, asked for at every call.</param>
/// <param name="time">Measures how long a rate limit still lasts.</param>
/// <param name="root">The API's address; Slack's own unless given.</param>
public sealed class SlackWebApi(HttpClient http, Func<string> token, TimeProvider time, Uri? root = null)
{
    /// <summary>The error where a channel is not among those that are looked through.</summary>
    public const string TooManyChannels = "too_many_channels";

    private const int PageSize = 200;
    private const int MostPages = 25;

    private readonly RemoteExchange exchange = new(http, time, "Slack", TimeSpan.FromSeconds(30));
    private readonly Credential credential = new("Bearer", token);
    private readonly Uri root = root ?? new Uri("https://slack.com/api/");

    /// <summary>Posts a message, in a thread when one is given.</summary>
    /// <param name="channel">An id or a <c>#name</c>; only an id can be searched later.</param>
    /// <param name="broadcast">Whether a reply is shown in the channel too, and not only to who follows the thread.</param>
    public Task<RemoteAnswer<SlackPlace>> PostAsync(
        string channel, SlackMessage message, SlackMark mark, string? threadTs, CancellationToken cancellationToken, bool broadcast = false)
    {
        var request = new JsonObject { ["channel"] = channel };
        message.WriteTo(request);
        // An empty list may be refused here, and says no more than none.
        if (message.Blocks.Count == 0) request.Remove("blocks");
        request["metadata"] = mark.ToJson();
        request["unfurl_links"] = false;
        request["unfurl_media"] = false;
        if (threadTs is not null) request["thread_ts"] = threadTs;
        if (threadTs is not null && broadcast) request["reply_broadcast"] = true;
        return CallAsync("chat.postMessage", RemoteExchange.Json(request), CallEffect.Adds, ReadPlace, cancellationToken);
    }

    /// <summary>Replaces what a message says; its mark stays.</summary>
    public Task<RemoteAnswer<SlackPlace>> UpdateAsync(SlackPlace place, SlackMessage message, CancellationToken cancellationToken)
    {
        var request = new JsonObject { ["channel"] = place.Channel, ["ts"] = place.Ts };
        message.WriteTo(request);
        return CallAsync("chat.update", RemoteExchange.Json(request), CallEffect.Converges, ReadPlace, cancellationToken);
    }

    /// <summary>One page of a channel's messages after a time, newest first.</summary>
    public Task<RemoteAnswer<SlackPage>> HistoryAsync(
        string channelId, DateTimeOffset after, string? cursor, CancellationToken cancellationToken) =>
        PageAsync("conversations.history", channelId, after, cursor, [], cancellationToken);

    /// <summary>One page of a thread, oldest first, beginning with the message it hangs on.</summary>
    public Task<RemoteAnswer<SlackPage>> RepliesAsync(
        string channelId, string threadTs, DateTimeOffset after, string? cursor, CancellationToken cancellationToken) =>
        PageAsync("conversations.replies", channelId, after, cursor, [new("ts", threadTs)], cancellationToken);

    /// <summary>
    /// Looks for our own message, before repeating a post of unknown outcome (S20); null when it is certain that there is none.
    /// </summary>
    /// <param name="after">Shortly before the post by our clock; leave a minute for clocks that differ.</param>
    /// <param name="botId">Only messages of this bot count, because anyone's app can copy a mark; null skips that test.</param>
    public async Task<RemoteAnswer<SlackPlace?>> FindAsync(
        string channelId, SlackMark mark, string? threadTs, DateTimeOffset after, string? botId, CancellationToken cancellationToken)
    {
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var answer = threadTs is null
                ? await HistoryAsync(channelId, after, cursor, cancellationToken)
                : await RepliesAsync(channelId, threadTs, after, cursor, cancellationToken);
            if (answer is not RemoteAnswer<SlackPage>.Ok(var found, _)) return answer.Select(_ => (SlackPlace?)null);
            if (found.Messages.FirstOrDefault(m => m.Mark == mark && (botId is null || m.BotId == botId)) is { } message)
                return new RemoteAnswer<SlackPlace?>.Ok(new SlackPlace(channelId, message.Ts), []);
            if (found.NextCursor is null) return new RemoteAnswer<SlackPlace?>.Ok(null, []);
            cursor = found.NextCursor;
        }

        return new RemoteAnswer<SlackPlace?>.Refused(
            "too_many_messages", false, $"our message is not among the last {MostPages * PageSize} of the channel; it cannot be excluded that it exists");
    }

    /// <summary>The id of a channel given by its name; null when the app sees none of that name.</summary>
    public async Task<RemoteAnswer<string?>> ChannelIdAsync(string name, CancellationToken cancellationToken) =>
        (await ChannelsAsync([name], cancellationToken)).Select(found => found.GetValueOrDefault(name)?.Id);

    /// <summary>Those channels of the names, with or without #, that the app sees; looked for together, as Slack allows few of these calls.</summary>
    public async Task<RemoteAnswer<IReadOnlyDictionary<string, SlackChannel>>> ChannelsAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, SlackChannel>(StringComparer.Ordinal);
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var form = Form(cursor, [new("types", "public_channel,private_channel"), new("exclude_archived", "true")]);
            var answer = await CallAsync("conversations.list", form, CallEffect.Converges, body => body, cancellationToken);
            if (answer is not RemoteAnswer<JsonObject>.Ok(var body, _)) return answer.Select(_ => (IReadOnlyDictionary<string, SlackChannel>)found);
            foreach (var channel in SlackJson.Objects(body["channels"]))
            {
                foreach (var name in names.Where(n => n.TrimStart('#') == SlackJson.Text(channel["name"])))
                    found[name] = new SlackChannel(SlackJson.Text(channel["id"]) ?? "", channel["is_member"]?.GetValue<bool>() != false);
            }

            if (found.Count == names.Count || (cursor = NextCursor(body)) is null)
                return new RemoteAnswer<IReadOnlyDictionary<string, SlackChannel>>.Ok(found, []);
        }

        return new RemoteAnswer<IReadOnlyDictionary<string, SlackChannel>>.Refused(TooManyChannels, false, "the workspace has too many channels to search: give the channel's id");
    }

    /// <summary>Whose token it is; the cheapest proof that it works.</summary>
    public Task<RemoteAnswer<SlackIdentity>> AuthTestAsync(CancellationToken cancellationToken) =>
        CallAsync("auth.test", new FormUrlEncodedContent([]), CallEffect.Converges, ReadIdentity, cancellationToken);

    private Task<RemoteAnswer<SlackPage>> PageAsync(
        string method, string channelId, DateTimeOffset after, string? cursor, KeyValuePair<string, string>[] more, CancellationToken cancellationToken)
    {
        var oldest = string.Create(CultureInfo.InvariantCulture, $"{after.ToUnixTimeSeconds()}.{after.Microsecond + (after.Millisecond * 1000):D6}");
        var form = Form(cursor, [new("channel", channelId), new("oldest", oldest), new("include_all_metadata", "true"), .. more]);
        return CallAsync(method, form, CallEffect.Converges, ReadPage, cancellationToken);
    }

    private static FormUrlEncodedContent Form(string? cursor, KeyValuePair<string, string>[] fields) => new(
        [.. fields, new("limit", PageSize.ToString(CultureInfo.InvariantCulture)), .. cursor is null ? [] : new[] { KeyValuePair.Create("cursor", cursor) }]);

    private async Task<RemoteAnswer<T>> CallAsync<T>(
        string method, HttpContent content, CallEffect effect, Func<JsonObject, T?> readValue, CancellationToken cancellationToken)
        where T : class
    {
        if (credential.Header() is not { } authorization)
        {
            content.Dispose();
            return new RemoteAnswer<T>.Refused("not_authed", false, "there is no usable Slack token: it is empty or holds characters that no token has");
        }

        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(root, method)) { Content = content, Headers = { Authorization = authorization } };
        return await exchange.SendAsync(request, method, effect, (response, body) => Read(method, effect, readValue, response, body), cancellationToken);
    }

    private RemoteAnswer<T>? Read<T>(
        string method, CallEffect effect, Func<JsonObject, T?> readValue, HttpResponseMessage response, string text)
        where T : class
    {
        if (SlackJson.Parse(text) is not { } body || body["ok"] is not JsonValue ok || !ok.TryGetValue<bool>(out var accepted)) return null;
        if (accepted) return readValue(body) is { } value ? new RemoteAnswer<T>.Ok(value, Warnings(body)) : null;

        var code = SlackJson.Text(body["error"]) ?? "unknown_error";
        if (SlackError.IsRateLimit(code)) return new RemoteAnswer<T>.RateLimited(exchange.Limit(method, response));
        if (SlackError.MayHaveSucceeded(code)) return RemoteExchange.Failed<T>(effect, code, SlackError.Explain(code));
        return new RemoteAnswer<T>.Refused(code, SlackError.WorthRetrying(code), Detailed(code, body));
    }

    private static string Detailed(string code, JsonObject body)
    {
        var details = body["response_metadata"]?["messages"] is JsonArray messages ? messages.Select(SlackJson.Text).OfType<string>().ToArray() : [];
        var needed = SlackJson.Text(body["needed"]) is { } scope ? [$"needed: {scope}"] : Array.Empty<string>();
        string[] all = [.. details, .. needed];
        return all.Length == 0 ? SlackError.Explain(code) : PlainText.Truncate($"{SlackError.Explain(code)} ({string.Join("; ", all)})", 500);
    }

    private static string[] Warnings(JsonObject body) =>
        SlackJson.Text(body["warning"]) is { Length: > 0 } warning ? warning.Split(',', StringSplitOptions.TrimEntries) : [];

    private static SlackPlace? ReadPlace(JsonObject body) =>
        SlackJson.Text(body["channel"]) is { } channel && SlackJson.Text(body["ts"]) is { } ts ? new SlackPlace(channel, ts) : null;

    private static SlackPage? ReadPage(JsonObject body) => body["messages"] is not JsonArray ? null : new SlackPage(
        [.. SlackJson.Objects(body["messages"]).Select(m => new SlackStoredMessage(
            SlackJson.Text(m["ts"]) ?? "", SlackJson.Text(m["text"]) ?? "", SlackMark.Read(m), SlackJson.Text(m["bot_id"])))],
        NextCursor(body));

    private static SlackIdentity? ReadIdentity(JsonObject body) =>
        SlackJson.Text(body["team_id"]) is { } teamId && SlackJson.Text(body["user"]) is { } user
            ? new SlackIdentity(SlackJson.Text(body["team"]) ?? teamId, user, SlackJson.Text(body["bot_id"]), SlackJson.Text(body["url"]) ?? "")
            : null;

    private static string? NextCursor(JsonObject body) =>
        SlackJson.Text(body["response_metadata"]?["next_cursor"]) is { Length: > 0 } cursor ? cursor : null;
}
