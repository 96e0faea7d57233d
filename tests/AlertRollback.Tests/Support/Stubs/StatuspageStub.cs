using System.Globalization;
using System.Text.Json.Nodes;
using WireMock;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace AlertRollback.Tests.Support.Stubs;

/// <summary>
/// Statuspage, as far as announcing needs it, by its published OpenAPI document: refuses what that refuses
/// (credentials, content types, unknown fields and ids, lengths, enumerations, metadata) and keeps what it accepted.
/// </summary>
public sealed class StatuspageStub : IDisposable
{
    public const string Key = "stub-key";
    public const string Page = "page1";

    private static readonly string[] IncidentStatuses = ["investigating", "identified", "monitoring", "resolved", "scheduled", "in_progress", "verifying", "completed"];
    private static readonly string[] Impacts = ["none", "maintenance", "minor", "major", "critical"];
    private static readonly string[] ComponentStatuses = ["operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage", ""];
    private static readonly string[] IncidentFields = ["name", "status", "body", "impact_override", "component_ids", "components", "deliver_notifications", "metadata", "scheduled_for", "scheduled_until", "scheduled_auto_in_progress", "scheduled_auto_completed"];
    private static readonly string[] PlannedStatuses = ["scheduled", "in_progress", "verifying", "completed"];

    private readonly WireMockServer server = WireMockServer.Start();
    private readonly Lock gate = new();
    private readonly Queue<StubFault> faults = new();
    private (int Call, StubFault Fault)? faultAt;
    private int ids;

    public StatuspageStub() => server
        .Given(Request.Create().WithPath("/v1/*").UsingAnyMethod())
        .RespondWith(Response.Create().WithCallback(request =>
        {
            lock (gate) return Answer(request);
        }));

    public Uri Root => new(server.Url + "/v1/");

    /// <summary>Method and path of the calls so far, refused ones included.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Incidents in the order they were created, as the API shows them.</summary>
    public List<JsonObject> Incidents { get; } = [];

    public List<JsonObject> Components { get; } = [];

    /// <summary>Whether each accepted create or update told the subscribers.</summary>
    public List<bool> Notified { get; } = [];

    public void AddComponent(string id, string name, string status = "operational") => Components.Add(new JsonObject
    {
        ["id"] = id,
        ["page_id"] = Page,
        ["name"] = name,
        ["status"] = status,
        ["group"] = false,
        ["updated_at"] = "2026-01-05T10:00:00.000Z",
    });

    public void Fail(StubFault fault) => faults.Enqueue(fault);

    /// <summary>Does it wrong with one of the next calls, 1 first.</summary>
    public void FailAt(int call, StubFault fault) => faultAt = (Calls.Count + call, fault);

    /// <summary>Reads what was accepted while calls may still come in.</summary>
    public T Look<T>(Func<T> read)
    {
        lock (gate) return read();
    }

    public void Dispose() => server.Dispose();

    private ResponseMessage Answer(IRequestMessage request)
    {
        Calls.Add($"{request.Method} {request.Path}");
        var fault = faults.TryDequeue(out var next) ? next : faultAt?.Call == Calls.Count ? faultAt.Value.Fault : null;
        if (fault is StubFault.RateLimit limit) return StubAnswers.RateLimit(limit);
        if (fault is StubFault.Status { CarriedOut: false } early) return StubAnswers.Text(early.Code, "<html>upstream failed</html>");
        var answer = Route(request);
        return fault is StubFault.Status late ? StubAnswers.Text(late.Code, "<html>upstream failed</html>") : answer;
    }

    private ResponseMessage Route(IRequestMessage request)
    {
        if (StubAnswers.Header(request, "Authorization") != $"OAuth {Key}") return Error(401, "Could not authenticate");
        var path = request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (path is not ["v1", "pages", Page, ..]) return Error(404, "Couldn't find Page");
        var body = new JsonObject();
        if (request.Method is "POST" or "PATCH")
        {
            if (StubAnswers.Header(request, "Content-Type")?.StartsWith("application/json", StringComparison.Ordinal) != true) return Error(400, "wrong Content-Type");
            if (StubAnswers.Object(request.Body) is not { } json) return Error(400, "cannot be parsed");
            body = json;
        }

        return (request.Method, path[3..]) switch
        {
            ("POST", ["incidents"]) => Create(body),
            ("GET", ["incidents"]) => Listed(request, Incidents.AsEnumerable().Reverse(), "limit"),
            ("GET", ["incidents", "unresolved"]) => Listed(request, Incidents.AsEnumerable().Reverse().Where(i => (string?)i["status"] != "resolved"), "per_page"),
            ("GET", ["incidents", var id]) => With(Incidents, id, i => StubAnswers.Json(200, i.DeepClone())),
            ("PATCH", ["incidents", var id]) => With(Incidents, id, i => Change(i, body)),
            ("GET", ["components"]) => Listed(request, Components, "per_page"),
            ("GET", ["components", var id]) => With(Components, id, c => StubAnswers.Json(200, c.DeepClone())),
            ("PATCH", ["components", var id]) => With(Components, id, c => ChangeComponent(c, body)),
            _ => Error(404, "Not found"),
        };
    }

    private ResponseMessage Create(JsonObject body)
    {
        if (body["incident"] is not JsonObject fields || body.Count != 1) return Error(400, "incident is missing");
        if (string.IsNullOrWhiteSpace((string?)fields["name"])) return Error(422, "Name can't be blank");
        if (Fault(fields) is { } fault) return fault;
        if (PlannedStatuses.Contains((string?)fields["status"]) && (fields["scheduled_for"] is null || fields["scheduled_until"] is null)) return Error(422, "Scheduled for can't be blank");
        var incident = new JsonObject
        {
            ["id"] = $"inc{++ids}",
            ["page_id"] = Page,
            ["shortlink"] = $"https://stspg.io/{ids}",
            ["status"] = "investigating",
            ["impact_override"] = null,
            ["metadata"] = new JsonObject(),
            ["incident_updates"] = new JsonArray(),
            ["components"] = new JsonArray(),
        };
        Incidents.Add(incident);
        Apply(incident, fields);
        return StubAnswers.Json(201, incident.DeepClone());
    }

    private ResponseMessage Change(JsonObject incident, JsonObject body)
    {
        if (body["incident"] is not JsonObject fields || body.Count != 1) return Error(400, "incident is missing");
        if (Fault(fields) is { } fault) return fault;
        if (fields["status"] is { } status && PlannedStatuses.Contains((string?)status) != (incident["scheduled_for"] is not null)) return Error(422, "Status is not included in the list");
        Apply(incident, fields);
        return StubAnswers.Json(200, incident.DeepClone());
    }

    private void Apply(JsonObject incident, JsonObject fields)
    {
        foreach (var name in new[] { "name", "status", "impact_override", "metadata", "scheduled_for", "scheduled_until" })
        {
            if (fields[name] is { } value) incident[name] = value.DeepClone();
        }

        if (fields["components"] is JsonObject components)
        {
            foreach (var (id, status) in components) Components.Single(c => (string?)c["id"] == id)["status"] = (string?)status;
        }

        if (fields["component_ids"] is JsonArray affected)
        {
            var named = affected.Select(i => (string?)i).ToHashSet();
            incident["components"] = new JsonArray([.. Components.Where(c => named.Contains((string?)c["id"])).Select(c => c.DeepClone())]);
        }

        if (fields["body"] is { } text)
        {
            var update = new JsonObject { ["id"] = $"upd{++ids}", ["status"] = (string?)incident["status"], ["body"] = (string?)text, ["created_at"] = "2026-01-05T10:00:00.000Z" };
            ((JsonArray)incident["incident_updates"]!).Insert(0, update);
        }

        Notified.Add((bool?)fields["deliver_notifications"] ?? true);
    }

    private ResponseMessage? Fault(JsonObject fields)
    {
        if (fields.Select(f => f.Key).FirstOrDefault(k => !IncidentFields.Contains(k)) is { } unknown) return Error(400, $"{unknown} is not permitted");
        if (((string?)fields["name"])?.Length > 255) return Error(422, "Name is too long (maximum is 255 characters)");
        if (((string?)fields["body"])?.Length > 25_000) return Error(422, "Body is too long (maximum is 25000 characters)");
        if (fields["status"] is { } status && !IncidentStatuses.Contains((string?)status)) return Error(422, "Status is not included in the list");
        if (fields["impact_override"] is { } impact && !Impacts.Contains((string?)impact)) return Error(422, "Impact override is not included in the list");
        if (fields["metadata"] is { } metadata && !(metadata is JsonObject m && m.All(p => p.Value is JsonObject))) return Error(422, "Metadata top level values must be objects");
        string[] named = [.. fields["component_ids"]?.AsArray().Select(i => (string)i!) ?? [], .. (fields["components"] as JsonObject)?.Select(c => c.Key) ?? []];
        if (named.Any(id => !Components.Exists(c => (string?)c["id"] == id))) return Error(422, "Component is invalid");
        return fields["components"] is JsonObject components && components.Any(c => !ComponentStatuses.Contains((string?)c.Value))
            ? Error(422, "Component status is not included in the list")
            : null;
    }

    private static ResponseMessage ChangeComponent(JsonObject component, JsonObject body)
    {
        if (body["component"] is not JsonObject fields || body.Count != 1) return Error(400, "component is missing");
        if (!ComponentStatuses.Contains((string?)fields["status"])) return Error(422, "Status is not included in the list");
        component["status"] = (string?)fields["status"];
        return StubAnswers.Json(200, component.DeepClone());
    }

    private static ResponseMessage Listed(IRequestMessage request, IEnumerable<JsonObject> items, string sizeName)
    {
        var size = Math.Min(100, Number(request, sizeName, 100));
        return StubAnswers.Json(200, new JsonArray([.. items.Skip((Number(request, "page", 1) - 1) * size).Take(size).Select(i => i.DeepClone())]));
    }

    private static int Number(IRequestMessage request, string name, int otherwise) =>
        request.Query is { } query && query.TryGetValue(name, out var values) ? int.Parse(values[0], CultureInfo.InvariantCulture) : otherwise;

    private static ResponseMessage With(List<JsonObject> all, string id, Func<JsonObject, ResponseMessage> answer) =>
        all.Find(i => (string?)i["id"] == id) is { } found ? answer(found) : Error(404, "The requested resource could not be found.");

    private static ResponseMessage Error(int status, string text) => StubAnswers.Json(status, new JsonObject { ["error"] = new JsonArray(text) });
}
