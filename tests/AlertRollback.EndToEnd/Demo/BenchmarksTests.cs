using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Demo;

/// <summary>That the benchmarks can be run, and what of their figures is no time: how long things take is for whoever runs them.</summary>
public sealed class BenchmarksTests
{
    [Fact]
    public async Task Deciding_undoing_and_receipts_are_measured_and_an_undo_takes_no_more_calls_than_kubectls()
    {
        var output = await Tool.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "AlertRollback.Benchmarks.dll"), "decide", "undo", "receipts", "--short"]);

        output.ShouldContain("decide, 10,000 rows, no row matches: ");
        output.ShouldContain("alert in → undo patch arrives, 3 rounds: ");
        output.ShouldContain("API calls from alert to patch: 4 |");
        output.ShouldContain("durable receipts, 16 connections: ");
        output.ShouldContain("; 0 were not answered with 200");
    }
}
