using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Sandbox.People.Statuspage;

/// <summary>The pretend status page's API: <c>/v1/pages/{page}/incidents</c> and <c>/components</c>.</summary>
internal static class StatuspageEndpoints
{
    public static void MapStatuspage(this WebApplication app, PretendStatuspage state, string pageId, string token)
    {
        var page = app.MapGroup("/v1/pages/{page}").AddEndpointFilter(async (call, next) =>
        {
            if (state.IsDown) return Error(503, "Service unavailable");
            if (call.HttpContext.Request.Headers.Authorization != $"OAuth {token}") return Error(401, "Could not authenticate");
            return call.HttpContext.Request.RouteValues["page"] as string == pageId ? await next(call) : Error(404, "Couldn't find Page");
        });

        page.MapGet("/incidents", (HttpRequest request) => Listed(request, state.Incidents.Select(i => Json(i, state, pageId)), "limit"));
        page.MapGet("/incidents/unresolved", (HttpRequest request) =>
            Listed(request, state.Incidents.Where(i => i.Status != "resolved").Select(i => Json(i, state, pageId)), "per_page"));
        page.MapGet("/incidents/{id}", (string id) => state.Incidents.FirstOrDefault(i => i.Id == id) is { } found ? Ok(Json(found, state, pageId)) : NotFound());
        page.MapPost("/incidents", (HttpRequest request) => WithAsync(request, "incident", fields => Answer(state.Create(fields), 201, i => Json(i, state, pageId))));
        page.MapPatch("/incidents/{id}", (string id, HttpRequest request) =>
            WithAsync(request, "incident", fields => Answer(state.Change(id, fields), 200, i => Json(i, state, pageId))));

        page.MapGet("/components", (HttpRequest request) => Listed(request, state.Components.Select(c => Json(c, pageId)), "per_page"));
        page.MapGet("/components/{id}", (string id) => state.Components.FirstOrDefault(c => c.Id == id) is { } found ? Ok(Json(found, pageId)) : NotFound());
        page.MapPatch("/components/{id}", (string id, HttpRequest request) => WithAsync(
            request, "component", fields => Answer(state.ChangeComponent(id, PretendStatuspage.Text(fields["status"])), 200, c => Json(c, pageId))));
    }

    private static async Task<IResult> WithAsync(HttpRequest request, string name, Func<JsonObject, IResult> answer)
    {
        try
        {
            var body = await JsonNode.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            return body is JsonObject json && json[name] is JsonObject fields ? answer(fields) : Error(400, $"{name} is missing");
        }
        catch (JsonException)
        {
            return Error(400, "The body cannot be parsed");
        }
    }

    private static IResult Answer<T>((T? Value, string? Fault) outcome, int status, Func<T, JsonObject> json)
        where T : class => outcome switch
        {
            { Fault: { } fault } => Error(422, fault),
            { Value: { } value } => Ok(json(value), status),
            _ => NotFound(),
        };

    private static JsonObject Json(PretendComponent component, string pageId) => new()
    {
        ["id"] = component.Id,
        ["page_id"] = pageId,
        ["name"] = component.Name,
        ["status"] = component.Status,
        ["group"] = false,
        ["updated_at"] = Time(component.UpdatedAt),
    };

    private static JsonObject Json(PretendIncident incident, PretendStatuspage state, string pageId) => new()
    {
        ["id"] = incident.Id,
        ["page_id"] = pageId,
        ["name"] = incident.Name,
        ["status"] = incident.Status,
        ["impact_override"] = incident.Impact,
        ["shortlink"] = $"https://stspg.io/{incident.Id}",
        ["created_at"] = Time(incident.CreatedAt),
        ["updated_at"] = Time(incident.UpdatedAt),
        ["scheduled_for"] = incident.ScheduledFor,
        ["scheduled_until"] = incident.ScheduledUntil,
        ["metadata"] = incident.Metadata.DeepClone(),
        ["components"] = new JsonArray([.. state.Components.Where(c => incident.ComponentIds.Contains(c.Id)).Select(c => Json(c, pageId))]),
        ["incident_updates"] = new JsonArray([.. incident.Updates.Select(u => new JsonObject
        {
            ["id"] = u.Id,
            ["incident_id"] = incident.Id,
            ["status"] = u.Status,
            ["body"] = u.Body,
            ["created_at"] = Time(u.At),
        })]),
    };

    private static IResult Listed(HttpRequest request, IEnumerable<JsonObject> all, string sizeName)
    {
        var size = Number(request, sizeName, otherwise: 100);
        return Results.Text(new JsonArray([.. all.Skip((Number(request, "page", otherwise: 1) - 1) * size).Take(size)]).ToJsonString(), "application/json");
    }

    private static int Number(HttpRequest request, string name, int otherwise) =>
        int.TryParse(request.Query[name], CultureInfo.InvariantCulture, out var number) ? Math.Clamp(number, 1, 100) : otherwise;

    private static IResult Ok(JsonObject json, int status = 200) => Results.Text(json.ToJsonString(), "application/json", statusCode: status);

    private static IResult NotFound() => Error(404, "The requested resource could not be found.");

    private static IResult Error(int status, string text) =>
        Results.Text(new JsonObject { ["error"] = new JsonArray(text) }.ToJsonString(), "application/json", statusCode: status);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
