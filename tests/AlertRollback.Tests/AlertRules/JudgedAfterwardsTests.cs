using System.Globalization;
using System.Text.RegularExpressions;
using AlertRollback.Alerts;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.AlertRules;

/// <summary>
/// What an alert was about is judged after the rollback that it started: one for slowness or memory that asks for health alone
/// would be called a success while it is as slow, or as full, as before.
/// </summary>
public sealed partial class JudgedAfterwardsTests
{
    // What a rule's expression reads, and what a check reads that judges the same since the change.
    private static readonly Dictionary<string, string> Judging = new()
    {
        ["service:http_errors:"] = "http_requests_total",
        ["service:http_latency_seconds:"] = "http_request_duration_seconds_bucket",
        ["service:memory_of_limit:max"] = "service:memory_of_limit:max",
        ["service:ai_failures:"] = "ai_requests_total",
    };

    public static TheoryData<string, string> Alerts() => new(TeamFiles.Teams.SelectMany(team => TeamFiles.AlertsOf(team)
        .Where(rule => rule.Labels.GetValueOrDefault("decide") is null && Judging.Keys.Any(rule.Expr.Contains)).Select(rule => (team, rule.Alert!))));

    [Theory]
    [MemberData(nameof(Alerts))]
    public void A_rollback_is_judged_by_what_its_alert_was_about_and_no_laxer(string team, string alert)
    {
        var (matrix, rule) = (TeamFiles.MatrixOf(team), TeamFiles.AlertsOf(team).Single(r => r.Alert == alert));
        var metric = Judging.First(j => rule.Expr.Contains(j.Key, StringComparison.Ordinal)).Value;

        foreach (var act in TeamFiles.LabelsOf(team, rule, matrix).Select(labels => matrix.Decide(LabelSet.Of(labels))).OfType<Decision.Act>())
        {
            var limit = JudgedBy(act).Where(c => Query(c).Contains(metric, StringComparison.Ordinal)).Select(c => c.Parameters["below"]!.GetValue<double>()).ToList();

            limit.ShouldHaveSingleItem($"{act.Service.Name} by {act.Playbook.Name}");
            if (Threshold().Match(rule.Expr.Trim()) is { Success: true } threshold)
                limit[0].ShouldBeLessThanOrEqualTo(double.Parse(threshold.Groups[1].Value, CultureInfo.InvariantCulture));
        }
    }

    // A query that Prometheus answers with nothing would end every rollback in "cannot tell".
    [Theory]
    [InlineData("diagnostics")]
    [InlineData("paperless")]
    [InlineData("reports")]
    public void Response_times_are_judged_by_a_query_that_promtool_has_tried(string team)
    {
        var asked = Judged(team).Select(Query).Where(q => q.Contains("histogram_quantile", StringComparison.Ordinal)).Distinct();
        var tried = string.Join(' ', TeamFiles.RuleTestsOf(team).Select(Unbroken));

        foreach (var query in asked)
            tried.ShouldMatch(string.Join(".*?", Placeholder().Split(Unbroken(query)).Select(Regex.Escape)));
    }

    // The alerts are silent on fewer, and what says nothing as an alert says nothing afterwards: a slow request of three at night
    // would undo the next thing. Where there are few, "cannot tell" has to be what comes out.
    [Theory]
    [MemberData(nameof(Ratios))]
    public void A_share_or_a_percentile_is_judged_of_as_many_requests_as_its_alert_needs(string team, string name)
    {
        var check = Judged(team).First(c => Name(c) == name);

        var requests = check.Parameters["requests"].ShouldNotBeNull().GetValue<string>();
        var counted = name.StartsWith('p') ? "http_request_duration_seconds_bucket" : Counter().Match(Query(check)).Value;
        requests.ShouldBe($"sum(increase({counted}{{{Selector().Matches(Query(check)).Last().Groups[1].Value}{(name.StartsWith('p') ? ",le=\"+Inf\"" : "")}}}[${{since_change}}]))");
        var enough = check.Parameters["at_least"]?.GetValue<double>() ?? 20;
        File.ReadAllText(Path.Combine(TeamFiles.Folder(team), "rules.yml")).ShouldContain(string.Create(CultureInfo.InvariantCulture, $">= {enough} / "));
    }

    public static TheoryData<string, string> Ratios() => new(TeamFiles.Teams.SelectMany(team => Judged(team)
        .Where(c => Query(c).Contains("rate(", StringComparison.Ordinal)).Select(c => (team, Name(c))).Distinct()));

    private static IEnumerable<CheckDefinition> Judged(string team) => TeamFiles.MatrixOf(team).Teams.Single().Playbooks
        .SelectMany(p => p.Verify).SelectMany(s => s.All).Where(c => c is { Check: "promql", Report: false });

    private static string Name(CheckDefinition check) => check.Parameters["name"]!.GetValue<string>();

    private static IEnumerable<CheckDefinition> JudgedBy(Decision.Act act) =>
        act.Playbook.Verify.SelectMany(set => act.Service.Own(set).All).Where(c => c is { Check: "promql", Report: false });

    private static string Query(CheckDefinition check) => check.Parameters["query"]!.GetValue<string>();

    private static string Unbroken(string text) => Spaces().Replace(text, " ").Trim();

    [GeneratedRegex(@"[<>]=? *([\d.]+)$")]
    private static partial Regex Threshold();

    [GeneratedRegex("[a-z_]+_total")]
    private static partial Regex Counter();

    [GeneratedRegex(@"\{((?:[^{}]|\$\{\w+\})*)\}\[")]
    private static partial Regex Selector();

    [GeneratedRegex(@"\$\{\w+\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
