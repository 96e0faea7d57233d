namespace AlertRollback.Alerts;

/// <summary>
/// What is read of Alertmanager's message. Alert by alert is decided: what it says of the group as a whole says little (A4, A5),
/// is not read, and therefore cannot be wrong.
/// </summary>
/// <param name="TruncatedAlerts">How many alerts the sender left out, by its <c>max_alerts</c>; 0 also when it says nothing sensible.
/// Nothing is ever inferred from an absence, but of what was left out nobody hears here.</param>
/// <param name="ExternalUrl">Where the sender's own page is; empty when missing.</param>
public sealed record WebhookMessage(IReadOnlyList<Alert> Alerts, int TruncatedAlerts, string ExternalUrl);
