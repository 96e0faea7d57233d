using System.Globalization;
using AlertRollback.Announcements.Wording;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;
using AlertRollback.Storage;

namespace AlertRollback.Announcements.Slack;

/// <summary>The simple alternative: an incoming webhook, text only. Tells the turns of a rollback, each in a message of its own; tasks and news.</summary>
public sealed class SlackTextAnnouncer(SlackIncomingWebhook webhook, OperatorConfiguration operators, TimeProvider time) : IAnnouncer
{
    public string Name => "slack-text";

    public IEnumerable<(string Stream, long LastSequence)> Topics(Book book)
    {
        var now = time.GetUtcNow();
        return Recently.Rollbacks(book, now).Select(r => (r.StreamName, r.LastSequence))
            .Concat(Recently.Tasks(book, now).Select(t => (TaskState.Stream(t.Given.Id), t.LastSequence)))
            .Concat(Recently.OpenItems(book, now).Select(i => (i.StreamName, i.LastSequence)))
            .Concat(Recently.News(book, now).Select(n => (n.StreamName, n.Sequence)));
    }

    public async Task<Telling> TellAsync(Book book, CursorKeeper cursor, CancellationToken cancellation)
    {
        var seen = 0L;
        foreach (var (sequence, text) in Texts(cursor.Cursor.Stream, book, cursor.Cursor.Sequence).Where(t => t.Sequence > cursor.Cursor.Sequence))
        {
            seen = sequence;
            if (text is not { } said)
                continue;
            if (await SendAsync(sequence, said, cursor, cancellation) is { } trouble)
                return trouble;
            await cursor.SaveAsync(sequence, "");
        }

        // What needs no words is noted once: an outage brings it by the thousand, and whoever is called waits behind it.
        if (seen > cursor.Cursor.Sequence)
            await cursor.SaveAsync(seen, "");
        return new Telling(WaitsUntil(cursor.Cursor, book), null);
    }

    public long? CalledUpTo(CursorKeeper cursor) => cursor.Cursor.Sequence;

    private async Task<Telling?> SendAsync(long sequence, Mrkdwn text, CursorKeeper cursor, CancellationToken cancellation)
    {
        // An incoming webhook cannot be asked what it showed: a repeat that cannot be excluded is called one (S20).
        var before = cursor.Cursor.Remote;
        var times = TimesSent(before, sequence);
        var repeat = times > 0 ? Mrkdwn.Trusted("_(possibly told before)_ ") : default;
        await cursor.SaveAsync(cursor.Cursor.Sequence, string.Create(CultureInfo.InvariantCulture, $"{sequence}/{times + 1}"));
        switch (await webhook.PostAsync(Mrkdwn.Of($"{repeat}{text}"), cancellation))
        {
            case RemoteAnswer<string>.Ok:
            // Something on the way takes what is sent and keeps the answers: people must not be called without end for one thing.
            case RemoteAnswer<string>.OutcomeUnknown { Unanswered: true } when times + 1 >= Telling.MostUnanswered:
                return null;
            case RemoteAnswer<string>.OutcomeUnknown unknown:
                return Telling.Unknown(unknown.Why, times + 1, time.GetUtcNow());
            case var answer:
                await cursor.SaveAsync(cursor.Cursor.Sequence, before);
                return Telling.After(answer, time.GetUtcNow());
        }
    }

    // An earlier version kept the sequence alone, of what was sent once.
    private static int TimesSent(string remote, long sequence) => remote.Split('/') is [var of, .. var times] && of == sequence.ToString(CultureInfo.InvariantCulture)
        ? times is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 1
        : 0;

    private static DateTimeOffset? WaitsUntil(AnnouncerCursor told, Book book) =>
        told.Stream.Split('/', 2) is ["task", var id] ? book.Tasks.GetValueOrDefault(id)?.CallsAfter(told.Sequence).FirstOrDefault()?.At : null;

    private IEnumerable<(long Sequence, Mrkdwn? Text)> Texts(string stream, Book book, long told)
    {
        var (family, id) = stream.Split('/', 2) is [var f, var i] ? (f, i) : (stream, stream);
        return family switch
        {
            "rollback" when book.Rollbacks.GetValueOrDefault(id) is { } rollback => Texts(rollback, book),
            "task" when book.Tasks.GetValueOrDefault(id) is { } task => Texts(task, told),
            OpenItems.Family when OpenItems.Find(book, id) is { } items => Texts(items),
            "news" when book.LatestNews.FirstOrDefault(n => n.StreamName == stream) is { } news => [(news.Sequence, Text(news))],
            _ => [],
        };
    }

    // Each text is of its own moment, also when it is told late: the state is folded along.
    private IEnumerable<(long Sequence, Mrkdwn? Text)> Texts(RollbackState rollback, Book book)
    {
        RollbackState? then = null;
        var repeated = Repetition.In(rollback.Timeline);
        var (past, told) = (PastFrom(rollback), ToldByCall(rollback, book));
        foreach (var entry in rollback.Timeline)
        {
            then = entry.Event is RollbackEvent.Proposed first
                ? RollbackState.From(entry.Sequence, entry.At, first)
                : then!.Apply(entry.Sequence, entry.At, entry.Event);
            yield return (entry.Sequence, IsTurn(entry, rollback) && !repeated.Contains(entry.Sequence) && !told.Contains(entry.Sequence) ? Turn(then, entry, rollback, book)
                : entry == past ? Past(then, entry)
                : null);
        }
    }

    private Mrkdwn? Turn(RollbackState then, TimelineEntry entry, RollbackState rollback, Book book)
    {
        var late = LateCall.InPlaceOf(entry, rollback, book, time.GetUtcNow());
        var state = entry.Event is RollbackEvent.Paged or RollbackEvent.CallPutOff ? AfterCommit(then, entry, rollback) : then;
        return (late ?? TimelineLine.For(entry)) is { } line ? Text(state, entry, line, calls: late is null) : null;
    }

    // Headline, text and advice of an end, or of what waits, are those of the call to it: said twice, they are read by nobody.
    private HashSet<long> ToldByCall(RollbackState rollback, Book book)
    {
        var turns = rollback.Timeline.FindAll(t => IsTurn(t, rollback));
        return [.. turns.Zip(turns.Skip(1)).Select(n => (n.First, n.Second) switch
        {
            ({ Event: RollbackEvent.FoundIneffective found }, var call) when IsCallTo(call, found.Text, Reason.Ineffective) => n.First.Sequence,
            (var call, { Event: RollbackEvent.Closed closed }) when IsCallTo(call, closed.Text, closed.Reason) => n.Second.Sequence,
            (var call, { Event: RollbackEvent.Parked parked }) when IsCallTo(call, parked.Text, parked.Reason) => n.Second.Sequence,
            _ => (long?)null,
        }).OfType<long>()];

        bool IsCallTo(TimelineEntry call, string text, Reason reason) => LateCall.InPlaceOf(call, rollback, book, time.GetUtcNow()) is null && call.Event switch
        {
            RollbackEvent.Paged x => (x.Text, x.Reason) == (text, reason),
            RollbackEvent.CallPutOff x => (x.Text, x.Reason) == (text, reason),
            _ => false,
        };
    }

    // Whoever was called goes by what they were told, to take over or to watch the alert, until they hear otherwise. What had resolved by
    // its end was told by that.
    private static TimelineEntry? PastFrom(RollbackState rollback) =>
        Resolution.IsPast(rollback) && rollback.Called is not null ? rollback.Timeline.FindLast(t => t.Event is RollbackEvent.CauseResolved) : null;

    private Mrkdwn? Past(RollbackState then, TimelineEntry entry)
    {
        var last = ((RollbackEvent.CauseResolved)entry.Event).Fingerprint;
        return TimelineLine.For(entry, TimelineLine.Name(then.Causes.First(c => c.Fingerprint == last))) is { } line ? Text(then, entry, line, calls: true) : null;
    }

    // What a call is for, a bad end or a question, may stand behind it in the same commit: before it, the state still looks well.
    private static RollbackState AfterCommit(RollbackState then, TimelineEntry call, RollbackState rollback) => rollback.Timeline
        .SkipWhile(t => t.Sequence <= call.Sequence).TakeWhile(t => t.At == call.At)
        .Aggregate(then, (state, t) => state.Apply(t.Sequence, t.At, t.Event));

    // A question is told by the call to it; one that is asked anew without a call has another deadline.
    private static bool IsTurn(TimelineEntry entry, RollbackState rollback) => entry.Event is RollbackEvent.ApprovalRequested
        ? !rollback.Timeline.Any(t => t.At == entry.At && t.Event is RollbackEvent.Paged or RollbackEvent.CallPutOff)
        : IsTurn(entry.Event);

    // Of a step that calls people its call has told.
    private static bool IsTurn(RollbackEvent e) => e is not RollbackEvent.StepEnded { Action: PageAction.Word, Result: StepResult.Done } && e is RollbackEvent.Proposed or RollbackEvent.PlanMade or RollbackEvent.Parked
        or RollbackEvent.Started or RollbackEvent.StepEnded or RollbackEvent.StepRestored or RollbackEvent.MethodFailed or RollbackEvent.Verified
        or RollbackEvent.StabilisationStarted or RollbackEvent.FiringAnswered { Verdict: Verdict.Pass } or RollbackEvent.Paged or RollbackEvent.CallPutOff or RollbackEvent.FoundIneffective or RollbackEvent.Closed
        or RollbackEvent.FallbackStepEnded { Done: false, Text.Length: > 0 } or RollbackEvent.IncidentLeft;

    private Mrkdwn Text(RollbackState then, TimelineEntry entry, string line, bool calls)
    {
        var who = calls && entry.Event is RollbackEvent.Paged page ? Mrkdwn.Of($"{SlackRoles.Mentions(then.Service.Team, page.Roles, operators)} ") : default;
        var advice = calls && entry.Event is RollbackEvent.Closed or RollbackEvent.Parked or RollbackEvent.FoundIneffective or RollbackEvent.Paged or RollbackEvent.CallPutOff or RollbackEvent.IncidentLeft or RollbackEvent.CauseResolved
            ? Mrkdwn.Of($"\n*What you must do now:* {Advice.For(then)}")
            : default;
        return Mrkdwn.Of($"{who}*{Headline.For(then)}*\n{At(entry.At)} {Mrkdwn.Code(then.Id)} {TimelineLine.Clipped(line, then.Id)}{advice}");
    }

    // With its date, because after an outage it is read much later than it happened.
    private static Mrkdwn At(DateTimeOffset at) => Mrkdwn.Code($"{Moment.WholeSecond(at)} UTC");

    // Told when it is given, when people have to look again, and when it is done: other alerts that join or resolve call nobody.
    private IEnumerable<(long Sequence, Mrkdwn? Text)> Texts(TaskState task, long told)
    {
        var text = new SlackTask(task, operators);
        var lines = text.CallsAfter(told).Append(new SlackLine(task.IsOpen ? task.GivenAs : task.LastSequence, text.Text())).OrderBy(l => l.Sequence);
        foreach (var line in lines)
        {
            // Only when that is told, too, is all told: after a crash it must not be taken for told.
            if (time.GetUtcNow() < line.NotBefore)
                yield break;
            yield return (line.Sequence, line.Text);
        }

        yield return (task.LastSequence, null);
    }

    /// <summary>All of them when they were given, and each when it is done.</summary>
    private IEnumerable<(long Sequence, Mrkdwn? Text)> Texts(OpenItems items)
    {
        var given = items.First;
        var who = items.Items.Select(i => i.Given.Role).OfType<string>().Distinct().ToList() is { Count: > 0 } roles
            ? Mrkdwn.Of($"{SlackRoles.Mentions(given.Service.Team, roles, operators)} ")
            : default;
        var lines = Mrkdwn.Join("\n", items.Items.Select(i => SlackItem.Line(i with { Done = null }, operators)));
        var all = Mrkdwn.Of($"{who}*📋 {given.Service.Name}: what is left to do after the rollback* {Mrkdwn.Code(items.Of)}\n{lines}\nIts report: {Mrkdwn.Code(Commands.Report(items.Of))}");
        return items.Items.Where(i => !i.IsOpen).Select(i => (i.LastSequence, (Mrkdwn?)new SlackTask(i, operators).Text())).OrderBy(i => i.LastSequence)
            .Prepend((items.Items.Max(i => i.GivenAs), all));
    }

    private static Mrkdwn? Text(News news) =>
        NewsText.For(news) is { } text ? Mrkdwn.Of($"*{text.Headline}*\n{At(news.At)} {text.Text}\n*What you must do now:* {text.Advice}") : null;
}
