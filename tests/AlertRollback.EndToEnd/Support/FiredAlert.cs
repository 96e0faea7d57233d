using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AlertRollback.EndToEnd.Support;

/// <summary>Alerts as Prometheus gives them to Alertmanager, and messages as Alertmanager posts them.</summary>
internal static class FiredAlert
{
    public static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>Far enough from a release a moment ago for it to be the cause (S9), and no further ahead than clocks may differ. Nobody waits for half a minute.</summary>
    public static DateTimeOffset BySomethingReleasedNow => Now + TimeSpan.FromSeconds(40);

    /// <summary>As Alertmanager's own API takes it.</summary>
    public static JsonObject ForAlertmanager(DateTimeOffset startsAt, string service = "rental-api", string severity = "critical") => new()
    {
        ["labels"] = Labels(service, severity),
        ["annotations"] = new JsonObject { ["summary"] = "rental-api is in band 3" },
        ["startsAt"] = Time(startsAt),
    };

    /// <summary>As Alertmanager posts it to a webhook.</summary>
    public static string Message(DateTimeOffset startsAt, string service = "rental-api", string severity = "critical", DateTimeOffset? endsAt = null) =>
        Message(startsAt, Labels(service, severity), endsAt);

    /// <summary>As Alertmanager posts it to a webhook, with these labels.</summary>
    public static string Message(DateTimeOffset startsAt, JsonObject labels, DateTimeOffset? endsAt = null)
    {
        var alert = ForAlertmanager(startsAt);
        alert["labels"] = labels.DeepClone();
        alert["status"] = endsAt is null ? "firing" : "resolved";
        alert["endsAt"] = endsAt is { } end ? Time(end) : "0001-01-01T00:00:00Z";
        alert["generatorURL"] = "http://127.0.0.1/graph";
        alert["fingerprint"] = Fingerprint(alert["labels"]!.ToJsonString());
        return new JsonObject
        {
            ["version"] = "4",
            ["groupKey"] = "{}:{}",
            ["truncatedAlerts"] = 0,
            ["status"] = (string)alert["status"]!,
            ["receiver"] = "alertrollback",
            ["groupLabels"] = new JsonObject(),
            ["commonLabels"] = labels.DeepClone(),
            ["commonAnnotations"] = new JsonObject(),
            ["externalURL"] = "http://127.0.0.1",
            ["alerts"] = new JsonArray(alert),
        }.ToJsonString();
    }

    private static JsonObject Labels(string service, string severity) => new()
    {
        ["alertname"] = "RentalCriticalBand",
        ["service"] = service,
        ["severity"] = severity,
        ["team"] = "rental",
    };

    // Not Alertmanager's own sum: equal labels have the same one, which is all that counts.
    private static string Fingerprint(string labels) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(labels)).AsSpan(0, 8));

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
