namespace AlertRollback.Playbooks.StatusPages;

/// <summary>How far an incident, or a scheduled maintenance, is on the status page.</summary>
public enum IncidentStatus
{
    Investigating,
    Identified,
    Monitoring,
    Resolved,

    // Of a scheduled maintenance.
    Scheduled,
    InProgress,
    Verifying,
    Completed,
}

/// <summary>How a component is.</summary>
public enum ComponentStatus
{
    Operational,
    DegradedPerformance,
    PartialOutage,
    MajorOutage,
    UnderMaintenance,
}
