using AlertRollback.EndToEnd.Support;
using AlertRollback.Operators;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Databases;

/// <summary>A real database, restored by the service from a terminal: typed, agreed to by another person, the application stopped meanwhile.</summary>
public sealed class RestoredByHandTests(ThrowAwayPostgres postgres) : IAsyncLifetime
{
    private const string Password = "e2e-database-password";

    private ThrowAwayPostgres.Database _database = null!;
    private ByHandStage _stage = null!;

    private string Backups => Path.Combine(_stage.Files.Folder, "backups");

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.CreateAsync();
        await _database.RunAsync("CREATE TABLE rentals (id int PRIMARY KEY); INSERT INTO rentals SELECT generate_series(1, 500)");
        _stage = await ByHandStage.CreateAsync("shop/rental-api:v1");
        Directory.CreateDirectory(Backups);
        _stage.Files.Write("credentials/database", Password);
        var granted = _database.Granted;
        _stage.Configure(Playbooks, "{on-call: {names: [alice]}, database-admin: {names: [carol]} }", ["alice", "carol"], database: $$"""
            {kind: postgresql, program: {folder: "{{((DatabaseReach.Program)granted.Reach).Folder}}"}, address: "{{granted.Host}}:{{granted.Port}}", database: {{granted.Database}}, user: {{granted.User}}, password: {file: credentials/database}, allow: [restore], backups: {directory: "{{Backups}}"} }
            """);
        await _stage.ServeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_stage is not null)
            await _stage.DisposeAsync();
    }

    [Fact]
    public async Task A_damaged_database_is_put_back_and_the_application_runs_again()
    {
        var backup = await BackUpAsync();
        await _database.RunAsync("DELETE FROM rentals WHERE id > 3");

        var id = await _stage.StartAsync("alice", "restore", "--input", $"backup={backup}");
        var digest = await _stage.DigestAsync("carol", "database-admin", id);
        (await ApproveAsync(id, digest, "latest")).ShouldBe(1, "another text than the backup's");
        (await CountAsync()).ShouldBe("3", "nobody agreed yet");
        (await ApproveAsync(id, digest, backup)).ShouldBe(0);
        await _stage.ClosedAsync(id, "rolled_back");

        (await CountAsync()).ShouldBe("500");
        await _stage.Workload.CompleteAsync();
        (await _stage.Workload.ReplicasAsync()).ShouldBe(3, "the application runs as before");
        var journal = string.Concat(JournalFile.Events(_stage.Files.Journal).Select(e => e.Data));
        journal.ShouldContain("the present is kept as");
        journal.ShouldNotContain(Password);
    }

    [Fact]
    public async Task A_restore_that_fails_is_told_and_the_application_stays_stopped()
    {
        var backup = await BackUpAsync();
        // What depends on something of the backup keeps PostgreSQL from putting it back: the transaction is taken back as a whole.
        await _database.RunAsync("DELETE FROM rentals WHERE id > 3; CREATE VIEW later AS SELECT * FROM rentals");

        var id = await _stage.StartAsync("alice", "restore", "--input", $"backup={backup}");
        (await ApproveAsync(id, await _stage.DigestAsync("carol", "database-admin", id), backup)).ShouldBe(0);
        await _stage.ClosedAsync(id, "failed");

        (await CountAsync()).ShouldBe("3");
        (await _stage.Workload.ReplicasAsync()).ShouldBe(0);
        JournalFile.Events(_stage.Files.Journal).ShouldContain(e => e.Type == "paged");
    }

    private const string Playbooks = """
        playbooks:
          back_up:
            manual: {role: on-call}
            steps: [backup: rental]
            verify: [healthy]
            stabilise: 1s
          restore:
            manual: {role: on-call, inputs: {backup: required} }
            approval: {role: database-admin, within: 10m, by_another: true, type: the backup's name, answer: "${backup}"}
            meanwhile: [scale: {replicas: 0}]
            keep_meanwhile_on_failure: true
            within: 90s
            steps:
              - restore_backup: {database: rental, from: "${backup}"}
              - check: {sql: {database: rental, query: SELECT count(*) FROM rentals, report: true} }
            verify: [healthy]
            on_failure: [page: devops-lead]
            stabilise: 1s
        checks:
          healthy: {within: 60s, every: 1s, all: [rollout_status, sql: {database: rental, query: SELECT count(*) FROM rentals, equals: 500}]}
        """;

    private Task<string> CountAsync() => _database.RunAsync("SELECT count(*) FROM rentals");

    private async Task<int> ApproveAsync(string id, string digest, string typed) =>
        (await _stage.Terminal.RunAsync("carol", "approve", id, "--digest", digest, "--type", typed)).Exit;

    /// <summary>By the service's own playbook; returns the backup's name.</summary>
    private async Task<string> BackUpAsync()
    {
        await _stage.ClosedAsync(await _stage.StartAsync("alice", "back_up"), "rolled_back");
        (await CountAsync()).ShouldBe("500");
        return Path.GetFileNameWithoutExtension(Directory.GetFiles(Backups).ShouldHaveSingleItem());
    }
}
