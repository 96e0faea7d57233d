using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Sandbox.People.Statuspage;

/// <summary>A component as customers see it; the status is Statuspage's word, such as <c>partial_outage</c>.</summary>
public sealed record PretendComponent(string Id, string Name, string Status, DateTimeOffset UpdatedAt);

/// <summary>One entry of an incident's history.</summary>
public sealed record PretendUpdate(string Id, string Status, string Body, DateTimeOffset At);

/// <summary>An incident as customers see it, its newest update first.</summary>
public sealed record PretendIncident(
    string Id, string Name, string Status, string? Impact, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt,
    JsonObject Metadata, IReadOnlyList<string> ComponentIds, IReadOnlyList<PretendUpdate> Updates)
{
    /// <summary>When it is planned for; null for an incident.</summary>
    public string? ScheduledFor { get; init; }

    public string? ScheduledUntil { get; init; }
}

/// <summary>The pretend status page: components and incidents, newest first.</summary>
public sealed class PretendStatuspage
{
    private static readonly string[] IncidentStatuses = ["investigating", "identified", "monitoring", "resolved"];
    private static readonly string[] MaintenanceStatuses = ["scheduled", "in_progress", "verifying", "completed"];
    private static readonly string[] ComponentStatuses = ["operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage"];

    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly List<PretendComponent> components;
    private readonly List<PretendIncident> incidents = [];
    private int lastId;

    /// <param name="components">Names by id.</param>
    internal PretendStatuspage(TimeProvider time, IReadOnlyDictionary<string, string> components)
    {
        this.time = time;
        this.components = [.. components.Select(c => new PretendComponent(c.Key, c.Value, "operational", time.GetUtcNow()))];
    }

    public IReadOnlyList<PretendComponent> Components
    {
        get
        {
            lock (gate) return [.. components];
        }
    }

    public IReadOnlyList<PretendIncident> Incidents
    {
        get
        {
            lock (gate) return [.. incidents];
        }
    }

    /// <summary>While true, every call is answered with 503.</summary>
    public bool IsDown { get; set; }

    /// <summary>Creates the incident; or says why not.</summary>
    internal (PretendIncident? Incident, string? Fault) Create(JsonObject fields)
    {
        lock (gate)
        {
            if (Text(fields["name"]) is not { Length: > 0 } name) return (null, "Name can't be blank");
            if (Fault(fields, IsPlanned(fields)) is { } fault) return (null, fault);
            var now = time.GetUtcNow();
            var created = Changed(new PretendIncident(NextId("inc"), name, "investigating", null, now, now, [], [], []), fields);
            incidents.Insert(0, created);
            return (created, null);
        }
    }

    /// <summary>Changes the incident; neither incident nor fault when there is none of that id.</summary>
    internal (PretendIncident? Incident, string? Fault) Change(string id, JsonObject fields)
    {
        lock (gate)
        {
            var at = incidents.FindIndex(i => i.Id == id);
            if (at < 0) return (null, null);
            if (Fault(fields, incidents[at].ScheduledFor is not null) is { } fault) return (null, fault);
            return (incidents[at] = Changed(incidents[at], fields), null);
        }
    }

    internal (PretendComponent? Component, string? Fault) ChangeComponent(string id, string? status)
    {
        lock (gate)
        {
            if (components.TrueForAll(c => c.Id != id)) return (null, null);
            if (!ComponentStatuses.Contains(status)) return (null, "Status is not included in the list");
            return (Set(id, status!), null);
        }
    }

    private PretendIncident Changed(PretendIncident incident, JsonObject fields)
    {
        var now = time.GetUtcNow();
        if (fields["components"] is JsonObject affected)
        {
            foreach (var (id, status) in affected) Set(id, Text(status)!);
        }

        var changed = incident with
        {
            Name = Text(fields["name"]) ?? incident.Name,
            Status = Text(fields["status"]) ?? incident.Status,
            Impact = Text(fields["impact_override"]) ?? incident.Impact,
            Metadata = (fields["metadata"] as JsonObject ?? incident.Metadata).DeepClone().AsObject(),
            ComponentIds = fields["component_ids"] is JsonArray ids ? [.. ids.Select(Text).OfType<string>()] : incident.ComponentIds,
            UpdatedAt = now,
            ScheduledFor = Text(fields["scheduled_for"]) ?? incident.ScheduledFor,
            ScheduledUntil = Text(fields["scheduled_until"]) ?? incident.ScheduledUntil,
        };
        return Text(fields["body"]) is { } body
            ? changed with { Updates = [new PretendUpdate(NextId("upd"), changed.Status, body, now), .. changed.Updates] }
            : changed;
    }

    private PretendComponent Set(string id, string status)
    {
        var at = components.FindIndex(c => c.Id == id);
        return components[at] = components[at] with { Status = status, UpdatedAt = time.GetUtcNow() };
    }

    private static bool IsPlanned(JsonObject fields) => fields["scheduled_for"] is not null && fields["scheduled_until"] is not null;

    private string? Fault(JsonObject fields, bool planned)
    {
        if (Text(fields["name"])?.Length > 255) return "Name is too long (maximum is 255 characters)";
        if (Text(fields["body"])?.Length > 25_000) return "Body is too long (maximum is 25000 characters)";
        if (fields["status"] is { } status && !(planned ? MaintenanceStatuses : IncidentStatuses).Contains(Text(status))) return "Status is not included in the list";
        if (fields["metadata"] is { } metadata && !(metadata is JsonObject json && json.All(p => p.Value is JsonObject))) return "Metadata top level values must be objects";
        var affected = fields["components"] as JsonObject ?? [];
        if (affected.Any(c => !ComponentStatuses.Contains(Text(c.Value)))) return "Component status is not included in the list";
        var named = affected.Select(c => c.Key).Concat((fields["component_ids"] as JsonArray)?.Select(Text).OfType<string>() ?? []);
        return named.All(id => components.Exists(c => c.Id == id)) ? null : "Component is invalid";
    }

    private string NextId(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}{++lastId:D6}");

    internal static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
