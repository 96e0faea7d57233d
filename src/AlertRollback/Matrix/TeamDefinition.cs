using AlertRollback.Yaml;

namespace AlertRollback.Matrix;

/// <summary>Who stands behind a team's matrix; for people: nothing is decided by it.</summary>
public sealed record TeamNotes(string? Owner, string? ApprovedBy, ReviewDate? ReviewBy, string? Runbook);

/// <summary>The last day by which a matrix is to be looked at again, and where it says so.</summary>
public sealed record ReviewDate(DateOnly Day, Place Place);

/// <summary>One team's part of the matrix.</summary>
public sealed record TeamDefinition(
    string Name,
    string File,
    TeamNotes Notes,
    IReadOnlyList<ServiceDefinition> Services,
    IReadOnlyList<SeverityDefinition> Severities,
    IReadOnlyList<RowDefinition> Rows,
    IReadOnlyList<PlaybookDefinition> Playbooks)
{
    /// <summary>Everything of this team is only planned, what a person starts too.</summary>
    public bool Shadow { get; init; }
}
