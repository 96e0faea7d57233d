using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.StatusPages;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>Atlassian Statuspage as playbooks write to it: on the component the team was granted, and no other.</summary>
public sealed class StatuspageNotices(StatuspageApi statuspage, string page, StatuspageComponents components, OperatorConfiguration operators) : IStatusPage
{
    private static readonly Dictionary<string, ComponentStatus> NoComponent = [];

    public string? Refusal(ServiceDefinition service) =>
        service.Statuspage is not { } target ? $"service {service.Name} has no component on the status page"
        : StatuspageComponents.IdOf(service, operators) is null ? $"the status-page component {target.Component} is not granted to team {service.Team}"
        : null;

    public string AsShown(string text) => StatuspageText.Plain(text).Trim();

    public async Task<NoticeAnswer> ReadAsync(string id, CancellationToken cancellation) => Of(await statuspage.IncidentAsync(page, id, cancellation));

    public async Task<NoticeAnswer> FindAsync(string mark, CancellationToken cancellation) => await statuspage.FindAsync(page, mark, cancellation) switch
    {
        RemoteAnswer<StatuspageIncident?>.Ok({ } incident, _) => new NoticeAnswer.Is(Of(incident)),
        RemoteAnswer<StatuspageIncident?>.Ok => new NoticeAnswer.None(),
        var answer => NotSaid(answer),
    };

    public async Task<NoticeAnswer> OpenAsync(ServiceDefinition service, NewNotice notice, CancellationToken cancellation)
    {
        var component = StatuspageComponents.IdOf(service, operators)!;
        using var held = await components.HoldAsync(component, cancellation);
        var seen = notice.Shown is { } outage ? await held.SayAsync(notice.Mark, null, outage, cancellation) : new RemoteAnswer<ComponentWord>.Ok(ComponentWord.Nothing, []);
        if (seen is not RemoteAnswer<ComponentWord>.Ok(var word, _))
            return NotSaid(seen);
        var incident = new NewIncident(notice.Mark, notice.Name, notice.Status, notice.Text, Affected(component, word.Set))
        {
            Affects = [component],
            Outage = word.IsOurs ? notice.Shown : null,
            Planned = notice.Planned is { } planned ? new PlannedMaintenance(planned.From, planned.Until, component) : null,
        };
        var answer = await statuspage.CreateIncidentAsync(page, incident, cancellation);
        await SettleAsync(held, notice.Mark, answer, over: false, unsaid: notice.Shown is not null);
        return With(Of(answer), word.Set);
    }

    public async Task<NoticeAnswer> ChangeAsync(ServiceDefinition service, string id, NoticeChange change, CancellationToken cancellation)
    {
        var component = StatuspageComponents.IdOf(service, operators)!;
        var read = await statuspage.IncidentAsync(page, id, cancellation);
        if (read is not RemoteAnswer<StatuspageIncident>.Ok(var now, _))
            return Of(read);
        using var held = await components.HoldAsync(component, cancellation);
        var (mark, over) = (now.RollbackId ?? id, change.Status is IncidentStatus.Resolved or IncidentStatus.Completed);
        var says = over ? null : change.Shown;
        var seen = says is { } outage ? await held.SayAsync(mark, id, outage, cancellation)
            : over ? await held.EndAsync(mark, cancellation)
            : await held.KeepAsync(mark, cancellation);
        if (seen is not RemoteAnswer<ComponentWord>.Ok(var word, _))
            return NotSaid(seen);
        var update = new IncidentChange(change.Status, change.Text, Affected(component, word.Set))
        {
            // Naming one names them all: those that a person added stay.
            Affects = word.Set is null ? [] : [.. now.Components.Select(c => c.Id)],
        };
        var answer = await statuspage.UpdateIncidentAsync(page, id, update, cancellation);
        await SettleAsync(held, mark, answer, over, unsaid: says is not null);
        return With(Of(answer), word.Set);
    }

    private static async Task SettleAsync(HeldComponent held, string mark, RemoteAnswer<StatuspageIncident> answer, bool over, bool unsaid)
    {
        if (answer is RemoteAnswer<StatuspageIncident>.Ok(var incident, _))
            await held.CarriedAsync(mark, incident.Id, over);
        else if (answer is not RemoteAnswer<StatuspageIncident>.OutcomeUnknown)
            await held.NotCarriedAsync(mark, unsaid);
    }

    private static NoticeAnswer Of(RemoteAnswer<StatuspageIncident> answer) => answer switch
    {
        RemoteAnswer<StatuspageIncident>.Ok(var incident, _) => new NoticeAnswer.Is(Of(incident)),
        RemoteAnswer<StatuspageIncident>.Refused { Error: "http_404" } => new NoticeAnswer.None(),
        _ => NotSaid(answer),
    };

    private static NoticeAnswer NotSaid<T>(RemoteAnswer<T> answer) => answer switch
    {
        RemoteAnswer<T>.RateLimited limited => new NoticeAnswer.Later($"Statuspage wants to be left alone for {limited.RetryAfter.TotalSeconds:0} s"),
        RemoteAnswer<T>.Refused { WorthRetrying: true } later => new NoticeAnswer.Later(later.Explanation),
        RemoteAnswer<T>.Refused refused => new NoticeAnswer.Refused(refused.Explanation),
        RemoteAnswer<T>.OutcomeUnknown unknown => new NoticeAnswer.Unknown(unknown.Why),
        _ => throw new InvalidOperationException("An answer has four cases."),
    };

    private static NoticeAnswer With(NoticeAnswer answer, ComponentStatus? shown) => answer is NoticeAnswer.Is said ? said with { Shown = shown } : answer;

    private static Notice Of(StatuspageIncident incident) => new(
        incident.Id, incident.Name, incident.Status, incident.Updates.Count > 0 ? incident.Updates[0].Id : null, incident.Updates.Count > 0 ? incident.Updates[0].Body : null, incident.Shortlink);

    private static Dictionary<string, ComponentStatus> Affected(string component, ComponentStatus? shown) => shown is { } set ? new() { [component] = set } : NoComponent;
}
