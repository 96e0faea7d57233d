using System.Text.RegularExpressions;
using AlertRollback.Alerts;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.AlertRules;

/// <summary>
/// Every alert of a team's rules.yml leads somewhere in the matrix beside it, for every service it is seen to fire for by
/// promtool (rules.test.yml): a rule without a row would be silence.
/// </summary>
public sealed partial class AlertsMeetRowsTests
{
    public static TheoryData<string, string> Alerts() => new(TeamFiles.Teams.SelectMany(team => TeamFiles.AlertsOf(team).Select(rule => (team, rule.Alert!))));

    [Theory]
    [MemberData(nameof(Alerts))]
    public void Every_alert_meets_a_row_of_its_team(string team, string alert)
    {
        var (matrix, rule) = (TeamFiles.MatrixOf(team), TeamFiles.AlertsOf(team).Single(r => r.Alert == alert));
        TeamFiles.SeenFiring(team).Select(s => s["alertname"]).ShouldContain(alert, $"no test lets {alert} fire");

        foreach (var labels in TeamFiles.LabelsOf(team, rule, matrix))
        {
            var decision = matrix.Decide(LabelSet.Of(labels));
            (decision is Decision.Act or Decision.GiveTask or Decision.DoNothing { Reason: Reason.LogOnly }).ShouldBeTrue($"{string.Join(", ", labels)}: {decision.Text}");
            rule.Labels.GetValueOrDefault("team").ShouldBe(team);
        }
    }

    [Theory]
    [MemberData(nameof(Teams))]
    public void Every_service_that_rules_and_their_tests_name_is_one_of_the_team_and_has_an_alert(string team)
    {
        var services = TeamFiles.MatrixOf(team).Services.Select(s => s.Name).ToList();
        var text = File.ReadAllText(Path.Combine(TeamFiles.Folder(team), "rules.yml"));
        var named = ServiceLabel().Matches(text).Select(m => m.Groups[1].Value);
        var fired = TeamFiles.SeenFiring(team).Select(s => s.GetValueOrDefault(DecisionMatrix.ServiceLabel)).OfType<string>().ToList();

        named.Concat(fired).Distinct().Except(services).ShouldBeEmpty();
        (services.Count == 1 ? [] : services.Except(fired)).ShouldBeEmpty("no test lets an alert of it fire");
    }

    public static TheoryData<string> Teams() => [.. TeamFiles.Teams];

    [GeneratedRegex(@"\bservice=""([^""$]+)""")]
    private static partial Regex ServiceLabel();
}
