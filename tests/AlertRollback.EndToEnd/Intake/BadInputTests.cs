using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Intake;

public sealed class BadInputTests
{
    private static readonly DateTimeOffset Now = FiredAlert.Now;

    // One row per body: what it is, the body, the status it deserves.
    private static IEnumerable<(string What, string Body, int Status)> Bodies() =>
    [
        ("nothing", "", 400),
        ("no JSON", "alert!", 400),
        ("half of a message", FiredAlert.Message(Now)[..200], 400),
        ("a list", "[]", 400),
        ("alerts that are a number", """{"version": "4", "alerts": 5}""", 400),
        ("labels that are a list", """{"version": "4", "alerts": [{"status": "firing", "labels": []}]}""", 400),
        ("a label that is a number", """{"version": "4", "alerts": [{"status": "firing", "labels": {"service": 7}}]}""", 400),
        ("nested too deeply", string.Concat(Enumerable.Repeat("[", 5000)), 400),
        ("nested too deeply in an unknown field", """{"version": "4", "alerts": [], "x": """ + new string('[', 100) + new string(']', 100) + "}", 400),
        ("too large", FiredAlert.Message(Now).Replace("is in band 3", new string('x', 17 * 1024 * 1024), StringComparison.Ordinal), 413),
        ("no service label", FiredAlert.Message(Now).Replace("\"service\"", "\"srv\"", StringComparison.Ordinal), 200),
        ("a service nobody declares", FiredAlert.Message(Now, service: "unheard-of"), 200),
        ("a severity no row has", FiredAlert.Message(Now, severity: "purple"), 200),
        ("quotes and newlines", FiredAlert.Message(Now, service: "rental-api\"\n'; rm -rf /"), 200),
        ("template braces", FiredAlert.Message(Now, service: "${service}{{ .Labels }}"), 200),
        ("a path trick", FiredAlert.Message(Now, service: "../../rental-api"), 200),
        ("another namespace", FiredAlert.Message(Now, service: "kube-system/rental-api"), 200),
        ("a resolution nobody waited for", FiredAlert.Message(Now, endsAt: Now), 200),
        ("unknown fields and no alerts", """{"version": "4", "alerts": [], "orgId": 1, "title": "[FIRING:1]", "status": "firing"}""", 200),
    ];

    [Fact]
    public async Task Bad_bodies_get_a_clear_answer_or_are_recorded_and_nothing_is_executed()
    {
        await using var stage = await Stage.StartAsync(release: "shop/rental-api:v2-errors");

        foreach (var (what, body, status) in Bodies())
        {
            var (answered, text) = await stage.Service.PostAsync(body);
            answered.ShouldBe(status, $"{what}: {text}");
            text.Length.ShouldBeInRange(1, 500, what);
        }

        await Eventually.BeAsync("everything is decided", TimeSpan.FromSeconds(20), async () =>
            (await stage.Service.GetAsync("alerts/not-acted-on")).AsArray().Count >= 7);
        (await stage.Service.RollbacksAsync()).ShouldBeEmpty();
        stage.Api.Accepted.ShouldBeEmpty();
        (await stage.Workload.RevisionAsync()).ShouldBe(2);
        stage.Service.Output.ShouldNotContain("fail:");
        stage.Service.Output.ShouldNotContain("Exception");
    }

    [Fact]
    public async Task Each_credential_opens_its_own_door_only()
    {
        await using var stage = await Stage.StartAsync();
        using var http = new HttpClient { BaseAddress = stage.Files.Url };

        (await StatusAsync(HttpMethod.Post, "api/v1/alerts", null)).ShouldBe(401);
        (await StatusAsync(HttpMethod.Post, "api/v1/alerts", "wrong")).ShouldBe(401);
        (await StatusAsync(HttpMethod.Post, "api/v1/alerts", ServiceFiles.OperatorToken)).ShouldBe(403);
        (await StatusAsync(HttpMethod.Get, "api/v1/rollbacks", null)).ShouldBe(401);
        (await StatusAsync(HttpMethod.Get, "api/v1/rollbacks", ServiceFiles.WebhookToken)).ShouldBe(403);
        (await StatusAsync(HttpMethod.Post, "api/v1/kill-switch", ServiceFiles.WebhookToken)).ShouldBe(403);
        (await StatusAsync(HttpMethod.Get, "api/v1/rollbacks", ServiceFiles.OperatorToken)).ShouldBe(200);
        (await StatusAsync(HttpMethod.Get, "readyz", null)).ShouldBe(200);
        stage.Service.Output.ShouldNotContain(ServiceFiles.WebhookToken);
        stage.Service.Output.ShouldNotContain(ServiceFiles.OperatorToken);

        async Task<int> StatusAsync(HttpMethod method, string path, string? token)
        {
            using var request = new HttpRequestMessage(method, path);
            if (token is not null)
                request.Headers.Authorization = new("Bearer", token);
            if (method == HttpMethod.Post)
                request.Content = new StringContent(new JsonObject().ToJsonString(), System.Text.Encoding.UTF8, "application/json");
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return (int)answer.StatusCode;
        }
    }
}
