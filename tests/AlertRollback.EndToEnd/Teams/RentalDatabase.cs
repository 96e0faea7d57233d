using AlertRollback.EndToEnd.Support;
using AlertRollback.Operators;
using AlertRollback.Tests.Support;

namespace AlertRollback.EndToEnd.Teams;

/// <summary>The rental team's database: a real PostgreSQL in the place of the pod, and a script for alembic that moves its real table.</summary>
internal sealed class RentalDatabase
{
    private const string Schema = """
        CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
        INSERT INTO alembic_version VALUES ('0001');
        CREATE TABLE transaction_headers (id int PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE rental_lifecycles (id int PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE transaction_lines (id int PRIMARY KEY, header_id int);
        """;

    private readonly ThrowAwayPostgres.Database database;
    private readonly string folder;

    private RentalDatabase(ThrowAwayPostgres.Database database, string folder) => (this.database, this.folder) = (database, folder);

    public IReadOnlyList<string> Backups => Directory.GetFiles(Path.Combine(folder, "backups"));

    /// <summary>At migration 0001; the team's grant leads to it.</summary>
    public static async Task<RentalDatabase> ArrangeAsync(TeamStage stage, ThrowAwayPostgres postgres)
    {
        var database = await postgres.CreateAsync();
        await database.RunAsync(Schema);
        var granted = database.Granted;
        var programs = ((DatabaseReach.Program)granted.Reach).Folder;
        var folder = stage.Files.Folder;
        Directory.CreateDirectory(Path.Combine(folder, "backups"));
        Directory.CreateDirectory(Path.Combine(folder, "programs"));
        await Executable.WriteAsync(
            Path.Combine(folder, "programs", "alembic"), $"[ \"$1\" = downgrade ] && {programs}/psql -q -h {granted.Host} -p {granted.Port} -U {granted.User} -d {database.Name} -c \"UPDATE alembic_version SET version_num = '$2'\"");
        stage.OperatorChanges.AddRange([
            ("exec: {namespace: production, pod: rental-db-0}", $"program: {{folder: {programs}}}\n        address: {granted.Host}:{granted.Port}\n        database: {database.Name}"),
            ("user: rental", $"user: {granted.User}"),
            ("password: {variable: POSTGRES_PASSWORD}", "timeout: 1m"),
            ("backups: {directory: /backups/rental}", $"backups: {{directory: {folder}/backups}}"),
            ("migrations: {tool: alembic}", $"migrations: {{tool: alembic, program: {{folder: {folder}/programs}}}}"),
        ]);
        return new RentalDatabase(database, folder);
    }

    public Task MigrateAsync(string to) => database.RunAsync($"UPDATE alembic_version SET version_num = '{to}'");

    public Task<string> MigrationAsync() => database.RunAsync("SELECT version_num FROM alembic_version");
}
