using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlertRollback.Benchmarks.Receipts;

/// <summary>Alertmanager's message as a minimal API binds it by itself, with the code that is generated for it: all fields, no rule looked at.</summary>
internal sealed record BoundMessage(
    string Receiver,
    string Status,
    IReadOnlyList<BoundAlert> Alerts,
    Dictionary<string, string> GroupLabels,
    Dictionary<string, string> CommonLabels,
    Dictionary<string, string> CommonAnnotations,
    string ExternalURL,
    string Version,
    string GroupKey,
    int TruncatedAlerts);

internal sealed record BoundAlert(
    string Status,
    Dictionary<string, string> Labels,
    Dictionary<string, string> Annotations,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string GeneratorURL,
    string Fingerprint);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(BoundMessage))]
internal sealed partial class BoundJson : JsonSerializerContext;
