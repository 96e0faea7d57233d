using System.Text.Json;
using AlertRollback.Operators;

namespace AlertRollback.Rollbacks.Running;

/// <summary>Asks Alertmanager (<c>/api/v2/alerts</c>), else Prometheus (<c>/api/v1/alerts</c>), whether an alert fires.</summary>
public sealed class HttpAlertSource(HttpClient http, OperatorConfiguration operators) : IAlertSource
{
    public async Task<bool?> IsFiringAsync(Cause cause, CancellationToken cancellation)
    {
        if (operators.Alertmanager is { } alertmanager
            && await AskAsync(alertmanager, "/api/v2/alerts?active=true", root => Array(root), "status", "state", "active", cause, cancellation) is { } said)
        {
            return said;
        }

        return operators.Prometheus is { } prometheus
            ? await AskAsync(prometheus, "/api/v1/alerts", Alerts, "state", null, "firing", cause, cancellation)
            : null;
    }

    private async Task<bool?> AskAsync(
        HttpSource source, string path, Func<JsonElement, IEnumerable<JsonElement>?> alertsOf, string member, string? inner, string firing,
        Cause cause, CancellationToken cancellation)
    {
        try
        {
            using var request = await source.RequestAsync(HttpMethod.Get, path, cancellation);
            using var response = await http.SendAsync(request, cancellation);
            if (!response.IsSuccessStatusCode)
                return null;
            using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellation));
            return alertsOf(json.RootElement)?.Any(a => State(a, member, inner) == firing && SameLabels(a, cause));
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException or UnauthorizedAccessException or InvalidOperationException or FormatException
            || (fault is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    private static string? State(JsonElement alert, string member, string? inner) =>
        !alert.TryGetProperty(member, out var value) ? null
        : inner is null ? value.GetString()
        : value.TryGetProperty(inner, out var state) ? state.GetString() : null;

    // External labels are added on the way to Alertmanager: Prometheus's own list lacks them, so its labels have to be among the cause's.
    private static bool SameLabels(JsonElement alert, Cause cause) =>
        alert.TryGetProperty("labels", out var labels) && labels.ValueKind == JsonValueKind.Object
        && labels.EnumerateObject().All(l => cause.Labels.TryGetValue(l.Name, out var value) && value == l.Value.GetString());

    private static IEnumerable<JsonElement>? Alerts(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out var data) && data.TryGetProperty("alerts", out var alerts) ? Array(alerts) : null;

    private static IEnumerable<JsonElement>? Array(JsonElement element) => element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : null;
}
