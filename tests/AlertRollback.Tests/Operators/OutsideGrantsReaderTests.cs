using AlertRollback.Operators;

namespace AlertRollback.Tests.Operators;

public sealed class OutsideGrantsReaderTests
{
    private const string Least = "matrix: m\njournal: j.db\n";

    [Fact]
    public void A_team_may_be_granted_commands_repositories_engines_and_directories()
    {
        var outcome = OperatorConfigurationReader.Read("/etc/alertrollback/operator.yml", Least + """
            teams:
              rental:
                commands:
                  deploy-rental-production:
                    run: [/usr/local/bin/deploy, --env, production, "${version}"]
                    timeout: 5m
                    environment: {REGION: west, TOKEN: {file: credentials/deploy}}
                    read_back: [/usr/local/bin/deployed, "${version}"]
                    inputs: {version: 'v[0-9.]+'}
                  rental-core-tests: {run: [bin/tests], read_only: true, converges: true}
                repositories:
                  rental-manager-backend: {url: "https://github.com/example/rental.git", directory: clones/rental, token_file: credentials/git, api: "https://api.github.com/repos/example/rental", bypass_allowed: true, timeout: 10m}
                engines:
                  rental-vm: {address: "unix:///run/docker.sock", containers: [rental-api-prod]}
                directories:
                  rentals-module: {path: /srv/app/modules/rentals/, archives: {pre-refactor: /backups/rentals.tar.gz}}
            """);

        outcome.Faults.ShouldBeEmpty();
        var rental = outcome.Configuration!.Teams["rental"];
        var deploy = rental.Commands["deploy-rental-production"];
        deploy.Run.ShouldBe(["/usr/local/bin/deploy", "--env", "production", "${version}"]);
        deploy.ShouldSatisfyAllConditions(
            () => deploy.Timeout.ShouldBe(TimeSpan.FromMinutes(5)),
            () => deploy.Environment["REGION"].ShouldBe(new GrantedVariable("west", null)),
            () => deploy.Environment["TOKEN"].ShouldBe(new GrantedVariable(null, "/etc/alertrollback/credentials/deploy")),
            () => deploy.Converges.ShouldBeFalse(),
            () => deploy.ReadOnly.ShouldBeFalse());
        rental.Commands["rental-core-tests"].ShouldSatisfyAllConditions(c => c.Converges.ShouldBeTrue(), c => c.ReadOnly.ShouldBeTrue());
        rental.Repositories["rental-manager-backend"].ShouldSatisfyAllConditions(
            r => r.Directory.ShouldBe("/etc/alertrollback/clones/rental"),
            r => r.Branches.ShouldBe(["main"]),
            r => r.Timeout.ShouldBe(TimeSpan.FromMinutes(10)),
            r => r.BypassAllowed.ShouldBeTrue());
        rental.Engines["rental-vm"].Containers.ShouldBe(["rental-api-prod"]);
        rental.Directories["rentals-module"].Path.ShouldBe("/srv/app/modules/rentals");
        rental.Directories["rentals-module"].Archives["pre-refactor"].ShouldBe("/backups/rentals.tar.gz");
    }

    [Theory]
    [InlineData("commands: {a: {}}", "command \"a\" has no \"run\"")]
    [InlineData("commands: {a: {run: [x, '${version}']}}", "\"run\" of command \"a\" contains \"${version}\", which nothing fills in")]
    [InlineData("commands: {a: {run: [x], inputs: {version: '(['}}}", "\"version\" in \"inputs\" of command \"a\" is no expression: *")]
    [InlineData("commands: {a: {run: [x], once: true, converges: true}}", "\"once\" of command \"a\" and \"converges\" exclude each other")]
    [InlineData("repositories: {a: {url: u, directory: d, branches: ['--all']}}", "\"branches\" of repository \"a\" has \"--all\", which is no branch")]
    [InlineData("repositories: {a: {url: '--upload-pack=x', directory: d}}", "\"url\" of repository \"a\" must not begin with a dash")]
    [InlineData("repositories: {a: {url: u, directory: d, author: me}}", "\"author\" of repository \"a\" must be a name with an address")]
    [InlineData("engines: {a: {address: 'tcp://vm:2376', containers: [c]}}", "\"address\" of engine \"a\" goes over the network without TLS")]
    [InlineData("engines: {a: {address: 'http://vm', containers: [c]}}", "\"address\" of engine \"a\" is no engine's address")]
    [InlineData("engines: {a: {address: 'unix:///run/docker.sock'}}", "engine \"a\" has no \"containers\"")]
    [InlineData("directories: {a: {path: /srv, archives: {x: y}}}", "\"path\" of directory \"a\" is too near the root to be replaced")]
    public void Faults_are_named(string grants, string fault)
    {
        var message = OperatorConfigurationReader.Read("operator.yml", $"{Least}teams: {{rental: {{{grants}}}}}\n").Faults.ShouldHaveSingleItem().Message;

        if (fault.EndsWith('*')) message.ShouldStartWith(fault[..^1]);
        else message.ShouldBe(fault);
    }
}
