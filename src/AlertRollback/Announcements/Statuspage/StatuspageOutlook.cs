using AlertRollback.Playbooks.StatusPages;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>How a component is and what is open on it: from both follows what may be said of it, so that nobody else's word is overwritten.</summary>
/// <param name="Now">Null when it is a status that we do not know.</param>
/// <param name="Open">The incidents on it that are not resolved, ours and others'.</param>
internal sealed record StatuspageOutlook(ComponentStatus? Now, IReadOnlyList<StatuspageIncident> Open)
{
    /// <summary>What a new incident makes of it; null: it is left alone, because somebody else has said how it is.</summary>
    public ComponentStatus? With(ComponentStatus outage) =>
        Now == ComponentStatus.Operational ? outage
        : IsWhatOursSay ? Worst([Now, outage])
        : null;

    /// <summary>Whether nobody else changed it since we set it; another rollback of ours may have.</summary>
    public bool IsStill(ComponentStatus ours) => Now == ours || IsWhatOursSay;

    /// <summary>
    /// What it becomes when this incident is over; null: it stays. As long as another incident is open on it, it is not
    /// well, and how bad it is we only know where they are all ours.
    /// </summary>
    public ComponentStatus? Without(string incident)
    {
        var others = Open.Where(i => i.Id != incident && !i.IsWithoutSay).ToList();
        if (others.Count == 0)
            return ComponentStatus.Operational;
        var left = Worst(others.Select(i => i.Outage));
        return others.All(i => i.Outage is not null) && left < Now ? left : null;
    }

    private bool IsWhatOursSay => Now is not null && Now == Worst(Open.Select(i => i.Outage));

    private static ComponentStatus? Worst(IEnumerable<ComponentStatus?> said) => said.Max();
}
