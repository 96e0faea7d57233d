namespace AlertRollback.EndToEnd.Teams;

/// <summary>The reports module's runbook, on its shipped files, when an alert fires.</summary>
public sealed class ReportsTests
{
    private const string Backend = "pharma-care-backend";
    private const string Workers = "reports-job-processor";
    private const string Good = "pharma-care-backend:v1";
    private const string Bad = "pharma-care-backend:v2";
    private const string Worst = "pharma-care-backend:v3";

    [Fact]
    public async Task At_once_the_backend_goes_back_and_workers_and_flag_are_as_they_were_found()
    {
        await using var world = await ReportsWorld.CreateAsync();
        var (backend, workers, good) = await world.ServeAsync();
        var api = world.Stage.Api;
        await world.Stage.ReleaseAsync(backend, Bad);

        await world.Stage.AlertAsync(Backend, ("severity", "critical"));
        var rollback = await world.Stage.ClosedAsync(await world.Stage.OnlyAsync());

        (await backend.TemplateAsync()).ShouldBe(good);
        (await backend.ReplicasAsync()).ShouldBe(3);
        (await workers.ReplicasAsync()).ShouldBe(2);
        (await world.FlagAsync()).ShouldBe("true");

        var job = (await world.JobsAsync()).ShouldHaveSingleItem();
        ((string?)job["metadata"]!["labels"]!["alertrollback.io/rollback"]).ShouldBe((string?)rollback["rollback"]!["id"]);
        ((string?)job["status"]!["conditions"]![0]!["type"]).ShouldBe("Complete");
        rollback.ToJsonString().ShouldContain("INFO finished: exit code 0", Case.Sensitive, "the end of the Job's log");

        // Set, scaled down, undone; scaled up again, put back; and then the Job that only looks.
        api.Accepted.ShouldBe(
        [
            $"PATCH /{world.FlagsPath}", $"PATCH /{workers.Path}", $"PATCH /{backend.Path}",
            $"PATCH /{workers.Path}", $"PATCH /{world.FlagsPath}", $"POST /{world.JobsPath}",
        ]);
        world.Stage.Application.Asked.ShouldContain(a =>
            a.Method == "POST" && a.Path == "/api/reports/export" && a.Body.Contains("patient-outcomes") && a.Authorization == "Bearer e2e-reports-test-token");
    }

    [Fact]
    public async Task Where_the_release_before_is_measurably_no_better_people_agree_to_the_one_before_it_and_everything_is_put_back()
    {
        await using var world = await ReportsWorld.CreateAsync();
        world.Stage.LongestTimes["within"] = TimeSpan.FromSeconds(30);
        var (backend, workers, good) = await world.ServeAsync();
        world.Stage.Application.Answer = async asked => (asked.Path == "/api/health" && await backend.ImageAsync() != Good ? 503 : 200, "{}");
        await world.Stage.ReleaseAsGoodAsync(backend, Bad);
        await world.Stage.ReleaseAsync(backend, Worst);

        await world.Stage.AlertAsync(Backend, ("alertname", "ReportsHealthFailing"), ("severity", "critical"));
        var id = await world.Stage.OnlyAsync();
        await world.Stage.AskedAsync(id);
        (await backend.ImageAsync(), await workers.ReplicasAsync(), await world.FlagAsync()).ShouldBe((Bad, 2, "true"), "people are asked about a module that is as it was found");
        await world.Stage.ApproveAsync(id, "jonas");
        var rollback = await world.Stage.ClosedAsync(id);

        (await backend.TemplateAsync(), await backend.ReplicasAsync()).ShouldBe((good, 3));
        (await workers.ReplicasAsync(), await world.FlagAsync()).ShouldBe((2, "true"));
        (await world.JobsAsync()).ShouldHaveSingleItem("only what is healthy is asked for its data");
        rollback["plans"]!.AsArray().Select(p => (string)p!["methodName"]!).ShouldBe(["undo", "earlier"]);
        string[] both = [$"PATCH /{world.FlagsPath}", $"PATCH /{workers.Path}", $"PATCH /{backend.Path}", $"PATCH /{workers.Path}", $"PATCH /{world.FlagsPath}"];
        world.Stage.Api.Accepted.ShouldBe([.. both, .. both, $"POST /{world.JobsPath}"]);
        world.Quarantined.ShouldBe([Worst, Bad], ignoreOrder: true);
        await world.Stage.People.ToldAsync("undo did not work (check_failed)", "503", "(immediate, earlier)", $"{Good} (revision");
    }

    [Fact]
    public async Task Workers_that_leak_since_the_release_before_go_back_alone_to_the_one_before_it()
    {
        const string leaks = "reports-job-processor:v2";
        await using var world = await ReportsWorld.CreateAsync();
        world.Stage.LongestTimes["within"] = TimeSpan.FromSeconds(30);
        var (backend, workers, _) = await world.ServeAsync();
        var (good, untouched) = (await workers.TemplateAsync(), await backend.RevisionAsync());
        await world.Stage.ReleaseAsGoodAsync(workers, leaks);
        await world.Stage.ReleaseAsync(workers, "reports-job-processor:v3");
        world.Stage.Application.Measure = query => query.Contains("memory_of_limit", StringComparison.Ordinal) ? world.Stage.Api.Accepted.Count < 2 ? 0.97 : 0.41 : 0;

        await world.Stage.AlertAsync(Workers, ("alertname", "ReportsMemory"), ("severity", "high"));
        var id = await world.Stage.OnlyAsync();
        await world.Stage.ApproveAsync(id, "mei");
        var rollback = await world.Stage.ClosedAsync(id);

        (await workers.TemplateAsync(), await workers.ReplicasAsync()).ShouldBe((good, 2));
        (await backend.RevisionAsync(), await backend.ReplicasAsync(), await world.FlagAsync()).ShouldBe((untouched, 3, "true"));
        world.Stage.Api.Accepted.ShouldBe([$"PATCH /{workers.Path}", $"PATCH /{workers.Path}"]);
        rollback["plans"]!.AsArray().Select(p => (string)p!["methodName"]!).ShouldBe(["undo", "earlier"]);
        await world.Stage.People.ToldAsync("share of the memory limit: 0.97", "(workers, earlier)");
    }

    [Fact]
    public async Task Data_that_fails_its_check_after_the_only_undo_there_is_is_a_measured_failure_and_never_called_well()
    {
        await using var world = await ReportsWorld.CreateAsync(check: "check:v1-fail");
        world.Stage.LongestTimes["within"] = TimeSpan.FromSeconds(30);
        var (backend, workers, good) = await world.ServeAsync();
        await world.Stage.ReleaseAsync(backend, Bad);

        await world.Stage.AlertAsync(Backend, ("severity", "critical"));
        var rollback = await world.Stage.ClosedAsync(await world.Stage.OnlyAsync(), "failed");

        (await backend.TemplateAsync()).ShouldBe(good, "undone it is all the same");
        (await workers.ReplicasAsync()).ShouldBe(2);
        (await world.FlagAsync()).ShouldBe("true");
        ((string?)rollback["rollback"]!["reason"]).ShouldBe("check_failed");
        rollback.ToJsonString().ShouldContain("BackoffLimitExceeded");
        rollback.ToJsonString().ShouldContain("; the next method is not possible: no earlier revision may be used");
        rollback["plans"]!.AsArray().Select(p => (string)p!["methodName"]!).ShouldBe(["undo"], "nobody is asked about what cannot be done");
        await world.Stage.People.CalledAsync("U012AB3DA");
    }
}
