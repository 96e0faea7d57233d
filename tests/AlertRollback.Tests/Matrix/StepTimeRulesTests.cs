using AlertRollback.CommandLine;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

public sealed class StepTimeRulesTests
{
    private const string Steps = "    steps:\n      - rollout_undo: {to: last_known_good}\n";

    [Theory]
    [InlineData("    within: 5m\n    steps: [wait: 20m]\n", "20:13: wait in playbook \"undo\" cannot end in its time: 20m are waited for, but all steps together have no more than 5m. Give it more time, within: 30m, or leave within out.")]
    [InlineData("    methods:\n      - name: slow\n        within: 5m\n        steps: [wait: 3m, wait: 2m]\n", "22:27: wait in method \"slow\" of playbook \"undo\" cannot end in its time: 5m are waited for, but all steps together have no more than 5m. Give it more time, within: 15m, or leave within out.")]
    [InlineData("    within: 5m\n    steps: [{rollout_undo: {to: previous}, within: 50m}]\n", "20:14: rollout_undo in playbook \"undo\" has 50m by its own within, but all steps together have no more than 5m. Give all of them more: within: 50m, or the step less.")]
    [InlineData("    steps: [{wait: 5m, within: 2m}]\n", "19:14: wait in playbook \"undo\" takes 5m, but the step has no more than 2m: it always fails. Remove the step's within, or wait for less.")]
    [InlineData("    steps: [rollout_undo: {to: previous}]\n    on_failure: [{wait: 5m, within: 2m}]\n", "20:19: wait in playbook \"undo\" takes 5m, but the step has no more than 2m: it always fails. Remove the step's within, or wait for less.")]
    [InlineData("    within: 20m\n    steps: [wait: 15m, {rollout_undo: {to: previous}, within: 5m}]\n", null)]
    [InlineData("    steps: [wait: 1h, wait: 1h]\n", null)]
    [InlineData("    within: 10m\n    steps: [{wait: 6m, if: [healthy]}, {wait: 6m, unless: [healthy]}]\n", null)]
    [InlineData("    within: 10m\n    steps: [wait: 6m, {wait: 6m, if: [healthy]}]\n", "20:24: wait in playbook \"undo\" cannot end in its time: 12m are waited for, but all steps together have no more than 10m. Give it more time, within: 22m, or leave within out.")]
    public void What_cannot_end_in_its_time_is_warned_of_and_keeps_nobody_from_the_matrix(string steps, string? warning) =>
        Load(steps).Warnings.Select(w => w.ToString()).Where(w => w.Contains(" in playbook ", StringComparison.Ordinal) || w.Contains(" in method ", StringComparison.Ordinal))
            .ShouldBe(warning is null ? [] : [$"matrix.yml:{warning}"]);

    [Theory]
    [InlineData("    steps: [wait: 15m, rollout_undo: {to: previous}]\n", 25)]
    [InlineData("    methods: [{name: slow, steps: [wait: 15m, wait: 30m]}]\n", 55)]
    [InlineData("    steps: [rollout_undo: {to: previous}]\n", 10)]
    [InlineData("    within: 20m\n    steps: [wait: 15m]\n", 20)]
    public void Without_a_time_of_its_own_a_method_has_the_usual_one_beside_its_waits(string steps, int minutes) =>
        Load(steps).Matrix!.Teams[0].Playbooks[0].Methods[0].Within.ShouldBe(TimeSpan.FromMinutes(minutes));

    [Fact]
    public void So_has_a_wait_after_a_failure() =>
        Load($"{Steps}    on_failure: [wait: 20m, rollout_restart]\n").Matrix!.Teams[0].Playbooks[0].OnFailure.Select(s => s.Within).ShouldBe([TimeSpan.FromMinutes(30), null]);

    private static MatrixOutcome Load(string steps)
    {
        var matrix = Matrices.Replaced(Steps, steps);
        var outcome = MatrixLoader.Load(new MatrixFiles([new MatrixFile("matrix.yml", "matrix.yml", matrix)]), OfflineCatalog.Create(), null);
        outcome.Faults.ShouldBeEmpty();
        return outcome;
    }
}
