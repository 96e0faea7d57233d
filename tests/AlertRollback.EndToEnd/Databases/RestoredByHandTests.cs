using System.Text.RegularExpressions;
using AlertRollback.EndToEnd.Support;
using AlertRollback.Operators;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Databases;

/// <summary>A real database, restored by the service from a terminal: typed, agreed to by another person, the application stopped meanwhile.</summary>
public sealed partial class RestoredByHandTests(ThrowAwayPostgres postgres)
{
    private const string Image = "shop/rental-api:v1";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_damaged_database_is_put_back_and_the_application_runs_again()
    {
        await using var cleanup = new Cleanup();
        var (database, workload, files, terminal) = await ArrangeAsync(cleanup);
        var backup = await BackUpAsync(cleanup, files, database, workload, terminal);
        await database.RunAsync("DELETE FROM rentals WHERE id > 3");
        var service = cleanup.Add(await ServiceProcess.StartAsync(files));

        var id = await StartAsync(terminal, "restore", "--input", $"backup={backup}");
        var digest = await DigestAsync(terminal, id);
        (await terminal.RunAsync("carol", "approve", id, "--digest", digest, "--type", "latest")).Exit.ShouldBe(1, "another text than the backup's");
        (await database.RunAsync("SELECT count(*) FROM rentals")).ShouldBe("3", "nobody agreed yet");
        (await terminal.RunAsync("carol", "approve", id, "--digest", digest, "--type", backup)).Exit.ShouldBe(0);
        await ClosedAsync(service, id, "rolled_back");

        (await database.RunAsync("SELECT count(*) FROM rentals")).ShouldBe("500");
        await Eventually.BeAsync("the application runs as before", Soon, async () => await workload.ReplicasAsync() == 3);
        var journal = string.Concat(JournalFile.Events(files.Journal).Select(e => e.Data));
        journal.ShouldContain("the present is kept as");
        journal.ShouldNotContain(Password);
    }

    [Fact]
    public async Task A_restore_that_fails_is_told_and_the_application_stays_stopped()
    {
        await using var cleanup = new Cleanup();
        var (database, workload, files, terminal) = await ArrangeAsync(cleanup);
        var backup = await BackUpAsync(cleanup, files, database, workload, terminal);
        // What depends on something of the backup keeps PostgreSQL from putting it back: the transaction is taken back as a whole.
        await database.RunAsync("DELETE FROM rentals WHERE id > 3; CREATE VIEW later AS SELECT * FROM rentals");
        var service = cleanup.Add(await ServiceProcess.StartAsync(files));

        var id = await StartAsync(terminal, "restore", "--input", $"backup={backup}");
        (await terminal.RunAsync("carol", "approve", id, "--digest", await DigestAsync(terminal, id), "--type", backup)).Exit.ShouldBe(0);
        await ClosedAsync(service, id, "failed");

        (await database.RunAsync("SELECT count(*) FROM rentals")).ShouldBe("3");
        (await workload.ReplicasAsync()).ShouldBe(0);
        JournalFile.Events(files.Journal).ShouldContain(e => e.Type == "paged");
    }

    private const string Password = "e2e-database-password";

    private async Task<(ThrowAwayPostgres.Database, Workload, ServiceFiles, Terminal)> ArrangeAsync(Cleanup cleanup)
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync("CREATE TABLE rentals (id int PRIMARY KEY); INSERT INTO rentals SELECT generate_series(1, 500)");
        var space = cleanup.Add(await ClusterNamespace.CreateAsync());
        var workload = await Workload.CreateAsync(space, "deployments", Image);
        await workload.CompleteAsync();
        var people = cleanup.Add(new PeopleStubs());
        var application = cleanup.Add(await MetricsExporter.StartAsync(workload));
        var files = cleanup.Add(new ServiceFiles());
        Directory.CreateDirectory(Path.Combine(files.Folder, "backups"));
        files.Write("credentials/database", Password);
        files.WriteMatrix($$"""
            team: rental
            services:
              rental-api: {workload: {{workload.InMatrix}}, slack: "{{PeopleStubs.Channel}}"}
            severities: {low: {} }
            rows: [{name: low, matchers: ['severity="low"'], log: true}]
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
            """);
        var granted = database.Granted;
        files.WriteOperator(space, people, application.Url, database: $$"""
            {kind: postgresql, program: {folder: "{{((DatabaseReach.Program)granted.Reach).Folder}}"}, address: "{{granted.Host}}:{{granted.Port}}", database: {{granted.Database}}, user: {{granted.User}}, password: {file: credentials/database}, allow: [restore], backups: {directory: "{{files.Folder}}/backups"} }
            """);
        var terminal = new Terminal(files);
        terminal.Admit("{on-call: {names: [alice]}, database-admin: {names: [carol]} }", "alice", "carol");
        return (database, workload, files, terminal);
    }

    /// <summary>By the service's own playbook; returns the backup's name.</summary>
    private static async Task<string> BackUpAsync(Cleanup cleanup, ServiceFiles files, ThrowAwayPostgres.Database database, Workload workload, Terminal terminal)
    {
        var service = cleanup.Add(await ServiceProcess.StartAsync(files));
        await ClosedAsync(service, await StartAsync(terminal, "back_up"), "rolled_back");
        await service.KillAsync();
        (await database.RunAsync("SELECT count(*) FROM rentals")).ShouldBe("500");
        return Path.GetFileNameWithoutExtension(Directory.GetFiles(Path.Combine(files.Folder, "backups")).ShouldHaveSingleItem());
    }

    private static async Task<string> StartAsync(Terminal terminal, string playbook, params string[] more)
    {
        var (exit, output) = await terminal.RunAsync("alice", ["trigger", playbook, "--service", "rental-api", "--reason", "tried by a test", .. more]);
        exit.ShouldBe(0, output);
        return Started().Match(output).Groups[1].Value;
    }

    private static Task<string> DigestAsync(Terminal terminal, string id) => Eventually.GetAsync("somebody is asked", Soon, async () =>
        Digest().Match((await terminal.RunAsync("carol", "show", id)).Output) is { Success: true } match ? match.Groups[1].Value : null);

    private static async Task ClosedAsync(ServiceProcess service, string id, string outcome)
    {
        var detail = await Eventually.GetAsync("it is closed", Soon, async () =>
            await service.GetAsync($"rollbacks/{id}") is var found && found["rollback"]!["closedAt"] is not null ? found : null);
        ((string?)detail["rollback"]!["outcome"]).ShouldBe(outcome, detail.ToJsonString());
    }

    [GeneratedRegex(@"^started (\S+);", RegexOptions.Multiline)]
    private static partial Regex Started();

    [GeneratedRegex(@"^Asked: database-admin, not whoever started it \(.*\), plan ([0-9a-f]{12}), until ", RegexOptions.Multiline)]
    private static partial Regex Digest();
}
