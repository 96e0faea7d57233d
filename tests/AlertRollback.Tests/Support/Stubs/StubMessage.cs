using System.Text.Json.Nodes;

namespace AlertRollback.Tests.Support.Stubs;

/// <summary>A channel of the pretend Slack.</summary>
public sealed record StubChannel(string Id, string Name, bool Member, bool Archived)
{
    public bool Archived { get; set; } = Archived;

    /// <summary>The code with which it refuses every message; null: it takes them.</summary>
    public string? Refusal { get; set; }

    public List<StubMessage> Messages { get; } = [];
}

/// <summary>A message the pretend Slack accepted, as it reads now.</summary>
public sealed class StubMessage(string ts, string? threadTs, string? botId)
{
    public string Ts { get; } = ts;

    public string? ThreadTs { get; } = threadTs;

    public string? BotId { get; } = botId;

    public string Text { get; private set; } = "";

    public JsonArray Blocks { get; private set; } = [];

    public JsonObject? Metadata { get; set; }

    /// <summary>How Slack treats names and addresses in the text; <c>none</c> leaves them alone.</summary>
    public string Parse { get; private set; } = "none";

    public int Edits { get; set; }

    internal void Show(JsonObject json, string defaultParse)
    {
        Parse = (string?)json["parse"] ?? defaultParse;
        Text = (string?)json["text"] ?? Text;
        if (json["blocks"] is JsonArray blocks) Blocks = (JsonArray)blocks.DeepClone();
    }

    internal JsonObject ToJson(bool withMetadata)
    {
        var json = new JsonObject { ["type"] = "message", ["ts"] = Ts, ["text"] = Text, ["bot_id"] = BotId };
        if (ThreadTs is not null) json["thread_ts"] = ThreadTs;
        if (withMetadata && Metadata is not null) json["metadata"] = Metadata.DeepClone();
        return json;
    }
}
