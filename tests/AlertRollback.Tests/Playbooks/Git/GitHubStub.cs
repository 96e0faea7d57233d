using System.Text.Json.Nodes;
using AlertRollback.Tests.Playbooks.Checks;
using Microsoft.AspNetCore.Http;

namespace AlertRollback.Tests.Playbooks.Git;

/// <summary>As much of GitHub's REST API as opening a pull request takes, with the answers' shapes as GitHub documents them.</summary>
internal sealed class GitHubStub : IAsyncDisposable
{
    private StubServer _server = null!;

    public List<JsonObject> Pulls { get; } = [];

    public bool IsProtected { get; set; }

    public string Api => $"{_server.Url}/repos/example/rental";

    public static async Task<GitHubStub> StartAsync()
    {
        var stub = new GitHubStub();
        stub._server = await StubServer.StartAsync(stub.Answer);
        return stub;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private IResult Answer(HttpContext http)
    {
        var parts = http.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries)[3..];
        return (http.Request.Method, parts) switch
        {
            ("GET", ["branches", var name]) => Json(new JsonObject { ["name"] = name, ["protected"] = IsProtected }),
            ("GET", ["pulls"]) => Json(new JsonArray([.. Pulls.Where(p => $"example:{p["head"]!["ref"]}" == http.Request.Query["head"]).Select(p => p.DeepClone())])),
            ("GET", ["pulls", var number]) => Json(Pulls[int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) - 1].DeepClone()),
            ("POST", ["pulls"]) => Open(JsonNode.Parse(_server.Asked.Last().Body)!),
            _ => Results.Json(new { message = "Not Found" }, statusCode: 404),
        };
    }

    private IResult Open(JsonNode body)
    {
        var pull = new JsonObject
        {
            ["number"] = Pulls.Count + 1,
            ["html_url"] = $"https://github.com/example/rental/pull/{Pulls.Count + 1}",
            ["state"] = "open",
            ["merged"] = false,
            ["title"] = body["title"]!.DeepClone(),
            ["head"] = new JsonObject { ["ref"] = body["head"]!.DeepClone() },
            ["base"] = new JsonObject { ["ref"] = body["base"]!.DeepClone() },
        };
        Pulls.Add(pull);
        return Json(pull.DeepClone(), 201);
    }

    private static IResult Json(JsonNode json, int status = 200) => Results.Text(json.ToJsonString(), "application/json", statusCode: status);
}
