using System.Runtime.CompilerServices;
using AlertRollback.Announcements;
using AlertRollback.CommandLine;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Tests.AlertRules;

namespace AlertRollback.Tests.Matrix;

public sealed class ShippedMatrixTests
{
    private static readonly string Root = RepositoryRoot();

    private static readonly MatrixOutcome Outcome = MatrixLoader.Load(
        Path.Combine(Root, "alert-rules", "rental"),
        FakeCatalog.RealWhereTheyExist(),
        OperatorConfigurationReader.Read(Path.Combine(Root, "deploy", "base", "operator.yml")).Configuration.ShouldNotBeNull());

    [Fact]
    public void It_has_no_faults_and_names_only_what_the_shipped_operator_grants()
    {
        Outcome.Faults.ShouldBeEmpty();
        Outcome.Warnings.ShouldBeEmpty();
    }

    /// <summary>Each has an example of what the operator has to grant; rental's grants are in deploy/base, too.</summary>
    public static TheoryData<string> Teams() => [.. TeamFiles.Teams];

    [Theory]
    [MemberData(nameof(Teams))]
    public void Every_team_names_only_what_the_example_beside_its_matrix_grants(string team)
    {
        var folder = Path.Combine(Root, "alert-rules", team);
        var granted = OperatorConfigurationReader.Read(Path.Combine(folder, "operator.example.yml"));
        granted.Faults.ShouldBeEmpty();

        var outcome = MatrixLoader.Load(folder, OfflineCatalog.Create(), granted.Configuration.ShouldNotBeNull());

        outcome.Faults.ShouldBeEmpty();
        outcome.Warnings.ShouldBeEmpty();
        outcome.Matrix.ShouldNotBeNull().Teams.ShouldHaveSingleItem().Name.ShouldBe(team);
        granted.Configuration.Teams.Keys.ShouldBe([team]);
        CallingPeople.LacksOf(granted.Configuration, outcome.Matrix.Services).ShouldBeEmpty();
    }

    // What people copy first.
    [Fact]
    public void The_matrix_in_the_README_is_a_whole_one()
    {
        var matrix = File.ReadAllText(Path.Combine(Root, "README.md")).Split("```yaml\n")[1].Split("```")[0];

        MatrixLoader.Load(new MatrixFiles([new MatrixFile("README.md", "README.md", matrix)]), OfflineCatalog.Create(), null).Faults.ShouldBeEmpty();
    }

    // Names that one file takes and another one gives away would collide only in production.
    [Fact]
    public void All_teams_files_can_be_loaded_together() =>
        MatrixLoader.Load(Path.Combine(Root, "alert-rules"), OfflineCatalog.Create(), null).Faults.ShouldBeEmpty();

    // Without "answer" it is the service's name that has to be typed, whatever people are told in words.
    [Theory]
    [MemberData(nameof(Teams))]
    public void What_people_are_asked_to_type_is_what_is_taken(string team)
    {
        var shipped = MatrixLoader.Load(Path.Combine(Root, "alert-rules", team), OfflineCatalog.Create(), null).Matrix.ShouldNotBeNull().Teams.Single();
        var approvals = shipped.Playbooks.Select(p => p.Approval).Concat(shipped.Playbooks.SelectMany(p => p.Methods).Select(m => m.Approval)).Concat(shipped.Severities.Select(s => s.Approval));

        approvals.OfType<ApprovalDefinition>().Where(a => a.Type is { } words && a.Answer == "${service}" && !words.Contains("service", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("critical", "act")]
    [InlineData("critical,decide=people", "task")]
    [InlineData("high", "task")]
    [InlineData("medium", "task")]
    [InlineData("low", "log")]
    public void Each_band_of_the_rental_runbook_is_decided(string severity, string expected)
    {
        var decision = Outcome.Matrix.ShouldNotBeNull().Decide(DecisionMatrixTests.Labels($"service=rental-api,severity={severity}"));

        var word = decision switch
        {
            Decision.Act => "act",
            Decision.GiveTask => "task",
            Decision.DoNothing { Reason: Reason.LogOnly } => "log",
            _ => decision.Text,
        };
        word.ShouldBe(expected);
    }

    // L59, L60, M71: what the runbooks give to people has a time as well.
    [Theory]
    [InlineData("rental", "rental-api", "high", 15)]
    [InlineData("rental", "rental-api", "medium", 30)]
    [InlineData("admission", "user-service", "P3", 240)]
    public void What_is_given_to_people_has_the_time_of_the_runbook(string team, string service, string severity, int minutes)
    {
        var matrix = MatrixLoader.Load(Path.Combine(Root, "alert-rules", team), OfflineCatalog.Create(), null).Matrix.ShouldNotBeNull();

        matrix.Decide(DecisionMatrixTests.Labels($"service={service},severity={severity}")).ShouldBeOfType<Decision.GiveTask>()
            .Severity.StartWithin.ShouldBe(TimeSpan.FromMinutes(minutes));
    }

    [Fact]
    public void The_undo_is_proven_and_watched()
    {
        var undo = Outcome.Matrix.ShouldNotBeNull().Teams[0].Playbooks.Single(p => p.Name == "undo");

        undo.Guards.DeployedWithin.ShouldBe(TimeSpan.FromHours(4));
        undo.Stabilise.ShouldBe(TimeSpan.FromMinutes(30));
        undo.Guards.SameAsAtTarget.ShouldHaveSingleItem().Check.ShouldBe("sql");
        undo.Methods.Select(m => m.Name).ShouldBe(["kubernetes", "docker", "git", "files"]);
        undo.Methods.Where(m => m.Approval is not null).Select(m => m.Name).ShouldBe(["git", "files"], "what is harder to take back is agreed to first");
        undo.Verify.Select(v => v.Name).ShouldBe(["healthy", "correct"]);
        undo.Verify.Sum(v => v.All.Count(c => !c.Report)).ShouldBe(8);
        undo.OnFailure.ShouldHaveSingleItem().Parameters["role"]!.GetValue<string>().ShouldBe("devops-lead");
    }

    [Fact]
    public void A_release_of_reports_that_changed_the_database_is_for_people_who_take_both_back()
    {
        var playbooks = MatrixLoader.Load(Path.Combine(Root, "alert-rules", "reports"), OfflineCatalog.Create(), null).Matrix.ShouldNotBeNull().Teams.Single().Playbooks;

        playbooks.Single(p => p.Name == "immediate").Guards.DatabaseChange.ShouldBe(["none", "safe"]);
        var withDatabase = playbooks.Single(p => p.Name == "undo_with_database");
        withDatabase.Guards.DatabaseChange.ShouldBeEmpty();
        withDatabase.Manual.ShouldNotBeNull();
    }

    // The runbook gives no limit for these times: a limit of ours would fail rollbacks that it calls good.
    [Theory]
    [InlineData("diagnostics")]
    [InlineData("paperless")]
    public void How_long_a_health_endpoint_takes_is_shown_where_the_runbook_gives_no_limit(string team)
    {
        var shipped = MatrixLoader.Load(Path.Combine(Root, "alert-rules", team), OfflineCatalog.Create(), null).Matrix.ShouldNotBeNull().Teams.Single();

        var timed = shipped.Playbooks.SelectMany(p => p.Verify).SelectMany(c => c.All).Where(c => c.Parameters["mean_below"] is not null).ToList();

        timed.ShouldNotBeEmpty();
        timed.ShouldAllBe(c => c.Report);
    }

    private static string RepositoryRoot([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
