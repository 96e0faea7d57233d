using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;
using static AlertRollback.EndToEnd.Teams.PaperlessWorld;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>What people of Paperless Maverick start themselves, on its shipped files: versions, configuration, and looks that change nothing.</summary>
public sealed class PaperlessByHandTests : IAsyncLifetime
{
    private TeamStage _stage = null!;
    private Workload _application = null!;
    private Workload _workers = null!;

    public async ValueTask InitializeAsync()
    {
        _stage = await TeamStage.CreateAsync("paperless");
        (_application, _workers) = await DeployAsync(_stage, configured: true, version: "v1.2.2");
    }

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task A_vulnerability_takes_both_back_at_the_word_of_security_and_what_they_use_is_shown()
    {
        var good = (await _application.TemplateAsync(), await _workers.TemplateAsync());
        await _stage.ServeAsync();
        await _stage.ReleaseAsync(_application, "paperless-maverick:v1.3.0");
        await _stage.ReleaseAsync(_workers, "embedding-queue-workers:v1.3.0");

        foreach (var id in await _stage.StartAsync("pia", "emergency", [Application, Workers]))
            await _stage.ClosedAsync(id);

        (await _application.TemplateAsync(), await _workers.TemplateAsync()).ShouldBe(good);
        (await _application.ReplicasAsync(), await _workers.ReplicasAsync()).ShouldBe((3, 2));
        _stage.Api.Accepted.ShouldBe([$"PATCH /{_application.Path}", $"PATCH /{_workers.Path}"], ignoreOrder: true);
        await _stage.ToldAsync("pia started emergency", "resource usage of pods: this cluster has no metrics API", "resource usage of nodes: this cluster has no metrics API");
    }

    [Fact]
    public async Task A_version_that_is_named_comes_back_with_the_configuration_it_ran_with()
    {
        var good = await _application.TemplateAsync();
        var scripts = await PaperlessScripts.CreateAsync(_stage);
        var database = await PaperlessDatabase.CreateAsync(_stage);
        await _stage.ServeAsync();
        await ConfigurationIsKnownAsync(_stage);
        await MigrationIsKnownAsync(_stage, PaperlessDatabase.Migration);
        await EditSettingsAsync(_stage);
        await _stage.ReleaseAsync(_application, "paperless-maverick:v1.2.3");
        await _stage.ReleaseAsync(_application, "paperless-maverick:v1.3.0");
        (int Backups, int Scripts) atFirstWrite = default;
        _stage.Api.BeforeWrite = () =>
        {
            atFirstWrite = (database.Backups, scripts.Ran.Count);
            return Task.FromResult(true);
        };

        await _stage.ClosedAsync((await _stage.StartAsync("nina", "to_version", [Application], Input("version", "v1.2.2"))).Single());

        atFirstWrite.ShouldBe((2, 2), "validated and backed up first");
        (await _application.TemplateAsync(), await _application.ReplicasAsync()).ShouldBe((good, 3));
        (await SettingsAsync(_stage)).ShouldBe(GoodSettings);
        (await _workers.ImageAsync(), await RestartedAsync(_workers)).ShouldBe(("embedding-queue-workers:v1.2.2", true), "who reads the configuration reads it again");
        _stage.Api.Accepted.ShouldBe([$"PATCH /{SettingsPath(_stage)}", $"PATCH /{_workers.Path}", $"PATCH /{_application.Path}"]);
        scripts.Ran.ShouldContain("test-core-functions --post-rollback");
        await _stage.ToldAsync("nina started to_version", "paperless-maverick:v1.3.0 (revision 3) → paperless-maverick:v1.2.2");
    }

    [Fact]
    public async Task Only_the_configuration_goes_back_and_both_who_read_it_start_anew_with_their_code_as_it_is()
    {
        await _stage.ServeAsync();
        await ConfigurationIsKnownAsync(_stage);
        await EditSettingsAsync(_stage);

        await _stage.ClosedAsync((await _stage.StartAsync("nina", "configuration", [Application])).Single());

        (await SettingsAsync(_stage)).ShouldBe(GoodSettings);
        (await RestartedAsync(_application), await RestartedAsync(_workers)).ShouldBe((true, true));
        (await _application.ImageAsync(), await _workers.ImageAsync()).ShouldBe(("paperless-maverick:v1.2.2", "embedding-queue-workers:v1.2.2"));
        _stage.Api.Accepted[0].ShouldBe($"PATCH /{SettingsPath(_stage)}", "back before anybody reads it again");
        _stage.Api.Accepted.Skip(1).ShouldBe([$"PATCH /{_application.Path}", $"PATCH /{_workers.Path}"], ignoreOrder: true);
        await _stage.ToldAsync("paperless-maverick-config as ");
    }

    [Fact]
    public async Task The_cluster_is_compared_with_the_versioned_configuration_without_a_secret_being_told_or_anything_changed()
    {
        await _stage.ServeAsync();
        _stage.Files.Write("credentials/paperless-secrets-v1.2.2.yml", "{apiVersion: v1, kind: Secret, metadata: {name: paperless-maverick-secrets}, stringData: {TOKEN: s3cr3t}}");
        await _stage.Space.PostAsync($"api/v1/namespaces/{_stage.Space.Name}/secrets", (JsonObject)JsonNode.Parse("""{"metadata": {"name": "paperless-maverick-secrets"}, "stringData": {"TOKEN": "0ther"} }""")!);

        await _stage.ClosedAsync((await _stage.StartAsync("nina", "compare_configuration", [Application])).Single());

        await _stage.ToldAsync("data.MAX_UPLOAD_MB: 20 ", "data.EMBEDDING_QUEUE_BATCH: added", "paperless-maverick-secrets: 1 value differs (not shown)");
        (await SettingsAsync(_stage)).ShouldBe(GoodSettings);
        _stage.Api.Accepted.ShouldBeEmpty();
        var told = string.Join('\n', JournalFile.Events(_stage.Files.Journal).Select(e => e.Data).Concat(_stage.People.Messages.SelectMany(m => _stage.People.Replies(m).Prepend(m)).Select(_stage.People.Words)));
        foreach (var secret in (string[])["s3cr3t", "0ther", Convert.ToBase64String("s3cr3t"u8), Convert.ToBase64String("0ther"u8)])
            told.ShouldNotContain(secret);
    }

    [Fact]
    public async Task Both_read_their_configuration_again_without_anything_else_being_touched()
    {
        await _stage.ServeAsync();

        await _stage.ClosedAsync((await _stage.StartAsync("omar", "read_configuration_again", [Application])).Single());

        (await RestartedAsync(_application), await RestartedAsync(_workers)).ShouldBe((true, true));
        (await _application.ReplicasAsync(), await _workers.ReplicasAsync()).ShouldBe((3, 2));
        await _application.CompleteAsync();
        await _workers.CompleteAsync();
        (await SettingsAsync(_stage)).ShouldBe(GoodSettings);
        _stage.Api.Accepted.ShouldBe([$"PATCH /{_application.Path}", $"PATCH /{_workers.Path}"], ignoreOrder: true);
        await _stage.ToldAsync("omar started read_configuration_again");
    }

    [Fact]
    public async Task A_rollback_that_hangs_on_its_database_is_looked_into_from_a_pod_and_in_SQL()
    {
        var database = await PaperlessDatabase.CreateAsync(_stage);
        await database.RunAsync("INSERT INTO schema_migrations SELECT (20250121000000 + g)::text FROM generate_series(1, 11) g");
        _stage.Api.Programs = _stage.Add(new PodPrograms());
        await _stage.Api.Programs.AddAsync("wget", "[ \"$*\" = '-qO- http://localhost:3000/health/database' ] && echo '{\"status\": \"locked by migration\"}'");
        await _stage.ServeAsync();

        await _stage.ClosedAsync((await _stage.StartAsync("nina", "look_at_database", [Application])).Single());

        await _stage.ToldAsync("locked by migration", "20250121000011, 20250121000010");
        _stage.People.Messages.SelectMany(_stage.People.Replies).ShouldAllBe(r => !_stage.People.Words(r).Contains("20250121000001", StringComparison.Ordinal), "the newest ten");
        _stage.Api.Accepted.ShouldBeEmpty();
    }

    private static Dictionary<string, string> Input(string name, string value) => new() { [name] = value };
}
