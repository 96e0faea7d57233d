using System.Text;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;

namespace AlertRollback.Tests.Rollbacks.Simulated;

/// <summary>A team whose matrix is drawn by lot.</summary>
internal static class Shop
{
    public static readonly IReadOnlyList<string> Severities = ["critical", "high", "low"];

    public static readonly IReadOnlyList<string> Playbooks = ["undo", "careful", "calm"];

    /// <summary>What only a person starts.</summary>
    public const string Wipe = "wipe";

    public static OperatorConfiguration Operators(bool withPeople = true) => new()
    {
        Matrix = "unused",
        Journal = "unused",
        ExternalUrl = "https://rollback.example",
        Slack = new SlackSettings("unused", null, "#ops"),
        Statuspage = new StatuspageSettings("page1", "unused"),
        Safety = new SafetyLimits { BreakerTargets = 50 },
        Operators = withPeople ? [new Credential("alice", null, "unused"), new Credential("bob", null, "unused")] : [],
        Teams = new Dictionary<string, TeamGrants>
        {
            ["shop"] = new()
            {
                Namespaces = ["production"],
                Channels = ["#shop"],
                Components = new Dictionary<string, string> { ["Shop"] = "comp1" },
                Roles = new Dictionary<string, string> { ["on-call"] = "@U1", ["lead"] = "@U2" },
                People = new Dictionary<string, GrantedPeople>
                {
                    ["on-call"] = new(["alice", "bob"], []),
                    ["lead"] = new(["bob"], []),
                },
            },
        },
    };

    public static DecisionMatrix Matrix(Random lot, Catalog catalog, OperatorConfiguration operators)
    {
        var text = Text(lot);
        var outcome = MatrixLoader.Load(new MatrixFiles([new MatrixFile("matrix.yml", "matrix.yml", text)]), catalog, operators);
        outcome.Faults.ShouldBeEmpty(text);
        return outcome.Matrix!;
    }

    private static string Text(Random lot)
    {
        var text = new StringBuilder($"team: shop\n{(Once(lot, 12) ? "shadow: true\n" : "")}services:\n");
        foreach (var service in Fleet.Services)
            text.Append($"  {service}:\n    workload: {{deployment: production/{service}}}\n    slack: \"#shop\"\n    statuspage: {{component: Shop, publish_after: 2m}}\n");
        text.Append("windows: {evening: {weekly: 'Mon-Sun 18:00-21:30'}}\n");
        text.Append("severities:\n  critical: {start_within: 5m}\n");
        text.Append($"  high: {(Once(lot, 3) ? Approval(lot) : "{}")}\n  low: {{}}\n");
        text.Append($"rows:\n{Row("critical", Playbooks[lot.Next(2)], lot)}{Row("high", Playbooks[lot.Next(3)], lot)}");
        text.Append(lot.Next(3) switch
        {
            0 => Row("low", "undo", lot),
            1 => "  - {name: low band, matchers: ['severity=\"low\"'], task: {role: on-call, text: Look at it}}\n",
            _ => "  - {name: low band, matchers: ['severity=\"low\"'], log: true}\n",
        });
        text.Append("playbooks:\n").Append(Playbook("undo", lot)).Append(Playbook("careful", lot, takesOver: "calm")).Append(Playbook("calm", lot)).Append(Wiping(lot));
        text.Append("checks:\n  healthy: {within: 2m, every: 10s, all: [serves: true]}\n");
        return text.ToString();
    }

    private static string Row(string severity, string playbook, Random lot) =>
        $"  - {{name: {severity} band, matchers: ['severity=\"{severity}\"'], playbook: {playbook}{(Once(lot, 6) ? ", shadow: true" : "")}{(Once(lot, 8) ? ", in: evening" : "")}}}\n";

    private static string Playbook(string name, Random lot, string? takesOver = null)
    {
        var text = new StringBuilder($"  {name}:\n    manual: {{role: on-call, services: several}}\n");
        if (Once(lot, 3))
            text.Append($"    approval: {{role: {Role(lot)}, within: 10m, otherwise: {Silence(lot)}{(Once(lot, 3) ? ", by_another: true" : "")}}}\n");
        if (Once(lot, 2))
            text.Append($"    guards: {{deployed_within: 4h, hold: {5 + lot.Next(20)}m, cooldown: {lot.Next(3) * 5}m{(Once(lot, 4) ? ", all_zero: [used: true]" : "")}}}\n");
        if (Once(lot, 3))
            text.Append("    before: [look]\n");
        if (Once(lot, 2))
            text.Append($"    meanwhile: [{{switch: maintenance{Condition(lot)}}}{(Once(lot, 3) ? ", " + Borrow(lot) : "")}]\n");
        if (Once(lot, 4) && text.ToString().Contains("meanwhile", StringComparison.Ordinal))
            text.Append("    keep_meanwhile_on_failure: true\n");
        text.Append(lot.Next(3) switch
        {
            0 => $"    within: 10m\n    steps: [{Undo(lot)}]\n",
            1 => $"    methods:\n      - {{name: quick, within: 5m, steps: [{Undo(lot)}]}}\n      - {{name: again, within: 5m{(Once(lot, 5) ? ", only: manual" : "")}, steps: [undo]}}\n",
            _ => $"    methods:\n      - {{name: quick, within: 5m, steps: [undo]}}\n      - {{name: asked, within: 10m, approval: {{role: lead, within: 5m, otherwise: {Silence(lot)}}}, steps: [{(Once(lot, 3) ? Borrow(lot) : $"{{switch: detour{Condition(lot)}}}")}, undo]}}\n",
        });
        text.Append("    verify: [healthy]\n");
        text.Append($"    on_failure: [page: lead{(Once(lot, 3) ? ", {switch: fallback" + Condition(lot) + "}" : "")}{(takesOver is null ? "" : $", playbook: {takesOver}")}]\n");
        text.Append($"    stabilise: {lot.Next(3) * 10}m\n");
        if (Once(lot, 3))
            text.Append("    follow_up: [{task: Find the cause, within: 4h, role: lead}]\n");
        return text.ToString();
    }

    // Data is lost at once, or only where the release's undo was not enough.
    private static string Wiping(Random lot)
    {
        var typed = $"{{role: {Role(lot)}, within: 10m, otherwise: {(Once(lot, 2) ? "deny" : "escalate")}, type: the service's name{(Once(lot, 3) ? ", by_another: true" : "")}}}";
        var how = lot.Next(3) switch
        {
            0 => $"    approval: {typed}\n    within: 10m\n    steps: [wipe, {Undo(lot)}]\n",
            1 => $"    approval: {typed}\n    methods:\n      - {{name: quick, within: 5m, steps: [undo]}}\n      - {{name: last, within: 5m, steps: [wipe]}}\n",
            _ => $"    methods:\n      - {{name: quick, within: 5m, steps: [undo]}}\n      - {{name: last, within: 5m, approval: {typed}, steps: [{Borrow(lot)}, wipe]}}\n",
        };
        return $"  {Wipe}:\n    manual: {{role: on-call, services: several}}\n{(Once(lot, 2) ? "    meanwhile: [{switch: maintenance}]\n" : "")}{how}    verify: [healthy]\n    on_failure: [page: lead]\n    stabilise: 10m\n";
    }

    private static string Borrow(Random lot) => $"{{borrow: {Fleet.Services[lot.Next(Fleet.Services.Count)]}}}";

    // Of the alert's own service alone, or of others with it.
    private static string Undo(Random lot) => lot.Next(6) switch
    {
        0 => "{undo: {}, services: all}",
        1 => "{undo: {}, services: [api, web]}",
        _ => "undo",
    };

    private static string Condition(Random lot) => lot.Next(6) switch { 0 => ", if: [serves: true]", 1 => ", unless: [serves: true]", _ => "" };

    private static string Approval(Random lot) => $"{{approval: {{role: {Role(lot)}, within: 10m, otherwise: {Silence(lot)}}}}}";

    private static string Role(Random lot) => Once(lot, 2) ? "on-call" : "lead";

    private static string Silence(Random lot) => (string[])["deny", "escalate", "proceed", "drop"] is var all ? all[lot.Next(all.Length)] : "";

    private static bool Once(Random lot, int in_) => lot.Next(in_) == 0;
}
