using System.Globalization;
using System.Text.Json.Nodes;
using System.Web;
using WireMock;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace AlertRollback.Tests.Support.Stubs;

/// <summary>
/// Slack, as far as announcing needs it: refuses what Slack refuses (credentials, content types, arguments, channels, lengths, blocks, metadata)
/// with Slack's codes, and keeps what it accepted.
/// </summary>
public sealed class SlackStub : IDisposable
{
    public const string Token = "xoxb-stub-token";
    public const string BotId = "B0STUB";
    private const string WebhookPath = "/services/T0/B0/secret";

    private readonly WireMockServer server = WireMockServer.Start();
    private readonly Lock gate = new();
    private readonly Queue<StubFault> faults = new();
    private readonly List<(string Method, StubFault Fault)> faultsOf = [];
    private readonly List<StubChannel> channels = [];
    private readonly List<string> calls = [];
    private long clock = 1_790_000_000_000_000;

    public SlackStub()
    {
        server.Given(Request.Create().WithPath("/api/*").UsingAnyMethod()).RespondWith(Response.Create().WithCallback(Locked(Api)));
        server.Given(Request.Create().WithPath(WebhookPath).UsingPost()).RespondWith(Response.Create().WithCallback(Locked(Webhook)));
    }

    public Uri Root => new(server.Url + "/api/");

    public string WebhookAddress => server.Url + WebhookPath;

    /// <summary>The methods called so far, in order, refused ones included.</summary>
    public IReadOnlyList<string> Calls => calls;

    /// <summary>What the incoming webhook was given.</summary>
    public List<string> WebhookTexts { get; } = [];

    /// <summary>What Slack adds to every accepted call when it is not quite content; several are separated by commas.</summary>
    public string? Warning { get; set; }

    /// <summary>The time of the next message.</summary>
    public DateTimeOffset Now
    {
        get => DateTimeOffset.FromUnixTimeMilliseconds(clock / 1000);
        set => clock = value.ToUnixTimeMilliseconds() * 1000;
    }

    public StubChannel AddChannel(string id, string name, bool member = true, bool archived = false)
    {
        var channel = new StubChannel(id, name, member, archived);
        channels.Add(channel);
        return channel;
    }

    /// <summary>The replies that were shown in their channel too.</summary>
    public List<string> Broadcasts { get; } = [];

    public void Fail(StubFault fault) => faults.Enqueue(fault);

    /// <summary>Does it wrong with the next call of this method.</summary>
    public void FailNext(string method, StubFault fault) => faultsOf.Add((method, fault));

    /// <summary>Reads what was accepted while calls may still come in.</summary>
    public T Look<T>(Func<T> read)
    {
        lock (gate) return read();
    }

    public void Dispose() => server.Dispose();

    private Func<IRequestMessage, ResponseMessage> Locked(Func<IRequestMessage, ResponseMessage> answer) => request =>
    {
        lock (gate) return answer(request);
    };

    private ResponseMessage Api(IRequestMessage request)
    {
        var method = request.Path["/api/".Length..];
        calls.Add(method);
        var fault = FaultOf(method);
        switch (fault)
        {
            case StubFault.RateLimit limit: return StubAnswers.RateLimit(limit);
            case StubFault.Status { CarriedOut: false } status: return StubAnswers.Text(status.Code, "<html>upstream failed</html>");
            case StubFault.Error { CarriedOut: false } error: return StubAnswers.Json(200, Refuse(error.Code));
        }

        var answer = Call(method, request);
        if (Warning is not null) answer["warning"] = Warning;
        return fault switch
        {
            StubFault.Status status => StubAnswers.Text(status.Code, "<html>upstream failed</html>"),
            StubFault.Error error => StubAnswers.Json(200, Refuse(error.Code)),
            _ => StubAnswers.Json(200, answer),
        };
    }

    private StubFault? FaultOf(string method)
    {
        if (faults.TryDequeue(out var next)) return next;
        var index = faultsOf.FindIndex(f => f.Method == method);
        if (index < 0) return null;
        var fault = faultsOf[index].Fault;
        faultsOf.RemoveAt(index);
        return fault;
    }

    private JsonObject Call(string method, IRequestMessage request)
    {
        if (StubAnswers.Header(request, "Authorization") is not { } authorization) return Refuse("not_authed");
        if (authorization != $"Bearer {Token}") return Refuse("invalid_auth");
        if (request.Method != "POST") return Refuse("method_not_supported_for_channel_type");
        var type = StubAnswers.Header(request, "Content-Type") ?? "";
        if (type.StartsWith("application/json", StringComparison.Ordinal))
        {
            if (StubAnswers.Object(request.Body) is not { } json) return Refuse("invalid_json");
            var answer = Json(method, json);
            if (!type.Contains("charset", StringComparison.Ordinal)) answer["warning"] = "missing_charset";
            return answer;
        }

        if (!type.StartsWith("application/x-www-form-urlencoded", StringComparison.Ordinal)) return Refuse("invalid_post_type");
        var form = HttpUtility.ParseQueryString(request.Body ?? "");
        return method switch
        {
            "auth.test" => new JsonObject
            {
                ["ok"] = true,
                ["url"] = "https://stub.slack.com/",
                ["team"] = "Stub",
                ["user"] = "alertrollback",
                ["team_id"] = "T0",
                ["user_id"] = "U0",
                ["bot_id"] = BotId,
            },
            "conversations.history" => Page(form["channel"], form, c => c.Messages.Where(m => m.ThreadTs is null || m.ThreadTs == m.Ts).Reverse()),
            "conversations.replies" => Replies(form),
            "conversations.list" => List(form),
            _ => Refuse("unknown_method"),
        };
    }

    private JsonObject Json(string method, JsonObject json) => method switch
    {
        "chat.postMessage" => Post(json),
        "chat.update" => Update(json),
        _ => Refuse("unknown_method"),
    };

    private JsonObject Post(JsonObject json)
    {
        if (Unknown(json, "channel", "text", "blocks", "metadata", "thread_ts", "parse", "link_names", "unfurl_links", "unfurl_media", "mrkdwn", "reply_broadcast"))
            return Refuse("invalid_arg_name");
        var wanted = (string?)json["channel"];
        if (channels.Find(c => c.Id == wanted || "#" + c.Name == wanted || c.Name == wanted) is not { } channel) return Refuse("channel_not_found");
        if (channel.Archived) return Refuse("is_archived");
        if (!channel.Member) return Refuse("not_in_channel");
        if (channel.Refusal is { } code) return Refuse(code);
        // Not known of Slack for certain: whoever sends it relies on it being taken.
        if (json["blocks"] is JsonArray { Count: 0 }) return Refuse("invalid_blocks");
        if (Content(json, longest: 40_000) is { } refusal) return refusal;
        var thread = (string?)json["thread_ts"];
        if (thread is not null && channel.Messages.TrueForAll(m => m.Ts != thread)) return Refuse("thread_not_found");
        var message = new StubMessage(NextTs(), thread, BotId) { Metadata = json["metadata"]?.DeepClone() as JsonObject };
        message.Show(json, defaultParse: "none");
        channel.Messages.Add(message);
        if ((bool?)json["reply_broadcast"] == true) Broadcasts.Add(message.Ts);
        return Accepted(channel, message);
    }

    private JsonObject Update(JsonObject json)
    {
        if (Unknown(json, "channel", "ts", "text", "blocks", "metadata", "parse", "link_names", "reply_broadcast")) return Refuse("invalid_arg_name");
        if (channels.Find(c => c.Id == (string?)json["channel"]) is not { } channel) return Refuse("channel_not_found");
        if (channel.Messages.Find(m => m.Ts == (string?)json["ts"]) is not { } message) return Refuse("message_not_found");
        if (message.BotId != BotId) return Refuse("cant_update_message");
        if (Content(json, longest: 4_000) is { } refusal) return refusal;
        if (json["metadata"] is JsonObject metadata) message.Metadata = metadata.DeepClone() as JsonObject;
        message.Show(json, defaultParse: "client");
        message.Edits++;
        return Accepted(channel, message);
    }

    private static JsonObject? Content(JsonObject json, int longest)
    {
        var text = (string?)json["text"];
        if (string.IsNullOrWhiteSpace(text) && json["blocks"] is not JsonArray { Count: > 0 }) return Refuse("no_text");
        if (text?.Length > longest) return Refuse("msg_too_long");
        if (json["parse"] is { } parse && (string?)parse is not ("none" or "full")) return Refuse("invalid_arguments");
        if (json["metadata"] is { } metadata && !IsMetadata(metadata)) return Refuse("invalid_metadata_format");
        if (BlockKitRules.Size(json["blocks"]) > 12_000) return Refuse("msg_blocks_too_long");
        if (json["blocks"] is not { } blocks || BlockKitRules.Faults(blocks) is not { Count: > 0 } faults) return null;
        var refusal = Refuse("invalid_blocks");
        refusal["response_metadata"] = new JsonObject { ["messages"] = new JsonArray([.. faults.Select(f => (JsonNode)$"[ERROR] {f}")]) };
        return refusal;
    }

    private static bool IsMetadata(JsonNode node) =>
        node is JsonObject metadata && metadata.Count == 2
        && metadata["event_type"] is JsonValue type && ((string?)type)!.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
        && metadata["event_payload"] is JsonObject payload && payload.All(p => p.Value is JsonValue or JsonObject or JsonArray);

    private JsonObject Replies(System.Collections.Specialized.NameValueCollection form)
    {
        var ts = form["ts"];
        if (!channels.Exists(c => c.Id == form["channel"])) return Refuse("channel_not_found");
        return channels.Exists(c => c.Messages.Exists(m => m.Ts == ts))
            ? Page(form["channel"], form, c => c.Messages.Where(m => m.Ts == ts || m.ThreadTs == ts))
            : Refuse("thread_not_found");
    }

    private JsonObject Page(
        string? channelId, System.Collections.Specialized.NameValueCollection form, Func<StubChannel, IEnumerable<StubMessage>> choose)
    {
        if (channels.Find(c => c.Id == channelId) is not { } channel) return Refuse("channel_not_found");
        if (!channel.Member) return Refuse("not_in_channel");
        var limit = int.Parse(form["limit"] ?? "100", CultureInfo.InvariantCulture);
        if (limit is < 1 or > 999) return Refuse("invalid_limit");
        var from = form["cursor"] is { } cursor ? int.Parse(cursor, CultureInfo.InvariantCulture) : 0;
        var oldest = decimal.Parse(form["oldest"] ?? "0", CultureInfo.InvariantCulture);
        var parent = form["ts"];
        var all = choose(channel).Where(m => m.Ts == parent || decimal.Parse(m.Ts, CultureInfo.InvariantCulture) > oldest).ToList();
        var more = all.Count > from + limit;
        return new JsonObject
        {
            ["ok"] = true,
            ["messages"] = new JsonArray([.. all.Skip(from).Take(limit).Select(m => m.ToJson(withMetadata: form["include_all_metadata"] == "true"))]),
            ["has_more"] = more,
            ["response_metadata"] = new JsonObject { ["next_cursor"] = more ? $"{from + limit}" : "" },
        };
    }

    private JsonObject List(System.Collections.Specialized.NameValueCollection form)
    {
        var limit = int.Parse(form["limit"] ?? "100", CultureInfo.InvariantCulture);
        var from = form["cursor"] is { } cursor ? int.Parse(cursor, CultureInfo.InvariantCulture) : 0;
        var all = channels.Where(c => form["exclude_archived"] != "true" || !c.Archived).ToList();
        return new JsonObject
        {
            ["ok"] = true,
            ["channels"] = new JsonArray([.. all.Skip(from).Take(limit).Select(c => new JsonObject { ["id"] = c.Id, ["name"] = c.Name, ["is_member"] = c.Member })]),
            ["response_metadata"] = new JsonObject { ["next_cursor"] = all.Count > from + limit ? $"{from + limit}" : "" },
        };
    }

    private ResponseMessage Webhook(IRequestMessage request)
    {
        calls.Add("webhook");
        var fault = faults.TryDequeue(out var next) ? next : null;
        if (fault is StubFault.RateLimit limit) return StubAnswers.RateLimit(limit);
        if (fault is StubFault.Error error) return StubAnswers.Text(error.Code == "rollup_error" ? 500 : 404, error.Code);
        if (fault is StubFault.Status { CarriedOut: false } status) return StubAnswers.Text(status.Code, "<html>upstream failed</html>");
        var isJson = StubAnswers.Header(request, "Content-Type")?.StartsWith("application/json", StringComparison.Ordinal) == true;
        if (!isJson || StubAnswers.Object(request.Body) is not { } json) return StubAnswers.Text(400, "invalid_payload");
        if ((string?)json["text"] is not { Length: > 0 } text) return StubAnswers.Text(400, "no_text");
        WebhookTexts.Add(text);
        return StubAnswers.Text(fault is StubFault.Status late ? late.Code : 200, "ok");
    }

    private string NextTs()
    {
        clock += 1_000_100;
        return string.Create(CultureInfo.InvariantCulture, $"{clock / 1_000_000}.{clock % 1_000_000:D6}");
    }

    private static JsonObject Accepted(StubChannel channel, StubMessage message) => new()
    {
        ["ok"] = true,
        ["channel"] = channel.Id,
        ["ts"] = message.Ts,
        ["message"] = message.ToJson(withMetadata: true),
    };

    private static bool Unknown(JsonObject json, params string[] names) => json.Any(p => !names.Contains(p.Key));

    private static JsonObject Refuse(string code) => new() { ["ok"] = false, ["error"] = code };
}
