using System.Runtime.CompilerServices;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

/// <summary>The two whole matrices that the language was designed by.</summary>
public sealed class ExampleMatricesTests
{
    private static readonly DecisionMatrix Matrix = Load();

    [Theory]
    [InlineData("service=rental-api,severity=critical", "undo: healthy, correct")]
    [InlineData("service=user-service,severity=P0", "cut_traffic: healthy, fast, functional")]
    [InlineData("service=user-service,severity=P2", "undo in maintenance: healthy, fast, functional")]
    public void They_decide(string labels, string expected)
    {
        var act = Matrix.Decide(DecisionMatrixTests.Labels(labels)).ShouldBeOfType<Decision.Act>();

        $"{act.Playbook.Name}{(act.Row.Window is { } window ? $" in {window.Name}" : "")}: {string.Join(", ", act.Playbook.Verify.Select(v => v.Name))}".ShouldBe(expected);
        act.Playbook.Verify.ShouldAllBe(v => v.All.Count > 0);
    }

    [Fact]
    public void Services_are_filled_in_from_their_defaults()
    {
        var service = Matrix.Service("evaluation-service").ShouldNotBeNull();

        service.Workload!.ToString().ShouldBe("rollout/production/evaluation-service");
        service.Url.ShouldBe("http://evaluation-service.production.svc.cluster.local:8080");
        service.Settings["helm_release"]!.GetValue<string>().ShouldBe("production/evaluation-service");
        service.Settings["flag"]!["url"]!.GetValue<string>().ShouldBe("http://feature-flag-service:8080/api/flags/evaluation-service_routing");
    }

    [Fact]
    public void Everything_under_follow_up_and_targets_is_part_of_every_playbook()
    {
        var undo = Matrix.Teams.Single(t => t.Name == "rental").Playbooks.Single(p => p.Name == "undo");

        undo.FollowUp.Count.ShouldBe(4);
        undo.Targets.ShouldBe(new TimeTargets(Minutes(2), Minutes(1), Minutes(10), Minutes(5), Minutes(18)));
    }

    private static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);

    private static DecisionMatrix Load([CallerFilePath] string here = "")
    {
        var outcome = MatrixLoader.Load(Path.Combine(Path.GetDirectoryName(here)!, "Examples"), FakeCatalog.Create(), null);
        outcome.Faults.ShouldBeEmpty(string.Join('\n', outcome.Faults));
        return outcome.Matrix.ShouldNotBeNull();
    }
}
