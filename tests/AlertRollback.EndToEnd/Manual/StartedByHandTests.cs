using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Manual;

/// <summary>A playbook started from a terminal, agreed to by another person, carried out on the real API server.</summary>
public sealed class StartedByHandTests
{
    private const string Bad = "shop/rental-api:v2-errors";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task What_one_person_starts_another_agrees_to_and_it_is_carried_out_once_even_when_the_service_dies_meanwhile()
    {
        await using var stage = await CreateAsync();
        stage.Configure(
            Playbooks, $"{{on-call: {{names: [alice]}}, tech-lead: {{names: [alice, carol], namespaces: [{stage.Space.Name}]}}, trainee: {{names: [bob], namespaces: [staging]}} }}", ["alice", "bob", "carol"]);
        await stage.ServeAsync();
        var (workload, terminal) = (stage.Workload, stage.Terminal);
        string[] trigger = ["trigger", "undo", "--service", "rental-api", "--reason", "the new release loses orders", "--key", "incident-7"];

        var refused = await terminal.RunAsync("bob", trigger);
        refused.Exit.ShouldBe(1);
        refused.Output.ShouldContain("answered 403: bob has none of the roles on-call for rental-api; nothing was started");
        (await terminal.RunAsync("alice", [.. trigger[..2], "--service", "rental-apo", "--reason", "r"])).Output.ShouldContain("did you mean \"rental-api\"?");
        var started = await terminal.RunAsync("alice", trigger);
        started.Exit.ShouldBe(0, started.Output);
        (await terminal.RunAsync("alice", trigger)).ShouldBe(started, "the same key starts nothing a second time");

        var id = ByHandStage.IdIn(started.Output);
        var digest = await stage.DigestAsync("carol", "tech-lead", id);
        await stage.Service.KillAsync();
        var unreachable = await terminal.RunAsync("carol", "approve", id, "--digest", digest);
        unreachable.Exit.ShouldBe(1);
        unreachable.Output.ShouldContain("cannot be asked: Connection refused");
        await stage.Service.StartAsync();
        (await workload.ImageAsync()).ShouldBe(Bad, "nobody agreed yet");

        (await terminal.RunAsync("alice", "approve", id, "--digest", digest)).Output.ShouldContain("whoever started it must not agree to it as well");
        (await terminal.RunAsync("carol", "approve", id, "--digest", "0123456789ab")).Output.ShouldContain("answered 409: that digest is of no plan of this rollback");
        (await terminal.RunAsync("carol", "approve", id, "--digest", digest, "--note", "seen it too")).Exit.ShouldBe(0);
        var closed = await stage.Service.ClosedAsync(Soon);

        ((string?)closed["outcome"]).ShouldBe("rolled_back");
        (await workload.ImageAsync()).ShouldBe(Stage.Good);
        (await workload.RevisionAsync()).ShouldBe(3);
        var (exit, shown) = await terminal.RunAsync("bob", "show", id);
        exit.ShouldBe(0);
        shown.ShouldContain("Started by alice: the new release loses orders");
        shown.ShouldContain("carol said yes: seen it too");
        var report = await terminal.RunAsync("bob", "report", id, "--incident", "INC-2026-014");
        report.Exit.ShouldBe(0);
        report.Output.ShouldSatisfyAllConditions(
            () => report.Output.ShouldContain("# Incident INC-2026-014: rental-api, "),
            () => report.Output.ShouldContain($"- **Rolled back:** from {Bad} (revision 2) to {Stage.Good} (revision 1) (rollout_undo)\n"),
            () => report.Output.ShouldContain("- **Trigger:** by hand: alice started undo: the new release loses orders\n"));
        await Eventually.BeAsync("people are told who started it", Soon, () =>
            stage.People.Messages.Any(m => stage.People.Replies(m).Append(m).Any(r => stage.People.Words(r).Contains("alice started undo: the new release loses orders", StringComparison.Ordinal))));
        (await terminal.RunAsync("alice", "revisions", "rental-api")).Output.ShouldContain("in quarantine since rollback ");
        (await terminal.RunAsync("alice", "quarantine", "ask", Bad, "--service", "rental-api")).Exit.ShouldBe(3);
    }

    [Fact]
    public async Task A_no_and_a_plan_in_shadow_change_nothing()
    {
        await using var stage = await CreateAsync();
        stage.Configure(Playbooks, "{on-call: {names: [alice]}, tech-lead: {names: [carol]} }", ["alice", "carol"]);
        await stage.ServeAsync();
        var (workload, terminal) = (stage.Workload, stage.Terminal);

        var plan = await terminal.RunAsync("alice", "trigger", "undo", "--service", "rental-api", "--reason", "what would it do", "--shadow");
        var id = ByHandStage.IdIn(plan.Output);
        await Eventually.BeAsync("the plan is shown", Soon, async () => (await terminal.RunAsync("alice", "show", id)).Output.Contains($"plan: rollout_undo {Bad} (revision 2) → {Stage.Good} (revision 1)", StringComparison.Ordinal));

        var started = await terminal.RunAsync("alice", "trigger", "undo", "--service", "rental-api", "--reason", "do it");
        id = ByHandStage.IdIn(started.Output);
        (await terminal.RunAsync("carol", "reject", id, "--digest", await stage.DigestAsync("carol", "tech-lead", id), "--note", "the fix is on its way")).Exit.ShouldBe(0);
        await Eventually.BeAsync("it is closed", Soon, async () => (string?)(await stage.Service.GetAsync($"rollbacks/{id}"))["rollback"]!["reason"] == "rejected_by_person");

        (await workload.ImageAsync()).ShouldBe(Bad);
        (await workload.RevisionAsync()).ShouldBe(2);
    }

    private const string Playbooks = """
        playbooks:
          undo:
            manual: {role: on-call}
            approval: {role: tech-lead, within: 10m, by_another: true}
            steps: [rollout_undo: {to: previous}]
            verify: [healthy]
            stabilise: 1s
        checks:
          healthy: {within: 30s, every: 1s, all: [rollout_status]}
        """;

    private static async Task<ByHandStage> CreateAsync()
    {
        var stage = await ByHandStage.CreateAsync(Stage.Good);
        await stage.Workload.ReleaseAsync(Bad);
        await stage.Workload.CompleteAsync();
        return stage;
    }
}
