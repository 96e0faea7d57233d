using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Tests.Playbooks.Checks;
using Microsoft.AspNetCore.Http;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>A feature-flag service with one flag, and a team that may write it with a key of its own.</summary>
internal sealed class PretendFlags : IAsyncDisposable
{
    private readonly string _secret = Path.GetTempFileName();
    private StubServer _server = null!;

    public JsonObject Flag { get; private set; } = Acting.Json("""{"enabled": true, "rollout_percentage": 100, "owner": "ana"}""");

    /// <summary>Writes that were carried out: method and body.</summary>
    public List<(string Method, string Body)> Written { get; } = [];

    /// <summary>What a request is answered with instead; null: the usual.</summary>
    public Func<HttpContext, IResult?> Instead { get; set; } = _ => null;

    /// <summary>Fields that are taken and never shown.</summary>
    public HashSet<string> Hidden { get; } = [];

    public StubServer Server => _server;

    public static async Task<PretendFlags> StartAsync()
    {
        var flags = new PretendFlags();
        await File.WriteAllTextAsync(flags._secret, "emergency\n");
        flags._server = await StubServer.StartAsync(context => flags.Instead(context) ?? flags.Answer(context));
        return flags;
    }

    public GrantedHttp Http(TimeProvider? time = null, string? host = null) => new(Asking.Http(), Acting.Granting(new TeamGrants
    {
        Hosts = [host ?? _server.Host],
        Secrets = new Dictionary<string, GrantedSecret> { ["emergency-key"] = new(_secret, [_server.Host]) },
    }), time ?? TimeProvider.System);

    public ServiceDefinition Service(string method = "patch") => Acting.Service($$"""
        {"flag": {"url": "{{_server.Url}}/api/flags/rental_routing", "bearer": "emergency-key", "method": "{{method}}"} }
        """);

    public void Set(string field, JsonNode value) => Flag[field] = value;

    private IResult Answer(HttpContext context)
    {
        if (context.Request.Headers.Authorization != "Bearer emergency")
            return Results.StatusCode(401);
        if (context.Request.Path != "/api/flags/rental_routing")
            return Results.NotFound();
        if (context.Request.Method != "GET")
            Write(context.Request.Method, _server.Asked.Last().Body);
        return Results.Text(new JsonObject(Flag.Where(f => !Hidden.Contains(f.Key)).Select(f => KeyValuePair.Create(f.Key, f.Value?.DeepClone()))).ToJsonString(), "application/json");
    }

    private void Write(string method, string body)
    {
        Written.Add((method, body));
        var values = Acting.Json(body);
        if (method == "PUT")
            Flag = [];
        foreach (var (field, value) in values)
        {
            if (value is null)
                Flag.Remove(field);
            else
                Flag[field] = value.DeepClone();
        }
    }

    public async ValueTask DisposeAsync()
    {
        File.Delete(_secret);
        await _server.DisposeAsync();
    }
}
