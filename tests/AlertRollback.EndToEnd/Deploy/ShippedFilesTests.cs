using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Deploy;

public sealed class ShippedFilesTests
{
    /// <summary>A line for each file with rules or their tests: a new team is tried without a change here.</summary>
    public static TheoryData<string> TeamsRules()
    {
        var folder = Repository.File("alert-rules");
        var files = Directory.EnumerateFiles(folder, "rules*.yml", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
        return [.. files.Select(f => $"{(f.EndsWith(".test.yml", StringComparison.Ordinal) ? "test" : "check")} rules {Path.GetRelativePath(Repository.Root, f)}")];
    }

    [Fact]
    public void Every_team_has_rules_and_their_tests()
    {
        Directory.EnumerateDirectories(Repository.File("alert-rules"))
            .Where(team => !File.Exists(Path.Combine(team, "rules.yml")) || !File.Exists(Path.Combine(team, "rules.test.yml")))
            .ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(TeamsRules))]
    public async Task Shipped_rules_are_accepted_and_proven_by_promtool(string arguments)
    {
        await Tool.RunAsync("promtool", arguments.Split(' '));
    }

    // promtool looks for the credential's file, which lies where Prometheus runs.
    [Fact]
    public async Task Shipped_Prometheus_configuration_is_accepted_by_promtool_once_the_credential_is_there()
    {
        using var folder = new TemporaryFolder();
        var shipped = File.ReadAllText(Repository.File("deploy/prometheus.yml"));
        const string Credential = "/etc/prometheus/credentials/alertrollback";
        shipped.ShouldContain($"credentials_file: {Credential}\n");

        var there = shipped.Replace(Credential, folder.Write("credential", "text"), StringComparison.Ordinal).Replace("../", $"{Repository.Root}/", StringComparison.Ordinal);
        (await Tool.RunAsync("promtool", ["check", "config", folder.Write("prometheus.yml", there)])).ShouldContain("2 rule files found");
    }

    [Fact]
    public async Task Shipped_Alertmanager_configuration_is_accepted_by_amtool() => await Tool.RunAsync("amtool", ["check-config", "deploy/alertmanager.yml"]);

    [Theory]
    [InlineData("alertname=RentalCriticalBand service=rental-api team=rental severity=critical", "alertrollback")]
    [InlineData("alertname=AlertRollbackDown job=alertrollback about=alertrollback severity=critical", "people")]
    public async Task What_is_about_AlertRollback_itself_goes_to_people_and_all_else_to_it(string labels, string receiver) =>
        (await Tool.RunAsync("amtool", ["config", "routes", "test", "--config.file=deploy/alertmanager.yml", .. labels.Split(' ')])).Trim().ShouldBe(receiver);
}
