namespace AlertRollback.Alerts.Intake;

/// <summary>What the intake reads at most of one message.</summary>
public sealed record IntakeLimits
{
    /// <summary>Largest body, bytes.</summary>
    public long Body { get; init; } = 16 * 1024 * 1024;

    /// <summary>Deepest nesting of the JSON.</summary>
    public int Depth { get; init; } = WebhookMessageReader.DefaultMaxDepth;
}
