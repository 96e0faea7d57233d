using System.Text.Json;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Storage;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>
/// How the page's components are, said in one voice: by the announcer for every rollback, and by the notices of playbooks.
/// One at a time, because what one makes of a component the next has to know from a person's hand.
/// </summary>
public sealed class StatuspageComponents(StatuspageApi statuspage, string page, IJournal journal) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(1);

    public void Dispose() => _turns.Dispose();

    /// <summary>The component that a service's incidents are on; null: none.</summary>
    public static string? IdOf(ServiceDefinition service, OperatorConfiguration operators) =>
        service.Statuspage is { } target && operators.Teams.TryGetValue(service.Team, out var grants) ? grants.Components.GetValueOrDefault(target.Component) : null;

    /// <summary>Nobody else speaks of a component until it is disposed of.</summary>
    /// <param name="isOn">Incidents that are on it although they do not name it; null: there are none.</param>
    internal async Task<HeldComponent> HoldAsync(string component, CancellationToken cancellation, Func<StatuspageIncident, bool>? isOn = null)
    {
        await _turns.WaitAsync(cancellation);
        return new HeldComponent(statuspage, page, journal, component, isOn ?? (_ => false), _turns);
    }
}

/// <param name="Set">What the incident's next change makes of the component; null: it stays.</param>
/// <param name="Left">What it is and what we had made of it, when it is found to be a person's now.</param>
/// <param name="IsOurs">Whether what the incident says counts.</param>
internal sealed record ComponentWord(ComponentStatus? Set, (ComponentStatus? Now, ComponentStatus Ours)? Left, bool IsOurs)
{
    public static readonly ComponentWord Nothing = new(null, null, IsOurs: false);
}

/// <summary>One component while one incident speaks of it: asked before the incident is changed, told what came of that.</summary>
internal sealed class HeldComponent(
    StatuspageApi statuspage, string page, IJournal journal, string component, Func<StatuspageIncident, bool> isOn, SemaphoreSlim turns) : IDisposable
{
    private readonly string _document = $"statuspage/{component}";

    public void Dispose() => turns.Release();

    /// <summary>Before an incident is created, or begins to say how the component is.</summary>
    /// <param name="incident">Null: not created yet.</param>
    public Task<RemoteAnswer<ComponentWord>> SayAsync(string mark, string? incident, ComponentStatus status, CancellationToken cancellation) =>
        AskAsync(mark, new ComponentSay(mark, incident, status), null, cancellation);

    /// <summary>Before an incident is changed and stays open.</summary>
    public Task<RemoteAnswer<ComponentWord>> KeepAsync(string mark, CancellationToken cancellation) => AskAsync(mark, null, null, cancellation);

    /// <summary>Before an incident is ended.</summary>
    public Task<RemoteAnswer<ComponentWord>> EndAsync(string mark, CancellationToken cancellation) => AskAsync(mark, null, mark, cancellation);

    /// <summary>Whether an incident that says how the component is, ours or others', is open on it beside this one.</summary>
    public async Task<RemoteAnswer<bool>> OthersAreOpenAsync(string incident, CancellationToken cancellation) =>
        (await OpenAsync(cancellation)).Select(open => open.Any(i => i.Id != incident && !i.IsWithoutSay));

    public async Task CarriedAsync(string mark, string incident, bool over)
    {
        if (await ReadAsync(CancellationToken.None) is { } record)
            await SaveAsync(record.Carried(mark, incident, over));
    }

    /// <param name="unsaid">Whether what the incident was to say was new.</param>
    public async Task NotCarriedAsync(string mark, bool unsaid)
    {
        if (await ReadAsync(CancellationToken.None) is { } record)
            await SaveAsync(record.NotCarried(mark, unsaid));
    }

    private async Task<RemoteAnswer<ComponentWord>> AskAsync(string mark, ComponentSay? say, string? ending, CancellationToken cancellation)
    {
        var kept = await ReadAsync(cancellation);
        // What is a person's needs no look before something new is to be said of it.
        if (say is null && kept is not null && (kept.IsTheirs || !kept.Says(mark)))
            return new RemoteAnswer<ComponentWord>.Ok(ComponentWord.Nothing, []);
        var seen = await OutlookAsync(cancellation);
        if (seen is not RemoteAnswer<StatuspageOutlook>.Ok(var outlook, _))
            return seen.Select(_ => ComponentWord.Nothing);
        var before = kept ?? ComponentRecord.From(outlook);
        var over = await OverAsync(before, outlook, mark, cancellation);
        if (over is not RemoteAnswer<IReadOnlyList<string>>.Ok(var marks, _))
            return over.Select(_ => ComponentWord.Nothing);

        var record = before.Seen(outlook.Now, marks);
        var left = record.IsTheirs && !before.IsTheirs ? (outlook.Now, record.Made) : ((ComponentStatus?, ComponentStatus)?)null;
        if (say is not null)
            record = record.Saying(say);
        // What said nothing of it before, says nothing at its end.
        var set = record.Says(mark) ? record.Due(ending, outlook.Open.Any(i => !i.IsWithoutSay && !record.Says(i.RollbackId ?? ""))) : null;
        await SaveAsync(record with { Making = set is { } due ? new ComponentMaking(mark, due) : null });
        return new RemoteAnswer<ComponentWord>.Ok(new ComponentWord(set, left, !record.IsTheirs), []);
    }

    private async Task<RemoteAnswer<StatuspageOutlook>> OutlookAsync(CancellationToken cancellation)
    {
        var now = await statuspage.ComponentAsync(page, component, cancellation);
        if (now is not RemoteAnswer<StatuspageComponent>.Ok(var found, _))
            return now.Select(c => new StatuspageOutlook(c.Status, []));
        return (await OpenAsync(cancellation)).Select(open => new StatuspageOutlook(found.Status, open));
    }

    private async Task<RemoteAnswer<IReadOnlyList<StatuspageIncident>>> OpenAsync(CancellationToken cancellation) =>
        (await statuspage.UnresolvedIncidentsAsync(page, cancellation))
            .Select<IReadOnlyList<StatuspageIncident>>(all => [.. all.Where(i => i.Components.Any(c => c.Id == component) || isOn(i))]);

    // A person may have ended or deleted one of ours. A maintenance need not be among the unresolved ones, hence one by one.
    private async Task<RemoteAnswer<IReadOnlyList<string>>> OverAsync(ComponentRecord record, StatuspageOutlook outlook, string mark, CancellationToken cancellation)
    {
        var over = new List<string>();
        foreach (var say in record.Said.Where(s => s.Mark != mark && !outlook.Open.Any(i => i.RollbackId == s.Mark)))
        {
            switch (say.Incident is { } id ? await statuspage.IncidentAsync(page, id, cancellation) : null)
            {
                case null:
                case RemoteAnswer<StatuspageIncident>.Refused { Error: "http_404" }:
                case RemoteAnswer<StatuspageIncident>.Ok { Value.Status: IncidentStatus.Resolved or IncidentStatus.Completed }:
                    over.Add(say.Mark);
                    break;
                case RemoteAnswer<StatuspageIncident>.Ok:
                    break;
                case var unread:
                    return unread.Select<IReadOnlyList<string>>(_ => over);
            }
        }

        return new RemoteAnswer<IReadOnlyList<string>>.Ok(over, []);
    }

    private async Task<ComponentRecord?> ReadAsync(CancellationToken cancellation) =>
        await journal.DocumentAsync(_document, cancellation) is { } json ? JsonSerializer.Deserialize(json, ComponentRecordJson.Default.ComponentRecord) : null;

    // Not given up half-way: it belongs to what is written to the page.
    private Task SaveAsync(ComponentRecord record) =>
        journal.SaveDocumentAsync(_document, JsonSerializer.Serialize(record, ComponentRecordJson.Default.ComponentRecord), CancellationToken.None);
}
