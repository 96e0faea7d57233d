using AlertRollback.Operators;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Slack;

/// <summary>One message per rollback or task, edited in place, and its timeline or calls as replies to it; news to the operator's channel.</summary>
public sealed class SlackAnnouncer(SlackWebApi slack, OperatorConfiguration operators, TimeProvider time) : IAnnouncer
{
    /// <summary>Slack allows about one edit a second for all messages together; nobody reads faster than this.</summary>
    public static readonly TimeSpan EditEvery = TimeSpan.FromSeconds(3);

    private const int LongestReply = 2800;

    private static readonly Mrkdwn PossiblyTold = Mrkdwn.Trusted("_(possibly told before)_ ");

    private readonly SlackSearch _own = new(slack);

    public string Name => "slack";

    public IEnumerable<(string Stream, long LastSequence)> Topics(Book book)
    {
        var now = time.GetUtcNow();
        var rollbacks = Recently.Rollbacks(book, now)
            .Where(r => SlackRoles.ChannelOf(r.Service.Team, r.Service.Slack, operators) is not null)
            .Select(r => (r.StreamName, r.LastSequence));
        var tasks = Recently.Tasks(book, now)
            .Where(t => SlackRoles.ChannelOf(t.Given.Service.Team, t.Given.Service.Slack, operators) is not null)
            .Select(t => (TaskState.Stream(t.Given.Id), t.LastSequence));
        var items = Recently.OpenItems(book, now)
            .Where(i => SlackRoles.ChannelOf(i.First.Service.Team, i.First.Service.Slack, operators) is not null)
            .Select(i => (i.StreamName, i.LastSequence));
        var news = operators.Slack?.Channel is null ? [] : Recently.News(book, now).Select(n => (n.StreamName, n.Sequence));
        return rollbacks.Concat(tasks).Concat(items).Concat(news);
    }

    public async Task<Telling> TellAsync(Book book, CursorKeeper cursor, CancellationToken cancellation)
    {
        var before = Called(cursor);
        if (TopicOf(book, cursor, before) is not { } topic)
            return Telling.Done;
        if (await SettleAsync(topic, cursor, cancellation) is { } unsettled)
            return unsettled;
        if (await PostAsync(topic, cursor, cancellation) is { } unposted)
            return unposted;

        // Whom the message names as called is whom the replies before it have called.
        return await EditAsync(Called(cursor) is var after && after == before ? topic : TopicOf(book, cursor, after)!, cursor, cancellation);
    }

    private SlackTopic? TopicOf(Book book, CursorKeeper cursor, (long Replied, long NotCalled) called) =>
        SlackTopic.Of(cursor.Cursor.Stream, book, operators, time.GetUtcNow(), called.Replied, called.NotCalled);

    private static (long Replied, long NotCalled) Called(CursorKeeper cursor)
    {
        var known = SlackCursor.Read(cursor);
        return (known.Replied, known.NotCalled);
    }

    public long? CalledUpTo(CursorKeeper cursor) => SlackCursor.Read(cursor).Replied;

    /// <summary>Finds out what became of a post whose answer was lost.</summary>
    private async Task<Telling?> SettleAsync(SlackTopic topic, CursorKeeper keeper, CancellationToken cancellation)
    {
        var cursor = SlackCursor.Read(keeper);
        if (cursor.Sending is not { } lost)
            return null;
        switch (await _own.FindAsync(topic with { Channel = cursor.Channel ?? topic.Channel }, cursor.Place, lost.Part, cancellation))
        {
            case RemoteAnswer<SlackPlace?>.Ok({ } place, _):
                await cursor.Posted(lost, place, shown: null, time.GetUtcNow()).SaveAsync(keeper);
                return null;
            case RemoteAnswer<SlackPlace?>.Ok:
                await (cursor with { Sending = null }).SaveAsync(keeper);
                return null;
            case RemoteAnswer<SlackPlace?>.Refused { WorthRetrying: false }:
                // We may not look, or it cannot be excluded: better twice, and said, than never.
                await (cursor with { Sending = null, InDoubt = true, Doubts = cursor.Doubts + 1 }).SaveAsync(keeper);
                return null;
            case var answer:
                return Telling.After(answer, time.GetUtcNow());
        }
    }

    /// <summary>The message, then everything that happened since as replies; several lines in one, for the sake of Slack's limits.</summary>
    private async Task<Telling?> PostAsync(SlackTopic topic, CursorKeeper keeper, CancellationToken cancellation)
    {
        while (Next(topic, Bound(topic, keeper)) is (var post, var message, var calls))
        {
            var cursor = Bound(topic, keeper) with { Sending = post };
            await cursor.SaveAsync(keeper);
            var answer = await WithOrWithoutBlocksAsync(message, m => slack.PostAsync(
                cursor.Place?.Channel ?? cursor.Channel!, m, new SlackMark(topic.Id, post.Part), cursor.Place?.Ts, cancellation, calls));
            switch (answer)
            {
                case RemoteAnswer<SlackPlace>.Ok(var place, _):
                    await cursor.Posted(post, place, message.Digest(), time.GetUtcNow()).SaveAsync(keeper);
                    break;
                case RemoteAnswer<SlackPlace>.Refused { Error: "thread_not_found" }:
                    await cursor.WithoutPlace().SaveAsync(keeper);
                    break;
                case RemoteAnswer<SlackPlace>.Refused refused when SlackError.IsChannelGone(refused.Error) && operators.Slack?.Channel is { } other && other != cursor.Channel:
                    await (cursor.WithoutPlace() with { Gone = cursor.Channel, GoneWhy = refused.Explanation }).SaveAsync(keeper);
                    break;
                case RemoteAnswer<SlackPlace>.Refused refused when SlackError.IsChannelGone(refused.Error):
                    // The operators' is gone too, or there is none: the first one may be mended sooner.
                    await (cursor with { Sending = null, Gone = null, GoneWhy = null }).SaveAsync(keeper);
                    return Telling.After(answer, time.GetUtcNow());
                case RemoteAnswer<SlackPlace>.OutcomeUnknown unknown:
                    return Telling.Unknown(unknown.Why, cursor.Doubts + 1, time.GetUtcNow());
                default:
                    await (cursor with { Sending = null }).SaveAsync(keeper);
                    return Telling.After(answer, time.GetUtcNow());
            }
        }

        return null;
    }

    /// <summary>A call must reach somebody, and stands behind the message: what Slack does not take as it is made up it is given as text.</summary>
    private static async Task<RemoteAnswer<SlackPlace>> WithOrWithoutBlocksAsync(SlackMessage message, Func<SlackMessage, Task<RemoteAnswer<SlackPlace>>> send)
    {
        var answer = await send(message);
        return answer is RemoteAnswer<SlackPlace>.Refused { Error: var error } && SlackError.IsOfBlocks(error) ? await send(message.TextAlone()) : answer;
    }

    /// <summary>A call must reach somebody: where the topic's channel takes nothing, it goes to the operators'.</summary>
    private SlackCursor Bound(SlackTopic topic, CursorKeeper keeper)
    {
        var cursor = SlackCursor.Read(keeper);
        return cursor.For(cursor.Gone == topic.Channel && operators.Slack?.Channel is { } other ? other : topic.Channel);
    }

    private (SlackPost Post, SlackMessage Message, bool Calls)? Next(SlackTopic topic, SlackCursor cursor)
    {
        if (cursor.Place is null)
            return (new SlackPost(cursor.SummaryPart, 0), Summary(topic, cursor with { MayBeRepeat = cursor.InDoubt }), false);
        var lines = NextLines(topic, cursor.Replied);
        if (lines.Count == 0)
            return null;
        var text = Mrkdwn.Of($"{(cursor.InDoubt ? PossiblyTold : default)}{Mrkdwn.Join("\n", lines.Select(l => l.Text))}");
        return (new SlackPost($"lines-{lines[^1].Sequence}", lines[^1].Sequence) { NotCalled = lines.LastOrDefault(l => l.InPlaceOfCall)?.Sequence ?? 0 }, new SlackMessage(text, [new SectionBlock(text)]), lines[^1].Calls);
    }

    private static SlackMessage Summary(SlackTopic topic, SlackCursor cursor)
    {
        var summary = cursor.Gone is { } gone && gone != cursor.Channel ? WithNote(topic.Summary, Mrkdwn.Of($"({gone}: {cursor.GoneWhy})")) : topic.Summary;
        return cursor.MayBeRepeat ? WithNote(summary, PossiblyTold) : summary;
    }

    private static SlackMessage WithNote(SlackMessage message, Mrkdwn note) => message with { Blocks = [.. message.Blocks, new ContextBlock([note])] };

    private List<SlackLine> NextLines(SlackTopic topic, long told)
    {
        var lines = new List<SlackLine>();
        var length = 0;
        foreach (var line in topic.LinesAfter(told).TakeWhile(l => !(time.GetUtcNow() < l.NotBefore)))
        {
            length += line.Text.ToString().Length + 1;
            if (lines.Count > 0 && (length > LongestReply || line.Calls || lines[^1].Calls))
                break;
            lines.Add(line);
        }

        return lines;
    }

    private async Task<Telling> EditAsync(SlackTopic topic, CursorKeeper keeper, CancellationToken cancellation)
    {
        var cursor = SlackCursor.Read(keeper);
        var now = time.GetUtcNow();
        var summary = Summary(topic, cursor);
        var wanted = summary.Digest();
        if (cursor.Shown != wanted)
        {
            if (cursor.ShownAt + EditEvery is { } next && now < next)
                return new Telling(next, null);
            var answer = await WithOrWithoutBlocksAsync(summary, m => slack.UpdateAsync(cursor.Place!, m, cancellation));
            if (answer is not RemoteAnswer<SlackPlace>.Ok && !IsForPeopleToSay(answer))
                return Telling.After(answer, now);
            cursor = cursor with { Shown = wanted, ShownAt = now };
        }

        // Only when that is told, too, is all told: after a crash it must not be taken for told.
        if (topic.LinesAfter(cursor.Replied).FirstOrDefault() is { NotBefore: { } due })
        {
            await cursor.SaveAsync(keeper);
            return new Telling(due, null);
        }

        await cursor.SaveAsync(keeper, topic.LastSequence);
        return Telling.Done;
    }

    // Deleted by a person, too old to be edited in this workspace, or in a channel that is gone: the thread has it all,
    // and what comes is told elsewhere.
    private static bool IsForPeopleToSay(RemoteAnswer<SlackPlace> answer) =>
        answer is RemoteAnswer<SlackPlace>.Refused { Error: var error }
        && (error is "message_not_found" or "edit_window_closed" or "cant_update_message" || SlackError.IsChannelGone(error));
}
