using AlertRollback.EndToEnd.Support;
using static AlertRollback.EndToEnd.Teams.PaperlessWorld;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>The Paperless Maverick runbook, on its shipped files.</summary>
public sealed class PaperlessTests
{
    [Fact]
    public async Task A_failing_health_check_takes_the_application_back_and_leaves_the_workers_alone()
    {
        await using var stage = await TeamStage.CreateAsync("paperless");
        var (application, workers) = await DeployAsync(stage);
        var (good, others) = (await application.TemplateAsync(), await workers.TemplateAsync());
        await stage.ServeAsync();
        await stage.ReleaseAsync(application, "paperless-maverick:v2");

        await stage.AlertAsync(Application, ("alertname", "PaperlessHealthFailing"), ("severity", "critical"));
        await stage.ClosedAsync(await stage.OnlyAsync());

        (await application.TemplateAsync(), await application.ReplicasAsync()).ShouldBe((good, 3));
        (await workers.TemplateAsync(), await workers.ReplicasAsync(), await workers.RevisionAsync()).ShouldBe((others, 2, 1));
        stage.Api.Accepted.ShouldBe([$"PATCH /{application.Path}"]);
        stage.Application.Asked.Select(a => a.Path).ShouldContain("/health/ready");
    }

    [Fact]
    public async Task Where_the_code_was_not_to_blame_the_configuration_goes_back_and_everybody_who_reads_it_starts_anew()
    {
        await using var stage = await TeamStage.CreateAsync("paperless");
        var (application, workers) = await DeployAsync(stage, configured: true);
        var good = await application.TemplateAsync();
        stage.LongestTimes["within"] = TimeSpan.FromSeconds(20);
        stage.Application.Answer = async asked => asked.Path == "/health/ready" && await SettingsAsync(stage) != GoodSettings ? (500, "{}") : (200, "{}");
        await stage.ServeAsync();
        await ConfigurationIsKnownAsync(stage);
        await stage.ReleaseAsync(application, "paperless-maverick:v2");
        await EditSettingsAsync(stage);

        await stage.AlertAsync(Application, ("alertname", "PaperlessErrors"), ("severity", "critical"));
        var closed = await stage.ClosedAsync(await stage.OnlyAsync());

        closed.ToJsonString().ShouldContain("method_failed");
        (await SettingsAsync(stage)).ShouldBe(GoodSettings);
        (await application.ImageAsync(), await application.ReplicasAsync()).ShouldBe(("paperless-maverick:v1", 3));
        (await RestartedAsync(application), await RestartedAsync(workers), await workers.ReplicasAsync()).ShouldBe((true, true, 2));
        (await application.TemplateAsync()).ShouldNotBe(good, "started anew");
        stage.Api.Accepted.ShouldBe([$"PATCH /{application.Path}", $"PATCH /{SettingsPath(stage)}", $"PATCH /{workers.Path}", $"PATCH /{application.Path}"]);
    }

    [Fact]
    public async Task The_standard_way_backs_up_and_validates_before_it_takes_anything_back()
    {
        await using var stage = await TeamStage.CreateAsync("paperless");
        var (application, _) = await DeployAsync(stage);
        var good = await application.TemplateAsync();
        var scripts = await PaperlessScripts.CreateAsync(stage);
        var database = await PaperlessDatabase.CreateAsync(stage);
        await stage.ServeAsync();
        await MigrationIsKnownAsync(stage, PaperlessDatabase.Migration);
        await stage.ReleaseAsync(application, "paperless-maverick:v2");
        (int Backups, int Scripts) atFirstWrite = default;
        stage.Api.BeforeWrite = () =>
        {
            atFirstWrite = (database.Backups, scripts.Ran.Count);
            return Task.FromResult(true);
        };

        await stage.AlertAsync(Application, ("alertname", "PaperlessSlow"), ("severity", "high"));
        await stage.ClosedAsync(await stage.OnlyAsync());

        atFirstWrite.ShouldBe((2, 2), "the one from before and the one of now; both validations");
        (await application.TemplateAsync()).ShouldBe(good);
        scripts.Ran.ShouldContain("test-user-workflows --critical");
    }

    [Theory]
    [InlineData(1.7, 1200, "failed", "p95 as a share of its limit: 1.7, expected below 1")]
    [InlineData(1.7, 3, "inconclusive", "share of errors: 0, but of 3 requests, where 20 would be enough to tell, expected below 0.05")]
    [InlineData(null, 1200, "inconclusive", "p95 as a share of its limit: no data, expected below 1")]
    public async Task What_is_as_slow_after_the_undo_as_before_is_no_success_and_neither_is_what_nobody_measured(double? share, double requests, string outcome, string told)
    {
        await using var stage = await TeamStage.CreateAsync("paperless");
        var (application, _) = await DeployAsync(stage);
        var good = await application.TemplateAsync();
        stage.LongestTimes["within"] = TimeSpan.FromSeconds(20);
        await PaperlessScripts.CreateAsync(stage);
        await PaperlessDatabase.CreateAsync(stage);
        stage.Application.Measure = query => query.Contains("p95_5m_limit", StringComparison.Ordinal) ? share : 0;
        stage.Application.Requests = requests;
        await stage.ServeAsync();
        await MigrationIsKnownAsync(stage, PaperlessDatabase.Migration);
        await stage.ReleaseAsync(application, "paperless-maverick:v2");

        await stage.AlertAsync(Application, ("alertname", "PaperlessSlow"), ("severity", "high"));
        await stage.ClosedAsync(await stage.OnlyAsync(), outcome);

        (await application.TemplateAsync()).ShouldBe(good, "undone it is all the same");
        stage.Api.Accepted.ShouldBe([$"PATCH /{application.Path}"], "and nothing more is changed");
        await stage.ToldAsync(told);
    }

    [Fact]
    public async Task Where_the_rollback_itself_failed_both_are_stopped_restored_from_the_backup_and_started_again()
    {
        await using var stage = await TeamStage.CreateAsync("paperless");
        var (application, workers) = await DeployAsync(stage);
        var scripts = await PaperlessScripts.CreateAsync(stage);
        var database = await PaperlessDatabase.CreateAsync(stage);
        await database.BreakAsync();
        await stage.ServeAsync();

        var id = (await stage.StartAsync("nina", "restore", [Application], new Dictionary<string, string> { ["backup"] = PaperlessDatabase.BackedUp })).ShouldHaveSingleItem();
        await stage.ApproveAsync(id, "omar", PaperlessDatabase.BackedUp);
        await stage.ClosedAsync(id);

        (await database.DocumentsAsync(), database.Backups).ShouldBe((PaperlessDatabase.Good, 2), "what was broken is kept, too");
        (await application.ReplicasAsync(), await workers.ReplicasAsync()).ShouldBe((3, 2));
        stage.Api.Accepted.Take(2).ShouldBe([$"PATCH /{application.Path}", $"PATCH /{workers.Path}"], ignoreOrder: true);
        stage.Api.Accepted.Skip(2).ShouldBe([$"PATCH /{application.Path}", $"PATCH /{workers.Path}"]);
        scripts.Ran.ShouldContain("validate-data-integrity --post-rollback");
    }

    [Fact]
    public async Task A_rollout_that_is_stuck_gets_the_image_of_the_version_that_is_named()
    {
        await using var stage = await TeamStage.CreateAsync("paperless");
        var (application, _) = await DeployAsync(stage);
        stage.MatrixChanges.Add(("container: paperless-maverick", "container: app"));
        var scripts = await PaperlessScripts.CreateAsync(stage);
        await stage.ServeAsync();
        await stage.ReleaseAsync(application, "paperless-maverick:v2-bad", becomesReady: false);

        var id = (await stage.StartAsync("nina", "stuck", [Application], new Dictionary<string, string> { ["version"] = "v1.2.2" })).ShouldHaveSingleItem();
        await stage.ApproveAsync(id, "omar");
        await stage.ClosedAsync(id);

        (await application.ImageAsync()).ShouldBe("paperless-maverick:v1.2.2");
        (await application.ReadyImagesAsync()).ShouldBe(["paperless-maverick:v1.2.2", "paperless-maverick:v1.2.2", "paperless-maverick:v1.2.2"]);
        stage.Api.Accepted.ShouldBe([$"PATCH /{application.Path}"]);
    }

    [Fact]
    public async Task A_configuration_that_somebody_else_owns_is_refused_with_the_owner_and_taken_only_by_force()
    {
        await using var stage = await TeamStage.CreateAsync("paperless");
        var (application, workers) = await DeployAsync(stage, configured: true);
        await stage.ServeAsync();
        stage.Files.Write("credentials/paperless-secrets-v1.2.2.yml", "{apiVersion: v1, kind: Secret, metadata: {name: paperless-maverick-secrets}, stringData: {TOKEN: s3cr3t}}");

        var refused = await stage.ClosedAsync((await stage.StartAsync("nina", "configuration_1_2_2", [Application]))[0], "refused");
        refused.ToJsonString().ShouldContain("field_conflict");
        refused.ToJsonString().ShouldContain("kubectl-create");
        stage.Api.Accepted.ShouldBeEmpty();

        var id = (await stage.StartAsync("omar", "configuration_conflict", [Application]))[0];
        await stage.ApproveAsync(id, "nina", Application);
        await stage.ClosedAsync(id);

        (await SettingsAsync(stage)).ShouldBe("""{"EMBEDDING_QUEUE_BATCH":"25","MAX_UPLOAD_MB":"50","OCR_TIMEOUT_SECONDS":"30"}""");
        (await RestartedAsync(application), await RestartedAsync(workers)).ShouldBe((true, true));

        // The fields are ours by now, so that the ordinary way is open, and the Secret comes with it.
        id = (await stage.StartAsync("nina", "configuration_1_2_2", [Application]))[0];
        await stage.ApproveAsync(id, "omar");
        await stage.ClosedAsync(id);

        var encoded = Convert.ToBase64String("s3cr3t"u8);
        ((string?)(await stage.Space.GetAsync($"api/v1/namespaces/{stage.Space.Name}/secrets/paperless-maverick-secrets"))["data"]!["TOKEN"]).ShouldBe(encoded);
        JournalFile.Events(stage.Files.Journal).ShouldAllBe(e => !e.Data.Contains("s3cr3t", StringComparison.Ordinal) && !e.Data.Contains(encoded, StringComparison.Ordinal));
    }
}
