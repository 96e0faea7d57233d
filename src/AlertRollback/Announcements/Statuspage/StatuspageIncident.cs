using AlertRollback.Playbooks.StatusPages;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>An incident to be created. How bad it is Statuspage tells from the components; its subscribers are told of it.</summary>
/// <param name="RollbackId">Our mark, kept in the incident's metadata, by which a create of unknown outcome is found again (S20).</param>
/// <param name="Name">The title customers see; cut at 255 characters.</param>
/// <param name="Body">The first update; cut at 25,000 characters.</param>
/// <param name="Components">The components it affects, by id, and what they become.</param>
public sealed record NewIncident(
    string RollbackId,
    string Name,
    IncidentStatus Status,
    string Body,
    IReadOnlyDictionary<string, ComponentStatus> Components)
{
    /// <summary>Components that it is shown on besides; how they are stays as it is.</summary>
    public IReadOnlyList<string> Affects { get; init; } = [];

    /// <summary>How bad it says that its component is, kept beside our mark; null when it says nothing of that.</summary>
    public ComponentStatus? Outage { get; init; }

    /// <summary>Makes it a scheduled maintenance, which moves on only when it is told to; null for an incident.</summary>
    public PlannedMaintenance? Planned { get; init; }
}

/// <summary>When a maintenance is to be, and of which component; how that one is stays as it is.</summary>
public sealed record PlannedMaintenance(DateTimeOffset From, DateTimeOffset Until, string Component);

/// <summary>
/// What changes in an incident; null and empty leave as it is. A body adds one update to the incident's history. Subscribers are told.
/// </summary>
public sealed record IncidentChange(
    IncidentStatus? Status,
    string? Body,
    IReadOnlyDictionary<string, ComponentStatus> Components)
{
    /// <summary>Components that it is shown on besides; all that are not named are taken off it, unless none is.</summary>
    public IReadOnlyList<string> Affects { get; init; } = [];
}

/// <summary>One entry of an incident's history; a status of null is one that we do not know.</summary>
public sealed record StatuspageUpdate(string Id, IncidentStatus? Status, string Body);

/// <summary>An incident as Statuspage has it.</summary>
/// <param name="Status">Null when it is one that we do not know.</param>
/// <param name="RollbackId">Our mark, or null when it is not ours.</param>
/// <param name="Updates">Its history, newest first: by it a person's hand is recognised.</param>
public sealed record StatuspageIncident(
    string Id,
    string Name,
    IncidentStatus? Status,
    string? Shortlink,
    string? RollbackId,
    IReadOnlyList<StatuspageUpdate> Updates,
    IReadOnlyList<StatuspageComponent> Components)
{
    /// <summary>How bad our incident said that its component is; null when it left that alone, and for others' incidents.</summary>
    public ComponentStatus? Outage { get; init; }

    /// <summary>A playbook's own notice that left its component as it was: nothing of how that is depends on it.</summary>
    public bool IsWithoutSay => Outage is null && RollbackId?.Contains('/', StringComparison.Ordinal) == true;
}

/// <summary>A component as Statuspage has it; a status of null is one that we do not know.</summary>
public sealed record StatuspageComponent(string Id, string Name, ComponentStatus? Status);
