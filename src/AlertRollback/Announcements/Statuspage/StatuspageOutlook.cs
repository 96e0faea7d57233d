using AlertRollback.Playbooks.StatusPages;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>How a component is and what is open on it.</summary>
/// <param name="Now">Null when it is a status that we do not know.</param>
/// <param name="Open">The incidents on it that are not resolved, ours and others'.</param>
internal sealed record StatuspageOutlook(ComponentStatus? Now, IReadOnlyList<StatuspageIncident> Open);
