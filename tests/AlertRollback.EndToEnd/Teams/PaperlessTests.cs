using System.Diagnostics;
using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;
using AlertRollback.Operators;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>The Paperless Maverick runbook, on its shipped files.</summary>
public sealed class PaperlessTests
{
    private const string Application = "paperless-maverick";
    private const string Workers = "embedding-queue-workers";
    private const string Settings = "paperless-maverick-config";
    private const string GoodSettings = """{"MAX_UPLOAD_MB":"20","OCR_TIMEOUT_SECONDS":"30"}""";

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
        await stage.Space.PatchAsync(SettingsPath(stage), """{"data": {"MAX_UPLOAD_MB": "0", "NEW": "1"} }""", "merge-patch", "kubectl-edit");

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
        using var scripts = new SiteScripts(stage);
        using var database = await TeamDatabase.CreateAsync(stage);
        await stage.ServeAsync();
        await Eventually.BeAsync("the migration of the good release is known", TimeSpan.FromSeconds(40), () =>
            JournalFile.Events(stage.Files.Journal).Any(e => e.Type == "measured" && e.Data.Contains(TeamDatabase.Migration, StringComparison.Ordinal)));
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

    [Fact]
    public async Task Where_the_rollback_itself_failed_both_are_stopped_restored_from_the_backup_and_started_again()
    {
        await using var stage = await TeamStage.CreateAsync("paperless");
        var (application, workers) = await DeployAsync(stage);
        using var scripts = new SiteScripts(stage);
        using var database = await TeamDatabase.CreateAsync(stage);
        await database.BreakAsync();
        await stage.ServeAsync();

        var id = (await stage.StartAsync("nina", "restore", [Application], new Dictionary<string, string> { ["backup"] = TeamDatabase.BackedUp })).ShouldHaveSingleItem();
        await stage.ApproveAsync(id, "omar", TeamDatabase.BackedUp);
        await stage.ClosedAsync(id);

        (await database.DocumentsAsync(), database.Backups).ShouldBe((TeamDatabase.Good, 2), "what was broken is kept, too");
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
        using var scripts = new SiteScripts(stage);
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

    private static async Task<(Workload Application, Workload Workers)> DeployAsync(TeamStage stage, bool configured = false)
    {
        if (configured)
            await CreateAsync(stage);
        var (application, workers) = (await stage.DeployAsync(Application, "paperless-maverick:v1", 3), await stage.DeployAsync(Workers, "embedding-queue-workers:v1", 2));
        foreach (var reader in configured ? new[] { application, workers } : [])
        {
            await stage.Space.PatchAsync(reader.Path, $$"""{"spec": {"template": {"spec": {"containers": [{"name": "app", "envFrom": [{"configMapRef": {"name": "{{Settings}}"} }]}]} } } }""");
            await reader.CompleteAsync();
        }

        return (application, workers);
    }

    private static async Task CreateAsync(TeamStage stage)
    {
        await stage.Space.PostAsync($"api/v1/namespaces/{stage.Space.Name}/configmaps?fieldManager=kubectl-create", new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = Settings },
            ["data"] = JsonNode.Parse(GoodSettings),
        });
    }

    private static Task ConfigurationIsKnownAsync(TeamStage stage) => Eventually.BeAsync("the configuration is known to be good", TimeSpan.FromSeconds(40), () =>
        JournalFile.Events(stage.Files.Journal).Any(e => e.Type == "configuration_seen" && e.Data.Contains($"/{Application}\"", StringComparison.Ordinal) && e.Data.Contains("\"good\":true", StringComparison.Ordinal)));

    private static string SettingsPath(TeamStage stage) => $"api/v1/namespaces/{stage.Space.Name}/configmaps/{Settings}";

    private static async Task<string> SettingsAsync(TeamStage stage) => (await stage.Space.GetAsync(SettingsPath(stage)))["data"]!.ToJsonString();

    private static async Task<bool> RestartedAsync(Workload workload) => (await workload.TemplateAsync()).Contains("kubectl.kubernetes.io/restartedAt", StringComparison.Ordinal);

    /// <summary>The team's own scripts, which only write down that they were run.</summary>
    private sealed class SiteScripts : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public SiteScripts(TeamStage stage)
        {
            foreach (var name in new[] { "rollback-database", "rollback-data-migration", "validate-deployment", "test-core-functions", "test-user-workflows", "validate-data-integrity" })
            {
                // Copied by another process: a file that this one had open for writing may be refused as "busy" when run.
                var text = folder.Write($"{name}.text", $"#!/bin/sh\necho \"{name} $*\" >> '{Log}'\n");
                using var install = Process.Start("install", ["-m", "755", text, Path.Combine(folder.Path, name)]);
                install.WaitForExit();
                install.ExitCode.ShouldBe(0);
            }

            stage.OperatorChanges.Add(("/opt/paperless/scripts/", $"{folder.Path}/"));
        }

        public IReadOnlyList<string> Ran => File.Exists(Log) ? File.ReadAllLines(Log) : [];

        private string Log => Path.Combine(folder.Path, "log");

        public void Dispose() => folder.Dispose();
    }

    /// <summary>A real PostgreSQL as the team's, on this machine instead of in a pod, with one backup from a good time.</summary>
    private sealed class TeamDatabase : IDisposable
    {
        public const string BackedUp = "2026-11-21 10:30:00";
        public const string Good = "invoice,receipt";
        public const string Migration = "20250120120000";

        private readonly TemporaryFolder backups = new();
        private ThrowAwayPostgres.Database database = null!;

        public int Backups => Directory.GetFiles(backups.Path, "*.dump").Length;

        public static async Task<TeamDatabase> CreateAsync(TeamStage stage)
        {
            var team = new TeamDatabase();
            team.database = await ThrowAwayPostgres.Current.CreateAsync();
            var (programs, port) = (((DatabaseReach.Program)team.database.Granted.Reach).Folder, team.database.Granted.Port);
            await team.database.RunAsync($"CREATE TABLE schema_migrations (version text); INSERT INTO schema_migrations VALUES ('{Migration}'); CREATE TABLE documents (name text); INSERT INTO documents VALUES ('invoice'), ('receipt')");
            await team.BackUpAsync(programs!, port!.Value);
            stage.OperatorChanges.Add(("database: paperless_maverick", $"database: {team.database.Name}"));
            stage.OperatorChanges.Add(("exec: {namespace: database, workload: deployment/postgresql}", $"program: {{folder: {programs}}}\n        address: \"127.0.0.1:{port}\""));
            stage.OperatorChanges.Add(("directory: /backups/paperless", $"directory: {team.backups.Path}"));
            return team;
        }

        public Task BreakAsync() => database.RunAsync("DELETE FROM documents");

        public Task<string> DocumentsAsync() => database.RunAsync("SELECT string_agg(name, ',' ORDER BY name) FROM documents");

        public void Dispose() => backups.Dispose();

        private async Task BackUpAsync(string programs, int port)
        {
            await using var dump = RunningProgram.Start(
                Path.Combine(programs, "pg_dump"), ["-h", "127.0.0.1", "-p", $"{port}", "-U", "postgres", "-Fc", "-f", Path.Combine(backups.Path, "20261121T103000Z.dump"), database.Name]);
            (await dump.WaitForExitAsync(TimeSpan.FromSeconds(20))).ShouldBe(0, dump.Output);
        }
    }
}
