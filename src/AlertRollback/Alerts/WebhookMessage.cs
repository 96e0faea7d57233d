namespace AlertRollback.Alerts;

/// <summary>What Alertmanager posts. Decide alert by alert: the group's status says little (alertmanager-facts 4 and 5).</summary>
/// <param name="Version">"4" from Alertmanager; other senders differ.</param>
/// <param name="GroupKey">Good for threading, not for identity: it changes when routes are edited. Empty when missing.</param>
/// <param name="TruncatedAlerts">How many alerts the sender left out; above 0 nothing may be inferred from an absence.</param>
/// <param name="Receiver">Quoted as a regular expression by Alertmanager: <c>team.a</c> arrives as <c>team\.a</c>.</param>
public sealed record WebhookMessage(
    string Version,
    string GroupKey,
    int TruncatedAlerts,
    string Receiver,
    AlertStatus Status,
    IReadOnlyList<Alert> Alerts,
    LabelSet GroupLabels,
    LabelSet CommonLabels,
    LabelSet CommonAnnotations,
    string ExternalUrl);
