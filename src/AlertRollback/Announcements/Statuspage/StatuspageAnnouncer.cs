using AlertRollback.Operators;
using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>
/// One incident per rollback that changed something and took longer than its <c>publish_after</c>, told on by what took over
/// from it. What a person changed is never overwritten: from then on the incident is theirs, as it is after a bad end, and the
/// rollback's timeline says so.
/// </summary>
public sealed partial class StatuspageAnnouncer(
    StatuspageApi statuspage, string page, StatuspageComponents components, OperatorConfiguration operators, Chronicle chronicle, TimeProvider time, ILogger<StatuspageAnnouncer> log) : IAnnouncer
{
    private static readonly Dictionary<string, ComponentStatus> NoComponent = [];

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    public string Name => "statuspage";

    // The run it began with is told as long as anything of it is recent, however long ago that one ended.
    public IEnumerable<(string Stream, long LastSequence)> Topics(Book book) => Recently.Rollbacks(book, time.GetUtcNow())
        .SelectMany(r => (RollbackState[])[StatuspageCourse.Beginning(book, r), r])
        .DistinctBy(r => r.Id)
        .Where(r => !r.Shadow && !StatuspageCourse.SpeaksForItself(r.Playbook) && ComponentOf(r) is not null)
        .Select(r => (r.StreamName, StatuspageCourse.From(book, r).LastSequence));

    public async Task<Telling> TellAsync(Book book, CursorKeeper cursor, CancellationToken cancellation)
    {
        if (book.Rollbacks.GetValueOrDefault(cursor.Cursor.Stream["rollback/".Length..]) is not { } rollback || ComponentOf(rollback) is not { } component)
            return Telling.Done;
        var turn = new Turn(book, StatuspageCourse.From(book, rollback), component, cursor);
        var publishAt = PublishAt(turn.Course);
        var telling = turn.Cursor switch
        {
            { LeftTo: not null } or { Status: IncidentStatus.Resolved, Sending: null } => null,
            { Incident: { } incident } => await UpdateAsync(turn, incident, cancellation),
            { Sending: not null } => await CreateAsync(turn, cancellation),
            // Told in the incident of the run that it took over from.
            _ when StatuspageCourse.Beginning(book, rollback).Id != rollback.Id => null,
            _ when publishAt is null => null,
            _ when time.GetUtcNow() < publishAt => new Telling(publishAt, null),
            _ => await CreateAsync(turn, cancellation),
        };
        await NoteAsync(turn, cancellation);
        if (telling is null)
            await turn.Cursor.SaveAsync(cursor, turn.Course.LastSequence);
        return telling ?? Telling.Done;
    }

    // Also while Statuspage cannot be reached: what stands there is then the older.
    private async Task NoteAsync(Turn turn, CancellationToken cancellation)
    {
        var (cursor, run) = (turn.Cursor, turn.Course.Heir ?? turn.Course.Last);
        var why = cursor.LeftTo ?? (cursor.Status != IncidentStatus.Resolved && StatuspageStory.IsForPeople(turn.Course) ? "nothing comes there by itself any more, close it when it is over" : null);
        if (cursor.Incident is null || why is null || run.IncidentLeft is not null || (cursor.LeftResolved && StatuspageStory.GoesWell(turn.Course)))
            return;
        await chronicle.ChangeAsync(
            book => book.Rollbacks.GetValueOrDefault(run.Id) is { IncidentLeft: null } now ? [Entry.Of(now, new RollbackEvent.IncidentLeft(cursor.Link, why))] : [], cancellation);
    }

    // What is over is only published because its alert still fires, and that may be long past when we come back.
    private DateTimeOffset? PublishAt(StatuspageCourse course) =>
        course.Last.IsOpen || course.PublishAt is not { } due || due >= _startedAt + NextMove.LongestUnheard ? course.PublishAt : _startedAt + NextMove.LongestUnheard;

    private string? ComponentOf(RollbackState rollback) => StatuspageComponents.IdOf(rollback.Service, operators);

    private async Task<Telling?> CreateAsync(Turn turn, CancellationToken cancellation)
    {
        var (cursor, id) = (turn.Cursor, turn.Course.First.Id);
        if (cursor.Sending is { } lost)
        {
            switch (await statuspage.FindAsync(page, id, cancellation))
            {
                case RemoteAnswer<StatuspageIncident?>.Ok({ } incident, _) when StatuspageCursor.IsThere(incident, lost):
                    await SettleAsync(turn, incident, lost);
                    return await UpdateAsync(turn, incident.Id, cancellation);
                case RemoteAnswer<StatuspageIncident?>.Ok({ } incident, _):
                    await SettleAsync(turn, incident, lost);
                    return await LeaveAsync(turn, StatuspageCursor.After(incident, lost), incident, "it was changed before we knew of it");
                case RemoteAnswer<StatuspageIncident?>.Ok:
                    await (cursor with { Sending = null }).SaveAsync(turn.Keeper);
                    return new Telling(time.GetUtcNow(), null);
                case var answer:
                    return Telling.After(answer, time.GetUtcNow());
            }
        }

        using var held = await HoldAsync(turn, cancellation);
        var outage = StatuspageStory.Outage(turn.Course.First);
        var seen = await held.SayAsync(id, null, outage, cancellation);
        if (seen is not RemoteAnswer<ComponentWord>.Ok(var word, _))
            return Telling.After(seen, time.GetUtcNow());
        LogLeft(turn, null, word);
        var story = StatuspageStory.Of(turn.Course);
        var write = new StatuspageWrite(story.Status, story.Body);
        await (cursor with { Sending = write }).SaveAsync(turn.Keeper);
        var create = new NewIncident(id, story.Name, story.Status, story.Body, Component(turn.Component, word.Set))
        {
            Affects = [turn.Component],
            Outage = word.IsOurs ? outage : null,
        };
        return await SentAsync(turn, held, await statuspage.CreateIncidentAsync(page, create, cancellation), cursor, write);
    }

    private Task<HeldComponent> HoldAsync(Turn turn, CancellationToken cancellation) => components.HoldAsync(turn.Component, cancellation, i => IsOn(i, turn));

    // Incidents of ours once named no component when its status was left alone.
    private bool IsOn(StatuspageIncident incident, Turn turn) =>
        incident.RollbackId is { } id && turn.Book.Rollbacks.GetValueOrDefault(id) is { } rollback && ComponentOf(rollback) == turn.Component;

    private async Task<Telling?> UpdateAsync(Turn turn, string id, CancellationToken cancellation)
    {
        var cursor = turn.Cursor;
        var story = StatuspageStory.Of(turn.Course);
        if (story.Status == cursor.Status && cursor.Sending is null)
            return null;

        var answer = await statuspage.IncidentAsync(page, id, cancellation);
        if (answer is RemoteAnswer<StatuspageIncident>.Refused { Error: "http_404" })
        {
            LogLeft(log, turn.Course.First.Id, id, "it was deleted");
            await (cursor with { Incident = null, Sending = null, LeftTo = "it was deleted" }).SaveAsync(turn.Keeper);
            return null;
        }

        if (answer is not RemoteAnswer<StatuspageIncident>.Ok(var incident, _))
            return Telling.After(answer, time.GetUtcNow());
        if (cursor.Sending is { } lost && StatuspageCursor.IsThere(incident, lost))
        {
            await SettleAsync(turn, incident, lost);
            return new Telling(time.GetUtcNow(), null);
        }

        if (cursor.ChangedByPerson(incident) is { } change)
            return await LeaveAsync(turn, cursor, incident, change);
        return await WriteAsync(turn, story, cursor with { Sending = null }, incident, cancellation);
    }

    private async Task<Telling?> WriteAsync(Turn turn, StatuspageStory story, StatuspageCursor cursor, StatuspageIncident incident, CancellationToken cancellation)
    {
        using var held = await HoldAsync(turn, cancellation);
        if (story.Status == IncidentStatus.Resolved)
        {
            // Customers read them side by side.
            var others = await held.OthersAreOpenAsync(incident.Id, cancellation);
            if (others is not RemoteAnswer<bool>.Ok(var open, _))
                return Telling.After(others, time.GetUtcNow());
            story = StatuspageStory.Of(turn.Course, open);
        }

        var mark = turn.Course.First.Id;
        var seen = story.Status == IncidentStatus.Resolved ? await held.EndAsync(mark, cancellation) : await held.KeepAsync(mark, cancellation);
        if (seen is not RemoteAnswer<ComponentWord>.Ok(var word, _))
            return Telling.After(seen, time.GetUtcNow());
        LogLeft(turn, incident.Id, word);
        var write = new StatuspageWrite(story.Status, story.Body);
        await (cursor with { Sending = write }).SaveAsync(turn.Keeper);
        var change = new IncidentChange(story.Status, story.Body, Component(turn.Component, word.Set))
        {
            // Naming one names them all: those that a person added stay.
            Affects = word.Set is null ? [] : [.. incident.Components.Select(c => c.Id)],
        };
        return await SentAsync(turn, held, await statuspage.UpdateIncidentAsync(page, incident.Id, change, cancellation), cursor, write);
    }

    private async Task<Telling?> SentAsync(Turn turn, HeldComponent held, RemoteAnswer<StatuspageIncident> answer, StatuspageCursor cursor, StatuspageWrite write)
    {
        switch (answer)
        {
            case RemoteAnswer<StatuspageIncident>.Ok(var incident, _):
                await SettleAsync(turn, held, incident, write);
                return null;
            case RemoteAnswer<StatuspageIncident>.OutcomeUnknown:
                return Telling.After(answer, time.GetUtcNow());
            default:
                await held.NotCarriedAsync(turn.Course.First.Id, unsaid: cursor.Incident is null);
                await (cursor with { Sending = null }).SaveAsync(turn.Keeper);
                return Telling.After(answer, time.GetUtcNow());
        }
    }

    private async Task SettleAsync(Turn turn, StatuspageIncident incident, StatuspageWrite write)
    {
        using var held = await HoldAsync(turn, CancellationToken.None);
        await SettleAsync(turn, held, incident, write);
    }

    private static async Task SettleAsync(Turn turn, HeldComponent held, StatuspageIncident incident, StatuspageWrite write)
    {
        await held.CarriedAsync(turn.Course.First.Id, incident.Id, over: write.Status == IncidentStatus.Resolved);
        await StatuspageCursor.After(incident, write).SaveAsync(turn.Keeper);
    }

    private void LogLeft(Turn turn, string? incident, ComponentWord word)
    {
        if (word.Left is { } left)
            LogComponentLeft(log, turn.Course.First.Id, incident, left.Now?.ToString() ?? "otherwise", left.Ours);
    }

    private async Task<Telling?> LeaveAsync(Turn turn, StatuspageCursor cursor, StatuspageIncident incident, string why)
    {
        LogLeft(log, turn.Course.First.Id, cursor.Incident, why);
        await (cursor with { Sending = null, LeftTo = why, LeftResolved = incident.Status == IncidentStatus.Resolved }).SaveAsync(turn.Keeper);
        return null;
    }

    private static Dictionary<string, ComponentStatus> Component(string id, ComponentStatus? status) =>
        status is { } set ? new() { [id] = set } : NoComponent;

    /// <summary>One turn of telling one incident.</summary>
    private sealed record Turn(Book Book, StatuspageCourse Course, string Component, CursorKeeper Keeper)
    {
        public StatuspageCursor Cursor => StatuspageCursor.Read(Keeper);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "statuspage: the incident {Incident} of rollback {Rollback} is left to people: {Why}")]
    private static partial void LogLeft(ILogger log, string rollback, string? incident, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "statuspage: the component of the incident {Incident} of rollback {Rollback} is left to people: it is {Now} and not {Ours}")]
    private static partial void LogComponentLeft(ILogger log, string rollback, string? incident, string now, ComponentStatus ours);
}
