using AlertRollback.EndToEnd.Support;
using static AlertRollback.EndToEnd.Teams.PaperlessWorld;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>The database's part of the Paperless Maverick runbook, by hand on its shipped files: a real PostgreSQL, and the team's scripts that move it.</summary>
public sealed class PaperlessDatabaseTests : IAsyncLifetime
{
    private const string Newer = "20250121093000";

    private TeamStage _stage = null!;
    private Workload _application = null!;
    private PaperlessScripts _scripts = null!;
    private PaperlessDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _stage = await TeamStage.CreateAsync("paperless");
        (_application, _) = await DeployAsync(_stage);
        _scripts = await PaperlessScripts.CreateAsync(_stage);
        _database = await PaperlessDatabase.CreateAsync(_stage);
        await _database.RunAsync($"INSERT INTO schema_migrations VALUES ('{Newer}'); INSERT INTO documents VALUES ('written since')");
    }

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    [Fact]
    public async Task The_schema_goes_back_to_a_migration_that_another_person_typed_and_where_it_is_then_decides()
    {
        await _scripts.DoAsync("rollback-database", $"{_database.Psql} \"DELETE FROM schema_migrations WHERE version > '$2'\"");
        await _stage.ServeAsync();

        var id = (await _stage.StartAsync("nina", "schema", [Application], new Dictionary<string, string> { ["migration"] = PaperlessDatabase.Migration })).Single();
        (await _stage.TryApproveAsync(id, "omar", Newer)).ShouldBe(400, "another text than the migration's id");
        (await _database.MigrationsAsync()).ShouldBe($"{Newer},{PaperlessDatabase.Migration}", "nobody agreed yet");
        await _stage.ApproveAsync(id, "omar", PaperlessDatabase.Migration);
        await _stage.ClosedAsync(id);

        (await _database.MigrationsAsync(), _database.Backups).ShouldBe((PaperlessDatabase.Migration, 2));
        _scripts.Ran.Take(3).ShouldBe(["validate-deployment --post-rollback", "validate-data-integrity --post-rollback", $"rollback-database --to {PaperlessDatabase.Migration} --validate"]);
        _scripts.Ran.Skip(3).Distinct().ShouldBe(["validate-deployment --post-rollback", "test-core-functions --post-rollback", "test-user-workflows --critical", "validate-data-integrity --post-rollback"], ignoreOrder: true);
        _stage.Api.Accepted.ShouldBeEmpty("what runs is not touched");
        (await _application.ReplicasAsync()).ShouldBe(3);
        await _stage.ToldAsync("omar said yes", $"migration {Newer} of paperless → migration {PaperlessDatabase.Migration}");
    }

    [Fact]
    public async Task A_script_that_ends_well_and_leaves_the_schema_where_it_is_has_failed_and_the_database_admin_is_called()
    {
        await _stage.ServeAsync();

        var id = (await _stage.StartAsync("nina", "schema", [Application], new Dictionary<string, string> { ["migration"] = PaperlessDatabase.Migration })).Single();
        await _stage.ApproveAsync(id, "omar");
        await _stage.ClosedAsync(id, "failed");

        _scripts.Ran.Count(r => r.StartsWith("rollback-database", StringComparison.Ordinal)).ShouldBe(1);
        await _stage.ToldAsync($"is at migration {Newer}", "<@U012AB3FB>");
    }

    [Fact]
    public async Task A_data_migration_goes_back_after_a_backup_and_keeps_what_was_written_since()
    {
        await _scripts.DoAsync("rollback-data-migration", $"ls '{_database.BackupFolder}' | grep -c 'dump$' > '{_database.BackupFolder}/seen'; {_database.Psql} \"UPDATE documents SET name = upper(name)\"");
        await _stage.ServeAsync();

        await _stage.ClosedAsync((await _stage.StartAsync("nina", "data_migration", [Application], new Dictionary<string, string> { ["name"] = "x; rm -rf /" })).Single(), "refused");
        _scripts.Ran.ShouldBeEmpty();
        var id = (await _stage.StartAsync("nina", "data_migration", [Application], new Dictionary<string, string> { ["name"] = "embedding_enhancement_v2" })).Single();
        await _stage.ApproveAsync(id, "omar", "embedding_enhancement_v2");
        await _stage.ClosedAsync(id);

        _scripts.Ran.Where(r => r.StartsWith("rollback-", StringComparison.Ordinal)).ShouldBe(["rollback-data-migration embedding_enhancement_v2 --keep-new-data --validate"]);
        (await _database.DocumentsAsync()).ShouldBe("INVOICE,RECEIPT,WRITTEN SINCE");
        File.ReadAllText(Path.Combine(_database.BackupFolder, "seen")).Trim().ShouldBe("2", "backed up before, besides the older one");
        _stage.Api.Accepted.ShouldBeEmpty();
        await _stage.ToldAsync("omar said yes", "roll-back-data-migration");
    }
}
