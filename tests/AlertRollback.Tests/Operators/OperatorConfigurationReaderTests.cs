using System.Runtime.CompilerServices;
using System.Text;
using AlertRollback.Alerts.Intake;
using AlertRollback.Operators;
using AlertRollback.Tests.Matrix;

namespace AlertRollback.Tests.Operators;

public sealed class OperatorConfigurationReaderTests
{
    private const string Least = "matrix: m\njournal: j.db\n";

    [Fact]
    public void The_shipped_configuration_reads_clean()
    {
        var outcome = OperatorConfigurationReader.Read(Shipped());

        outcome.Faults.ShouldBeEmpty();
        var read = outcome.Configuration.ShouldNotBeNull();
        var folder = Path.GetDirectoryName(Shipped())!;
        read.Matrix.ShouldBe(Path.Combine(folder, "matrix"));
        read.Journal.ShouldBe("/var/lib/alertrollback/journal.db");
        read.Webhook.ShouldBe([new Credential("alertmanager", null, Path.Combine(folder, "credentials/webhook"))]);
        read.Intake.ShouldBe(new IntakeLimits());
        read.Safety.ShouldBe(new SafetyLimits());
        read.Slack.ShouldNotBeNull().Channel.ShouldBe("#rental-ops");
        var rental = read.Teams["rental"];
        rental.Components["Rental"].ShouldBe("8kbf7d35c070");
        rental.Roles["devops-lead"].ShouldBe("@U012AB3CD");
        rental.Secrets["rental-api-key"].File.ShouldBe(Path.Combine(folder, "credentials/rental-api-key"));
    }

    [Fact]
    public void What_is_left_out_has_the_default()
    {
        var read = Read(Least).Configuration.ShouldNotBeNull();

        read.Listen.ShouldBe("http://127.0.0.1:8080");
        read.ShouldSatisfyAllConditions(
            () => read.Slack.ShouldBeNull(),
            () => read.Kubernetes.ShouldBeNull(),
            () => read.Teams.ShouldBeEmpty(),
            () => read.Shadow.ShouldBeFalse());
    }

    [Fact]
    public void Clusters_pipelines_scrapers_and_the_length_of_a_quarantine_are_read()
    {
        var read = Read($"{Least}clusters: {{west: {{kubeconfig: /k/west, context: w}}}}\nsafety: {{quarantine: 7d}}\ncredentials: {{pipelines: [{{name: ci, bearer_file: /t}}], scrapers: [{{name: prometheus, user: p, password_file: /s}}]}}\n")
            .Configuration.ShouldNotBeNull();

        read.Clusters["west"].ShouldBe(new KubernetesSettings("/k/west", "w"));
        read.Safety.Quarantine.ShouldBe(TimeSpan.FromDays(7));
        read.Pipelines.ShouldBe([new Credential("ci", null, "/t")]);
        read.Scrapers.ShouldBe([new Credential("prometheus", "p", "/s")]);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("a/b")]
    public void A_cluster_has_a_name_of_its_own(string name) =>
        Read($"{Least}clusters: {{{name}: {{}}}}\n").Faults.ShouldHaveSingleItem().Message.ShouldBe($"\"{name}\" cannot be the name of a cluster");

    [Theory]
    [InlineData("http://0.0.0.0:8080", "", "listening on http://0.0.0.0:8080 without credentials for \"webhook\"")]
    [InlineData("http://+:8080", "webhook: [{name: a, bearer_file: t}]", "listening on http://+:8080 without credentials for \"operators\"")]
    [InlineData("http://[::]:8080", "operators: [{name: a, bearer_file: t}]", "listening on http://[::]:8080 without credentials for \"webhook\"")]
    [InlineData("http://127.0.0.1:1;http://10.0.0.1:1", "", "listening on http://127.0.0.1:1;http://10.0.0.1:1 without credentials for \"webhook\"")]
    [InlineData("http://127.0.0.1.example.com:80", "", "listening on http://127.0.0.1.example.com:80 without credentials for \"webhook\"")]
    [InlineData("8080", "", "\"listen\" must be an address, not \"8080\"")]
    public void Listening_beyond_loopback_without_credentials_fails_closed(string listen, string credentials, string fault) =>
        Read($"{Least}listen: '{listen}'\ncredentials: {{{credentials}}}\n").Faults.ShouldHaveSingleItem().Message.ShouldBe(fault);

    [Theory]
    [InlineData("http://localhost:8080")]
    [InlineData("http://127.0.0.2:0")]
    [InlineData("http://[::1]:8080")]
    [InlineData("http://127.0.0.1:8080/")]
    [InlineData("HTTP://127.0.0.1:65535")]
    public void Loopback_needs_no_credentials(string listen) => Read($"{Least}listen: '{listen}'\n").Faults.ShouldBeEmpty();

    [Theory]
    [InlineData("", "operator.yml:1:1: the operator's configuration has no \"matrix\". Name the file or folder of the decision matrix.")]
    [InlineData("liste: x", "operator.yml:3:1: \"liste\" is not a key of the operator's configuration. Did you mean \"listen\"?")]
    [InlineData("intake: {body: 16MB}", "operator.yml:3:16: \"body\" of \"intake\" of the operator's configuration must be a size, not \"16MB\". Write it like 16MiB or 512KiB.")]
    [InlineData("safety: {at_once: 0}", "operator.yml:3:19: \"at_once\" of \"safety\" of the operator's configuration must be between 1 and 2147483647, not 0.")]
    [InlineData("safety: {soak: soon}", "operator.yml:3:16: \"soak\" of \"safety\" of the operator's configuration must be a duration, not \"soon\". Write it like 90s, 5m or 1h30m.")]
    [InlineData("safety: {soak: 0s}", "operator.yml:3:16: \"soak\" of \"safety\" of the operator's configuration must be more than 0s. Leave it out for 30m.")]
    [InlineData("safety: {quarantine: 0}", "operator.yml:3:22: \"quarantine\" of \"safety\" of the operator's configuration must be more than 0s. Leave it out for 30d.")]
    [InlineData("safety: {stale_after: 0m}", "operator.yml:3:23: \"stale_after\" of \"safety\" of the operator's configuration must be more than 0s. Leave it out for 15m.")]
    [InlineData("safety: {breaker: {targets: 5, within: 0s}}", "operator.yml:3:40: \"within\" of \"breaker\" of \"safety\" of the operator's configuration must be more than 0s. Leave it out for 10m.")]
    [InlineData("listen: https://0.0.0.0:8443", "operator.yml:3:1: \"listen\" must be an http address, not \"https://0.0.0.0:8443\". TLS ends before it, e.g. at an Ingress.")]
    [InlineData("listen: http://127.0.0.1:1;tcp://127.0.0.1:8080", "operator.yml:3:1: \"listen\" must be an http address, not \"tcp://127.0.0.1:8080\". Write it like http://127.0.0.1:8080.")]
    [InlineData("listen: http://127.0.0.1:70000", "operator.yml:3:1: \"listen\" must have a port between 1 and 65535, not \"http://127.0.0.1:70000\". Write it like http://127.0.0.1:8080.")]
    [InlineData("listen: http://localhost:0", "operator.yml:3:1: \"listen\" must have a port between 1 and 65535, not \"http://localhost:0\". Write it like http://127.0.0.1:8080.")]
    [InlineData("listen: http://127.0.0.1:http", "operator.yml:3:1: \"listen\" must be an address, not \"http://127.0.0.1:http\". Write it like http://127.0.0.1:8080.")]
    [InlineData("listen: http://127.0.0.1:8080/rollbacks", "operator.yml:3:1: \"listen\" must end with the port, not \"http://127.0.0.1:8080/rollbacks\". Write it like http://127.0.0.1:8080.")]
    [InlineData("slack: {channel: '#a'}", "operator.yml:3:8: \"slack\" needs one of \"token_file\" and \"webhook_file\". A bot token edits its messages; an incoming webhook only adds texts.")]
    [InlineData("prometheus: {url: 'http://u:secret@p'}", "operator.yml:3:19: \"url\" of \"prometheus\" of the operator's configuration must be an http or https address without a user.")]
    [InlineData("credentials: {webhook: [{name: a, user: b, bearer_file: c}]}", "operator.yml:3:25: a credential of \"webhook\" needs either \"bearer_file\", or \"user\" and \"password_file\". One credential is one secret.")]
    [InlineData("teams: {rental: {hosts: ['https://api']}}", "operator.yml:3:26: \"hosts\" of team \"rental\" has \"https://api\", which is no host. Write it like api.example.com or api:8080, without a scheme.")]
    [InlineData("credentials: {operators: [{name: alice, bearer_file: a}]}\nteams: {rental: {people: {on-call: [alice, alcie]}}}", "operator.yml:4:44: the people of \"on-call\" include \"alcie\", who has no credential under credentials.operators. Did you mean \"alice\"?")]
    [InlineData("credentials: {operators: [{name: alice, bearer_file: a}]}\nteams: {rental: {people: {on-call: {names: [bob], namespaces: [staging]}}}}", "operator.yml:4:45: the people of \"on-call\" include \"bob\", who has no credential under credentials.operators. Operators here: alice.")]
    [InlineData("teams: {rental: {secrets: {key: {file: f}}}}", "operator.yml:3:33: secret \"key\" has no \"hosts\". Name the only hosts it may be sent to, or the only namespaces it may be put into.")]
    public void Faults_have_place_and_remedy(string line, string fault) =>
        Read(line.Length == 0 ? "shadow: false\njournal: j\n" : $"{Least}{line}\n").Faults.Select(f => f.ToString()).ShouldBe([fault]);

    [Fact]
    public void A_secret_may_be_granted_for_namespaces_and_sent_to_no_host()
    {
        var secret = Read(Least + "teams: {rental: {secrets: {key: {file: /f, namespaces: [production]}}}}\n").Configuration!.Teams["rental"].Secrets["key"];
        (secret.File, secret.Hosts.Count, secret.Namespaces.Single()).ShouldBe(("/f", 0, "production"));
    }

    [Fact]
    public void Where_nobody_has_a_credential_people_may_have_any_name() =>
        Read($"{Least}teams: {{rental: {{people: {{on-call: [alice]}}}}}}\n").Configuration.ShouldNotBeNull().Teams["rental"].People["on-call"].Names.ShouldBe(["alice"]);

    [Fact]
    public void A_missing_file_is_a_fault() =>
        OperatorConfigurationReader.Read("/nowhere/operator.yml").Faults.ShouldHaveSingleItem().ToString().ShouldBe("/nowhere/operator.yml: there is no such file.");

    [Fact]
    public void S21_a_file_that_is_not_UTF_8_is_a_fault()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("operator.yml", "");
        File.WriteAllText(path, $"{Least}teams: {{rental: {{channels: ['#störungen']}}}}\n", Encoding.Latin1);

        OperatorConfigurationReader.Read(path).Faults.ShouldHaveSingleItem().ToString().ShouldBe($"{path}:3:33: this is not UTF-8. Save the file as UTF-8.");
    }

    [Fact]
    public void An_empty_file_says_with_what_to_begin() =>
        Read("").Faults.ShouldHaveSingleItem().ToString().ShouldBe("operator.yml:1:1: the file is empty. Begin with \"matrix:\".");

    private static OperatorOutcome Read(string content) => OperatorConfigurationReader.Read("operator.yml", content);

    private static string Shipped([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "deploy", "base", "operator.yml"));
}
