using System.Text.Json.Nodes;
using WireMock;
using WireMock.Types;
using WireMock.Util;

namespace AlertRollback.Tests.Support.Stubs;

internal static class StubAnswers
{
    public static ResponseMessage Json(int status, JsonNode body) => Text(status, body.ToJsonString(), "application/json; charset=utf-8");

    public static ResponseMessage Text(int status, string body, string contentType = "text/html") => new()
    {
        StatusCode = status,
        Headers = new Dictionary<string, WireMockList<string>> { ["Content-Type"] = new(contentType) },
        BodyData = new BodyData { DetectedBodyType = BodyType.String, BodyAsString = body },
    };

    public static ResponseMessage RateLimit(StubFault.RateLimit fault)
    {
        var answer = Json(fault.Code, new JsonObject { ["ok"] = false, ["error"] = "ratelimited" });
        if (fault.RetryAfterSeconds is { } seconds) answer.Headers!["Retry-After"] = new WireMockList<string>($"{seconds}");
        return answer;
    }

    public static string? Header(IRequestMessage request, string name) =>
        request.Headers is { } headers && headers.TryGetValue(name, out var values) ? values.FirstOrDefault() : null;

    public static JsonObject? Object(string? body)
    {
        try
        {
            return JsonNode.Parse(body ?? "") as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
