using System.Text.Json.Nodes;

namespace AlertRollback.Sandbox.People.Slack;

/// <summary>A message as the pretend Slack keeps it; never changed, only replaced.</summary>
/// <param name="Ts">Seconds and microseconds since 1970: its time, and its id in the channel.</param>
/// <param name="ThreadTs">The message it replies to; null when it stands in the channel itself.</param>
/// <param name="EditedTs">When it was edited last; null: never.</param>
public sealed record PretendMessage(string Ts, string? ThreadTs, string Text, JsonArray Blocks, JsonObject? Metadata, string? EditedTs)
{
    internal JsonObject ToJson(bool withMetadata)
    {
        var json = new JsonObject
        {
            ["type"] = "message",
            ["ts"] = Ts,
            ["text"] = Text,
            ["blocks"] = Blocks.DeepClone(),
            ["user"] = PretendSlack.UserId,
            ["bot_id"] = PretendSlack.BotId,
        };
        if (ThreadTs is not null) json["thread_ts"] = ThreadTs;
        if (EditedTs is not null) json["edited"] = new JsonObject { ["user"] = PretendSlack.UserId, ["ts"] = EditedTs };
        if (withMetadata && Metadata is not null) json["metadata"] = Metadata.DeepClone();
        return json;
    }
}

/// <summary>A channel with its messages, oldest first.</summary>
public sealed record PretendChannel(string Id, string Name, IReadOnlyList<PretendMessage> Messages);
