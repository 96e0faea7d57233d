using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Rollbacks;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>
/// One incident per rollback that acted and took longer than its hold. What a person changed is never overwritten: from
/// then on the incident is theirs.
/// </summary>
public sealed partial class StatuspageAnnouncer(
    StatuspageApi statuspage, string page, OperatorConfiguration operators, TimeProvider time, ILogger<StatuspageAnnouncer> log) : IAnnouncer
{
    private static readonly Dictionary<string, ComponentStatus> NoComponent = [];

    public string Name => "statuspage";

    public IEnumerable<(string Stream, long LastSequence)> Topics(Book book) =>
        Recently.Rollbacks(book, time.GetUtcNow()).Where(r => !r.Shadow && !SpeaksForItself(r.Playbook) && ComponentOf(r) is not null).Select(r => (r.StreamName, r.LastSequence));

    public async Task<Telling> TellAsync(Book book, CursorKeeper cursor, CancellationToken cancellation)
    {
        if (book.Rollbacks.GetValueOrDefault(cursor.Cursor.Stream["rollback/".Length..]) is not { } rollback || ComponentOf(rollback) is not { } component)
            return Telling.Done;
        var at = StatuspageCursor.Read(cursor);
        var telling = at switch
        {
            { LeftTo: not null } or { Status: IncidentStatus.Resolved, Sending: null } => null,
            { Incident: { } incident } => await UpdateAsync(rollback, incident, component, cursor, cancellation),
            { Sending: not null } => await CreateAsync(rollback, component, cursor, cancellation),
            _ when PublishAt(rollback) is null => null,
            _ when time.GetUtcNow() < PublishAt(rollback) => new Telling(PublishAt(rollback), null),
            _ => await CreateAsync(rollback, component, cursor, cancellation),
        };
        if (telling is null)
            await StatuspageCursor.Read(cursor).SaveAsync(cursor, rollback.LastSequence);
        return telling ?? Telling.Done;
    }

    /// <summary>When customers are told, if it stays as it is now; null: not at all.</summary>
    private static DateTimeOffset? PublishAt(RollbackState rollback)
    {
        var due = rollback.ProposedAt + rollback.Service.Statuspage!.PublishAfter;
        var verified = rollback.Timeline.FirstOrDefault(t => t.Event is RollbackEvent.StabilisationStarted)?.At;
        return rollback switch
        {
            _ when !ChangesProduction(rollback) => null,
            { Ineffective: not null } => due,
            { Closed.Outcome: Outcome.RolledBack } => null,
            { Closed: not null, StillFires: false } => null,
            { Closed: not null } => due,
            _ => verified <= due ? null : due,
        };
    }

    // A run that only looks, as one that a person starts to find out more, is no outage.
    private static bool ChangesProduction(RollbackState rollback) => rollback.HasActed
        && rollback.Plans.Concat(rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.FallbackStepPlanned>().Select(f => f.Plan))
            .Any(p => p.Steps.Any(s => s.ChangesProduction));

    // Two voices would confuse customers, and a planned maintenance is no problem.
    private static bool SpeaksForItself(PlaybookDefinition playbook) =>
        playbook.Before.Concat(playbook.Meanwhile).Concat(playbook.Methods.SelectMany(m => m.Steps)).Concat(playbook.OnFailure).Any(s => s.Action == "statuspage");

    private string? ComponentOf(RollbackState rollback) =>
        rollback.Service.Statuspage is { } target && operators.Teams.TryGetValue(rollback.Service.Team, out var grants)
            ? grants.Components.GetValueOrDefault(target.Component)
            : null;

    private async Task<Telling?> CreateAsync(RollbackState rollback, string component, CursorKeeper keeper, CancellationToken cancellation)
    {
        var cursor = StatuspageCursor.Read(keeper);
        if (cursor.Sending is { } lost)
        {
            switch (await statuspage.FindAsync(page, rollback.Id, cancellation))
            {
                case RemoteAnswer<StatuspageIncident?>.Ok({ } incident, _) when StatuspageCursor.IsThere(incident, lost):
                    await StatuspageCursor.After(incident, lost).SaveAsync(keeper);
                    return await UpdateAsync(rollback, incident.Id, component, keeper, cancellation);
                case RemoteAnswer<StatuspageIncident?>.Ok({ } incident, _):
                    return await LeaveAsync(rollback, StatuspageCursor.After(incident, lost), "it was changed before we knew of it", keeper);
                case RemoteAnswer<StatuspageIncident?>.Ok:
                    await (cursor with { Sending = null }).SaveAsync(keeper);
                    return new Telling(time.GetUtcNow(), null);
                case var answer:
                    return Telling.After(answer, time.GetUtcNow());
            }
        }

        var (set, trouble) = await ComponentToSetAsync(rollback, component, cancellation);
        if (trouble is not null)
            return trouble;
        var story = StatuspageStory.Of(rollback);
        var write = new StatuspageWrite(story.Status, story.Body, set);
        await (cursor with { Sending = write }).SaveAsync(keeper);
        var create = new NewIncident(rollback.Id, story.Name, story.Status, story.Body, null, Component(component, set), DeliverNotifications: true);
        return await SentAsync(await statuspage.CreateIncidentAsync(page, create, cancellation), cursor, write, keeper);
    }

    // Somebody else's word on the component stands; another rollback of ours says the same as we would.
    private async Task<(ComponentStatus? Set, Telling? Trouble)> ComponentToSetAsync(RollbackState rollback, string component, CancellationToken cancellation)
    {
        var outage = StatuspageStory.Outage(rollback);
        var now = await statuspage.ComponentAsync(page, component, cancellation);
        if (now is not RemoteAnswer<StatuspageComponent>.Ok(var found, _))
            return (null, Telling.After(now, time.GetUtcNow()));
        if (found.Status is ComponentStatus.Operational or ComponentStatus.DegradedPerformance)
            return (outage, null);
        var open = await statuspage.UnresolvedIncidentsAsync(page, cancellation);
        if (open is not RemoteAnswer<IReadOnlyList<StatuspageIncident>>.Ok(var incidents, _))
            return (null, Telling.After(open, time.GetUtcNow()));
        var isOurs = incidents.Any(i => i.RollbackId is not null && i.Components.Any(c => c.Id == component));
        return (isOurs && found.Status == outage ? outage : null, null);
    }

    private async Task<Telling?> UpdateAsync(RollbackState rollback, string id, string component, CursorKeeper keeper, CancellationToken cancellation)
    {
        var cursor = StatuspageCursor.Read(keeper);
        var story = StatuspageStory.Of(rollback);
        if (story.Status == cursor.Status && cursor.Sending is null)
            return null;

        var answer = await statuspage.IncidentAsync(page, id, cancellation);
        if (answer is RemoteAnswer<StatuspageIncident>.Refused { Error: "http_404" })
            return await LeaveAsync(rollback, cursor, "it was deleted", keeper);
        if (answer is not RemoteAnswer<StatuspageIncident>.Ok(var incident, _))
            return Telling.After(answer, time.GetUtcNow());
        if (cursor.Sending is { } lost && StatuspageCursor.IsThere(incident, lost))
        {
            await StatuspageCursor.After(incident, lost).SaveAsync(keeper);
            return new Telling(time.GetUtcNow(), null);
        }

        if (cursor.ChangedByPerson(incident) is { } change)
            return await LeaveAsync(rollback, cursor, change, keeper);
        return await WriteAsync(rollback, story, cursor with { Sending = null }, component, keeper, cancellation);
    }

    private async Task<Telling?> WriteAsync(
        RollbackState rollback, StatuspageStory story, StatuspageCursor cursor, string component, CursorKeeper keeper, CancellationToken cancellation)
    {
        if (cursor.Component is { } ours)
        {
            var now = await statuspage.ComponentAsync(page, component, cancellation);
            if (now is not RemoteAnswer<StatuspageComponent>.Ok(var found, _))
                return Telling.After(now, time.GetUtcNow());
            if (found.Status != ours)
                return await LeaveAsync(rollback, cursor, $"the component is {found.Status?.ToString() ?? "otherwise"} and not {ours}", keeper);
        }

        var (restores, trouble) = story.Status == IncidentStatus.Resolved && cursor.Component is not null
            ? await MayRestoreAsync(cursor.Incident!, component, cancellation)
            : (false, null);
        if (trouble is not null)
            return trouble;
        var write = new StatuspageWrite(story.Status, story.Body, restores ? ComponentStatus.Operational : cursor.Component);
        await (cursor with { Sending = write }).SaveAsync(keeper);
        var change = new IncidentChange(
            story.Status, story.Body, null, restores ? Component(component, ComponentStatus.Operational) : NoComponent, DeliverNotifications: true);
        return await SentAsync(await statuspage.UpdateIncidentAsync(page, cursor.Incident!, change, cancellation), cursor, write, keeper);
    }

    // As long as another incident is open on it, the component is not well.
    private async Task<(bool May, Telling? Trouble)> MayRestoreAsync(string incident, string component, CancellationToken cancellation) =>
        await statuspage.UnresolvedIncidentsAsync(page, cancellation) switch
        {
            RemoteAnswer<IReadOnlyList<StatuspageIncident>>.Ok(var open, _) => (!open.Any(i => i.Id != incident && i.Components.Any(c => c.Id == component)), null),
            var answer => (false, Telling.After(answer, time.GetUtcNow())),
        };

    private async Task<Telling?> SentAsync(RemoteAnswer<StatuspageIncident> answer, StatuspageCursor cursor, StatuspageWrite write, CursorKeeper keeper)
    {
        switch (answer)
        {
            case RemoteAnswer<StatuspageIncident>.Ok(var incident, _):
                await StatuspageCursor.After(incident, write).SaveAsync(keeper);
                return null;
            case RemoteAnswer<StatuspageIncident>.OutcomeUnknown:
                return Telling.After(answer, time.GetUtcNow());
            default:
                await (cursor with { Sending = null }).SaveAsync(keeper);
                return Telling.After(answer, time.GetUtcNow());
        }
    }

    private async Task<Telling?> LeaveAsync(RollbackState rollback, StatuspageCursor cursor, string why, CursorKeeper keeper)
    {
        LogLeft(log, rollback.Id, cursor.Incident, why);
        await (cursor with { Sending = null, LeftTo = why }).SaveAsync(keeper);
        return null;
    }

    private static Dictionary<string, ComponentStatus> Component(string id, ComponentStatus? status) =>
        status is { } set ? new() { [id] = set } : NoComponent;

    [LoggerMessage(Level = LogLevel.Warning, Message = "statuspage: the incident {Incident} of rollback {Rollback} is left to people: {Why}")]
    private static partial void LogLeft(ILogger log, string rollback, string? incident, string why);
}
