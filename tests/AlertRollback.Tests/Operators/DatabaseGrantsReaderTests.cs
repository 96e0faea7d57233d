using AlertRollback.Operators;

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
                  ledger: {kind: postgresql, job: {namespace: production, image: "postgres:15", service_account: tools, claim: backups, keep: 2h}, address: db, password: {secret: ledger-db, key: password}, allow: [scripts, restore], backups: {directory: /backups, list: [aws, s3, ls, "s3://backups/"]}}
                  archive: {kind: mongodb, job: {namespace: reports, cluster: west, cronjob: mongodb-tools, container: mongo}, uri: {variable: MONGODB_URI}}
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
        databases["ledger"].ShouldSatisfyAllConditions(
            d => d.Reach.ShouldBe(new DatabaseReach.Job("default", "production", null, "postgres:15", null, "tools", "backups", TimeSpan.FromHours(2))),
            d => d.Password.ShouldBe(new DatabaseSecret(null, null, new SecretKey("ledger-db", "password"))));
        databases["ledger"].Backups!.Listing.ShouldBe(["aws", "s3", "ls", "s3://backups/"]);
        databases["archive"].Reach.ShouldBe(new DatabaseReach.Job("west", "reports", "mongodb-tools", null, "mongo", null, null, TimeSpan.FromHours(1)));
    }

    [Theory]
    [InlineData("program: {}", "database \"a\" has no \"kind\"")]
    [InlineData("kind: mysql, program: {}", "\"kind\" of database \"a\" must not be \"mysql\"")]
    [InlineData("kind: postgresql", "\"exec\" of database \"a\", \"program\" or \"job\" must say where its programs run")]
    [InlineData("kind: postgresql, program: {}, job: {namespace: n, image: 'p:1'}", "\"job\" of database \"a\" and \"program\" exclude each other")]
    [InlineData("kind: postgresql, job: {namespace: n}", "\"cronjob\" of \"job\" of database \"a\" and \"image\": one of them says what it is made of")]
    [InlineData("kind: postgresql, job: {namespace: n, image: 'P:1'}", "\"image\" of \"job\" of database \"a\" must be the name of an image, not \"P:1\"")]
    [InlineData("kind: postgresql, job: {namespace: n, image: 'p:1', container: c}", "\"container\" of \"job\" of database \"a\" is one of a CronJob's")]
    [InlineData("kind: postgresql, job: {namespace: n, image: 'p:1', keep: 1m}", "\"keep\" of \"job\" of database \"a\" is from 1h to 30d")]
    [InlineData("kind: postgresql, job: {namespace: n, cronjob: c, claim: d}", "\"service_account\" of \"job\" of database \"a\" and \"claim\" are said by the CronJob itself")]
    [InlineData("kind: postgresql, job: {namespace: n, cronjob: ../c}", "\"../c\" cannot be an object's name")]
    [InlineData("kind: postgresql, job: {namespace: n, image: 'p:1'}, password: {file: f}", "\"password\" of database \"a\": a file of this machine cannot be brought into a pod without showing it")]
    [InlineData("kind: postgresql, job: {namespace: n, image: 'p:1'}, password: {variable: V}", "\"password\" of database \"a\": a pod of an image has no variables of its own")]
    [InlineData("kind: postgresql, job: {namespace: n, image: 'p:1'}, password: {secret: s}", "\"password\" of database \"a\" has no \"key\"")]
    [InlineData("kind: postgresql, job: {namespace: n, image: 'p:1'}, password: {secret: s, key: '../k'}", "\"password\" of database \"a\" must name a Secret and its key, not \"../k\"")]
    [InlineData("kind: postgresql, program: {}, password: {secret: s, key: k}", "\"password\" of database \"a\": a Secret is brought only into a Job")]
    [InlineData("kind: postgresql, job: {namespace: n, image: 'p:1'}, backups: {directory: /b}", "\"backups\" of database \"a\" would be gone with the pod of each Job")]
    [InlineData("kind: postgresql, job: {namespace: n, image: 'p:1'}, allow: [migrate], migrations: {tool: alembic}", "\"allow\" of database \"a\" has \"migrate\", but a plan runs no Job to ask which migration it is at")]
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
    [InlineData("kind: postgresql, program: {}, backups: {directory: /b, list: 'aws s3 ls'}", "\"list\" of \"backups\" of database \"a\" is a program and its arguments as a list, not one line: there is no shell")]
    [InlineData("kind: redis, program: {}, backups: {directory: /b}", "\"name\" of \"backups\" of database \"a\" is not for Redis")]
    [InlineData("kind: postgresql, program: {}, migrations: {tool: flyway, current: SELECT 1, down: [f, '${to}']}", "\"tool\" of \"migrations\" of database \"a\" must not be \"flyway\"")]
    [InlineData("kind: postgresql, program: {}, migrations: {tool: npm, down: [f, '${to}']}", "\"current\" of \"migrations\" of database \"a\" is missing: how would it be proven?")]
    [InlineData("kind: postgresql, program: {}, migrations: {tool: npm, current: SELECT 1}", "\"down\" of \"migrations\" of database \"a\" has to have ${to}")]
    public void Faults_are_named(string grant, string fault) =>
        OperatorConfigurationReader.Read("operator.yml", $"{Least}teams: {{rental: {{databases: {{a: {{{grant}}}}}}}}}\n").Faults.ShouldHaveSingleItem().Message.ShouldBe(fault);
}
