using System.Text.Json.Serialization;

namespace AlertRollback.Alerts;

[JsonConverter(typeof(SnakeCaseEnumConverter<AlertStatus>))]
public enum AlertStatus { Firing, Resolved }

/// <summary>One alert of a webhook message. Labels and annotations are untrusted text.</summary>
/// <param name="StartsAt">When it began to fire; <see cref="DateTimeOffset.MinValue"/> when the sender did not say.</param>
/// <param name="EndsAt">When it was resolved; null while it fires.</param>
/// <param name="GeneratorUrl">Where its expression can be looked at; empty when unknown, and never fetched.</param>
/// <param name="Fingerprint">Identity of the label set; computed as Alertmanager does when the sender left it out.</param>
public sealed record Alert(
    AlertStatus Status,
    LabelSet Labels,
    LabelSet Annotations,
    DateTimeOffset StartsAt,
    DateTimeOffset? EndsAt,
    string GeneratorUrl,
    string Fingerprint)
{
    /// <summary>The <c>alertname</c> label; empty when it is missing.</summary>
    [JsonIgnore]
    public string Name => Labels["alertname"];
}
