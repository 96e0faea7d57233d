using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

public sealed class MatrixLoaderTests
{
    [Fact]
    public void A_sound_matrix_has_no_faults_and_names_resolved()
    {
        var team = Matrices.Sound(Matrices.Rental).Teams.ShouldHaveSingleItem();

        team.Services[0].Workload.ShouldBe(new WorkloadDefinition("deployment", "production", "rental-api"));
        team.Severities[0].StartWithin.ShouldBe(TimeSpan.FromMinutes(5));
        var playbook = team.Playbooks.ShouldHaveSingleItem();
        playbook.Methods.ShouldHaveSingleItem().Steps.ShouldHaveSingleItem().Parameters.ToJsonString().ShouldBe("""{"to":"last_known_good"}""");
        playbook.Verify.ShouldHaveSingleItem().All.ShouldHaveSingleItem().Parameters.ToJsonString().ShouldBe("""{"get":["/health"]}""");
        playbook.Guards.ShouldBe(GuardSettings.Default);
    }

    [Theory]
    [InlineData("start_within: 5m", null)]
    [InlineData("major_outage: true", true)]
    [InlineData("major_outage: false", false)]
    public void A_severity_may_say_what_customers_read(string key, bool? major) =>
        Matrices.Sound(Matrices.Replaced("start_within: 5m", key)).Teams.Single().Severities[0].MajorOutage.ShouldBe(major);

    [Theory]
    [InlineData("team: rental", "teem: rental", "1:1: the matrix has no \"team\". Say whose file it is: team: rental.", "1:1: \"teem\" is not a key of the matrix. Did you mean \"team\"?")]
    [InlineData("start_within: 5m", "start_within: 5 minutes", "8:28: \"start_within\" of severity \"critical\" must be a duration, not \"5 minutes\". Write it like 90s, 5m or 1h30m.")]
    [InlineData("  low: {}", "  low: {}\n  low: {}", "10:3: the key \"low\" is here twice. It is already on line 9: remove one.")]
    [InlineData("playbook: undo", "playbook: undoo", "13:15: row \"critical band\" names the playbook \"undoo\", which this file does not have. Did you mean \"undo\"?")]
    [InlineData("    playbook: undo\n", "", "11:5: row \"critical band\" ends in nothing. A row has exactly one of playbook, task and log.")]
    [InlineData("    log: true", "    log: true\n    task: Look", "16:5: row \"low band\" ends in both \"task\" and \"log\". A row has exactly one of playbook, task and log.")]
    [InlineData("    log: true", "    log: false", "16:5: \"log\" of row \"low band\" can only be true. A row has exactly one of playbook, task and log.")]
    [InlineData("    log: true", "    log: true\n    in: maintenance", "17:5: \"in\" of row \"low band\" has nothing to wait with. Only a playbook waits for a window: remove it.", "17:9: row \"low band\" names the window \"maintenance\", which this file does not have. There are no windows here.")]
    [InlineData("severity=\"critical\"", "severity=\"critcal\"", "12:16: row \"critical band\" matches the severity \"critcal\", which this file does not have. Did you mean \"critical\"?")]
    [InlineData("['severity=\"low\"']", "['severity=\"critical\"', 'a=\"b\"']", "14:11: row \"low band\" never decides: the earlier row \"critical band\" on line 11 matches all its alerts. Put the more special row first, or remove one.")]
    [InlineData("['severity=\"low\"']", "['a=\"x\"', 'a=\"y\"']", "15:25: row \"low band\" can never match: a=\"x\" and a=\"y\" contradict each other. Remove one of the two.")]
    [InlineData("['severity=\"low\"']", "['a=\"x\"', 'a=~\"y+\"']", "15:25: row \"low band\" can never match: a=\"x\" and a=~\"y+\" contradict each other. Remove one of the two.")]
    [InlineData("['severity=\"low\"']", "['a=~\"(\"']", "15:16: a matcher of row \"low band\" cannot be read")]
    [InlineData("['severity=\"low\"']", "['service=\"other\"']", "15:16: row \"low band\" matches the service \"other\", which this file does not have. Services here: rental-api.")]
    [InlineData("['severity=\"low\"']", "['a=\"${service}\"']", "15:16: a matcher of row \"low band\" contains \"${service}\", which nothing fills in. Write the value out.")]
    [InlineData("    log: true", "    task: 'Look at {{ $labels.pod }}'", "16:11: \"task\" of row \"low band\" contains \"{{ $labels.pod }}\", which nothing fills in. Write the value out.")]
    [InlineData("    log: true", "    task: {text: 'Look at ${service}', role: devops}", "16:18: \"text\" of \"task\" of row \"low band\" contains \"${service}\", which nothing fills in. Write the value out.")]
    [InlineData("checks:\n", "follow_up: [{task: 'Look at ${service}', within: 4h}]\nchecks:\n", "22:20: \"task\" of an item of \"follow_up\" of the matrix contains \"${service}\", which nothing fills in. Write the value out.")]
    [InlineData("deployment:", "deployments:", "4:16: \"workload\" of service \"rental-api\" has the unknown kind \"deployments\". Did you mean \"deployment\"?")]
    [InlineData("production/rental-api", "Production/rental-api", "4:28: \"workload\" of service \"rental-api\": \"Production\" cannot be a namespace. Use lower-case letters, digits and \"-\", at most 63.")]
    [InlineData("production/rental-api", "rental-api", "4:28: \"workload\" of service \"rental-api\" must be namespace/name, not \"rental-api\". Write workload: {deployment: namespace/name}.")]
    [InlineData("https://api.example.com", "https://u:p@api.example.com", "5:10: \"url\" of service \"rental-api\" must be an http or https address of a host")]
    [InlineData("https://api.example.com", "https://${pod}.example.com", "5:10: \"url\" of service \"rental-api\" contains \"${pod}\", which nothing fills in. Allowed here: ${service}, ${namespace}.")]
    [InlineData("\"#rental-ops\"", "rental-ops", "6:12: \"slack\" of service \"rental-api\" must be a channel, not \"rental-ops\". Write it with its mark and in quotes: \"#rental-ops\".")]
    [InlineData("rollout_undo: {to: last_known_good}", "rollout_undoo: {to: x}", "20:9: playbook \"undo\" has a step \"rollout_undoo\", but no action has that name and no step under \"steps:\". Did you mean \"rollout_undo\"?")]
    [InlineData("to: last_known_good", "to: last_good", "20:28: \"to\" of rollout_undo in playbook \"undo\" must not be \"last_good\". Allowed here: last_known_good, previous.")]
    [InlineData("{to: last_known_good}", "{}", "20:9: rollout_undo in playbook \"undo\" has no \"to\". Write to: last_known_good.")]
    [InlineData("{to: last_known_good}", "last_known_good", "20:23: rollout_undo in playbook \"undo\" needs its parameters by name, not \"last_known_good\". Write rollout_undo: {to: …}.")]
    [InlineData("rollout_undo: {to: last_known_good}", "scale: {replicas: -1}", "20:9: scale in playbook \"undo\": replicas cannot be negative.")]
    [InlineData("rollout_undo: {to: last_known_good}", "scale: {replicas: many}", "20:27: \"replicas\" of scale in playbook \"undo\" must be a whole number, not \"many\".")]
    [InlineData("    verify: [healthy]\n", "", "18:3: playbook \"undo\" changes production without \"verify\": how would it be proven? Name a check set: verify: [healthy].")]
    [InlineData("verify: [healthy]", "verify: [healty]", "21:14: playbook \"undo\" names the check set \"healty\", which this file does not have. Did you mean \"healthy\"?")]
    [InlineData("    verify: [healthy]", "    verify: [healthy]\n    methods: []", "19:5: playbook \"undo\" has both \"methods\" and \"steps\". Put the steps into a method, or remove the methods.", "22:14: \"methods\" of playbook \"undo\" is empty. List at least one.")]
    [InlineData("    verify: [healthy]", "    verify: [healthy]\n    before: [scale: {replicas: 0}]", "22:14: \"before\" of playbook \"undo\" has scale, which changes production. Evidence only: put it into a method.")]
    [InlineData("[http: /health]", "[http: {get: /health, report: true}]", "21:14: \"verify\" of playbook \"undo\" asks the check set \"healthy\", which on line 23 only reports and judges nothing. Let at least one check in it be without report: true.")]
    [InlineData("    verify: [healthy]\nchecks:\n", "    verify: [healthy, shown]\nchecks:\n  shown: [http: {get: /x, report: true}]\n", "21:23: \"verify\" of playbook \"undo\" asks the check set \"shown\", which on line 23 only reports and judges nothing. Let at least one check in it be without report: true.")]
    [InlineData("    slack:", "    checks: {healthy: [http: {get: /x, report: true}]}\n    slack:", "22:14: \"verify\" of playbook \"undo\" asks the check set \"healthy\", which on line 6 only reports and judges nothing.")]
    [InlineData("    verify: [healthy]\nchecks:\n", "    verify: [healthy]\n    before: [{page: x, unless: shown}]\nchecks:\n  shown: [http: {get: /x, report: true}]\n", "22:32: a condition in playbook \"undo\" asks the check set \"shown\", which on line 24 only reports and judges nothing. Let at least one check in it be without report: true.")]
    [InlineData("all: [http: /health]", "{within: 0s, all: [http: /health]}", "24:14: \"within\" of check set \"healthy\" must be at least \"every\", which is 5s where it is not written. Write for example within: 5m, every: 5s.")]
    [InlineData("all: [http: /health]", "{within: 5s, every: 0s, all: [http: /health]}", "24:18: \"every\" of check set \"healthy\" must be more than 0s and at most \"within\". Write for example within: 5m, every: 5s.")]
    [InlineData("severities:\n  critical: {start_within: 5m}\n  low: {}\n", "", "9:16: row \"critical band\" matches the severity \"critical\", but this file declares none. Add severities: {critical: {}}.", "12:16: row \"low band\" matches the severity \"low\", but this file declares none. Add severities: {low: {}}.")]
    [InlineData("[http: /health]", "[]", "24:10: check set \"healthy\" asks nothing. List at least one check.")]
    [InlineData("[http: /health]", "[http: '/h/${pod}']", "24:17: \"get\" of http in check set \"healthy\" contains \"${pod}\", which nothing fills in. Allowed here: ${service}, ${namespace}, ${since_change}, ${started}, ${initiator}.")]
    [InlineData("[http: /health]", "[http: '/h/{{ x }}']", "24:17: \"get\" of http in check set \"healthy\" contains \"{{ x }}\", which nothing fills in.")]
    [InlineData("[http: /health]", "[http: {get: /h, mean_below: 5}]", "24:39: \"mean_below\" of http in check set \"healthy\" must be a duration, not \"5\". Write it like 90s, 5m or 1h30m.")]
    public void A_fault_is_told_with_its_place_and_remedy(string part, string by, params string[] expected)
    {
        var faults = Matrices.Load(Matrices.Replaced(part, by)).Faults.Select(f => f.ToString()).ToList();

        foreach (var fault in expected) faults.ShouldContain(f => f.StartsWith($"matrix.yml:{fault}", StringComparison.Ordinal), string.Join('\n', faults));
        faults.Count.ShouldBe(expected.Length, string.Join('\n', faults));
    }
}
