using System.Text;
using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>The runbook of AI Diagnostics, on its shipped files.</summary>
public sealed class DiagnosticsTests : IAsyncLifetime
{
    private const string Api = "ai-diagnostics-api";
    private const string Good = "ai-diagnostics-api:v1";
    private const string Bad = "ai-diagnostics-api:v2";

    private TeamStage _stage = null!;
    private Workload _api = null!;
    private string _good = "";

    private string Deployment => $"PATCH /{_api.Path}";

    private string Core => $"api/v1/namespaces/{_stage.Space.Name}";

    // What the playbooks ran; where the database is, is asked for every revision that is seen.
    private IEnumerable<string> Ran => _stage.Api.Executed.Select(e => e[(e.IndexOf(": ", StringComparison.Ordinal) + 2)..]).Where(c => !c.EndsWith("migration:current", StringComparison.Ordinal));

    public async ValueTask InitializeAsync()
    {
        _stage = await TeamStage.CreateAsync("diagnostics");
        _stage.LongestTimes["within"] = TimeSpan.FromSeconds(30);
        _api = await _stage.DeployAsync(Api, Good, replicas: 3);
        _good = await _api.TemplateAsync();
    }

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task Failed_health_checks_put_the_last_known_good_release_back()
    {
        await _stage.ServeAsync();
        await _stage.ReleaseAsync(_api, Bad);
        await _stage.AlertAsync(Api, ("alertname", "DiagnosticsHealthFailing"), ("severity", "critical"));
        await _stage.ClosedAsync(await _stage.OnlyAsync());

        (await _api.TemplateAsync()).ShouldBe(_good);
        _stage.Api.Accepted.ShouldBe([Deployment]);
        Ran.Distinct().ShouldBe(["npm run health:database", "npm run test:smoke", "npm run feature-flags:status", "npm run health:external-apis"], ignoreOrder: true);
    }

    [Fact]
    public async Task An_undo_that_is_measured_not_to_have_helped_goes_on_to_a_start_from_zero_once_people_agree()
    {
        // As if an old pod held something: well only after none was left.
        _stage.Application.Answer = asked => Task.FromResult((asked.Path == "/api/health/database" && _stage.Api.Accepted.Count < 3 ? 500 : 200, "{}"));
        await _stage.ServeAsync();
        await _stage.ReleaseAsync(_api, Bad);
        await _stage.AlertAsync(Api, ("severity", "critical"));
        var id = await _stage.OnlyAsync();
        await _stage.ApproveAsync(id, "tom");
        await _stage.ClosedAsync(id);

        (await _api.TemplateAsync()).ShouldBe(_good);
        (await _api.ReplicasAsync()).ShouldBe(3);
        _stage.Api.Accepted.ShouldBe([Deployment, Deployment, Deployment], "the undo, 0 replicas, 3 replicas");
    }

    [Fact]
    public async Task The_detailed_rollback_serves_customers_from_the_standby_meanwhile_and_puts_everything_back()
    {
        await StandbyAsync();
        await _stage.ServeAsync();
        await _stage.ReleaseAsync(_api, Bad);
        var selectors = new List<string>();
        _stage.Api.AfterWrite = async () => selectors.Add(await SelectorAsync());
        await _stage.ClosedAsync((await _stage.StartAsync("sara", "detailed", [Api])).Single());

        selectors.ShouldBe(["app=ai-diagnostics-api,version=stable"], "the traffic goes before anything stops");
        (await SelectorAsync()).ShouldBe("app=ai-diagnostics-api", "and nothing of it is left");
        (await _api.TemplateAsync()).ShouldBe(_good);
        (await _api.ReplicasAsync()).ShouldBe(3);
        var service = $"PATCH /{Core}/services/ai-diagnostics-api-service";
        _stage.Api.Accepted.ShouldBe([service, Deployment, Deployment, Deployment, service]);
    }

    [Fact]
    public async Task Without_a_standby_that_is_ready_the_detailed_rollback_changes_nothing()
    {
        await ServiceAsync();
        await _stage.ServeAsync();
        await _stage.ReleaseAsync(_api, Bad);
        var closed = await _stage.ClosedAsync((await _stage.StartAsync("sara", "detailed", [Api])).Single(), "refused");

        closed.ToJsonString().ShouldContain("nothing_would_match");
        _stage.Api.Accepted.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_security_incident_keeps_evidence_cuts_the_pods_off_and_comes_back_on_new_credentials()
    {
        await SecretsAsync();
        await _stage.ServeAsync();
        await _stage.ClosedAsync((await _stage.StartAsync("sara", "security_incident", [Api])).Single());

        var policy = (await PoliciesAsync()).ShouldHaveSingleItem()!;
        policy["spec"]!["podSelector"]!.ToJsonString().ShouldBe("""{"matchLabels":{"app":"ai-diagnostics-api"}}""");
        policy["spec"]!["policyTypes"]!.ToJsonString().ShouldBe("""["Ingress","Egress"]""");
        (policy["spec"]!["ingress"], policy["spec"]!["egress"]).ShouldBe((null, null), "nothing in, nothing out");
        Ran.ShouldBe(["kill -USR2 1"]);
        var events = JournalFile.Events(_stage.Files.Journal).ToList();
        events.FindIndex(e => e.Type == "step_marked" && e.Data.Contains("\"evidence\"", StringComparison.Ordinal)).ShouldBeInRange(0, events.FindIndex(e => e.Type == "started"), "evidence first");

        var id = (await _stage.StartAsync("tom", "new_credentials", [Api])).Single();
        await _stage.ApproveAsync(id, "max");
        await _stage.ClosedAsync(id);

        (await PoliciesAsync()).ShouldBeEmpty();
        (await _api.ReplicasAsync()).ShouldBe(3);
        var sources = (await _api.LiveAsync())["spec"]!["template"]!["spec"]!["containers"]![0]!["envFrom"]!.AsArray();
        sources.Count.ShouldBe(2);
        ((string?)sources[0]!["configMapRef"]!["name"]).ShouldBe("settings");
        var made = await _stage.Space.GetAsync($"{Core}/secrets/{sources[1]!["secretRef"]!["name"]}");
        Text(made, "OPENROUTER_API_KEY").ShouldBe("e2e-openrouter-new");
        Text(made, "MONGODB_URI").ShouldBe("mongodb://mongodb-cluster");
        Convert.FromBase64String(Text(made, "JWT_SECRET")).Length.ShouldBe(32);
        Text(await _stage.Space.GetAsync($"{Core}/secrets/ai-diagnostics-secrets"), "JWT_SECRET").ShouldBe("old-jwt", "for people to revoke");
        var told = string.Join('\n', JournalFile.Events(_stage.Files.Journal).Select(e => e.Data).Concat(_stage.People.Messages.Select(_stage.People.Words)));
        foreach (var value in new[] { "e2e-openrouter-new", Text(made, "JWT_SECRET"), "old-jwt" })
            told.ShouldNotContain(value);
    }

    [Fact]
    public async Task A_planned_maintenance_goes_its_whole_way_on_cluster_and_status_page()
    {
        await _stage.Space.PostAsync($"{Core}/configmaps", Json("""{"metadata": {"name": "ai-diagnostics-config"}, "data": {"MAINTENANCE_MODE": "false", "KEPT": "x"} }"""));
        await _stage.ServeAsync();
        await _stage.ClosedAsync((await _stage.StartAsync("sara", "maintenance_announce", [Api], new Dictionary<string, string> { ["starts_at"] = "2030-01-01T22:00:00Z" })).Single());
        var announced = _stage.People.Incidents.ShouldHaveSingleItem();
        ((string?)announced["status"], (string?)announced["scheduled_for"]).ShouldBe(("scheduled", "2030-01-01T22:00:00Z"));

        await _stage.ClosedAsync((await _stage.StartAsync("sara", "maintenance_begin", [Api])).Single());
        ((string?)_stage.People.Incidents.ShouldHaveSingleItem()["status"]).ShouldBe("in_progress");
        (await _api.ReplicasAsync()).ShouldBe(1);
        (await ConfigAsync("ai-diagnostics-config")).ShouldBe("""{"KEPT":"x","MAINTENANCE_MODE":"true"}""");
        _stage.Api.Accepted.Count(w => w == Deployment).ShouldBe(3, "restarted, then 2 replicas, then 1");

        await _stage.ClosedAsync((await _stage.StartAsync("sara", "maintenance_end", [Api])).Single());
        var ended = _stage.People.Incidents.ShouldHaveSingleItem();
        ((string?)ended["id"], (string?)ended["status"]).ShouldBe(((string?)announced["id"], "completed"));
        ended["incident_updates"]!.AsArray().Select(u => (string?)u!["status"]).ShouldBe(["completed", "verifying", "in_progress", "scheduled"]);
        (await _api.ReplicasAsync()).ShouldBe(3);
        (await ConfigAsync("ai-diagnostics-config")).ShouldBe("""{"KEPT":"x","MAINTENANCE_MODE":"false"}""");
    }

    [Fact]
    public async Task Corrupt_data_stops_all_writes_until_people_let_them_come_back_by_halves()
    {
        await _stage.ServeAsync();
        await StartAgreedAsync("stop_writes");
        (await _api.ReplicasAsync()).ShouldBe(0);
        (await ConfigAsync("emergency-config")).ShouldBe("""{"READ_ONLY_MODE":"true"}""");

        await StartAgreedAsync("start_read_only");
        (await _api.ReplicasAsync()).ShouldBe(3);
        await StartAgreedAsync("allow_writes");
        (await ConfigAsync("emergency-config")).ShouldBe("""{"READ_ONLY_MODE":"false"}""");
        (await _api.LiveAsync())["spec"]!["template"]!["metadata"]!["annotations"]!.ToJsonString().ShouldContain("restartedAt");
    }

    [Fact]
    public async Task Flags_that_do_not_read_back_as_off_are_a_failure_and_people_are_called()
    {
        await _stage.ServeAsync();
        // The fake node answers every program with its own words, and so no flag with "false".
        await _stage.ClosedAsync((await _stage.StartAsync("sara", "disable_features", [Api])).Single(), "failed");

        Ran.Where(c => c.Contains("flags:set", StringComparison.Ordinal)).ShouldBe(
        [
            "npm run feature-flags:set -- ai_diagnostics_enabled false",
            "npm run feature-flags:set -- lab_integration_enabled false",
            "npm run feature-flags:set -- fhir_integration_enabled false",
            "npm run feature-flags:set -- ai_diagnostics_rollout 0",
        ]);
        _stage.Api.Accepted.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_outage_is_told_at_once_and_over_only_when_it_is_measured_to_be()
    {
        await _stage.ServeAsync();
        await _stage.ClosedAsync((await _stage.StartAsync("sara", "outage", [Api])).Single());
        ((string?)_stage.People.Incidents.ShouldHaveSingleItem()["status"]).ShouldBe("investigating");

        await _stage.ClosedAsync((await _stage.StartAsync("sara", "outage_over", [Api])).Single());
        ((string?)_stage.People.Incidents.ShouldHaveSingleItem()["status"]).ShouldBe("resolved");
        _stage.Api.Accepted.ShouldBeEmpty();
    }

    private async Task StartAgreedAsync(string playbook)
    {
        var id = (await _stage.StartAsync("sara", playbook, [Api])).Single();
        await _stage.ApproveAsync(id, "tom");
        await _stage.ClosedAsync(id);
    }

    private Task<JsonObject> ServiceAsync() => _stage.Space.PostAsync($"{Core}/services", Json("""
        {"metadata": {"name": "ai-diagnostics-api-service"}, "spec": {"selector": {"app": "ai-diagnostics-api"}, "ports": [{"port": 80, "targetPort": 5000}]} }
        """));

    private async Task StandbyAsync()
    {
        await ServiceAsync();
        await _stage.Space.PostAsync($"apis/apps/v1/namespaces/{_stage.Space.Name}/deployments", Json("""
            {
              "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "standby"},
              "spec": {
                "replicas": 1, "selector": {"matchLabels": {"app": "ai-diagnostics-api", "version": "stable"} },
                "template": {
                  "metadata": {"labels": {"app": "ai-diagnostics-api", "version": "stable"} },
                  "spec": {"containers": [{"name": "app", "image": "ai-diagnostics-api:v0"}], "tolerations": [{"operator": "Exists"}]}
                }
              }
            }
            """));
        await Eventually.BeAsync("the standby is ready", TimeSpan.FromSeconds(30), async () =>
            (int?)(await _stage.Space.GetAsync($"apis/apps/v1/namespaces/{_stage.Space.Name}/deployments/standby"))["status"]!["readyReplicas"] == 1);
    }

    private async Task SecretsAsync()
    {
        await _stage.Space.PostAsync($"{Core}/secrets", Json($$"""
            {"metadata": {"name": "ai-diagnostics-secrets"}, "data": {"JWT_SECRET": "{{Base64("old-jwt")}}", "OPENROUTER_API_KEY": "{{Base64("old-key")}}", "MONGODB_URI": "{{Base64("mongodb://mongodb-cluster")}}"} }
            """));
        await _stage.Space.PatchAsync(_api.Path, """
            {"spec": {"template": {"spec": {"containers": [{"name": "app", "envFrom": [{"configMapRef": {"name": "settings", "optional": true} }, {"secretRef": {"name": "ai-diagnostics-secrets"} }]}]} } } }
            """);
        await _api.CompleteAsync();
    }

    private async Task<string> SelectorAsync() => string.Join(',',
        (await _stage.Space.GetAsync($"{Core}/services/ai-diagnostics-api-service"))["spec"]!["selector"]!.AsObject().Select(l => $"{l.Key}={l.Value}").Order(StringComparer.Ordinal));

    private async Task<JsonArray> PoliciesAsync() => (await _stage.Space.GetAsync($"apis/networking.k8s.io/v1/namespaces/{_stage.Space.Name}/networkpolicies"))["items"]!.AsArray();

    private async Task<string> ConfigAsync(string name) => (await _stage.Space.GetAsync($"{Core}/configmaps/{name}"))["data"]!.ToJsonString();

    private static string Text(JsonObject secret, string key) => Encoding.UTF8.GetString(Convert.FromBase64String((string)secret["data"]![key]!));

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static JsonObject Json(string json) => (JsonObject)JsonNode.Parse(json)!;
}
