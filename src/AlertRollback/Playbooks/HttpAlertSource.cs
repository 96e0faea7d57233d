using System.Text.Json;
using AlertRollback.Operators;

namespace AlertRollback.Playbooks;

/// <summary>Asks Alertmanager (<c>/api/v2/alerts</c>), else Prometheus (<c>/api/v1/alerts</c>), which alerts fire.</summary>
public sealed class HttpAlertSource(HttpClient http, OperatorConfiguration operators) : IAlertSource
{
    public async Task<IReadOnlyList<FiringAlert>?> FiringAsync(CancellationToken cancellation) =>
        await AtAlertmanagerAsync(cancellation)
        ?? (operators.Prometheus is { } prometheus ? await AskAsync(prometheus, "/api/v1/alerts", OfPrometheus, cancellation) : null);

    public async Task<IReadOnlyList<FiringAlert>?> AtAlertmanagerAsync(CancellationToken cancellation) =>
        operators.Alertmanager is { } alertmanager ? await AskAsync(alertmanager, "/api/v2/alerts?active=true", OfAlertmanager, cancellation) : null;

    private async Task<IReadOnlyList<FiringAlert>?> AskAsync(
        HttpSource source, string path, Func<JsonElement, IReadOnlyList<FiringAlert>?> read, CancellationToken cancellation)
    {
        try
        {
            using var request = await source.RequestAsync(HttpMethod.Get, path, cancellation);
            using var response = await http.SendAsync(request, cancellation);
            if (!response.IsSuccessStatusCode)
                return null;
            using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellation));
            return read(json.RootElement);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException or UnauthorizedAccessException or InvalidOperationException or FormatException
            || (fault is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    private static IReadOnlyList<FiringAlert>? OfAlertmanager(JsonElement root) => root.ValueKind == JsonValueKind.Array
        ? [.. root.EnumerateArray()
            .Select(a => (Labels: Labels(a), State: a.TryGetProperty("status", out var status) && status.TryGetProperty("state", out var state) ? state.GetString() : null))
            .Where(a => a.Labels is not null && a.State is "active" or "suppressed" or "unprocessed")
            .Select(a => new FiringAlert(a.Labels!, a.State == "suppressed"))]
        : null;

    private static IReadOnlyList<FiringAlert>? OfPrometheus(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out var data) && data.TryGetProperty("alerts", out var alerts) && alerts.ValueKind == JsonValueKind.Array
            ? [.. alerts.EnumerateArray()
                .Where(a => a.TryGetProperty("state", out var state) && state.GetString() == "firing" && Labels(a) is not null)
                .Select(a => new FiringAlert(Labels(a)!, false))]
            : null;

    private static Dictionary<string, string>? Labels(JsonElement alert) =>
        alert.TryGetProperty("labels", out var labels) && labels.ValueKind == JsonValueKind.Object
            ? labels.EnumerateObject().ToDictionary(l => l.Name, l => l.Value.GetString() ?? "", StringComparer.Ordinal)
            : null;
}
