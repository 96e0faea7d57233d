using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

public sealed class PlaybookFormsTests
{
    [Fact]
    public void Methods_are_a_ladder_with_their_own_times()
    {
        var playbook = Playbook("""
                methods:
                  - {name: undo, within: 2m, steps: [rollout_undo: {to: previous}]}
                  - {name: none, steps: [scale: {replicas: 0}]}
            """);

        playbook.Methods.Select(m => (m.Name, m.Within.TotalMinutes, m.Steps[0].Action)).ShouldBe([("undo", 2, "rollout_undo"), ("none", 10, "scale")]);
    }

    [Fact]
    public void Plain_steps_are_one_method_with_the_playbooks_time()
    {
        var method = Playbook("""
                within: 3m
                steps: [rollout_undo: {to: previous}]
            """).Methods.ShouldHaveSingleItem();

        (method.Name, method.Within).ShouldBe(("steps", TimeSpan.FromMinutes(3)));
    }

    [Fact]
    public void A_named_step_stands_for_its_action()
    {
        var playbook = Playbook("""
                steps: [stop, rollout_undo: {to: {revision: 7}}]
            """, "steps:\n  stop: {scale: {replicas: 0}}\n");

        playbook.Methods[0].Steps.Select(s => $"{s.Action} {s.Parameters.ToJsonString()}")
            .ShouldBe(["""scale {"replicas":0}""", """rollout_undo {"to":{"revision":7}}"""]);
    }

    [Fact]
    public void Parameters_convert_as_those_do_that_the_journal_kept() =>
        Playbook("    steps: [scale: {replicas: 3}]").Methods[0].Steps[0].Parameters["replicas"]!.GetValue<int>().ShouldBe(3);

    [Fact]
    public void Guards_and_times_are_read()
    {
        var playbook = Playbook("""
                guards: {deployed_within: 4h, hold: 20m, cooldown: 1h}
                stabilise: 30m
                before: [capture: {logs: 1h, describe: true}]
                on_failure: [page: devops]
                steps: [scale: {replicas: 0}]
            """);

        playbook.Guards.ShouldBe(new GuardSettings(TimeSpan.FromHours(4), TimeSpan.FromMinutes(20), TimeSpan.FromHours(1)));
        playbook.Stabilise.ShouldBe(TimeSpan.FromMinutes(30));
        playbook.Before[0].Parameters.ToJsonString().ShouldBe("""{"logs":"1h","describe":true}""");
        playbook.OnFailure[0].Parameters.ToJsonString().ShouldBe("""{"role":"devops"}""");
    }

    [Fact]
    public void A_check_may_only_report()
    {
        var checks = Matrices.Sound(Matrices.Replaced("[http: /health]", "[rollout_status, promql: {query: up, below: 0.5, report: true}]"))
            .Teams[0].Playbooks[0].Verify[0].All;

        checks.Select(c => (c.Check, c.Report, c.Parameters.ToJsonString()))
            .ShouldBe([("rollout_status", false, "{}"), ("promql", true, """{"query":"up","below":0.5}""")]);
    }

    private static PlaybookDefinition Playbook(string lines, string more = "") =>
        Matrices.Sound(Matrices.Replaced("    steps:\n      - rollout_undo: {to: last_known_good}\n", lines + "\n") + more).Teams[0].Playbooks[0];
}
