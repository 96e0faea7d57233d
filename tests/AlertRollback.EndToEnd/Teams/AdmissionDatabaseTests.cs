using AlertRollback.EndToEnd.Support;
using AlertRollback.Operators;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>
/// The admission system's database, on its shipped files: a real PostgreSQL beside the service instead of in its pod, and the
/// services as the Deployments they are in this part of the runbook.
/// </summary>
public sealed class AdmissionDatabaseTests(ThrowAwayPostgres postgres)
{
    private const string Backup = "20261120T020000Z";
    private static readonly (string Name, int Replicas)[] Services = [("user-service", 2), ("application-service", 3), ("evaluation-service", 1), ("notification-service", 2)];

    [Fact]
    public async Task A_restore_stops_all_four_services_and_puts_each_back_to_what_it_was()
    {
        var database = await DatabaseAsync();
        await using var stage = await TeamStage.CreateAsync("admission");
        var deployed = new List<Workload>();
        foreach (var (name, replicas) in Services)
            deployed.Add(await stage.DeployAsync(name, $"{name}:2.4.0", replicas));
        await ServeAsync(stage, database);
        await database.RunAsync("DELETE FROM applications WHERE id > 3");

        var id = (await stage.StartAsync("ana", "restore_database", ["user-service"], new Dictionary<string, string> { ["backup"] = Backup })).Single();
        stage.Api.Accepted.ShouldBeEmpty("nobody agreed yet");
        await stage.ApproveAsync(id, "luis", Backup);
        var closed = await stage.ClosedAsync(id);

        (await database.RunAsync("SELECT count(*) FROM applications")).ShouldBe("500");
        foreach (var deployment in deployed)
            await deployment.CompleteAsync();
        (await Task.WhenAll(deployed.Select(d => d.ReplicasAsync()))).ShouldBe(Services.Select(s => (int?)s.Replicas));
        stage.Api.Accepted.Count.ShouldBe(8, "each was scaled to 0, and back");
        Directory.GetFiles(Backups(stage)).Length.ShouldBe(2, "what was there before the restore is kept");
        closed.ToJsonString().ShouldContain("500");
    }

    [Fact]
    public async Task A_restore_that_fails_leaves_the_database_as_it_was_and_no_service_gets_traffic_until_people_looked()
    {
        var database = await DatabaseAsync();
        await using var stage = await TeamStage.CreateAsync("admission");
        var deployed = new List<Workload>();
        foreach (var (name, replicas) in Services)
            deployed.Add(await stage.DeployAsync(name, $"{name}:2.4.0", replicas));
        await ServeAsync(stage, database, inTheBackup: "SELECT 1 / 0;");
        await database.RunAsync("DELETE FROM applications WHERE id > 3");

        var id = (await stage.StartAsync("ana", "restore_database", ["user-service"], new Dictionary<string, string> { ["backup"] = Backup })).Single();
        await stage.ApproveAsync(id, "luis", Backup);
        var closed = await stage.ClosedAsync(id, "failed");

        closed.ToJsonString().ShouldContain("division by zero");
        (await database.RunAsync("SELECT count(*) FROM applications")).ShouldBe("3", "one transaction: all of it or nothing");
        (await Task.WhenAll(deployed.Select(d => d.ReplicasAsync()))).ShouldBe([0, 0, 0, 0]);
        stage.Api.Accepted.Count.ShouldBe(4, "each was scaled to 0, and stays there");
        await stage.People.CalledAsync("U012AB3CE");
    }

    [Fact]
    public async Task The_additive_schema_is_dropped_when_nobody_uses_it_and_refused_when_somebody_does()
    {
        var database = await DatabaseAsync();
        await using var stage = await TeamStage.CreateAsync("admission");
        await stage.DeployAsync("user-service", "user-service:2.4.0");
        await ServeAsync(stage, database);
        await database.RunAsync("INSERT INTO performance_metrics VALUES (1)");

        var used = (await stage.StartAsync("ana", "drop_additive_schema", ["user-service"])).Single();
        await stage.ClosedAsync(used, "refused");
        await database.RunAsync("DELETE FROM performance_metrics");
        var unused = (await stage.StartAsync("ana", "drop_additive_schema", ["user-service"])).Single();
        await stage.ApproveAsync(unused, "luis", "admission");
        await stage.ClosedAsync(unused);

        (await database.RunAsync("SELECT string_agg(table_name || '.' || column_name, ' ' ORDER BY table_name, column_name) FROM information_schema.columns WHERE table_schema = 'public'"))
            .ShouldBe("applications.id applications.name users.id");
        (await database.RunAsync("SELECT count(*) FROM applications")).ShouldBe("500");
    }

    private async Task<ThrowAwayPostgres.Database> DatabaseAsync()
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync("""
            CREATE TABLE applications (id int PRIMARY KEY, name text, enhanced_metadata jsonb DEFAULT '{}');
            CREATE TABLE users (id int PRIMARY KEY, last_activity_timestamp timestamptz);
            CREATE TABLE user_activity_log (id int);
            CREATE TABLE performance_metrics (id int);
            CREATE INDEX idx_applications_enhanced_search ON applications (name);
            CREATE INDEX idx_users_performance_opt ON users (id);
            INSERT INTO applications SELECT generate_series(1, 500), 'x';
            """);
        return database;
    }

    /// <param name="inTheBackup">SQL near the end of the backup.</param>
    private static async Task ServeAsync(TeamStage stage, ThrowAwayPostgres.Database database, string inTheBackup = "")
    {
        var granted = database.Granted;
        var programs = ((DatabaseReach.Program)granted.Reach).Folder!;
        Directory.CreateDirectory(Backups(stage));
        await Tool.RunAsync("sh", ["-c", "\"$0/pg_dump\" -h 127.0.0.1 -p \"$1\" -U \"$2\" -d \"$3\" -Fp --clean --if-exists | sed \"s|^-- PostgreSQL database dump complete|$5\\n&|\" | gzip > \"$4\"", programs, $"{granted.Port}", granted.User!, database.Name, Path.Combine(Backups(stage), $"admission_{Backup}.sql.gz"), inTheBackup]);
        stage.Files.Write("credentials/database", "unused");
        stage.MatrixChanges.Add(("workload: {rollout:", "workload: {deployment:"));
        stage.OperatorChanges.AddRange([
            ("exec: {namespace: production, pod: postgresql-0}", $"program: {{folder: {programs}}}"),
            ("user: postgres", $"address: 127.0.0.1:{granted.Port}\n        database: {database.Name}\n        user: {granted.User}"),
            ("password: {variable: POSTGRES_PASSWORD}", "password: {file: credentials/database}"),
            ("directory: /backups/postgres", $"directory: {Backups(stage)}"),
        ]);
        await stage.ServeAsync();
    }

    private static string Backups(TeamStage stage) => Path.Combine(stage.Files.Folder, "backups");
}
