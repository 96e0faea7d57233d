using System.Text.RegularExpressions;
using AlertRollback.Alerts;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.AlertRules;

/// <summary>The rules about AlertRollback itself: they call people, and are no incident of a team's.</summary>
public sealed partial class OwnRulesTests
{
    // What they ask for takes its time by itself: a share of a question's time, a number within half an hour.
    private static readonly string[] Timed = ["AlertRollbackWaitsForPeople", "AlertRollbackRestarts"];

    public static TheoryData<string> Alerts() => [.. TeamFiles.AlertsOf(TeamFiles.Own).Select(a => a.Alert!)];

    [Theory]
    [MemberData(nameof(Alerts))]
    public void Each_waits_for_a_while_says_what_to_do_and_is_seen_to_fire(string alert)
    {
        var rule = TeamFiles.AlertsOf(TeamFiles.Own).Single(a => a.Alert == alert);

        (rule.For == "0s").ShouldBe(Timed.Contains(alert));
        rule.Labels["severity"].ShouldBeOneOf("critical", "warning");
        rule.Annotations["summary"].ShouldNotBeEmpty();
        rule.Annotations["description"].ShouldNotBeEmpty();
        TeamFiles.SeenFiring(TeamFiles.Own).Select(s => s["alertname"]).ShouldContain(alert, $"no test lets {alert} fire");
    }

    // By this label Alertmanager sends them to people; with that of a service some team's row could take them.
    [Theory]
    [MemberData(nameof(Alerts))]
    public void None_is_for_the_service_that_it_is_about(string alert)
    {
        TeamFiles.AlertsOf(TeamFiles.Own).Single(a => a.Alert == alert).Labels["about"].ShouldBe("alertrollback");
        foreach (var seen in TeamFiles.SeenFiring(TeamFiles.Own).Where(s => s["alertname"] == alert))
        {
            seen["about"].ShouldBe("alertrollback");
            TeamFiles.Teams.ShouldAllBe(t => TeamFiles.MatrixOf(t).Decide(LabelSet.Of(seen)) is Decision.DoNothing);
        }
    }

    // A metric that nobody offers never fires, and nobody notices.
    [Fact]
    public void They_ask_for_metrics_that_are_offered()
    {
        var offered = File.ReadAllText(Path.Combine(TeamFiles.Repository, "deploy", "README.md"));
        var asked = TeamFiles.AlertsOf(TeamFiles.Own).SelectMany(a => Metric().Matches(a.Expr).Select(m => m.Value)).ToList();

        asked.Count.ShouldBeGreaterThanOrEqualTo(8);
        asked.ShouldAllBe(m => offered.Contains($"`{m}`", StringComparison.Ordinal) || offered.Contains($"`{m}{{", StringComparison.Ordinal));
    }

    [Fact]
    public void No_folder_but_theirs_is_without_a_matrix() =>
        Directory.EnumerateDirectories(Path.Combine(TeamFiles.Repository, "alert-rules")).Where(f => !File.Exists(Path.Combine(f, "matrix.yml"))).Select(Path.GetFileName).ShouldBe([TeamFiles.Own]);

    [GeneratedRegex(@"alertrollback_\w+")]
    private static partial Regex Metric();
}
