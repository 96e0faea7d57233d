using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Deploy;

/// <summary>deploy/grafana-dashboard.json: its queries by Prometheus' own program. Grafana itself is not there.</summary>
public sealed partial class GrafanaDashboardTests
{
    private static readonly JsonNode Dashboard = JsonNode.Parse(File.ReadAllText(Repository.File("deploy/grafana-dashboard.json")))!;

    [Fact]
    public async Task Every_query_is_accepted_and_asks_for_what_is_offered()
    {
        using var folder = new TemporaryFolder();
        await Tool.RunAsync("promtool", ["check", "rules", folder.Write("rules.yml", Rules())]);

        var offered = await File.ReadAllTextAsync(Repository.File("deploy/README.md"), TestContext.Current.CancellationToken);
        var asked = Queries().SelectMany(q => Metric().Matches(q.Expression).Select(m => HistogramSeries().Replace(m.Value, ""))).ToHashSet(StringComparer.Ordinal);
        asked.Count.ShouldBeGreaterThan(15);
        asked.ShouldAllBe(m => offered.Contains($"`{m}`", StringComparison.Ordinal) || offered.Contains($"`{m}{{", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_counted_is_what_the_journal_counted_within_the_time_whatever_process_told_it()
    {
        using var folder = new TemporaryFolder();
        folder.Write("rules.yml", Rules());
        var test = folder.Write("rules.test.yml", """
            rule_files: [rules.yml]
            evaluation_interval: 1m
            tests:
              - interval: 1m
                input_series:
                  - {series: 'alertrollback_build_info{instance="a"}', values: '1x99 stale'}
                  - {series: 'alertrollback_build_info{instance="b"}', values: '_x100 1x20'}
                  - {series: 'alertrollback_rollbacks_total{instance="a",team="rental",service="rental-api",outcome="rolled_back",reason="applied",shadow="false"}', values: '2x69 3x29 stale'}
                  - {series: 'alertrollback_rollbacks_total{instance="b",team="rental",service="rental-api",outcome="rolled_back",reason="applied",shadow="false"}', values: '_x100 3x20'}
                  - {series: 'alertrollback_rollbacks_total{instance="b",team="rental",service="rental-web",outcome="rolled_back",reason="applied",shadow="false"}', values: '_x105 1x15'}
                  - {series: 'alertrollback_rollbacks_total{instance="b",team="rental",service="rental-api",outcome="failed",reason="check_failed",shadow="false"}', values: '_x110 1x10'}
                  - {series: 'alertrollback_rollbacks_total{instance="a",team="rental",service="rental-api",outcome="refused",reason="no_candidate",shadow="false"}', values: '5x99 stale'}
                  - {series: 'alertrollback_rollbacks_total{instance="b",team="rental",service="rental-api",outcome="refused",reason="no_candidate",shadow="false"}', values: '_x100 5x20'}
                  - {series: 'alertrollback_rollbacks_total{instance="b",team="rental",service="rental-api",outcome="rolled_back",reason="applied",shadow="true"}', values: '_x100 9x20'}
                  - {series: 'alertrollback_rollback_phase_seconds_sum{instance="a",phase="total"}', values: '100x69 400x29 stale'}
                  - {series: 'alertrollback_rollback_phase_seconds_sum{instance="b",phase="total"}', values: '_x100 400x20'}
                  - {series: 'alertrollback_rollback_phase_seconds_count{instance="a",phase="total"}', values: '1x69 2x29 stale'}
                  - {series: 'alertrollback_rollback_phase_seconds_count{instance="b",phase="total"}', values: '_x100 2x20'}
                promql_expr_test:
                  - {expr: rolled_back, eval_time: 2h, exp_samples: [{labels: rolled_back, value: 2}]}
                  - {expr: 'round(of_those_carried_out_and_judged, 0.001)', eval_time: 2h, exp_samples: [{labels: '{}', value: 0.667}]}
                  - {expr: mean_time_until_verified_as_good, eval_time: 2h, exp_samples: [{labels: mean_time_until_verified_as_good, value: 300}]}
                  - expr: how_they_ended
                    eval_time: 2h
                    exp_samples:
                      - {labels: 'how_they_ended{team="rental",service="rental-api",outcome="rolled_back",reason="applied"}', value: 1}
                      - {labels: 'how_they_ended{team="rental",service="rental-web",outcome="rolled_back",reason="applied"}', value: 1}
                      - {labels: 'how_they_ended{team="rental",service="rental-api",outcome="failed",reason="check_failed"}', value: 1}
                  - {expr: rollbacks_that_ended, eval_time: 70m, exp_samples: [{labels: 'rollbacks_that_ended{team="rental",service="rental-api",outcome="rolled_back"}', value: 1}]}
                  - {expr: rollbacks_that_ended, eval_time: 105m, exp_samples: [{labels: 'rollbacks_that_ended{team="rental",service="rental-web",outcome="rolled_back"}', value: 1}]}
                  - {expr: rollbacks_that_ended, eval_time: 75m, exp_samples: []}
                  - {expr: rollbacks_that_ended, eval_time: 100m, exp_samples: []}
                  # Of what was before it can be asked nothing is made up.
                  - {expr: rolled_back or how_they_ended or mean_time_until_verified_as_good, eval_time: 30m, exp_samples: []}
              - interval: 1m
                input_series:
                  - {series: 'alertrollback_build_info{instance="a"}', values: '1x120'}
                promql_expr_test:
                  - {expr: rolled_back, eval_time: 2h, exp_samples: [{labels: rolled_back, value: 0}]}
                  - {expr: of_those_carried_out_and_judged or how_they_ended or rollbacks_that_ended, eval_time: 2h, exp_samples: []}
            """);

        await Tool.RunAsync("promtool", ["test", "rules", test]);
    }

    [Fact]
    public void No_panel_lies_on_another_and_each_asks_the_chosen_Prometheus()
    {
        var panels = Dashboard["panels"]!.AsArray().Select(p => p!).ToList();
        panels.Select(p => (int)p["id"]!).ShouldBeUnique();
        panels.SelectMany(Cells).ShouldBeUnique();
        panels.SelectMany(Cells).ShouldAllBe(c => c.X < 24);
        panels.SelectMany(p => p["targets"]?.AsArray() ?? []).Concat(Dashboard["annotations"]!["list"]!.AsArray()).ShouldAllBe(t => (string)t!["datasource"]!["uid"]! == "${datasource}");
        ((string)Dashboard["templating"]!["list"]![0]!["name"]!).ShouldBe("datasource");
    }

    private static IEnumerable<(int X, int Y)> Cells(JsonNode panel)
    {
        int Of(string name) => (int)panel["gridPos"]![name]!;
        return Enumerable.Range(Of("x"), Of("w")).SelectMany(x => Enumerable.Range(Of("y"), Of("h")).Select(y => (x, y)));
    }

    private static IEnumerable<(string Name, string Expression)> Queries() => Dashboard["panels"]!.AsArray()
        .SelectMany(p => (p!["targets"]?.AsArray() ?? []).Select((t, i) => (Named((string)p["title"]!, i), (string)t!["expr"]!)))
        .Concat(Dashboard["annotations"]!["list"]!.AsArray().Select(a => (Named((string)a!["name"]!, 0), (string)a["expr"]!)));

    // As recording rules, with the time that Grafana would fill in.
    private static string Rules() => RecordingRules.Of(Queries().Select(q =>
        (q.Name, q.Expression.Replace("$__range", "1h", StringComparison.Ordinal).Replace("$__rate_interval", "1m", StringComparison.Ordinal))));

    private static string Named(string title, int place) => $"{NoWord().Replace(title.ToLowerInvariant(), "_")}{(place == 0 ? "" : $"_{place}")}";

    [GeneratedRegex(@"\W+")]
    private static partial Regex NoWord();

    [GeneratedRegex(@"(alertrollback|process)_\w+")]
    private static partial Regex Metric();

    [GeneratedRegex("_(sum|count|bucket)$")]
    private static partial Regex HistogramSeries();
}
