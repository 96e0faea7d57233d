namespace AlertRollback.Matrix;

/// <summary>What the matrix says to one alert. <see cref="Text"/> tells a person why.</summary>
public abstract record Decision(string Text)
{
    /// <summary>Run a playbook for a service.</summary>
    public sealed record Act(
        RowDefinition Row,
        ServiceDefinition Service,
        SeverityDefinition Severity,
        PlaybookDefinition Playbook,
        string Text) : Decision(Text);

    /// <summary>Give people a task, tracked until done.</summary>
    public sealed record GiveTask(RowDefinition Row, ServiceDefinition Service, SeverityDefinition Severity, string Text) : Decision(Text);

    /// <summary>Nothing is done, and why: <see cref="Reason.NoServiceLabel"/>, <see cref="Reason.UnknownService"/>, <see cref="Reason.NoRowMatched"/>, <see cref="Reason.NotMeasured"/> or <see cref="Reason.LogOnly"/>.</summary>
    public sealed record DoNothing(Reason Reason, string? Team, RowDefinition? Row, string Text) : Decision(Text);
}
