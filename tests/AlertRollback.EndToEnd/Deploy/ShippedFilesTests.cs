using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Deploy;

public sealed class ShippedFilesTests
{
    /// <summary>One line for each team's <c>rules.yml</c> and <c>rules.test.yml</c>: a new folder is tried without a change here.</summary>
    public static TheoryData<string> TeamsRules()
    {
        var teams = Directory.EnumerateDirectories(Repository.File("alert-rules")).Select(Path.GetFileName).Order(StringComparer.Ordinal);
        return [.. teams.SelectMany(team => new[] { $"check rules alert-rules/{team}/rules.yml", $"test rules alert-rules/{team}/rules.test.yml" })];
    }

    [Theory]
    [MemberData(nameof(TeamsRules))]
    public async Task Every_team_has_rules_that_promtool_accepts_and_proves(string arguments)
    {
        await Tool.RunAsync("promtool", arguments.Split(' '));
    }

    [Theory]
    [InlineData("promtool", "check config deploy/prometheus.yml")]
    [InlineData("amtool", "check-config deploy/alertmanager.yml")]
    public async Task Shipped_file_is_accepted_by_the_tool_that_reads_it(string program, string arguments)
    {
        await Tool.RunAsync(program, arguments.Split(' '));
    }
}
