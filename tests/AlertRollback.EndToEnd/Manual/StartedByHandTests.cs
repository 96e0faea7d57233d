using System.Text.RegularExpressions;
using AlertRollback.EndToEnd.Support;

namespace AlertRollback.EndToEnd.Manual;

/// <summary>A playbook started from a terminal, agreed to by another person, carried out on the real API server.</summary>
public sealed partial class StartedByHandTests
{
    private const string Bad = "shop/rental-api:v2-errors";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task What_one_person_starts_another_agrees_to_and_it_is_carried_out_once_even_when_the_service_dies_meanwhile()
    {
        await using var cleanup = new Cleanup();
        var (space, workload, people, files) = await ArrangeAsync(cleanup);
        var terminal = new Terminal(files);
        terminal.Admit($"{{on-call: {{names: [alice]}}, tech-lead: {{names: [alice, carol], namespaces: [{space.Name}]}}, trainee: {{names: [bob], namespaces: [staging]}} }}", "alice", "bob", "carol");
        var service = cleanup.Add(await ServiceProcess.StartAsync(files));
        string[] trigger = ["trigger", "undo", "--service", "rental-api", "--reason", "the new release loses orders", "--key", "incident-7"];

        var refused = await terminal.RunAsync("bob", trigger);
        refused.Exit.ShouldBe(1);
        refused.Output.ShouldContain("answered 403: bob has none of the roles on-call for rental-api; nothing was started");
        (await terminal.RunAsync("alice", [.. trigger[..2], "--service", "rental-apo", "--reason", "r"])).Output.ShouldContain("did you mean \"rental-api\"?");
        var started = await terminal.RunAsync("alice", trigger);
        started.Exit.ShouldBe(0, started.Output);
        (await terminal.RunAsync("alice", trigger)).ShouldBe(started, "the same key starts nothing a second time");

        var id = Started().Match(started.Output).Groups[1].Value;
        var digest = await DigestAsync(terminal, id);
        await service.KillAsync();
        var unreachable = await terminal.RunAsync("carol", "approve", id, "--digest", digest);
        unreachable.Exit.ShouldBe(1);
        unreachable.Output.ShouldContain("cannot be asked: Connection refused");
        await service.StartAsync();
        (await workload.ImageAsync()).ShouldBe(Bad, "nobody agreed yet");

        (await terminal.RunAsync("alice", "approve", id, "--digest", digest)).Output.ShouldContain("whoever started it must not agree to it as well");
        (await terminal.RunAsync("carol", "approve", id, "--digest", "0123456789ab")).Output.ShouldContain("answered 409: the plan is another one by now");
        (await terminal.RunAsync("carol", "approve", id, "--digest", digest, "--note", "seen it too")).Exit.ShouldBe(0);
        var closed = await service.ClosedAsync(Soon);

        ((string?)closed["outcome"]).ShouldBe("rolled_back");
        (await workload.ImageAsync()).ShouldBe(Stage.Good);
        (await workload.RevisionAsync()).ShouldBe(3);
        var (exit, shown) = await terminal.RunAsync("bob", "show", id);
        exit.ShouldBe(0);
        shown.ShouldContain("Started by alice: the new release loses orders");
        shown.ShouldContain("carol said yes: seen it too");
        await Eventually.BeAsync("people are told who started it", Soon, () =>
            people.Messages.Any(m => people.Replies(m).Append(m).Any(r => people.Words(r).Contains("alice started undo: the new release loses orders", StringComparison.Ordinal))));
        (await terminal.RunAsync("alice", "revisions", "rental-api")).Output.ShouldContain("in quarantine since rollback ");
        (await terminal.RunAsync("alice", "quarantine", "ask", Bad, "--service", "rental-api")).Exit.ShouldBe(3);
    }

    [Fact]
    public async Task A_no_and_a_plan_in_shadow_change_nothing()
    {
        await using var cleanup = new Cleanup();
        var (_, workload, _, files) = await ArrangeAsync(cleanup);
        var terminal = new Terminal(files);
        terminal.Admit("{on-call: {names: [alice]}, tech-lead: {names: [carol]} }", "alice", "carol");
        var service = cleanup.Add(await ServiceProcess.StartAsync(files));

        var plan = await terminal.RunAsync("alice", "trigger", "undo", "--service", "rental-api", "--reason", "what would it do", "--shadow");
        var id = Started().Match(plan.Output).Groups[1].Value;
        await Eventually.BeAsync("the plan is shown", Soon, async () => (await terminal.RunAsync("alice", "show", id)).Output.Contains($"plan: rollout_undo {Bad} (revision 2) → {Stage.Good} (revision 1)", StringComparison.Ordinal));

        var started = await terminal.RunAsync("alice", "trigger", "undo", "--service", "rental-api", "--reason", "do it");
        id = Started().Match(started.Output).Groups[1].Value;
        (await terminal.RunAsync("carol", "reject", id, "--digest", await DigestAsync(terminal, id), "--note", "the fix is on its way")).Exit.ShouldBe(0);
        await Eventually.BeAsync("it is closed", Soon, async () => (string?)(await service.GetAsync($"rollbacks/{id}"))["rollback"]!["reason"] == "rejected_by_person");

        (await workload.ImageAsync()).ShouldBe(Bad);
        (await workload.RevisionAsync()).ShouldBe(2);
    }

    private static async Task<(ClusterNamespace Space, Workload Workload, PeopleStubs People, ServiceFiles Files)> ArrangeAsync(Cleanup cleanup)
    {
        var space = cleanup.Add(await ClusterNamespace.CreateAsync());
        var workload = await Workload.CreateAsync(space, "deployments", Stage.Good);
        await workload.ReleaseAsync(Bad);
        await workload.CompleteAsync();
        var people = cleanup.Add(new PeopleStubs());
        var application = cleanup.Add(await MetricsExporter.StartAsync(workload));
        var files = cleanup.Add(new ServiceFiles());
        files.WriteMatrix($$"""
            team: rental
            services:
              rental-api: {workload: {{workload.InMatrix}}, slack: "{{PeopleStubs.Channel}}"}
            severities: {low: {} }
            rows: [{name: low, matchers: ['severity="low"'], log: true}]
            playbooks:
              undo:
                manual: {role: on-call}
                approval: {role: tech-lead, within: 10m, by_another: true}
                steps: [rollout_undo: {to: previous}]
                verify: [healthy]
                stabilise: 1s
            checks:
              healthy: {within: 30s, every: 1s, all: [rollout_status]}
            """);
        files.WriteOperator(space, people, application.Url);
        return (space, workload, people, files);
    }

    // As "show" gives it to a person who is asked.
    private static Task<string> DigestAsync(Terminal terminal, string id) => Eventually.GetAsync("somebody is asked", Soon, async () =>
        Digest().Match((await terminal.RunAsync("carol", "show", id)).Output) is { Success: true } match ? match.Groups[1].Value : null);

    [GeneratedRegex(@"^started (\S+);", RegexOptions.Multiline)]
    private static partial Regex Started();

    [GeneratedRegex(@"^Asked: tech-lead, not whoever started it \(.*\), plan ([0-9a-f]{12}), until ", RegexOptions.Multiline)]
    private static partial Regex Digest();
}
