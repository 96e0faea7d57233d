using AlertRollback.Announcements.Wording;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Slack;

/// <summary>One entry of a thread.</summary>
/// <param name="Calls">Whether it calls people: then it is a reply of its own and shown in the channel too.</param>
internal sealed record SlackLine(long Sequence, Mrkdwn Text, bool Calls = false)
{
    /// <summary>It may have to wait until then, and what comes after it waits too; null: it is due.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>It stands where people had to be called, and were not.</summary>
    public bool InPlaceOfCall { get; init; }
}

/// <summary>What Slack is told of one stream: a message that is edited in place, and what happened since as replies to it.</summary>
/// <param name="Since">When it began: where a search for our own message has to begin.</param>
/// <param name="LinesAfter">The replies that are due after what was told up to a sequence.</param>
internal sealed record SlackTopic(string Channel, string Id, DateTimeOffset Since, long LastSequence, SlackMessage Summary, Func<long, IEnumerable<SlackLine>> LinesAfter)
{
    /// <summary>Null for a stream that is told nowhere.</summary>
    /// <param name="told">Up to this sequence all lines were told.</param>
    /// <param name="notCalled">The newest call among them that was a line: people were not called by it.</param>
    public static SlackTopic? Of(string stream, Book book, OperatorConfiguration operators, DateTimeOffset now, long told = 0, long notCalled = 0)
    {
        var (family, id) = stream.Split('/', 2) is [var f, var i] ? (f, i) : (stream, stream);
        return family switch
        {
            "rollback" when book.Rollbacks.GetValueOrDefault(id) is { } rollback => Of(rollback, book, operators, now, told, notCalled),
            "task" when book.Tasks.GetValueOrDefault(id) is { } task => Of(task, operators),
            OpenItems.Family when OpenItems.Find(book, id) is { } items => Of(items, operators),
            "news" when book.LatestNews.FirstOrDefault(n => n.StreamName == stream) is { } news => Of(news, operators),
            _ => null,
        };
    }

    private static SlackTopic? Of(RollbackState rollback, Book book, OperatorConfiguration operators, DateTimeOffset now, long told, long notCalled)
    {
        if (SlackRoles.ChannelOf(rollback.Service.Team, rollback.Service.Slack, operators) is not { } channel)
            return null;
        var isCalled = rollback.Timeline.LastOrDefault(t => t.Event is RollbackEvent.Paged) is { } page
            && (page.Sequence <= told ? page.Sequence > notCalled : LateCall.InPlaceOf(page, rollback, book, now) is null);
        return new SlackTopic(
            channel, rollback.Id, rollback.ProposedAt, rollback.LastSequence, new SlackSummary(rollback, operators, isCalled).Message(),
            after => Condensed.Lines(rollback.Timeline, after).Select(l => Line(rollback, l.Entry, l.Text, operators, LateCall.InPlaceOf(l.Entry, rollback, book, now))).OfType<SlackLine>());
    }

    private static SlackLine? Line(RollbackState rollback, TimelineEntry entry, string? text, OperatorConfiguration operators, string? late)
    {
        var at = Mrkdwn.Code(Moment.Second(entry.At, rollback.ProposedAt));
        return entry.Event switch
        {
            // The edited message shows the percentage; a reply for each step of it would be noise.
            RollbackEvent.StepProgressed => null,
            RollbackEvent.Paged page when late is null => new SlackLine(entry.Sequence, Call(rollback, page, entry.At, operators), Calls: true),
            _ => (late ?? text) is { } line ? new SlackLine(entry.Sequence, Mrkdwn.Of($"{at} {TimelineLine.Clipped(line, rollback.Id)}")) { InPlaceOfCall = late is not null } : null,
        };
    }

    // Read on a lock screen, without the message it belongs to, and after an outage much later than it happened.
    private static Mrkdwn Call(RollbackState rollback, RollbackEvent.Paged page, DateTimeOffset at, OperatorConfiguration operators)
    {
        var who = SlackRoles.Mentions(rollback.Service.Team, page.Roles, operators);
        return Mrkdwn.Of($"{who} *{Headline.For(rollback)}*\n{Mrkdwn.Code($"{Moment.WholeSecond(at)} UTC")} {TimelineLine.Clipped(page.Text, rollback.Id)}\n*What you must do now:* {Advice.For(rollback)}");
    }

    private static SlackTopic? Of(TaskState task, OperatorConfiguration operators)
    {
        var given = task.Given;
        if (SlackRoles.ChannelOf(given.Service.Team, given.Service.Slack, operators) is not { } channel)
            return null;
        var told = new SlackTask(task, operators);
        return Shown(channel, given.Id, task.At, task.LastSequence, told.Title, told.Body(), told.State()) with { LinesAfter = told.CallsAfter };
    }

    private static SlackTopic? Of(OpenItems items, OperatorConfiguration operators)
    {
        var given = items.First;
        if (SlackRoles.ChannelOf(given.Service.Team, given.Service.Slack, operators) is not { } channel)
            return null;
        var title = items.Open > 0
            ? $"📋 {given.Service.Name}: {items.Open} of {items.Items.Count} items of the rollback are open"
            : $"☑️ {given.Service.Name}: all {items.Items.Count} items of the rollback are done";
        var who = SlackRoles.Mentions(given.Service.Team, [.. items.Roles], operators);
        var lines = items.Items.Select(i => SlackItem.Line(i, operators));
        var body = Mrkdwn.Join("\n", items.Roles.Any() ? lines.Prepend(who) : lines);
        var done = items.Open > 0 ? Mrkdwn.Of($" Say {Mrkdwn.Code("alertrollback task done ID")} when one is done. Nothing is changed automatically.") : default;
        var state = Mrkdwn.Of($"Of {Mrkdwn.Code(items.Of)} ({given.Severity}), whose report is {Mrkdwn.Code(Commands.Report(items.Of))}.{done}");
        return Shown(channel, $"items-{items.Of}", items.At, items.LastSequence, title, body, state);
    }

    private static SlackTopic? Of(News news, OperatorConfiguration operators) =>
        operators.Slack?.Channel is not { } channel || NewsText.For(news) is not { } text ? null : Shown(
            channel, $"news-{news.Sequence}", news.At, news.Sequence, text.Headline,
            Mrkdwn.Of($"{text.Text}\n*What you must do now*\n{text.Advice}"),
            Mrkdwn.Of($"{Moment.WholeSecond(news.At)} UTC"));

    private static SlackTopic Shown(string channel, string id, DateTimeOffset since, long sequence, string title, Mrkdwn body, Mrkdwn footer) => new(
        channel, id, since, sequence, new SlackMessage(Mrkdwn.Escape(title), [new HeaderBlock(title), new SectionBlock(body), new ContextBlock([footer])]), _ => []);
}
