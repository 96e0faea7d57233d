namespace AlertRollback.Tests.AlertRules.Coverage;

/// <summary>Every playbook that is shipped is run end to end by a test, or alert-rules/COVERAGE.md says that it is not.</summary>
public sealed class PlaybookTableTests
{
    private static readonly IReadOnlyList<string> Shipped =
        [.. TeamFiles.Teams.SelectMany(t => TeamFiles.MatrixOf(t).Teams.Single().Playbooks.Select(p => $"{t}/{p.Name}")).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Playbooks() => [.. Shipped];

    [Fact]
    public void Every_playbook_of_every_shipped_matrix_has_one_line() =>
        PlaybookTable.Lines.Select(l => l.Playbook).Order(StringComparer.Ordinal).ShouldBe(Shipped);

    [Theory]
    [MemberData(nameof(Playbooks))]
    public void What_runs_it_is_an_end_to_end_test(string playbook)
    {
        var line = PlaybookTable.Lines.Single(l => l.Playbook == playbook);
        line.How.ShouldMatch("^(real(; .+)?|stand-in: .+|not run end to end: .+)$");
        line.Tests.Count.ShouldBe(line.IsRun ? Math.Max(1, line.Tests.Count) : 0, $"{playbook} is run by a test, or said not to be");
        line.Tests.Where(t => !TestNames.IsEndToEnd(t)).ShouldBeEmpty($"{playbook} names tests that are not there, or not end to end");
    }

    [Theory]
    [InlineData("StartedByHandTests.A_no_and_a_plan_in_shadow_change_nothing", true)]
    [InlineData("PlaybookTableTests.Every_playbook_of_every_shipped_matrix_has_one_line", false)]
    [InlineData("StartedByHandTests.Nothing", false)]
    public void An_end_to_end_test_is_told_from_others(string name, bool endToEnd) => TestNames.IsEndToEnd(name).ShouldBe(endToEnd);
}
