using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlertRollback.Playbooks.StatusPages;

namespace AlertRollback.Announcements.Statuspage;

/// <summary>The shapes of https://developer.statuspage.io: what is sent and what is read.</summary>
internal static class StatuspageJson
{
    // Statuspage demands that the top-level values of metadata are objects.
    private const string MarkObject = "alertrollback";
    private const string MarkField = "rollback_id";
    private const string OutageField = "component";

    public static JsonNode? Parse(string body)
    {
        try
        {
            return JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static JsonObject Write(NewIncident incident)
    {
        var fields = new JsonObject
        {
            ["name"] = PlainText.Truncate(incident.Name, StatuspageText.Name),
            ["status"] = incident.Status.Word(),
            ["body"] = PlainText.Truncate(incident.Body, StatuspageText.Body),
            ["deliver_notifications"] = true,
            ["metadata"] = new JsonObject { [MarkObject] = Mark(incident) },
        };
        if (incident.Planned is { } planned) WritePlanned(fields, planned);
        WriteShared(fields, incident.Components, incident.Affects);
        return new JsonObject { ["incident"] = fields };
    }

    public static JsonObject Write(IncidentChange change)
    {
        var fields = new JsonObject { ["deliver_notifications"] = true };
        if (change.Status is { } status) fields["status"] = status.Word();
        if (change.Body is { } body) fields["body"] = PlainText.Truncate(body, StatuspageText.Body);
        WriteShared(fields, change.Components, change.Affects);
        return new JsonObject { ["incident"] = fields };
    }

    public static StatuspageIncident? Incident(JsonNode? node) => node is JsonObject json && Text(json["id"]) is { } id
        ? Marked(json["metadata"] is JsonObject metadata ? metadata[MarkObject] as JsonObject : null, new StatuspageIncident(
            id,
            Text(json["name"]) ?? "",
            Read<IncidentStatus>(json["status"]),
            Text(json["shortlink"]),
            null,
            [.. Items(json["incident_updates"]).Select(Update)],
            [.. Items(json["components"]).Select(Component).OfType<StatuspageComponent>()]))
        : null;

    public static StatuspageComponent? Component(JsonNode? node) => node is JsonObject json && Text(json["id"]) is { } id
        ? new StatuspageComponent(id, Text(json["name"]) ?? "", Read<ComponentStatus>(json["status"]))
        : null;

    /// <summary>The items of an array; null when it is none.</summary>
    public static IReadOnlyList<T>? List<T>(JsonNode? node, Func<JsonNode?, T?> read)
        where T : class =>
        node is JsonArray array ? [.. array.Select(read).OfType<T>()] : null;

    /// <summary>Statuspage's own words for an error: one text or several.</summary>
    public static string? Error(JsonNode? node) => node is not JsonObject json ? null : json["error"] switch
    {
        JsonArray several => string.Join("; ", several.Select(Text).OfType<string>()),
        var one => Text(one) ?? Text(json["message"]),
    };

    private static JsonObject Mark(NewIncident incident)
    {
        var mark = new JsonObject { [MarkField] = incident.RollbackId };
        if (incident.Outage is { } outage) mark[OutageField] = outage.Word();
        return mark;
    }

    private static StatuspageIncident Marked(JsonObject? mark, StatuspageIncident incident) => mark is null ? incident : incident with
    {
        RollbackId = Text(mark[MarkField]),
        Outage = Read<ComponentStatus>(mark[OutageField]),
    };

    // Only who runs the maintenance knows when it has begun and ended.
    private static void WritePlanned(JsonObject fields, PlannedMaintenance planned)
    {
        fields["scheduled_for"] = Wire(planned.From);
        fields["scheduled_until"] = Wire(planned.Until);
        fields["component_ids"] = new JsonArray(planned.Component);
        fields["scheduled_auto_in_progress"] = false;
        fields["scheduled_auto_completed"] = false;
    }

    private static string Wire(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static void WriteShared(JsonObject fields, IReadOnlyDictionary<string, ComponentStatus> components, IReadOnlyList<string> affects)
    {
        string[] named = [.. components.Keys.Union(affects, StringComparer.Ordinal)];
        if (named.Length > 0) fields["component_ids"] = new JsonArray([.. named.Select(id => (JsonNode)id)]);
        if (components.Count > 0) fields["components"] = new JsonObject(components.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value.Word())));
    }

    private static StatuspageUpdate Update(JsonNode? json) =>
        new(Text(json?["id"]) ?? "", Read<IncidentStatus>(json?["status"]), Text(json?["body"]) ?? "");

    private static IEnumerable<JsonNode?> Items(JsonNode? node) => node is JsonArray array ? array.OfType<JsonObject>() : [];

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static T? Read<T>(JsonNode? node)
        where T : struct, Enum => Text(node) is { } word && SnakeCase.TryParse(word, out T value) ? value : null;
}
