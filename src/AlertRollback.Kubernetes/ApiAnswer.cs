using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes;

/// <summary>An answer of the API server, read to its end.</summary>
internal sealed record ApiAnswer(HttpStatusCode Status, string Body, TimeSpan? RetryAfter, bool Repeatable)
{
    public bool Succeeded => (int)Status is >= 200 and < 300;

    public JsonObject Json => Parse() ?? throw Fault();

    public string Message => Shorten(Parse() is { } status ? Describe(status) : null);

    /// <summary>The name that the server's Status object is about.</summary>
    public string? SubjectName => (Parse()?["details"] as JsonObject)?["name"]?.ToString();

    public KubernetesException Fault() => new(Kind(), Message, Status);

    private KubernetesFault Kind() => (int)Status switch
    {
        401 => KubernetesFault.Unauthorized,
        403 => KubernetesFault.Forbidden,
        404 => KubernetesFault.NotFound,
        409 => KubernetesFault.Conflict,
        410 => KubernetesFault.Gone,
        429 => KubernetesFault.TooManyRequests,
        >= 300 and < 500 and not 408 => KubernetesFault.Invalid,
        _ => Repeatable ? KubernetesFault.Unavailable : KubernetesFault.OutcomeUnknown,
    };

    /// <summary>Messages about invalid objects quote their values, which may be secrets: the fields have to do.</summary>
    private string? Describe(JsonObject status)
    {
        if ((status["details"] as JsonObject)?["causes"] is JsonArray { Count: > 0 } causes && Status == HttpStatusCode.UnprocessableEntity)
            return "invalid: " + string.Join(", ", causes.OfType<JsonObject>().Select(c => $"{c["field"]} ({c["reason"]})"));
        return status["message"]?.ToString().Split(", error found in", 2)[0];
    }

    private string Shorten(string? text) =>
        string.IsNullOrWhiteSpace(text) ? $"HTTP {(int)Status}" : text.Length > 300 ? text[..300] : text;

    private JsonObject? Parse()
    {
        try
        {
            return JsonNode.Parse(Body) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
