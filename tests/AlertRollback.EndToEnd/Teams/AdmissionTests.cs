using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>The admission system's runbook, on its shipped files. Argo's controller is played by hand (<see cref="ArgoByHand"/>).</summary>
public sealed class AdmissionTests
{
    private const string Good = "user-service:2.4.0";
    private const string Bad = "user-service:2.4.1";

    [Fact]
    public async Task Production_down_cuts_the_traffic_by_the_flag_and_nothing_else()
    {
        await using var stage = await TeamStage.CreateAsync("admission");
        await using var rollout = await ArgoByHand.CreateAsync(stage.Space, "user-service", Good);
        var flag = new PretendFlag(stage.Application);
        await ServeAsync(stage, rollout);
        await rollout.ReleaseAsync(Bad, promoted: true);

        await AlertAsync(stage, "P0");
        var closed = await stage.ClosedAsync(await stage.OnlyAsync());

        flag.Percentage.ShouldBe(0);
        flag.Written.ShouldHaveSingleItem().ShouldBe(("PATCH", "Bearer e2e-emergency-key", """{"enabled":false,"rollout_percentage":0,"canary_percentage":0,"reason":"emergency_rollback"}"""));
        stage.Api.Accepted.ShouldBeEmpty("the Rollout is left to the next method");
        var log = JsonNode.Parse(stage.Application.Asked.Single(a => a.Path == "/api/emergency-log").Body)!;
        ((string?)log["event"]).ShouldBe("emergency_rollback");
        ((string?)log["service"], (string?)log["namespace"], (string?)log["triggered_by"]).ShouldBe(("user-service", stage.Space.Name, "alertmanager"));
        closed.ToJsonString().ShouldNotContain("e2e-emergency-key");
    }

    [Fact]
    public async Task A_flag_that_does_not_read_back_as_off_and_a_log_that_is_down_lead_on_to_Argos_undo()
    {
        await using var stage = await TeamStage.CreateAsync("admission");
        await using var rollout = await ArgoByHand.CreateAsync(stage.Space, "user-service", Good);
        var flag = new PretendFlag(stage.Application) { Deaf = true, LogIsDown = true };
        stage.MatrixChanges.Add(("{name: flag, within: 30s, steps: [flag_off]}", "{name: flag, within: 8s, steps: [flag_off]}"));
        await ServeAsync(stage, rollout);
        await rollout.ReleaseAsync(Bad, promoted: true);

        await AlertAsync(stage, "P0");
        var id = await stage.OnlyAsync();
        var closed = await stage.ClosedAsync(id);

        (await rollout.ImageAsync()).ShouldBe(Good);
        (await rollout.ReplicasAsync()).ShouldBe(new Dictionary<string, int> { [Good] = 2, [Bad] = 0 }, ignoreOrder: true);
        stage.Api.Accepted.ShouldBe([$"PATCH /{rollout.Path}", $"PATCH /{rollout.Path}/status"], "the template, and then past the Rollout's steps");
        flag.Percentage.ShouldBe(100);
        closed.ToJsonString().ShouldContain("rollout_percentage reads 100, not 0");
    }

    [Fact]
    public async Task Major_degradation_by_a_canary_under_way_is_aborted_and_taken_back_when_the_manager_agrees()
    {
        await using var stage = await TeamStage.CreateAsync("admission");
        await using var rollout = await ArgoByHand.CreateAsync(stage.Space, "user-service", Good);
        _ = new PretendFlag(stage.Application);
        await ServeAsync(stage, rollout);
        await rollout.ReleaseAsync(Bad, promoted: false);

        await AlertAsync(stage, "P1");
        var id = await stage.OnlyAsync();
        await stage.ApproveAsync(id, "ana");
        await stage.ClosedAsync(id);

        (await rollout.ImageAsync()).ShouldBe(Good);
        (await rollout.ReplicasAsync()).ShouldBe(new Dictionary<string, int> { [Good] = 2, [Bad] = 0 }, ignoreOrder: true);
        stage.Api.Accepted.ShouldBe([$"PATCH /{rollout.Path}/status", $"PATCH /{rollout.Path}"], "aborted first; the stable version needs no steps");
    }

    [Fact]
    public async Task Several_services_that_are_Deployments_go_back_by_helm_side_by_side_when_people_start_it()
    {
        string[] services = ["user-service", "application-service"];
        using var helm = new PretendHelm();
        await using var stage = await TeamStage.CreateAsync("admission");
        stage.MatrixChanges.Add(("workload: {rollout:", "workload: {deployment:"));
        helm.Grant(stage);
        var deployments = new List<Workload>();
        foreach (var service in services)
        {
            helm.Has(service);
            deployments.Add(await stage.DeployAsync(service, $"{service}:2.4.0"));
            await stage.Space.PatchAsync(deployments[^1].Path, """{"metadata": {"annotations": {"alertrollback.io/database-change": "none"} } }""");
        }

        await stage.ServeAsync();
        foreach (var deployment in deployments)
            await stage.ReleaseAsync(deployment, $"{deployment.Name}:2.4.1");

        foreach (var id in await stage.StartAsync("ana", "undo", services, method: "helm"))
            await stage.ClosedAsync(id);

        foreach (var deployment in deployments)
            (await deployment.ReadyImagesAsync()).Distinct().ShouldBe([$"{deployment.Name}:2.4.0"]);
        helm.Calls.ShouldBe(
            [$"rollback application-service 1 --namespace {stage.Space.Name}", $"rollback user-service 1 --namespace {stage.Space.Name}"]);
        stage.Api.Accepted.ShouldBeEmpty("helm does it, with rights of its own");
    }

    [Theory]
    [InlineData("P1", "argo helm")]
    [InlineData("P0", "flag argo helm")]
    public async Task Where_the_code_is_back_and_measured_to_be_bad_all_the_same_helm_takes_back_what_came_with_it(string severity, string methods)
    {
        using var helm = new PretendHelm(PretendHelm.RolloutAndSettings);
        await using var stage = await TeamStage.CreateAsync("admission");
        await using var rollout = await ArgoByHand.CreateAsync(stage.Space, "user-service", Good);
        var settings = await ReleaseSettings.CreateAsync(stage, new PretendFlag(stage.Application) { Deaf = true });
        helm.Grant(stage);
        helm.Has("user-service");
        stage.LongestTimes["within"] = TimeSpan.FromSeconds(30);
        stage.MatrixChanges.Add(("{name: flag, within: 30s, steps: [flag_off]}", "{name: flag, within: 8s, steps: [flag_off]}"));
        await ServeAsync(stage, rollout);
        await rollout.ReleaseAsync(Bad, promoted: true);
        await settings.ReleaseAsync();

        await AlertAsync(stage, severity);
        var id = await stage.OnlyAsync();
        if (severity == "P1")
            await stage.ApproveAsync(id, "ana");
        var closed = await stage.ClosedAsync(id);

        closed["plans"]!.AsArray().Select(p => (string)p!["methodName"]!).ShouldBe(methods.Split(' '));
        (await rollout.ImageAsync(), await settings.FeaturesAsync()).ShouldBe((Good, "stable"));
        (await rollout.ReplicasAsync()).ShouldBe(new Dictionary<string, int> { [Good] = 2, [Bad] = 0 }, ignoreOrder: true);
        helm.Calls.ShouldBe([$"rollback user-service 1 --namespace {stage.Space.Name}"]);
        stage.Api.Accepted.ShouldBe([$"PATCH /{rollout.Path}", $"PATCH /{rollout.Path}/status"], "Argo's undo; helm does the rest with rights of its own");
        var events = JournalFile.Events(stage.Files.Journal);
        events.ShouldNotContain(e => e.Type == "fallback_started", "on_failure is for when no way helped");
        events.Where(e => e.Type == "quarantined").ShouldHaveSingleItem("what runs again is not blamed").Data.ShouldContain(Bad);
        await stage.People.ToldAsync("argo did not work (check_failed)", ", helm)");
    }

    [Fact]
    public async Task Several_services_lose_their_traffic_side_by_side_when_people_start_it_and_nothing_is_undone()
    {
        string[] services = ["user-service", "application-service"];
        await using var stage = await TeamStage.CreateAsync("admission");
        await using var users = await ArgoByHand.CreateAsync(stage.Space, services[0], Good);
        await using var applications = await ArgoByHand.CreateAsync(stage.Space, services[1], "application-service:2.4.0");
        var flag = new PretendFlag(stage.Application);
        await ServeAsync(stage, users);
        await ServedAsync(stage, applications);
        await users.ReleaseAsync(Bad, promoted: true);
        await applications.ReleaseAsync("application-service:2.4.1", promoted: true);

        foreach (var id in await stage.StartAsync("luis", "cut_traffic", services))
            await stage.ClosedAsync(id);

        flag.Cut.ShouldBe(services, ignoreOrder: true);
        (await users.ImageAsync(), await applications.ImageAsync()).ShouldBe((Bad, "application-service:2.4.1"));
        stage.Api.Accepted.ShouldBeEmpty();
        stage.Application.Asked.Select(a => a.Path).ShouldContain("/api/documents/health", "each is validated by what is its own");
    }

    [Fact]
    public async Task A_minor_issue_is_agreed_to_now_and_nothing_is_changed_before_the_maintenance_window_opens()
    {
        await using var stage = await TeamStage.CreateAsync("admission");
        await using var rollout = await ArgoByHand.CreateAsync(stage.Space, "user-service", Good);
        var flag = new PretendFlag(stage.Application);
        // The suite may run on a Sunday, too.
        stage.MatrixChanges.Add(("weekly: Sun 02:00-04:00", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"weekly: {FiredAlert.Now.AddDays(3):ddd} 02:00-04:00")));
        await ServeAsync(stage, rollout);
        await rollout.ReleaseAsync(Bad, promoted: true);

        await AlertAsync(stage, "P2");
        var id = await stage.OnlyAsync();
        await stage.ApproveAsync(id, "luis");

        await Eventually.BeAsync("it waits for the window", TimeSpan.FromSeconds(60), async () =>
            (await stage.Service.GetAsync($"rollbacks/{id}")).ToJsonString().Contains("waits for the window maintenance, which opens at", StringComparison.Ordinal));
        (await rollout.ImageAsync(), flag.Percentage).ShouldBe((Bad, 100));
        stage.Api.Accepted.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_revision_that_people_name_is_gone_back_to_past_the_ones_in_between()
    {
        const string worst = "user-service:2.4.2";
        await using var stage = await TeamStage.CreateAsync("admission");
        await using var rollout = await ArgoByHand.CreateAsync(stage.Space, "user-service", Good);
        _ = new PretendFlag(stage.Application);
        await ServeAsync(stage, rollout);
        await rollout.ReleaseAsync(Bad, promoted: true);
        await rollout.ReleaseAsync(worst, promoted: true);

        var unknown = (await stage.StartAsync("ana", "undo_to_revision", ["user-service"], Revision("9"))).Single();
        (await stage.ClosedAsync(unknown, "refused")).ToJsonString().ShouldContain("revision 9 is not among the kept ones");
        stage.Api.Accepted.ShouldBeEmpty();
        var id = (await stage.StartAsync("ana", "undo_to_revision", ["user-service"], Revision("1"))).Single();
        await stage.ClosedAsync(id);

        (await rollout.ImageAsync()).ShouldBe(Good);
        (await rollout.ReplicasAsync()).ShouldBe(new Dictionary<string, int> { [Good] = 2, [Bad] = 0, [worst] = 0 }, ignoreOrder: true);
        stage.Api.Accepted.ShouldBe([$"PATCH /{rollout.Path}", $"PATCH /{rollout.Path}/status"]);
        stage.Application.Asked.ShouldContain(a => a.Path == "/api/emergency-log" && a.Body.Contains("\"ana\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_revision_of_the_helm_release_is_gone_back_to_where_people_name_helm()
    {
        using var helm = new PretendHelm();
        await using var stage = await TeamStage.CreateAsync("admission");
        stage.MatrixChanges.Add(("workload: {rollout:", "workload: {deployment:"));
        helm.Grant(stage);
        helm.Has("user-service");
        var deployment = await stage.DeployAsync("user-service", Good);
        await stage.Space.PatchAsync(deployment.Path, """{"metadata": {"annotations": {"alertrollback.io/database-change": "safe"} } }""");
        await stage.ServeAsync();
        await stage.ReleaseAsync(deployment, Bad);

        var id = (await stage.StartAsync("luis", "undo_to_revision", ["user-service"], Revision("1"), "helm")).Single();
        await stage.ClosedAsync(id);

        (await deployment.ReadyImagesAsync()).Distinct().ShouldBe([Good]);
        helm.Calls.ShouldBe([$"rollback user-service 1 --namespace {stage.Space.Name}"]);
        stage.Api.Accepted.ShouldBeEmpty();
    }

    private static Dictionary<string, string> Revision(string number) => new() { ["revision"] = number };

    private static async Task ServeAsync(TeamStage stage, ArgoByHand rollout)
    {
        await stage.ServeAsync();
        await ServedAsync(stage, rollout);
    }

    private static async Task ServedAsync(TeamStage stage, ArgoByHand rollout)
    {
        await Eventually.BeAsync($"{rollout.Name} is known to be good", TimeSpan.FromSeconds(40), () =>
            JournalFile.Events(stage.Files.Journal).Any(e => e.Type == "known_good" && e.Data.Contains($"/{rollout.Name}\"", StringComparison.Ordinal)));
    }

    // Nobody waits for a rule's "for" here: of two times closer than 30 s it cannot be told which came first (S9).
    private static async Task AlertAsync(TeamStage stage, string severity)
    {
        await Eventually.BeAsync($"{Bad} is seen", TimeSpan.FromSeconds(30), () =>
            JournalFile.Events(stage.Files.Journal).Any(e => e.Type == "became_current" && e.Data.Contains(Bad, StringComparison.Ordinal)));
        var labels = new JsonObject { ["alertname"] = "TriedByTest", ["service"] = "user-service", ["severity"] = severity, ["team"] = "admission" };
        (await stage.Service.PostAsync(FiredAlert.Message(FiredAlert.BySomethingReleasedNow, labels))).Status.ShouldBe(200);
    }

    /// <summary>A ConfigMap that belongs to the release, and without whose good text the application is not ready.</summary>
    private sealed class ReleaseSettings(ClusterNamespace space)
    {
        private string Collection => $"api/v1/namespaces/{space.Name}/configmaps";

        private string Path => $"{Collection}/user-service-settings";

        public static async Task<ReleaseSettings> CreateAsync(TeamStage stage, PretendFlag others)
        {
            var settings = new ReleaseSettings(stage.Space);
            await stage.Space.PostAsync(settings.Collection, JsonNode.Parse("""{"metadata": {"name": "user-service-settings"}, "data": {"FEATURES": "stable"} }""")!.AsObject());
            stage.Application.Answer = async asked => asked.Path == "/actuator/health/readiness" && await settings.FeaturesAsync() != "stable" ? (503, "{}") : others.Answer(asked);
            return settings;
        }

        public Task ReleaseAsync() => space.PatchAsync(Path, """{"data": {"FEATURES": "all"} }""", "merge-patch", "helm");

        public async Task<string?> FeaturesAsync() => (string?)(await space.GetAsync(Path))["data"]!["FEATURES"];
    }
}
