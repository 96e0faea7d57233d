namespace AlertRollback.Tests.Matrix;

public sealed class UnusedRulesTests
{
    private const string Undo = "    steps:\n      - rollout_undo: {to: last_known_good}\n";

    [Theory]
    [InlineData("playbooks:\n", "playbooks:\n  orphan: {steps: [page: on-call]}\n", "18:3: playbook \"orphan\" never runs: no row and no \"on_failure\" leads to it, and it has no \"manual\". Name it in a row, or say who may start it: manual: {role: on-call}.")]
    [InlineData("checks:\n", "checks:\n  fast: [http: /health]\n", "23:3: no playbook asks the check set \"fast\". Name it in one, verify: [fast], or remove it.")]
    [InlineData("    slack:", "    checks: {healty: [http: /own]}\n    slack:", "6:14: no playbook asks the check set \"healty\" of service \"rental-api\". Did you mean \"healthy\"?")]
    [InlineData("checks:\n", "steps: {call: {page: on-call}}\nchecks:\n", "22:9: no playbook has the step \"call\". Name it among the steps of one, or remove it.")]
    [InlineData("  low: {}", "  low: {}\n  high: {}", "10:3: no row is for the severity \"high\". Match it in one, severity=\"high\", or remove it.")]
    [InlineData("checks:\n", "windows: {night: {weekly: Sun 02:00-04:00}}\nchecks:\n", "22:11: no row waits for the window \"night\". Name it in one, in: night, or remove it.")]
    [InlineData(Undo, "    manual: {role: on-call, inputs: {note: none}}\n" + Undo, "19:38: nothing in playbook \"undo\" uses its input \"note\". Write ${note} where it belongs, or remove it.")]
    public void What_nothing_leads_to_is_warned_of_and_keeps_nobody_from_the_matrix(string part, string by, string expected) =>
        Warnings(part, by).ShouldBe([$"matrix.yml:{expected}"]);

    [Fact]
    public void A_row_for_a_label_in_other_letters_is_for_no_severity() =>
        Warnings("'severity=\"low\"'", "'Severity=\"low\"'").ShouldContain(w => w.Contains("no row is for the severity \"low\"", StringComparison.Ordinal));

    [Theory]
    [InlineData("playbooks:\n", "playbooks:\n  by_hand: {manual: {role: on-call}, steps: [page: on-call]}\n")]
    [InlineData(Undo, Undo + "    verify: [healthy]\n    on_failure: [playbook: call]\n  call:\n    steps: [page: on-call]\n  last:\n    manual: {role: on-call}\n" + Undo)]
    [InlineData("    slack:", "    checks: {healthy: [http: /own]}\n    slack:")]
    [InlineData("checks:\n", "  call:\n    manual: {role: on-call}\n    steps: [{page: on-call, if: fast}]\nchecks:\n  fast: [http: /health]\n")]
    [InlineData("checks:\n", "  call:\n    manual: {role: on-call}\n    steps: [{call: null, if: healthy}]\nsteps: {call: {page: on-call}}\nchecks:\n")]
    [InlineData("  low: {}", "  low: {}\n  high: {}\nwindows: {night: {weekly: Sun 02:00-04:00}}", "    playbook: undo\n", "    playbook: undo\n    severity: high\n    in: night\n  - {name: critical, matchers: ['severity=~\"crit.*\"', 'x=\"y\"'], log: true}\n")]
    [InlineData("  low: {}", "  low: {}\n  high: {}", "    log: true\n", "    log: true\n  - {name: all the rest, matchers: [], log: true}\n")]
    [InlineData(Undo, "    manual: {role: on-call, inputs: {why: none}}\n    on_failure: [playbook: call]\n" + Undo, "checks:\n", "  call:\n    manual: {role: on-call, inputs: {why: none}}\n    steps: [page: {role: on-call, text: \"${why}\"}]\nchecks:\n")]
    public void What_is_used_in_whatever_way_is_not(params string[] changes) => Warnings(changes).ShouldBeEmpty();

    private static List<string> Warnings(params string[] changes)
    {
        var matrix = Matrices.Replaced(changes[0], changes[1]);
        if (changes.Length > 2)
            matrix = matrix.Replace(changes[2], changes[3], StringComparison.Ordinal);
        var outcome = Matrices.Load(matrix);
        outcome.Faults.ShouldBeEmpty();
        return [.. outcome.Warnings.Where(w => w.Line > 0).Select(w => w.ToString())];
    }
}
