namespace AlertRollback.Web.Operators;

/// <summary>Why no cluster can be reached; null when one is configured.</summary>
public sealed record ClusterTrouble(string? Text);
