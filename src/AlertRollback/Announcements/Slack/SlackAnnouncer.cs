using System.Text.Json;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Slack;

/// <summary>One message per rollback or task, edited in place, and its timeline as replies to it.</summary>
public sealed class SlackAnnouncer(SlackWebApi slack, OperatorConfiguration operators, TimeProvider time) : IAnnouncer
{
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LaterAgain = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(2);
    private const int LongestReply = 2800;

    public string Name => "slack";

    public IEnumerable<(string Stream, long LastSequence)> Topics(Book book) =>
        book.Rollbacks.Values.Select(r => (r.StreamName, r.LastSequence))
            .Concat(book.Tasks.Values.Select(t => (TaskState.Stream(t.Given.Id), t.LastSequence)));

    public async Task<Telling> TellAsync(Book book, CursorKeeper cursor, CancellationToken cancellation)
    {
        if (SlackTopic.Of(cursor.Cursor.Stream, book, operators) is not { } topic)
            return Telling.Done;
        var remote = Remote.Read(cursor.Cursor.Remote);
        return await PostAsync(topic, remote, cursor, cancellation)
            ?? await ReplyAsync(topic, cursor, cancellation)
            ?? await EditAsync(topic, cursor, cancellation)
            ?? Telling.Done;
    }

    /// <summary>The first message. The intent is journalled before, so that after a crash it is looked for before it is repeated (S20).</summary>
    private async Task<Telling?> PostAsync(SlackTopic topic, Remote remote, CursorKeeper cursor, CancellationToken cancellation)
    {
        if (remote.Place is not null)
            return null;
        var mark = new SlackMark(topic.Id, "summary");
        if (remote.Sending == "summary")
        {
            var (place, trouble) = await FindAsync(topic, mark, null, cancellation);
            if (trouble is not null)
                return trouble;
            if (place is not null)
            {
                await cursor.SaveAsync(cursor.Cursor.Sequence, new Remote(place, null).Write());
                return null;
            }
        }

        await cursor.SaveAsync(cursor.Cursor.Sequence, new Remote(null, "summary").Write());
        var answer = await slack.PostAsync(topic.Channel, topic.Summary, mark, null, cancellation);
        if (answer is not RemoteAnswer<SlackPlace>.Ok(var posted, _))
            return await NotDoneAsync(answer, remote, cursor);
        await cursor.SaveAsync(cursor.Cursor.Sequence, new Remote(posted, null).Write());
        return null;
    }

    /// <summary>Everything that happened since, several lines in one reply: Slack allows about one message a second.</summary>
    private async Task<Telling?> ReplyAsync(SlackTopic topic, CursorKeeper cursor, CancellationToken cancellation)
    {
        while (NextReply(topic, cursor.Cursor.Sequence) is { } reply)
        {
            var remote = Remote.Read(cursor.Cursor.Remote);
            var mark = new SlackMark(topic.Id, $"after-{cursor.Cursor.Sequence}");
            var isThere = false;
            if (remote.Sending == mark.Part)
            {
                var (place, trouble) = await FindAsync(topic, mark, remote.Place!.Ts, cancellation);
                if (trouble is not null)
                    return trouble;
                isThere = place is not null;

                // What the reply said then is not known; everything up to the newest line of that time is in it or in the edited message.
            }

            if (!isThere)
            {
                await cursor.SaveAsync(cursor.Cursor.Sequence, (remote with { Sending = mark.Part }).Write());
                var message = new SlackMessage(reply.Text, [new SectionBlock(reply.Text)]);
                var answer = await slack.PostAsync(remote.Place!.Channel, message, mark, remote.Place.Ts, cancellation);
                if (answer is not RemoteAnswer<SlackPlace>.Ok)
                    return await NotDoneAsync(answer, remote, cursor);
            }

            await cursor.SaveAsync(reply.Sequence, (remote with { Sending = null }).Write());
        }

        return null;
    }

    private static SlackLine? NextReply(SlackTopic topic, long told)
    {
        var lines = new List<SlackLine>();
        var length = 0;
        foreach (var line in topic.Lines.Where(l => l.Sequence > told))
        {
            length += line.Text.ToString().Length + 1;
            if (lines.Count > 0 && length > LongestReply)
                break;
            lines.Add(line);
        }

        return lines.Count == 0 ? null : new SlackLine(lines[^1].Sequence, Mrkdwn.Join("\n", lines.Select(l => l.Text)));
    }

    private async Task<Telling?> EditAsync(SlackTopic topic, CursorKeeper cursor, CancellationToken cancellation)
    {
        var remote = Remote.Read(cursor.Cursor.Remote);
        var answer = await slack.UpdateAsync(remote.Place!, topic.Summary, cancellation);
        switch (answer)
        {
            case RemoteAnswer<SlackPlace>.Ok:
                await cursor.SaveAsync(topic.LastSequence, remote.Write());
                return null;
            case RemoteAnswer<SlackPlace>.Refused { Error: "message_not_found" }:
                // A person deleted it: their decision. The replies go on.
                await cursor.SaveAsync(topic.LastSequence, remote.Write());
                return null;
            default:
                return await NotDoneAsync(answer, remote, cursor);
        }
    }

    private async Task<(SlackPlace? Place, Telling? Trouble)> FindAsync(SlackTopic topic, SlackMark mark, string? thread, CancellationToken cancellation)
    {
        var channel = await slack.ChannelIdAsync(topic.Channel, cancellation);
        if (channel is not RemoteAnswer<string?>.Ok({ } id, _))
            return (null, Again(channel));
        var found = await slack.FindAsync(id, mark, thread, topic.Since - ClockSlack, null, cancellation);
        return found is RemoteAnswer<SlackPlace?>.Ok(var place, _) ? (place, null) : (null, Again(found));
    }

    // Only an unknown outcome leaves the mark "sending": everything else was certainly not posted.
    private async Task<Telling> NotDoneAsync(RemoteAnswer<SlackPlace> answer, Remote remote, CursorKeeper cursor)
    {
        if (answer is not RemoteAnswer<SlackPlace>.OutcomeUnknown)
            await cursor.SaveAsync(cursor.Cursor.Sequence, (remote with { Sending = null }).Write());
        return Again(answer);
    }

    private Telling Again<T>(RemoteAnswer<T> answer) => answer switch
    {
        RemoteAnswer<T>.RateLimited limited => new Telling(time.GetUtcNow() + limited.RetryAfter, "Slack's rate limit"),
        RemoteAnswer<T>.Refused { WorthRetrying: true } refused => new Telling(time.GetUtcNow() + SoonAgain, refused.Explanation),
        RemoteAnswer<T>.Refused refused => new Telling(time.GetUtcNow() + LaterAgain, refused.Explanation),
        RemoteAnswer<T>.OutcomeUnknown unknown => new Telling(time.GetUtcNow() + SoonAgain, unknown.Why),
        _ => new Telling(time.GetUtcNow() + LaterAgain, "the channel was not found"),
    };

    /// <summary>What has to be remembered: where the message is, and which post is on its way.</summary>
    private sealed record Remote(SlackPlace? Place, string? Sending)
    {
        public static Remote Read(string json) =>
            json.Length == 0 ? new Remote(null, null) : JsonSerializer.Deserialize<Remote>(json) ?? new Remote(null, null);

        public string Write() => JsonSerializer.Serialize(this);
    }
}
