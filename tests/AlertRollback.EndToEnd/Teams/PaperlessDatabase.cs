using AlertRollback.EndToEnd.Support;
using AlertRollback.Operators;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>A real PostgreSQL as the team's, on this machine instead of in a pod, with one backup from a good time.</summary>
internal sealed class PaperlessDatabase
{
    public const string BackedUp = "2026-11-21 10:30:00";
    public const string Good = "invoice,receipt";
    public const string Migration = "20250120120000";

    private readonly TemporaryFolder backups;
    private readonly ThrowAwayPostgres.Database database;

    private PaperlessDatabase(TemporaryFolder backups, ThrowAwayPostgres.Database database) => (this.backups, this.database) = (backups, database);

    public int Backups => Directory.GetFiles(BackupFolder, "*.dump").Length;

    public string BackupFolder => backups.Path;

    /// <summary>The beginning of a shell command that asks it something.</summary>
    public string Psql => $"'{Programs}/psql' -qAt -h 127.0.0.1 -p {database.Granted.Port} -U postgres -d {database.Name} -c";

    private string Programs => ((DatabaseReach.Program)database.Granted.Reach).Folder!;

    public static async Task<PaperlessDatabase> CreateAsync(TeamStage stage)
    {
        var team = new PaperlessDatabase(stage.Add(new TemporaryFolder()), await ThrowAwayPostgres.Current.CreateAsync());
        await team.RunAsync($"CREATE TABLE schema_migrations (version text); INSERT INTO schema_migrations VALUES ('{Migration}'); CREATE TABLE documents (name text); INSERT INTO documents VALUES ('invoice'), ('receipt')");
        await Tool.RunAsync(
            Path.Combine(team.Programs, "pg_dump"), ["-h", "127.0.0.1", "-p", $"{team.database.Granted.Port}", "-U", "postgres", "-Fc", "-f", Path.Combine(team.BackupFolder, "20261121T103000Z.dump"), team.database.Name]);
        stage.OperatorChanges.AddRange([
            ("database: paperless_maverick", $"database: {team.database.Name}"),
            ("exec: {namespace: database, workload: deployment/postgresql}", $"program: {{folder: {team.Programs}}}\n        address: \"127.0.0.1:{team.database.Granted.Port}\""),
            ("directory: /backups/paperless", $"directory: {team.BackupFolder}"),
        ]);
        return team;
    }

    public Task BreakAsync() => RunAsync("DELETE FROM documents");

    public Task<string> RunAsync(string sql) => database.RunAsync(sql);

    public Task<string> DocumentsAsync() => RunAsync("SELECT string_agg(name, ',' ORDER BY name) FROM documents");

    /// <summary>Newest first.</summary>
    public Task<string> MigrationsAsync() => RunAsync("SELECT string_agg(version, ',' ORDER BY version DESC) FROM schema_migrations");
}
