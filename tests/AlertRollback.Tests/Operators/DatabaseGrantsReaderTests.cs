using AlertRollback.Operators;
using AlertRollback.Playbooks.Commands;

namespace AlertRollback.Tests.Operators;

public sealed class DatabaseGrantsReaderTests
{
    private const string Least = "matrix: m\njournal: j.db\n";

    [Fact]
    public void A_team_may_be_granted_databases()
    {
        var outcome = OperatorConfigurationReader.Read("/etc/alertrollback/operator.yml", Least + """
            teams:
              rental:
                databases:
                  rental:
                    kind: postgresql
                    exec: {namespace: production, pod: rental-db-0, container: postgres}
                    user: postgres
                    password: {variable: POSTGRES_PASSWORD}
                    allow: [scripts, restore, migrate]
                    backups: {directory: /backups/postgres, name: "rental_${time}.sql.gz"}
                    migrations: {tool: alembic, exec: {namespace: production, workload: deployment/rental-api}}
                    timeout: 20m
                  history: {kind: postgresql, program: {folder: /usr/lib/postgresql/15/bin}, database: rental_history, address: "db.example.com:5433", password: {file: credentials/history}}
                  reports: {kind: mongodb, exec: {namespace: reports, workload: statefulset/mongodb}, uri: {variable: MONGODB_URI}, backups: {directory: /backup}}
                  cache: {kind: redis, exec: {namespace: reports, selector: app=redis}}
            """);

        outcome.Faults.ShouldBeEmpty();
        var databases = outcome.Configuration!.Teams["rental"].Databases;
        databases["rental"].ShouldSatisfyAllConditions(
            d => d.Reach.ShouldBe(new DatabaseReach.Pod(new PodChoice("default", "production", null, "rental-db-0", null, "postgres"))),
            d => d.Database.ShouldBe("rental"),
            d => d.Password.ShouldBe(new DatabaseSecret(null, "POSTGRES_PASSWORD")),
            d => d.Allow.ShouldBe(["scripts", "restore", "migrate"]),
            d => d.Backups.ShouldBe(new GrantedBackups("/backups/postgres", "rental_${time}.sql.gz")),
            d => d.Migrations!.Current.ShouldBe("SELECT version_num FROM alembic_version"),
            d => d.Migrations!.Down.ShouldBe(["alembic", "downgrade", "${to}"]),
            d => d.Timeout.ShouldBe(TimeSpan.FromMinutes(20)));
        databases["history"].ShouldSatisfyAllConditions(
            d => d.Reach.ShouldBe(new DatabaseReach.Program("/usr/lib/postgresql/15/bin")),
            d => (d.Database, d.Host, d.Port).ShouldBe(("rental_history", "db.example.com", 5433)),
            d => d.Password.ShouldBe(new DatabaseSecret("/etc/alertrollback/credentials/history", null)),
            d => d.Allow.ShouldBeEmpty());
        databases["reports"].Backups.ShouldBe(new GrantedBackups("/backup", "${time}.archive.gz"));
        databases["cache"].Database.ShouldBeNull();
    }

    [Theory]
    [InlineData("program: {}", "database \"a\" has no \"kind\"")]
    [InlineData("kind: mysql, program: {}", "\"kind\" of database \"a\" must not be \"mysql\"")]
    [InlineData("kind: postgresql", "\"exec\" of database \"a\" or \"program\" must say where its programs run")]
    [InlineData("kind: postgresql, program: {}, exec: {namespace: n, pod: p}", "\"program\" of database \"a\" and \"exec\" exclude each other")]
    [InlineData("kind: postgresql, exec: {namespace: n}", "\"pod\" of \"exec\" of database \"a\", \"workload\" and \"selector\": one of them says which pod")]
    [InlineData("kind: postgresql, exec: {namespace: n, selector: ' '}", "\"selector\" of \"exec\" of database \"a\" is empty, which would match every pod")]
    [InlineData("kind: postgresql, exec: {namespace: n, pod: p}, password: {file: f}", "\"password\" of database \"a\": a file of this machine cannot be brought into a pod without showing it")]
    [InlineData("kind: postgresql, program: {}, password: {variable: V}", "\"password\" of database \"a\": a program of this machine gets no environment of a container")]
    [InlineData("kind: postgresql, exec: {namespace: n, pod: p}, password: {variable: '$(x)'}", "\"password\" of database \"a\" must be a variable's name, not \"$(x)\"")]
    [InlineData("kind: postgresql, program: {}, user: '--version'", "\"user\" of database \"a\" must be a plain name, not \"--version\"")]
    [InlineData("kind: postgresql, program: {}, database: 'host=elsewhere'", "\"database\" of database \"a\" must be a plain name, not \"host=elsewhere\"")]
    [InlineData("kind: postgresql, program: {}, address: '-x:1'", "\"address\" of database \"a\" must be a host with or without a port, not \"-x:1\"")]
    [InlineData("kind: mongodb, program: {}, user: me", "\"user\" of database \"a\" and \"password\" of a MongoDB stand in its \"uri\"")]
    [InlineData("kind: postgresql, program: {}, uri: {file: f}", "\"uri\" of database \"a\" is for MongoDB")]
    [InlineData("kind: postgresql, program: {}, allow: [everything]", "\"allow\" of database \"a\" must not have \"everything\"")]
    [InlineData("kind: postgresql, program: {}, backups: {directory: backups}", "\"directory\" of \"backups\" of database \"a\" must be a full path of plain names, not \"backups\"")]
    [InlineData("kind: postgresql, program: {}, backups: {directory: /b, name: x.dump}", "\"name\" of \"backups\" of database \"a\" must be a plain file name with ${time} in it once")]
    [InlineData("kind: postgresql, program: {}, backups: {directory: /b, name: '${time}.zip'}", "\"name\" of \"backups\" of database \"a\" must end in .dump or .sql.gz")]
    [InlineData("kind: redis, program: {}, backups: {directory: /b}", "\"name\" of \"backups\" of database \"a\" is not for Redis")]
    [InlineData("kind: postgresql, program: {}, migrations: {tool: flyway, current: SELECT 1, down: [f, '${to}']}", "\"tool\" of \"migrations\" of database \"a\" must not be \"flyway\"")]
    [InlineData("kind: postgresql, program: {}, migrations: {tool: npm, down: [f, '${to}']}", "\"current\" of \"migrations\" of database \"a\" is missing: how would it be proven?")]
    [InlineData("kind: postgresql, program: {}, migrations: {tool: npm, current: SELECT 1}", "\"down\" of \"migrations\" of database \"a\" has to have ${to}")]
    public void Faults_are_named(string grant, string fault) =>
        OperatorConfigurationReader.Read("operator.yml", $"{Least}teams: {{rental: {{databases: {{a: {{{grant}}}}}}}}}\n").Faults.ShouldHaveSingleItem().Message.ShouldBe(fault);
}
