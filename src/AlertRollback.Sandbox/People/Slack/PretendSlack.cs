using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Sandbox.People.Slack;

/// <summary>The pretend workspace: its channels and what was posted, by the methods of the Web API.</summary>
public sealed class PretendSlack
{
    internal const string UserId = "U0ALERTRB";
    internal const string BotId = "B0ALERTRB";
    private const string TeamId = "T0SANDBOX";

    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly List<PretendChannel> channels;
    private long lastTs;

    /// <param name="channels">Names, with or without <c>#</c>.</param>
    internal PretendSlack(TimeProvider time, IEnumerable<string> channels)
    {
        this.time = time;
        this.channels = [.. channels.Select((name, i) => new PretendChannel($"C0SANDBOX{i + 1}", name.TrimStart('#'), []))];
    }

    /// <summary>What there is now.</summary>
    public IReadOnlyList<PretendChannel> Channels
    {
        get
        {
            lock (gate) return [.. channels];
        }
    }

    /// <summary>While true, every call is answered with 503.</summary>
    public bool IsDown { get; set; }

    internal JsonObject Call(string method, JsonObject fields)
    {
        lock (gate)
        {
            return method switch
            {
                "auth.test" => Identity(),
                "chat.postMessage" => Post(fields),
                "chat.update" => Update(fields),
                "conversations.list" => SlackPaging.Page("channels", [.. channels.Select(c => new JsonObject { ["id"] = c.Id, ["name"] = c.Name, ["is_member"] = true })], fields),
                "conversations.history" => History(fields),
                "conversations.replies" => Replies(fields),
                _ => Refuse("unknown_method"),
            };
        }
    }

    /// <summary>What an incoming webhook does: text into the first channel. Null when taken, else Slack's word for why not.</summary>
    internal string? PostText(JsonObject fields)
    {
        lock (gate)
        {
            if (channels.Count == 0) return "channel_not_found";
            return (string?)Post(new JsonObject { ["channel"] = channels[0].Id, ["text"] = fields["text"]?.DeepClone() })["error"];
        }
    }

    internal static JsonObject Refuse(string error) => new() { ["ok"] = false, ["error"] = error };

    private static JsonObject Identity() => new()
    {
        ["ok"] = true,
        ["url"] = "https://sandbox.slack.com/",
        ["team"] = "Sandbox",
        ["team_id"] = TeamId,
        ["user"] = "alertrollback",
        ["user_id"] = UserId,
        ["bot_id"] = BotId,
    };

    private JsonObject Post(JsonObject fields)
    {
        if (Find(fields, byName: true) is not { } channel) return Refuse("channel_not_found");
        if (SlackContent.Read(fields, longestText: 40_000, out var content) is { } refusal) return Refuse(refusal);
        var thread = SlackFields.Text(fields["thread_ts"]);
        if (thread is not null && channel.Messages.All(m => m.Ts != thread)) return Refuse("thread_not_found");
        var message = new PretendMessage(NextTs(), thread, content!.Text, content.Blocks, fields["metadata"]?.DeepClone() as JsonObject, null);
        Replace(channel, channel with { Messages = [.. channel.Messages, message] });
        return Accepted(channel, message);
    }

    private JsonObject Update(JsonObject fields)
    {
        if (Find(fields, byName: false) is not { } channel) return Refuse("channel_not_found");
        var ts = SlackFields.Text(fields["ts"]);
        if (channel.Messages.FirstOrDefault(m => m.Ts == ts) is not { } message) return Refuse("message_not_found");
        if (SlackContent.Read(fields, longestText: 4_000, out var content) is { } refusal) return Refuse(refusal);
        var edited = message with
        {
            Text = content!.Text,
            Blocks = content.Blocks,
            Metadata = fields["metadata"]?.DeepClone() as JsonObject ?? message.Metadata,
            EditedTs = NextTs(),
        };
        Replace(channel, channel with { Messages = [.. channel.Messages.Select(m => m == message ? edited : m)] });
        return Accepted(channel, edited);
    }

    private JsonObject History(JsonObject fields) => Find(fields, byName: false) is { } channel
        ? SlackPaging.Messages(channel.Messages.Where(m => m.ThreadTs is null).Reverse(), fields, parent: null)
        : Refuse("channel_not_found");

    private JsonObject Replies(JsonObject fields)
    {
        if (Find(fields, byName: false) is not { } channel) return Refuse("channel_not_found");
        var ts = SlackFields.Text(fields["ts"]);
        return channel.Messages.Any(m => m.Ts == ts)
            ? SlackPaging.Messages(channel.Messages.Where(m => m.Ts == ts || m.ThreadTs == ts), fields, parent: ts)
            : Refuse("thread_not_found");
    }

    private PretendChannel? Find(JsonObject fields, bool byName)
    {
        var wanted = SlackFields.Text(fields["channel"]);
        return channels.Find(c => c.Id == wanted || (byName && c.Name == wanted?.TrimStart('#')));
    }

    private void Replace(PretendChannel before, PretendChannel after) => channels[channels.FindIndex(c => c.Id == before.Id)] = after;

    // Ids have to differ also when the clock stands still.
    private string NextTs()
    {
        lastTs = Math.Max(lastTs + 1, (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        return string.Create(CultureInfo.InvariantCulture, $"{lastTs / 1_000_000}.{lastTs % 1_000_000:D6}");
    }

    private static JsonObject Accepted(PretendChannel channel, PretendMessage message) => new()
    {
        ["ok"] = true,
        ["channel"] = channel.Id,
        ["ts"] = message.Ts,
        ["message"] = message.ToJson(withMetadata: true),
    };
}
