using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Tests.Playbooks.Checks;
using Microsoft.AspNetCore.Http;

namespace AlertRollback.Tests.Playbooks.Containers;

/// <summary>What happens to a write.</summary>
internal enum EngineFate
{
    CarriedOut,

    /// <summary>The connection breaks before anything is done.</summary>
    Lost,

    /// <summary>It is carried out, and the connection breaks before the answer.</summary>
    AnswerLost,
    Refused,
}

/// <summary>
/// An engine that speaks as much of the Docker Engine API as replacing a container takes, and can be made to fail at any
/// write. That a real one speaks the same is what <see cref="RealEngineTests"/> are for.
/// </summary>
internal sealed class PretendEngine : IAsyncDisposable
{
    public const string Good = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
    public const string Bad = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

    /// <summary>An image whose containers do not start.</summary>
    public const string Broken = "sha256:3333333333333333333333333333333333333333333333333333333333333333";

    /// <summary>An image whose containers end at once.</summary>
    public const string Ending = "sha256:4444444444444444444444444444444444444444444444444444444444444444";

    private readonly Lock _gate = new();
    private readonly List<JsonObject> _containers = [];
    private StubServer _server = null!;
    private int _ids;

    public List<string> Writes { get; } = [];

    /// <summary>By number, from 1, and words: <c>stop rental-api-prod</c>.</summary>
    public Func<int, string, EngineFate> Fate { get; set; } = (_, _) => EngineFate.CarriedOut;

    public bool KnowsUpdate { get; set; } = true;

    /// <summary>How many of the next reads of a container it stumbles over.</summary>
    public int FaultyReads { get; set; }

    public Dictionary<string, string> Images { get; } = new() { ["rental-api:v1"] = Good, ["rental-api:v2"] = Bad, ["rental-api:broken"] = Broken, ["rental-api:ending"] = Ending };

    public GrantedEngine Grant { get; private set; } = null!;

    public static async Task<PretendEngine> StartAsync()
    {
        var engine = new PretendEngine();
        engine._server = await StubServer.StartAsync(engine.Answer);
        engine.Grant = new GrantedEngine(engine._server.Url.Replace("http://", "tcp://", StringComparison.Ordinal), ["rental-api-prod"]);
        return engine;
    }

    /// <summary>Everything there is: <c>rental-api-prod v2 running; …</c>.</summary>
    public string Look()
    {
        lock (_gate)
            return string.Join("; ", _containers.OrderBy(NameOf, StringComparer.Ordinal).Select(c => $"{NameOf(c)} {TagOf(c)} {StatusOf(c)}"));
    }

    public JsonObject? Find(string name)
    {
        lock (_gate)
            return _containers.FirstOrDefault(c => NameOf(c) == name || c["Id"]!.ToString() == name);
    }

    /// <summary>As somebody does it at the machine.</summary>
    public void Run(string name, string image, string host = """{"NetworkMode": "bridge", "RestartPolicy": {"Name": "always"}}""", string config = "{}")
    {
        lock (_gate)
        {
            _containers.RemoveAll(c => NameOf(c) == name);
            var body = JsonNode.Parse(config)!.AsObject();
            body["Image"] = image;
            body["HostConfig"] = JsonNode.Parse(host);
            var made = Make(name, body);
            SetStatus(made, "running");
            _containers.Add(made);
        }
    }

    /// <summary>As an engine does by itself with one that ended, where its restart policy says so.</summary>
    public void StartAgain(string name) => SetStatus(Find(name)!, "running");

    public void Remove(string name)
    {
        lock (_gate)
            _containers.RemoveAll(c => NameOf(c) == name);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private IResult Answer(HttpContext http)
    {
        lock (_gate)
        {
            var path = http.Request.Path.Value!;
            if (path == "/_ping")
            {
                http.Response.Headers["Api-Version"] = "1.41";
                return Results.Text("OK");
            }

            var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries)[1..];
            if (http.Request.Method == "GET")
                return Read(parts);
            var (write, act) = Write(http, parts);
            Writes.Add(write);
            var fate = Fate(Writes.Count, write);
            if (fate == EngineFate.Refused)
                return Error(500, "no space left on device");
            var answer = fate == EngineFate.Lost ? Results.Ok() : act();
            if (fate is EngineFate.Lost or EngineFate.AnswerLost)
                http.Abort();
            return answer;
        }
    }

    private IResult Read(string[] parts) => parts switch
    {
        ["containers", _, "json"] when FaultyReads > 0 && FaultyReads-- > 0 => Error(500, "read /proc/1/cgroup: no such process"),
        ["containers", var name, "json"] => Find(Uri.UnescapeDataString(name)) is { } found ? Json(found) : Error(404, $"no such container: {name}"),
        ["containers", _, "logs"] => Results.Bytes([1, 0, 0, 0, 0, 0, 0, 11, .. "out of tune"u8]),
        ["images", .. var reference, "json"] => IdOf(Uri.UnescapeDataString(string.Join('/', reference))) is { } id
            ? Json(new JsonObject { ["Id"] = id, ["Config"] = new JsonObject { ["Env"] = new JsonArray("PATH=/bin"), ["Cmd"] = new JsonArray("serve") } })
            : Error(404, "no such image"),
        _ => Error(404, "page not found"),
    };

    private (string Words, Func<IResult> Act) Write(HttpContext http, string[] parts)
    {
        var name = http.Request.Query["name"].ToString();
        var body = Body();
        var target = parts is ["containers", var id, ..] ? Find(id) : null;
        var who = target is null ? "?" : NameOf(target);
        return (http.Request.Method, parts) switch
        {
            ("POST", ["containers", "create"]) => ($"create {name}", () => Create(name, body)),
            ("POST", ["containers", _, "start"]) => ($"start {who}", () => Start(target)),
            ("POST", ["containers", _, "stop"]) => ($"stop {who}", () => Set(target, "exited")),
            ("POST", ["containers", _, "rename"]) => ($"rename {who} to {name}", () => Rename(target, name)),
            ("POST", ["containers", _, "update"]) => ($"update {who}", () => Update(target, body)),
            ("DELETE", ["containers", _]) => ($"remove {who}", () => Delete(target)),
            _ => ("?", () => Error(404, "page not found")),
        };
    }

    private IResult Create(string name, JsonObject body)
    {
        if (Find(name) is not null)
            return Error(500, "that name is already in use");
        var made = Make(name, body);
        _containers.Add(made);
        return Json(new JsonObject { ["Id"] = made["Id"]!.ToString() }, 201);
    }

    private JsonObject Make(string name, JsonObject body)
    {
        var config = body.DeepClone().AsObject();
        config.Remove("HostConfig");
        config.Remove("NetworkingConfig");
        return new JsonObject
        {
            ["Id"] = $"{++_ids:x4}{Guid.NewGuid():n}",
            ["Name"] = $"/{name}",
            ["Created"] = "2026-11-23T09:00:00Z",
            ["Image"] = IdOf(body["Image"]!.ToString()),
            ["State"] = new JsonObject { ["Status"] = "created", ["ExitCode"] = 0 },
            ["Config"] = config,
            ["HostConfig"] = body["HostConfig"]?.DeepClone(),
            ["Mounts"] = new JsonArray(),
            ["RestartCount"] = 0,
        };
    }

    private IResult Start(JsonObject? container)
    {
        if (container is null)
            return Error(404, "no such container");
        if (container["Image"]!.ToString() == Broken)
            return Error(400, "exec: \"serve\": executable file not found in $PATH");
        if (_containers.Exists(c => c != container && StatusOf(c) == "running"))
            return Error(500, "address already in use");
        return Set(container, container["Image"]!.ToString() == Ending ? "exited" : "running");
    }

    private IResult Rename(JsonObject? container, string name)
    {
        if (container is null || Find(name) is not null)
            return Error(container is null ? 404 : 409, "conflict");
        container["Name"] = $"/{name}";
        return Results.NoContent();
    }

    private IResult Update(JsonObject? container, JsonObject body)
    {
        if (!KnowsUpdate || container is null)
            return Error(404, "page not found");
        container["HostConfig"]!["RestartPolicy"] = body["RestartPolicy"]?.DeepClone();
        return Json([]);
    }

    private IResult Delete(JsonObject? container)
    {
        if (container is not null && StatusOf(container) == "running")
            return Error(409, "running or paused containers cannot be removed without force");
        return container is not null && _containers.Remove(container) ? Results.NoContent() : Error(404, "no such container");
    }

    private static IResult Set(JsonObject? container, string status)
    {
        if (container is null)
            return Error(404, "no such container");
        if (StatusOf(container) == status)
            return Results.StatusCode(304);
        SetStatus(container, status);
        return Results.NoContent();
    }

    private static void SetStatus(JsonObject container, string status) => container["State"]!["Status"] = status;

    private string? IdOf(string reference) => Images.GetValueOrDefault(reference) ?? (Images.ContainsValue(reference) ? reference : null);

    private string TagOf(JsonObject container) => Images.First(i => i.Value == container["Image"]!.ToString()).Key.Split(':')[1];

    private static string NameOf(JsonObject container) => container["Name"]!.ToString()[1..];

    private static string StatusOf(JsonObject container) => container["State"]!["Status"]!.ToString();

    // One call after the other: the newest is the one that is answered.
    private JsonObject Body() => _server.Asked.Last().Body is { Length: > 0 } text ? JsonNode.Parse(text)!.AsObject() : [];

    private static IResult Json(JsonObject json, int status = 200) => Results.Text(json.ToJsonString(), "application/json", statusCode: status);

    private static IResult Error(int status, string message) => Json(new JsonObject { ["message"] = message }, status);
}
