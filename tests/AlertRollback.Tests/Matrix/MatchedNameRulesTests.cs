namespace AlertRollback.Tests.Matrix;

public sealed class MatchedNameRulesTests
{
    [Theory]
    [InlineData("service!=\"rental-ap\"", "row \"low band\" has service!=\"rental-ap\", but this file has no service \"rental-ap\". Did you mean \"rental-api\"?")]
    [InlineData("service=~\"rental-api|rental-wroker\"", "row \"low band\" has service=~\"rental-api|rental-wroker\", but this file has no service \"rental-wroker\". Did you mean \"rental-worker\"?")]
    [InlineData("service!~\"rental-wroker\"", "row \"low band\" has service!~\"rental-wroker\", but this file has no service \"rental-wroker\". Did you mean \"rental-worker\"?")]
    [InlineData("service=~\"rentals-.*\"", "row \"low band\" has service=~\"rentals-.*\", an expression that fits no service of this file. Services here: rental-api, rental-worker.")]
    [InlineData("service!~\"rentals-.*\"", "row \"low band\" has service!~\"rentals-.*\", an expression that fits no service of this file. Services here: rental-api, rental-worker.")]
    [InlineData("severity!=\"critcal\"", "row \"low band\" has severity!=\"critcal\", but this file has no severity \"critcal\". Did you mean \"critical\"?")]
    [InlineData("severity!~\"info|critcal\"", "row \"low band\" has severity!~\"info|critcal\", but this file has no severity \"critcal\". Did you mean \"critical\"?")]
    [InlineData("Severity=\"low\"", "row \"low band\" has Severity=\"low\", but a label is another one in other letters. Write severity, as alerts do.")]
    [InlineData("ALERTNAME=\"A\"", "row \"low band\" has ALERTNAME=\"A\", but a label is another one in other letters. Write alertname, as alerts do.")]
    public void A_name_that_nobody_has_is_warned_of_and_keeps_nobody_from_the_matrix(string matcher, string expected) =>
        Warnings(matcher).ShouldBe([$"matrix.yml:17:16: {expected}"]);

    [Theory]
    [InlineData("service!=\"rental-worker\"")]
    [InlineData("service!=\"\"")]
    [InlineData("service=~\"rental-api|rental-worker\"")]
    [InlineData("service=~\"rental-.*\"")]
    [InlineData("service!~\".*-worker\"")]
    [InlineData("service=~\".+\"")]
    [InlineData("severity!=\"info\"")]
    [InlineData("severity=~\"critical|low\"")]
    [InlineData("severity=~\"l.*\"")]
    [InlineData("severity!~\"P3|P4\"")]
    [InlineData("job!=\"rental-ap\"")]
    public void What_fits_is_not(string matcher) => Warnings(matcher).ShouldBeEmpty();

    private static List<string> Warnings(string matcher)
    {
        var outcome = Matrices.Load(Matrices.Replaced("'severity=\"low\"'", $"'{matcher}'")
            .Replace("severities:", "  rental-worker: {}\nseverities:\n  P1: {}", StringComparison.Ordinal));
        outcome.Faults.ShouldBeEmpty();
        return [.. outcome.Warnings.Where(w => w.Message.Contains(" has ", StringComparison.Ordinal)).Select(w => w.ToString())];
    }
}
