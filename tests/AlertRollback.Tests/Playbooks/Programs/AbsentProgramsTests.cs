using AlertRollback.Operators;
using AlertRollback.Playbooks.Programs;
using AlertRollback.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace AlertRollback.Tests.Playbooks.Programs;

public sealed class AbsentProgramsTests : IDisposable
{
    private readonly Scripts _scripts = new();

    [Fact]
    public void Every_granted_program_that_is_not_here_is_named_with_what_needs_it()
    {
        var folder = Path.GetDirectoryName(_scripts.Write("psql", "true"))!;
        var grants = new TeamGrants
        {
            Commands = new Dictionary<string, GrantedCommand>
            {
                ["deploy"] = new(["/opt/rental/bin/deploy", "--environment", "production"]) { ReadBack = ["/opt/rental/bin/deployed"] },
                ["here"] = new([_scripts.Write("here", "true")]) { ReadBack = ["here"] },
                ["chosen"] = new(["/opt/rental/bin/${name}"]),
            },
            Repositories = new Dictionary<string, GrantedRepository> { ["backend"] = new("https://git.example.com/x", "/clones/x", ["main"]) },
            Databases = new Dictionary<string, GrantedDatabase>
            {
                ["rental"] = new(DatabaseKind.Postgresql, new DatabaseReach.Program(folder)),
                ["reports"] = new(DatabaseKind.Mongodb, new DatabaseReach.Program(null)),
            },
        };

        Absent(grants, [folder]).ShouldBe(
        [
            "rental: the command deploy needs the program /opt/rental/bin/deploy, which is not there",
            "rental: the command deploy needs the program /opt/rental/bin/deployed, which is not there",
            "rental: the repository backend needs the program git, which is not there",
            "rental: the database reports needs the program mongosh, which is not there",
        ]);
    }

    [Theory]
    [InlineData(DatabaseKind.Postgresql, null, "psql")]
    [InlineData(DatabaseKind.Postgresql, "rental-${time}.dump", "psql pg_dump pg_restore")]
    [InlineData(DatabaseKind.Postgresql, "rental-${time}.sql.gz", "psql pg_dump")]
    [InlineData(DatabaseKind.Mongodb, null, "mongosh")]
    [InlineData(DatabaseKind.Mongodb, "rental-${time}.archive", "mongosh mongodump mongorestore")]
    [InlineData(DatabaseKind.Redis, null, "redis-cli")]
    public void A_database_that_is_backed_up_needs_the_programs_for_that_too(DatabaseKind kind, string? backups, string needed)
    {
        var database = new GrantedDatabase(kind, new DatabaseReach.Program(null)) { Backups = backups is null ? null : new GrantedBackups("/backups", backups) };

        Absent(new TeamGrants { Databases = new Dictionary<string, GrantedDatabase> { ["rental"] = database } }, [])
            .ShouldBe(needed.Split(' ').Select(program => $"rental: the database rental needs the program {program}, which is not there"));
    }

    [Fact]
    public void A_program_that_was_put_there_since_is_there()
    {
        var grants = new TeamGrants { Commands = new Dictionary<string, GrantedCommand> { ["later"] = new([_scripts.At("later")]) } };
        Absent(grants, []).ShouldHaveSingleItem();

        _scripts.Write("later", "true");

        Absent(grants, []).ShouldBeEmpty();
    }

    public void Dispose() => _scripts.Dispose();

    private static IReadOnlyList<string> Absent(TeamGrants grants, IReadOnlyList<string> path) =>
        new AbsentPrograms(Matrix.GrantRulesTests.Configuration(grants), new LocalPrograms(TimeProvider.System, path), NullLogger<AbsentPrograms>.Instance).All;
}
