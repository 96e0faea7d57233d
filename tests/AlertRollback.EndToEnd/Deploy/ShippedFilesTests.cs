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

    [Theory]
    [InlineData("promtool", "check config deploy/prometheus.yml")]
    [InlineData("amtool", "check-config deploy/alertmanager.yml")]
    public async Task Shipped_file_is_accepted_by_the_tool_that_reads_it(string program, string arguments)
    {
        await Tool.RunAsync(program, arguments.Split(' '));
    }
}
