namespace AlertRollback.Rollbacks;

/// <summary>An alert as far as a rollback remembers it: why it runs, and for how long it may.</summary>
/// <param name="ReceivedAt">When Alertmanager's message was acknowledged.</param>
public sealed record Cause(
    string Fingerprint,
    string AlertName,
    SortedDictionary<string, string> Labels,
    string? Summary,
    DateTimeOffset StartsAt,
    DateTimeOffset ReceivedAt,
    string? GeneratorUrl,
    string? AlertmanagerUrl);
