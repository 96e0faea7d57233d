using System.Text.Json;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>A request for objects: what its path, query and body say.</summary>
internal sealed record ApiRequest(
    HttpContext Http, ResourceKind Kind, string Namespace, string Name, string Subresource, string Body)
{
    public string Query(string name) => Http.Request.Query[name].ToString();

    public bool DryRun => Query("dryRun") == "All";

    public string MediaType => (Http.Request.ContentType ?? "").Split(';')[0].Trim();

    public JsonObject BodyObject() => BodyNode() as JsonObject ?? throw ApiRefusal.BadRequest("the object provided is unrecognized");

    public JsonNode? BodyNode()
    {
        try
        {
            return JsonNode.Parse(Body);
        }
        catch (JsonException e)
        {
            throw ApiRefusal.BadRequest($"the object provided is unrecognized (must be of type {Kind.Kind}): json parse error: {e.Message}");
        }
    }

    /// <summary>Null when the path names nothing that is served.</summary>
    public static async Task<ApiRequest?> ReadAsync(HttpContext http)
    {
        // The raw target, because the decoded path can no longer tell a slash of a name from one of the path.
        var raw = http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        var parts = raw.Split('?')[0].Trim('/').Split('/').Select(Uri.UnescapeDataString).ToArray();
        (string group, string version, string[] rest) = parts switch
        {
            ["api", var v, .. var r] => ("", v, r),
            ["apis", var g, var v, .. var r] => (g, v, r),
            _ => ("", "", []),
        };
        (string ns, string plural, string name, string sub) = rest switch
        {
            ["namespaces"] => ("", "namespaces", "", ""),
            ["namespaces", var n] => ("", "namespaces", n, ""),
            ["namespaces", var n, var s] when s is "status" => ("", "namespaces", n, s),
            ["namespaces", var n, var p] => (n, p, "", ""),
            ["namespaces", var n, var p, var o] => (n, p, o, ""),
            ["namespaces", var n, var p, var o, var s] => (n, p, o, s),
            [var p] => ("", p, "", ""),
            _ => ("", "", "", ""),
        };
        if (Kinds.Find(group, version, plural) is not { } served) return null;
        if (sub.Length > 0 && !served.Subresources.Contains(sub)) return null;
        using var reader = new StreamReader(http.Request.Body);
        return new ApiRequest(http, served.Kind, ns, name, sub, await reader.ReadToEndAsync(http.RequestAborted));
    }
}
