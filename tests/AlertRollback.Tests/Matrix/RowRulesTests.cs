namespace AlertRollback.Tests.Matrix;

public sealed class RowRulesTests
{
    private const string Asking = "matrix.yml:11:11: row \"critical band\" starts a playbook whatever the severity: where it is missing or not declared, nobody is asked for the approval that \"low\" needs. Name it in the row, severity: low, or match it: severity=\"low\".";

    [Theory]
    [InlineData("['severity=\"critical\"']", "", false)]
    [InlineData("['alertname=\"HighErrors\"']", "", true)]
    [InlineData("['severity=~\"critical|high\"']", "", true)]
    [InlineData("['severity!=\"low\"']", "", true)]
    [InlineData("['alertname=\"HighErrors\"']", "severity: critical", false)]
    public void Where_a_severity_asks_people_no_row_starts_a_playbook_for_one_that_is_not_declared(string matchers, string severity, bool fault)
    {
        var matrix = Matrices.Replaced("['severity=\"critical\"']", matchers)
            .Replace("    playbook: undo", severity.Length == 0 ? "    playbook: undo" : $"    playbook: undo\n    {severity}", StringComparison.Ordinal);

        Matrices.Load(matrix).Faults.ShouldBeEmpty("no severity asks for an approval");
        Matrices.Load(matrix.Replace("low: {}", "low: {approval: {role: devops}}", StringComparison.Ordinal)).Faults
            .Select(f => f.ToString()).ShouldBe(fault ? [Asking] : []);
    }

    [Theory]
    [InlineData("'severity=~\"critical\"', 'severity!~\"critical\"'", true)]
    [InlineData("'severity=~\"critical\"', 'severity!=\"critical\"'", true)]
    [InlineData("'severity=~\"critical|low\"', 'severity!=\"low\"', 'severity!~\"crit.*\"'", true)]
    [InlineData("'alertname=~\"High|Low\"', 'alertname=~\"Mean\"'", true)]
    [InlineData("'pod=~\"\"', 'pod!=\"\"'", true)]
    [InlineData("'pod!~\"api-.*\"', 'pod=~\"api-.*\"'", true)]
    [InlineData("'severity=~\"critical|low\"', 'severity!=\"low\"'", false)]
    [InlineData("'pod=~\"a.*\"', 'pod=~\"b.*\"'", false)]
    [InlineData("'pod=~\"a.*\"', 'zone!~\"a.*\"'", false)]
    [InlineData("'pod=~\"\"'", false)]
    public void A_row_whose_expressions_contradict_each_other_can_never_match(string matchers, bool never) =>
        Matrices.Load(Matrices.Replaced("['severity=\"critical\"']", $"[{matchers}]")).Faults.Any(f => f.Message.StartsWith("row \"critical band\" can never match: ", StringComparison.Ordinal)).ShouldBe(never);

    [Fact]
    public void Rows_that_change_nothing_need_no_declared_severity()
    {
        var matrix = Matrices.Replaced("low: {}", "low: {approval: {role: devops}}").Replace("['severity=\"low\"']", "['alertname=\"Slow\"']", StringComparison.Ordinal);

        Matrices.Load(matrix).Faults.ShouldBeEmpty();
    }
}
