namespace AlertRollback.Tests.Matrix;

public sealed class EscalationRulesTests
{
    private const string Asks = "    approval: {role: devops-lead, otherwise: escalate}\n";

    [Fact]
    public void Where_the_role_that_did_not_answer_would_be_called_alone_a_warning_says_so() =>
        Warnings(Undo(Asks, "on_failure: [page: devops-lead]")).ShouldHaveSingleItem().ShouldEndWith(
            "an approval of playbook \"undo\" escalates to nobody new: where nobody answers, \"devops-lead\" alone is called once more. Let on_failure of the playbook page another role as well, or let silence deny: otherwise: deny.");

    [Theory]
    [InlineData(Asks, "stabilise: 30m", 1)]
    [InlineData(Asks, "on_failure: [page: devops-lead, page: on-call]", 0)]
    [InlineData(Asks, "on_failure: [page: on-call]", 0)]
    [InlineData("    approval: {role: devops-lead}\n", "on_failure: [page: devops-lead]", 0)]
    [InlineData("    approval: {role: devops-lead, otherwise: proceed}\n", "on_failure: [page: devops-lead]", 0)]
    public void One_who_was_not_asked_is_enough(string approval, string afterwards, int warnings) => Warnings(Undo(approval, afterwards)).Count.ShouldBe(warnings);

    [Fact]
    public void Of_a_ladder_each_way_asks_for_itself() =>
        Warnings(Matrices.Replaced(
            "    steps:\n      - rollout_undo: {to: last_known_good}\n",
            "    methods:\n      - {name: undo, approval: {role: on-call, otherwise: escalate}, steps: [rollout_undo: {to: last_known_good}]}\n"
            + "      - {name: again, approval: {role: devops-lead, otherwise: escalate}, steps: [rollout_undo: {to: previous}]}\n    on_failure: [page: devops-lead]\n"))
            .ShouldHaveSingleItem().ShouldContain("\"devops-lead\" alone");

    [Theory]
    [InlineData("critical", 1)]
    [InlineData("low", 0)]
    public void What_a_severity_asks_for_is_judged_by_the_playbooks_that_it_starts(string asking, int warnings)
    {
        var matrix = Undo("", "on_failure: [page: devops-lead]")
            .Replace("  low: {}", "  low: {start_within: 5m}", StringComparison.Ordinal)
            .Replace($"  {asking}: {{start_within: 5m}}", $"  {asking}: {{start_within: 5m, approval: {{role: devops-lead, otherwise: escalate}}}}", StringComparison.Ordinal);

        Warnings(matrix).Count(w => w.Contains($"the approval of severity \"{asking}\", asked before playbook \"undo\", escalates to nobody new", StringComparison.Ordinal)).ShouldBe(warnings);
    }

    private static string Undo(string approval, string afterwards) =>
        Matrices.Replaced("    verify: [healthy]\n", $"{approval}    verify: [healthy]\n    {afterwards}\n");

    private static List<string> Warnings(string matrix)
    {
        var outcome = Matrices.Load(matrix);
        outcome.Faults.ShouldBeEmpty();
        return [.. outcome.Warnings.Select(w => w.ToString()).Where(w => w.Contains("escalates", StringComparison.Ordinal))];
    }
}
