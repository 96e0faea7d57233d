using System.Text.Json;

namespace AlertRollback.Announcements.Slack;

/// <summary>A post that is on its way.</summary>
/// <param name="Part">Its mark's part.</param>
/// <param name="UpTo">The newest line it tells; 0 for the message itself.</param>
internal sealed record SlackPost(string Part, long UpTo)
{
    /// <summary>The newest call among its lines that is none any more; 0: there is none.</summary>
    public long NotCalled { get; init; }
}

/// <summary>What has to be remembered of one stream.</summary>
/// <param name="Place">Where the message is; null before it was posted.</param>
/// <param name="Replied">The newest line that was told in the thread.</param>
/// <param name="Shown">The digest of what the message says now; null when that is not known.</param>
/// <param name="ShownAt">When it last changed.</param>
/// <param name="Sending">Journalled before the call, so that after a crash the post is looked for before it is repeated (S20).</param>
/// <param name="InDoubt">The next post may be a repeat, and says so.</param>
/// <param name="Lost">How many messages people deleted.</param>
internal sealed record SlackCursor(
    SlackPlace? Place, long Replied, string? Shown, DateTimeOffset? ShownAt, SlackPost? Sending, bool InDoubt, int Lost)
{
    /// <summary>The channel as it is configured in which <see cref="Place"/> is, or is being made; null in cursors that did not keep it.</summary>
    public string? Channel { get; init; }

    /// <summary>The configured channel that took no message any more; null: none.</summary>
    public string? Gone { get; init; }

    /// <summary>Why, for people.</summary>
    public string? GoneWhy { get; init; }

    /// <summary>The newest call that was told as a line; 0: none.</summary>
    public long NotCalled { get; init; }

    /// <summary>How often the next post may have been shown already.</summary>
    public int Doubts { get; init; }

    /// <summary>The message may stand in the channel twice, and says so for as long as it is edited.</summary>
    public bool MayBeRepeat { get; init; }

    private static readonly SlackCursor None = new(null, 0, null, null, null, false, 0);

    public string SummaryPart => Lost == 0 ? "summary" : $"summary-{Lost}";

    // Up to the stream's sequence all is told, also where no replies were made of it at the time.
    public static SlackCursor Read(CursorKeeper keeper) =>
        keeper.Cursor.Remote.Length > 0 && JsonSerializer.Deserialize<SlackCursor>(keeper.Cursor.Remote) is { } kept ? kept with { Replied = Math.Max(kept.Replied, keeper.Cursor.Sequence) } : None;

    /// <summary>Keeps it; the stream's sequence stays where it is until message and thread both tell everything.</summary>
    public Task SaveAsync(CursorKeeper keeper, long? toldAll = null) =>
        keeper.SaveAsync(toldAll ?? keeper.Cursor.Sequence, JsonSerializer.Serialize(this));

    /// <summary>After the post was certainly made, there.</summary>
    public SlackCursor Posted(SlackPost post, SlackPlace place, string? shown, DateTimeOffset at)
    {
        var next = this with { Sending = null, InDoubt = false, Doubts = 0 };
        return Place is null
            ? next with { Place = place, Shown = shown, ShownAt = at, MayBeRepeat = InDoubt }
            : next with { Replied = post.UpTo, NotCalled = Math.Max(NotCalled, post.NotCalled) };
    }

    /// <summary>The cursor for posting there: a message in another channel is left behind, what is new is told in a new one.</summary>
    public SlackCursor For(string channel) => Channel is null || Channel == channel
        ? this with { Channel = channel }
        : WithoutPlace() with { Channel = channel };

    /// <summary>After people deleted the message: what is new is told in another.</summary>
    public SlackCursor WithoutPlace() => this with { Place = null, Shown = null, Sending = null, Lost = Lost + 1 };
}
