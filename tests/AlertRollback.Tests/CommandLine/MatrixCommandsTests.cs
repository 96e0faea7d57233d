using System.CommandLine;
using AlertRollback.CommandLine;
using AlertRollback.Tests.Matrix;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.CommandLine;

public sealed class MatrixCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void Checking_a_sound_matrix_prints_a_summary()
    {
        var path = _folder.Write("matrix.yml", Matrices.Rental);

        Run("check", path).ShouldBe(0);

        _output.ToString().ShouldBe($"{path}: team rental: 1 service, 2 rows, 1 playbook\nno faults\n");
        _error.ToString().ShouldBe($"warning: {path}: what the operator grants was not checked. Pass --operator FILE to check it.\n");
    }

    [Fact]
    public void Checking_a_faulty_matrix_prints_all_faults_and_fails()
    {
        var path = _folder.Write("matrix.yml", Matrices.Replaced("playbook: undo", "playbook: redo").Replace("low: {}", "low: 5", StringComparison.Ordinal));

        Run("check", _folder.Path).ShouldBe(1);

        _error.ToString().ShouldContain($"{path}:9:8: severity \"low\" must be a mapping, not \"5\". Write {{}} when nothing is meant.\n{path}:13:15: row \"critical band\" names the playbook \"redo\"");
        _error.ToString().ShouldContain("\n2 faults\n");
        _output.ToString().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{owner: DevOps, review_by: 2026-11-23}", null)]
    [InlineData("{owner: DevOps, approved_by: Engineering Leadership}", null)]
    [InlineData("{owner: DevOps, approved_by: Engineering Leadership, review_by: 2026-11-22}", "2:72|Let DevOps look at it and Engineering Leadership agree to it, and write the next date.")]
    [InlineData("{review_by: 2026-11-22}", "2:20|Let its owner look at it, and write the next date.")]
    public void A_matrix_that_should_have_been_looked_at_again_by_now_is_warned_of(string about, string? warned)
    {
        var path = _folder.Write("matrix.yml", Matrices.Replaced("team: rental\n", $"team: rental\nabout: {about}\n"));

        Run("check", path).ShouldBe(0);

        var warnings = _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(w => w.Contains("looked at again", StringComparison.Ordinal));
        warnings.ShouldBe(warned?.Split('|') is [var place, var remedy] ? [$"warning: {path}:{place}: the matrix of \"rental\" was to be looked at again by 2026-11-22. {remedy}"] : []);
        _output.ToString().ShouldEndWith("no faults\n");
    }

    [Fact]
    public void Checking_with_the_operators_configuration_checks_its_grants()
    {
        _folder.Write("matrix.yml", Matrices.Rental);
        var configuration = _folder.Write("operator.yml", "matrix: matrix.yml\njournal: j.db\nteams: {rental: {namespaces: [production], hosts: [api.example.com]}}\n");

        Run("check", _folder.Path, "--operator", configuration).ShouldBe(1);

        _error.ToString().ShouldContain("the channel \"#rental-ops\" is not granted to the team \"rental\"");
    }

    [Fact]
    public void A_team_that_is_granted_something_and_has_no_file_in_the_folder_is_warned_of()
    {
        var file = _folder.Write("rental.matrix.yml", Matrices.Rental);
        var configuration = _folder.Write("operator.yml", """
            matrix: .
            journal: j.db
            slack: {webhook_file: webhook}
            teams:
              rental: {namespaces: [production], hosts: [api.example.com], channels: ["#rental-ops"]}
              blog: {namespaces: [blog]}
            """);

        Run("check", _folder.Path, "--operator", configuration).ShouldBe(0);
        _error.ToString().ShouldBe($"warning: {_folder.Path}: no file here is the matrix of \"blog\", though the operator grants to it. If this is the folder that the service reads, add TEAM.matrix.yml.\n");

        _error.GetStringBuilder().Clear();
        Run("check", file, "--operator", configuration).ShouldBe(0);
        _error.ToString().ShouldBeEmpty("one file is one team's");
    }

    [Theory]
    [InlineData("", "nobody can be called or asked: no Slack is configured. Add \"slack\" to the operator's configuration, or look at \"alertrollback rollbacks --open\" and \"alertrollback task list\" yourself")]
    [InlineData("slack: {token_file: token, channel: '#ops'}", null)]
    [InlineData("slack: {webhook_file: webhook}", null)]
    [InlineData("slack: {token_file: token}", "nobody hears that the kill switch is on, that too much was rolled back at once, that a matrix is faulty or that alerts are refused: give \"slack\" of the operator's configuration a \"channel\"")]
    [InlineData("shadow: true", null)]
    public void Where_nobody_can_be_called_the_check_says_so(string setting, string? warning)
    {
        var file = _folder.Write("matrix.yml", Matrices.Rental);
        var configuration = _folder.Write("operator.yml", $$"""
            matrix: matrix.yml
            journal: j.db
            {{setting}}
            teams: {rental: {namespaces: [production], hosts: [api.example.com], channels: ["#rental-ops"] } }
            """);

        Run("check", file, "--operator", configuration).ShouldBe(0);

        _error.ToString().ShouldBe(warning is null ? "" : $"warning: {configuration}: {warning}\n");
    }

    [Fact]
    public void Checking_nothing_says_so()
    {
        Run("check", _folder.Path).ShouldBe(1);
        Run("check", Path.Combine(_folder.Path, "nowhere.yml")).ShouldBe(1);

        _error.ToString().ShouldContain($"{_folder.Path}: the folder has no decision matrix. Name the file matrix.yml or TEAM.matrix.yml.");
        _error.ToString().ShouldContain("nowhere.yml: there is no such file or folder.");
    }

    [Theory]
    [InlineData("service=rental-api", "severity=critical")]
    [InlineData("{service=\"rental-api\", severity=\"critical\"}")]
    [InlineData("service=\"rental-api\"", "{severity=\"critical\"}")]
    public void Explaining_says_which_row_decides(params string[] labels)
    {
        _folder.Write("matrix.yml", Matrices.Rental);

        Run(["explain", "--matrix", _folder.Path, .. labels]).ShouldBe(0);

        _output.ToString().ShouldBe("""
            => 1. critical band: decides: matches severity="critical"
               2. low band: severity="low" does not match: it is "critical"
            act: row "critical band" of team rental matches severity="critical": playbook undo for rental-api

            """);
    }

    [Theory]
    [InlineData("rental-api")]
    [InlineData("=x")]
    [InlineData("{service=~\"x\"}")]
    [InlineData("{service")]
    public void Explaining_refuses_what_is_no_label(string argument)
    {
        _folder.Write("matrix.yml", Matrices.Rental);

        Run("explain", "--matrix", _folder.Path, argument).ShouldBe(1);

        _error.ToString().ShouldContain("no ");
        _output.ToString().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("severity=low", "severity=critical")]
    [InlineData("severity=low", "{severity=\"critical\"}")]
    [InlineData("{severity=\"low\", severity=\"critical\"}")]
    public void Explaining_refuses_a_label_that_is_given_twice(params string[] labels)
    {
        _folder.Write("matrix.yml", Matrices.Rental);

        Run(["explain", "--matrix", _folder.Path, "service=rental-api", .. labels]).ShouldBe(1);

        _error.ToString().ShouldBe("the label \"severity\" is given more than once, as \"low\" and \"critical\": an alert has it once\n");
        _output.ToString().ShouldBeEmpty();
    }

    private int Run(params string[] arguments)
    {
        var root = new RootCommand { CheckCommand.Create(_ => FakeCatalog.Create(), _time), ExplainCommand.Create(FakeCatalog.Create) };
        return root.Parse(arguments).Invoke(new InvocationConfiguration { Output = _output, Error = _error });
    }
}
