using AlertRollback.CommandLine;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

/// <summary>With the real actions: each says itself whether it takes a release away.</summary>
public sealed class SuspectRulesTests
{
    private const string Undo = "rollout_undo: {to: last_known_good}";

    [Fact]
    public void S9_alerts_that_undo_a_release_of_any_age_are_warned_of_and_keep_nobody_from_the_matrix() =>
        Warnings(Matrices.Rental).ShouldBe(
            ["matrix.yml:18:3: alerts start the playbook \"undo\", and its rollout_undo takes a release back however long that ran well before. Say how old a suspect may be: guards: {deployed_within: 4h}."]);

    [Theory]
    [InlineData("    steps:", "    guards: {deployed_within: 10y}\n    steps:", false)]
    [InlineData("    steps:", "    guards: {hold: 20m}\n    steps:", true)]
    [InlineData("    playbook: undo", "    task: Look at it", false)]
    [InlineData(Undo, "rollout_restart: {}", false)]
    [InlineData(Undo, "set_image: shop/api:v1", true)]
    public void Only_what_takes_a_release_back_without_a_person_and_says_no_age_is(string part, string by, bool warned) =>
        Warnings(Matrices.Replaced(part, by).Replace("  undo:\n", "  undo:\n    manual: {role: on-call}\n", StringComparison.Ordinal)).Count.ShouldBe(warned ? 1 : 0);

    [Fact]
    public void A_method_for_people_alone_does_not_count() =>
        Warnings(Matrices.Replaced("    steps:\n      - rollout_undo: {to: last_known_good}\n", $"    manual: {{role: on-call}}\n    methods:\n      - name: restart\n        steps: [rollout_restart: {{}}]\n      - name: undo\n        only: manual\n        steps: [{Undo}]\n")).ShouldBeEmpty();

    [Fact]
    public void A_playbook_that_takes_over_is_started_by_no_person() =>
        Warnings(Matrices.Replaced("      - rollout_undo: {to: last_known_good}\n    verify: [healthy]\n", $"      - rollout_restart: {{}}\n    verify: [healthy]\n    on_failure: [playbook: back]\n  back:\n    steps: [{Undo}]\n    verify: [healthy]\n"))
            .ShouldHaveSingleItem().ShouldContain("alerts start the playbook \"back\"");

    // What pins a suspect without saying so would be left out of the warning.
    [Fact]
    public void These_actions_take_a_release_away_at_every_use() =>
        OfflineCatalog.Create().Actions.Values.Where(a => a.ReplacesRelease).Select(a => a.Name).Order(StringComparer.Ordinal)
            .ShouldBe(["container", "files", "git_revert", "helm_rollback", "rollout_undo", "set_image"]);

    private static List<string> Warnings(string matrix)
    {
        var outcome = MatrixLoader.Load(new MatrixFiles([new MatrixFile("matrix.yml", "matrix.yml", matrix)]), OfflineCatalog.Create(), null);
        outcome.Faults.ShouldBeEmpty(string.Join('\n', outcome.Faults));
        return [.. outcome.Warnings.Select(w => w.ToString()).Where(w => !w.Contains("what the operator grants", StringComparison.Ordinal))];
    }
}
