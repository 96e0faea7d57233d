using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Tests.Support.Web;

/// <summary>Webhook messages as Alertmanager writes them.</summary>
internal static class Messages
{
    public static string Of(params IEnumerable<JsonObject> alerts) => new JsonObject
    {
        ["version"] = "4",
        ["groupKey"] = "{}:{alertname=\"HighErrorRate\"}",
        ["truncatedAlerts"] = 0,
        ["receiver"] = "alertrollback",
        ["status"] = "firing",
        ["alerts"] = new JsonArray([.. alerts]),
        ["groupLabels"] = new JsonObject { ["alertname"] = "HighErrorRate" },
        ["commonLabels"] = new JsonObject { ["alertname"] = "HighErrorRate" },
        ["commonAnnotations"] = new JsonObject(),
        ["externalURL"] = "http://alertmanager:9093",
    }.ToJsonString();

    public static JsonObject Alert(string service = "rental-api", string status = "firing", int minute = 0) => new()
    {
        ["status"] = status,
        ["labels"] = new JsonObject { ["alertname"] = "HighErrorRate", ["service"] = service, ["severity"] = "critical" },
        ["annotations"] = new JsonObject { ["summary"] = "errors" },
        ["startsAt"] = string.Create(CultureInfo.InvariantCulture, $"2026-01-02T03:{minute:00}:05.123Z"),
        ["endsAt"] = status == "firing" ? "0001-01-01T00:00:00Z" : "2026-01-02T04:00:00Z",
        ["generatorURL"] = "http://prometheus:9090/graph",
    };
}
