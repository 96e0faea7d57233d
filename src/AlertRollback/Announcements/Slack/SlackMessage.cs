using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AlertRollback.Announcements.Slack;

/// <summary>A message: the text that notifications and screen readers use, and the blocks that are shown.</summary>
public sealed record SlackMessage(Mrkdwn Text, IReadOnlyList<SlackBlock> Blocks)
{
    /// <summary>The same for two messages that read the same.</summary>
    internal string Digest()
    {
        var json = new JsonObject();
        WriteTo(json);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json.ToJsonString())))[..16];
    }

    /// <summary>The same for a Slack that does not take the blocks: what notifications show of it first, as the end may be cut off.</summary>
    internal SlackMessage TextAlone() => new(
        Mrkdwn.Join("\n", [Text, .. Blocks.OfType<ContextBlock>().SelectMany(b => b.Elements), .. Blocks.OfType<SectionBlock>().Select(b => b.Text).OfType<Mrkdwn>().Where(t => t != Text)]), []);

    internal void WriteTo(JsonObject request)
    {
        request["text"] = SlackLimits.Cut(Text, SlackLimits.MessageText);

        // An edit without them would keep those that are there.
        request["blocks"] = SlackBlock.ToJson(Blocks);

        // chat.update would otherwise fall back to "client", which turns names into mentions.
        request["parse"] = "none";
        request["link_names"] = false;
    }
}

/// <summary>Where a message is: Slack's id of the channel, and the time stamp that is the message's id there.</summary>
public sealed record SlackPlace(string Channel, string Ts);

/// <summary>
/// Our mark in a message's metadata, by which a post of unknown outcome is found again (S20).
/// Everyone in the workspace can read it: ids only.
/// </summary>
/// <param name="RollbackId">The rollback that the message tells of.</param>
/// <param name="Part">Which of the rollback's messages it is, for example <c>summary</c> or an event's number.</param>
public sealed record SlackMark(string RollbackId, string Part)
{
    private const string EventType = "alertrollback_message";

    internal JsonObject ToJson() => new()
    {
        ["event_type"] = EventType,
        ["event_payload"] = new JsonObject { ["rollback_id"] = RollbackId, ["part"] = Part },
    };

    internal static SlackMark? Read(JsonObject message) =>
        message["metadata"] is JsonObject metadata && SlackJson.Text(metadata["event_type"]) == EventType
        && metadata["event_payload"] is JsonObject payload
        && SlackJson.Text(payload["rollback_id"]) is { } id && SlackJson.Text(payload["part"]) is { } part
            ? new SlackMark(id, part)
            : null;
}

/// <summary>A message as Slack has it.</summary>
/// <param name="Ts">Its time stamp, its id within the channel.</param>
/// <param name="Mark">Our mark, or null when it has none.</param>
/// <param name="BotId">Slack's id of the bot that posted it, or null for people.</param>
public sealed record SlackStoredMessage(string Ts, string Text, SlackMark? Mark, string? BotId);

/// <summary>One page of messages, and where the next begins; null at the end.</summary>
public sealed record SlackPage(IReadOnlyList<SlackStoredMessage> Messages, string? NextCursor);

/// <summary>A channel that the app sees.</summary>
/// <param name="IsMember">Whether the app was invited there: elsewhere it may not post.</param>
public sealed record SlackChannel(string Id, bool IsMember);

/// <summary>Who the token belongs to.</summary>
public sealed record SlackIdentity(string Team, string User, string? BotId, string Url);
