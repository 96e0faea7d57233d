using System.Text.Json.Nodes;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Deploy;

/// <summary>
/// The MongoDB scripts of the reports team. MongoDB is not in Debian: the scripts run in the Node.js that Playwright brings,
/// against a stand-in for mongosh that knows the operators they use.
/// </summary>
public sealed class MongoScriptTests
{
    private const string Collections = """
        {
          "reporttemplates": [
            {"_id": 1, "createdAt": "2024-01-01T00:00:00Z", "version": 2.0, "reportType": "outcomes", "advancedFilters": [1], "title": "first day, first version"},
            {"_id": 2, "createdAt": "2024-06-01T00:00:00Z", "version": "2.1", "reportType": "outcomes", "customChartTypes": [1], "templateInheritance": 1},
            {"_id": 3, "createdAt": "2023-12-31T23:59:59Z", "version": 2.0, "reportType": "outcomes", "advancedFilters": [1]},
            {"_id": 4, "createdAt": "2024-06-01T00:00:00Z", "version": 1.9, "reportType": "custom-dashboards", "advancedFilters": [1]},
            {"_id": 5, "createdAt": "2024-06-01T00:00:00Z", "version": "draft", "reportType": "predictive-insights", "advancedFilters": [1]},
            {"_id": 6, "createdAt": "2024-06-01T00:00:00Z", "reportType": "advanced-analytics", "advancedFilters": [1]}
          ],
          "reportschedules": [
            {"_id": 1, "frequency": "custom", "customSchedule": "0 3 * * 2", "advancedDelivery": {"to": "s3"}},
            {"_id": 2, "frequency": "conditional", "conditionalTriggers": ["x"]},
            {"_id": 3, "frequency": "daily", "customSchedule": "kept"}
          ]
        }
        """;

    [Fact]
    public async Task Templates_and_schedules_become_readable_for_the_release_before_and_what_was_taken_away_is_kept()
    {
        var (said, after) = await RunAsync("reports-rollback.js", Collections);

        said.ToJsonString().ShouldBe("""{"templates":2,"schedules":2,"left":0}""");
        Fields(after, "reporttemplates", 1).ShouldBe(["_id", "createdAt", "version", "reportType", "title"]);
        Fields(after, "reporttemplates", 2).ShouldBe(["_id", "createdAt", "version", "reportType"]);
        foreach (var untouched in new[] { 3, 4, 5, 6 })
            Fields(after, "reporttemplates", untouched).ShouldContain("advancedFilters");
        Only(after, "reportschedules", 1).ToJsonString().ShouldBe("""{"_id":1,"frequency":"weekly"}""");
        Only(after, "reportschedules", 2).ToJsonString().ShouldBe("""{"_id":2,"frequency":"weekly"}""");
        Only(after, "reportschedules", 3).ToJsonString().ShouldBe("""{"_id":3,"frequency":"daily","customSchedule":"kept"}""");
        after["reports_rollback_kept"]!.AsArray().Count.ShouldBe(4);
        after["reports_rollback_kept"]![2]!["document"]!["customSchedule"]!.ToString().ShouldBe("0 3 * * 2");
    }

    [Fact]
    public async Task A_second_run_changes_nothing_and_keeps_what_was_kept()
    {
        var (_, once) = await RunAsync("reports-rollback.js", Collections);
        var (said, twice) = await RunAsync("reports-rollback.js", once.ToJsonString());

        said.ToJsonString().ShouldBe("""{"templates":0,"schedules":0,"left":0}""");
        twice.ToJsonString().ShouldBe(once.ToJsonString());
    }

    [Fact]
    public async Task Only_the_script_that_says_so_deletes_and_only_the_types_it_names()
    {
        var (said, after) = await RunAsync("delete-advanced-templates.js", Collections);

        said.ToJsonString().ShouldBe("""{"deleted":3,"left":0}""");
        after["reporttemplates"]!.AsArray().Select(t => (int)t!["_id"]!).ShouldBe([1, 2, 3]);
        File.ReadAllText(Repository.File("alert-rules/reports/reports-rollback.js")).ShouldNotContain("delete", Case.Insensitive);
    }

    private static async Task<(JsonNode Said, JsonObject After)> RunAsync(string script, string collections)
    {
        var node = Path.Combine(AppContext.BaseDirectory, ".playwright", "node", "linux-x64", "node");
        var standIn = Repository.File("tests/AlertRollback.EndToEnd/Deploy/mongosh-stand-in.js");
        var lines = (await Tool.RunAsync(node, [standIn, Repository.File($"alert-rules/reports/{script}")], collections)).Trim().Split('\n');
        lines.Length.ShouldBe(2);
        return (JsonNode.Parse(lines[0])!, (JsonObject)JsonNode.Parse(lines[1])!);
    }

    private static JsonNode Only(JsonObject after, string collection, int id) => after[collection]!.AsArray().Single(d => (int)d!["_id"]! == id)!;

    private static IEnumerable<string> Fields(JsonObject after, string collection, int id) => ((JsonObject)Only(after, collection, id)).Select(f => f.Key);
}
