using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Sandbox.People.Slack;

/// <summary>The pretend Slack over HTTP: <c>/api/{method}</c> with form or JSON bodies, and one incoming webhook.</summary>
internal static class SlackEndpoints
{
    // In forms, these come as JSON in a field.
    private static readonly string[] Structured = ["blocks", "metadata", "attachments"];

    public static void MapSlack(this WebApplication app, PretendSlack slack, string token)
    {
        app.MapPost("/api/{method}", async (string method, HttpRequest request) => slack.IsDown
            ? Results.Text("upstream failed", statusCode: 503)
            : Results.Text((await AnswerAsync(slack, token, method, request)).ToJsonString(), "application/json"));
        app.MapPost(SandboxPeople.WebhookPath, async (HttpRequest request) =>
        {
            if (slack.IsDown) return Results.Text("upstream failed", statusCode: 503);
            var refusal = await ReadAsync(request) is { } fields ? slack.PostText(fields) : "invalid_payload";
            return Results.Text(refusal ?? "ok", statusCode: refusal is null ? 200 : 400);
        });
    }

    private static async Task<JsonObject> AnswerAsync(PretendSlack slack, string token, string method, HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.Length == 0) return PretendSlack.Refuse("not_authed");
        if (authorization != $"Bearer {token}") return PretendSlack.Refuse("invalid_auth");
        return await ReadAsync(request) is { } fields ? slack.Call(method, fields) : PretendSlack.Refuse("invalid_json");
    }

    private static async Task<JsonObject?> ReadAsync(HttpRequest request)
    {
        try
        {
            if (!request.HasFormContentType) return await JsonNode.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted) as JsonObject;
            var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
            return new JsonObject(form.Select(f => KeyValuePair.Create(
                f.Key, Structured.Contains(f.Key) ? JsonNode.Parse(f.Value.ToString()) : (JsonNode?)f.Value.ToString())));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
