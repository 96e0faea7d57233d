namespace AlertRollback.Tests.AlertRules.Coverage;

/// <summary>The 139 capabilities of the five runbooks, and what serves each: alert-rules/COVERAGE.md points at nothing that is not there.</summary>
public sealed class CoverageTableTests
{
    private const int All = 139;

    // Triggers, decisions, actions and checks; the rest are messages and operations.
    private const int MustBeServed = 106;

    // What no test here can have for real.
    private static readonly int[] NeedsStandIn = [11, 51, 53, 55, 57, 59, 95, 99, 102];

    public static TheoryData<int> Numbers() => [.. CoverageTable.Lines.Select(l => l.Number)];

    [Fact]
    public void Every_capability_has_one_line_in_its_place() =>
        CoverageTable.Lines.Select(l => l.Number).ShouldBe(Enumerable.Range(1, All));

    [Theory]
    [MemberData(nameof(Numbers))]
    public void What_serves_it_and_what_shows_it_is_there(int number)
    {
        var line = Line(number);
        line.Served.Where(r => !CoverageReferences.Exists(r)).ShouldBeEmpty($"{number} points at nothing");
        line.Tests.Where(t => !TestNames.Has(t)).ShouldBeEmpty($"{number} names tests that are not there");
        line.How.ShouldMatch("^(real(; .+)?|stand-in: .+|not there: .+)$");
        if (line.IsThere)
        {
            line.Served.ShouldNotBeEmpty($"{number} is served by nothing");
            line.Tests.ShouldNotBeEmpty($"{number} is shown by no test");
        }
    }

    [Fact]
    public void Triggers_decisions_actions_and_checks_are_there() =>
        CoverageTable.Lines.Where(l => l.Number <= MustBeServed && !l.IsThere).Select(l => l.Number).ShouldBeEmpty();

    [Fact]
    public void What_cannot_be_real_here_is_named_as_a_stand_in() =>
        NeedsStandIn.Select(Line).Where(l => l.IsThere && !l.How.StartsWith("stand-in: ", StringComparison.Ordinal)).Select(l => l.Number).ShouldBeEmpty();

    [Theory]
    [InlineData("action:scale", true)]
    [InlineData("action:skale", false)]
    [InlineData("check:http", true)]
    [InlineData("check:scale", false)]
    [InlineData("key:otherwise", true)]
    [InlineData("key:otherwize", false)]
    [InlineData("command:quarantine ask", true)]
    [InlineData("command:quarantine asked", false)]
    [InlineData("file:alert-rules/COVERAGE.md", true)]
    [InlineData("file:alert-rules/nothing.md", false)]
    [InlineData("alert:rental/RentalCriticalBand", true)]
    [InlineData("alert:reports/RentalCriticalBand", false)]
    [InlineData("row:rental/critical band", true)]
    [InlineData("row:rental/nothing", false)]
    [InlineData("playbook:rental/undo#rollout_undo#http", true)]
    [InlineData("playbook:rental/undo#exec", false)]
    [InlineData("playbook:rental/nothing", false)]
    [InlineData("checks:admission/functional#http", true)]
    [InlineData("checks:admission/functional#sql", false)]
    [InlineData("nothing", false)]
    [InlineData("nothing:x", false)]
    public void A_reference_is_followed(string reference, bool exists) => CoverageReferences.Exists(reference).ShouldBe(exists);

    [Theory]
    [InlineData("CoverageTableTests.A_reference_is_followed", true)]
    [InlineData("CoverageTableTests.Every_capability_has_one_line_in_its_place", true)]
    [InlineData("StartedByHandTests.A_no_and_a_plan_in_shadow_change_nothing", true)]
    [InlineData("CoverageTableTests.Numbers", false)]
    [InlineData("CoverageTableTests", false)]
    public void A_test_is_found_by_class_and_method(string name, bool exists) => TestNames.Has(name).ShouldBe(exists);

    private static CoverageLine Line(int number) => CoverageTable.Lines.Single(l => l.Number == number);
}
