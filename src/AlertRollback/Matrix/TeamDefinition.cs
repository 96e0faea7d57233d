namespace AlertRollback.Matrix;

/// <summary>Who stands behind a team's matrix; for people.</summary>
public sealed record TeamNotes(string? Owner, string? ApprovedBy, DateOnly? ReviewBy, string? Runbook);

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
