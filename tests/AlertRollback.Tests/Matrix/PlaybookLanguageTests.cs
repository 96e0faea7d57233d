using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

/// <summary>What playbooks can say beyond methods and steps, and what they must not.</summary>
public sealed class PlaybookLanguageTests
{
    [Fact]
    public void Approval_has_defaults_that_deny()
    {
        var playbook = Playbook("    approval: {role: devops}\n    steps: [scale: {replicas: 0}]");

        playbook.Approval.ShouldBe(new ApprovalDefinition("devops", TimeSpan.FromMinutes(15), OnSilence.Deny, null, null, false));
    }

    [Fact]
    public void A_typed_approval_asks_for_the_services_name_unless_it_says_what()
    {
        Playbook("    approval: {role: devops, type: the service}\n    steps: [scale: {replicas: 0}]").Approval!.Answer.ShouldBe("${service}");
        Playbook("    approval: {role: devops, type: the database, answer: rental, by_another: true, otherwise: escalate, within: 5m}\n    steps: [scale: {replicas: 0}]")
            .Approval.ShouldBe(new ApprovalDefinition("devops", TimeSpan.FromMinutes(5), OnSilence.Escalate, "the database", "rental", true));
    }

    [Fact]
    public void Methods_may_be_for_people_only_and_have_approvals()
    {
        var methods = Playbook("""
                manual: {role: devops}
                methods:
                  - {name: undo, approval: {role: devops, otherwise: drop}, steps: [rollout_undo: {to: previous}]}
                  - {name: stop, only: manual, steps: [scale: {replicas: 0}]}
            """).Methods;

        methods.Select(m => (m.OnlyManual, m.Approval?.Otherwise)).ShouldBe([(false, OnSilence.Drop), (true, null)]);
    }

    [Fact]
    public void A_manual_start_has_roles_and_inputs()
    {
        var manual = Playbook("""
                manual: {role: [devops, on-call], services: several, inputs: {count: 'required', reason: "no reason"}}
                steps: [scale: {replicas: 0}]
            """).Manual.ShouldNotBeNull();

        manual.Roles.ShouldBe(["devops", "on-call"]);
        manual.SeveralServices.ShouldBeTrue();
        manual.Inputs.ShouldBe([new InputDefinition("count", "required"), new InputDefinition("reason", "no reason")]);
        Manual("    manual: {role: x, inputs: {count: required}}").Inputs.ShouldBe([new InputDefinition("count", null)]);
    }

    [Fact]
    public void Meanwhile_is_put_back_and_may_stay_after_a_failure()
    {
        var playbook = Playbook("    meanwhile: [scale: {replicas: 0}]\n    keep_meanwhile_on_failure: true\n    steps: [rollout_undo: {to: previous}]");

        playbook.Meanwhile.ShouldHaveSingleItem().Action.ShouldBe("scale");
        playbook.KeepMeanwhileOnFailure.ShouldBeTrue();
    }

    [Fact]
    public void Another_playbook_takes_over_once()
    {
        var team = Matrices.Sound(Matrices.Replaced("    verify: [healthy]", """
                verify: [healthy]
                on_failure: [page: devops, playbook: stop]
              stop:
                steps: [scale: {replicas: 0}]
                verify: [healthy]
                on_failure: [playbook: undo]
            """)).Teams[0];

        var undo = team.Playbooks[0];
        undo.OnFailure.ShouldHaveSingleItem().Action.ShouldBe("page");
        undo.Then.ShouldNotBeNull().Name.ShouldBe("stop");
        undo.Then.Then.ShouldBeNull();
    }

    [Fact]
    public void Steps_have_times_conditions_and_services_of_their_own()
    {
        var steps = Playbook("""
                steps:
                  - {scale: {replicas: 0}, within: 30s, if: healthy, services: all}
                  - {stop, unless: [rollout_status, {http: /x}], services: [rental-api]}
                  - stop
            """, "steps:\n  stop: {scale: {replicas: 0}, within: 1m}\n").Methods[0].Steps;

        steps.Select(s => (s.Name, s.Within?.TotalSeconds, s.Services.Count)).ShouldBe([(null, 30, 1), ("stop", 60, 1), ("stop", 60, 0)]);
        steps[0].IfSets.ShouldHaveSingleItem().All.ShouldHaveSingleItem().Parameters.ToJsonString().ShouldBe("""{"get":["/health"]}""");
        steps[1].Unless.Select(c => c.Check).ShouldBe(["rollout_status", "http"]);
    }

    [Fact]
    public void Guards_may_ask_checks_without_a_limit()
    {
        var guards = Playbook("""
                guards: {same_as_at_target: [sql: {database: d, query: q}], all_zero: {sql: {database: d, file: f}}, database_change: [none, safe]}
                steps: [scale: {replicas: 0}]
            """).Guards;

        guards.SameAsAtTarget.ShouldHaveSingleItem().Check.ShouldBe("sql");
        guards.AllZero.ShouldHaveSingleItem().Parameters.ToJsonString().ShouldBe("""{"database":"d","file":"f"}""");
        guards.DatabaseChange.ShouldBe(["none", "safe"]);
    }

    [Fact]
    public void A_step_may_ask_checks()
    {
        var step = Playbook("    steps: [check: {sql: {database: d, query: q, report: true}}, check: [rollout_status, http: /x]]").Methods[0].Steps;

        step[0].Parameters.ToJsonString().ShouldBe("""{"checks":[{"check":"sql","parameters":{"database":"d","query":"q"},"report":true}]}""");
        InlineChecks.Read(step[1].Parameters["checks"]).Select(c => (c.Check, c.Report)).ShouldBe([("rollout_status", false), ("http", false)]);
    }

    [Fact]
    public void Inputs_are_placeholders_where_the_playbook_declares_them()
    {
        var playbook = Playbook("    manual: {role: devops, inputs: {path: required}}\n    approval: {role: devops, type: the path, answer: '${path}'}\n    steps: [page: {role: devops, text: '${path} ${initiator}'}]", start: "task: Look");

        playbook.Methods[0].Steps[0].Parameters["text"]!.GetValue<string>().ShouldBe("${path} ${initiator}");
    }

    [Theory]
    [InlineData("    approval: {within: 5m}", "\"approval\" of playbook \"undo\" has no \"role\". Say whose people may answer.")]
    [InlineData("    approval: {role: x, otherwise: go}", "\"otherwise\" of \"approval\" of playbook \"undo\" must not be \"go\". Allowed here: deny, drop, escalate, proceed.")]
    [InlineData("    approval: {role: x, type: its name, otherwise: proceed}", "\"approval\" of playbook \"undo\" asks for a typed answer and goes on without one. Remove \"type\", or let silence deny: otherwise: deny.")]
    [InlineData("    approval: {role: x, answer: y}", "\"approval\" of playbook \"undo\" has an \"answer\" but no \"type\". Say in words what has to be typed: type: the database's name.")]
    [InlineData("    approval: {role: x, type: y, answer: '${since_change}'}", "\"answer\" of \"approval\" of playbook \"undo\" contains \"${since_change}\", which nothing fills in. Allowed here: ${service}, ${namespace}, ${started}, ${initiator}.")]
    [InlineData("    before: [page: {role: x, text: '${since_change}'}]", "\"text\" of page in \"before\" of playbook \"undo\" contains \"${since_change}\", which nothing fills in. Allowed here: ${service}, ${namespace}, ${started}, ${initiator}.")]
    [InlineData("    manual: {}", "\"manual\" of playbook \"undo\" has no \"role\". Say whose people may start it.")]
    [InlineData("    manual: {role: x, services: all}", "\"services\" of \"manual\" of playbook \"undo\" must not be \"all\". Allowed here: one, several.")]
    [InlineData("    manual: {role: x, inputs: {Backup: x}}", "input \"Backup\" in \"inputs\" of \"manual\" of playbook \"undo\" has a name that no placeholder can have. Use lower-case letters and \"_\".")]
    [InlineData("    manual: {role: x, inputs: {service: x}}", "input \"service\" in \"inputs\" of \"manual\" of playbook \"undo\" has the name of a placeholder that is filled in anyway. Give it a name of its own.")]
    [InlineData("    manual: {role: x, inputs: {backup: required}}", "row \"critical band\" starts the playbook \"undo\", whose input \"backup\" an alert does not give. Give the input a default, or let only people start the playbook.")]
    [InlineData("    meanwhile: [page: x]", "\"meanwhile\" of playbook \"undo\" has page, which cannot be put back. Put it into a method.")]
    [InlineData("    keep_meanwhile_on_failure: true", "playbook \"undo\" keeps a \"meanwhile\" that it does not have. Remove the key, or add meanwhile.")]
    [InlineData("    on_failure: [playbook: undo]", "playbook \"undo\" hands over to itself. Name another playbook, or page people.")]
    [InlineData("    on_failure: [playbook: nothing]", "playbook \"undo\" hands over to the playbook \"nothing\", which this file does not have. Playbooks here: undo.")]
    [InlineData("    guards: {database_change: [saef]}", "\"database_change\" of \"guards\" of playbook \"undo\" has the unknown class \"saef\". Did you mean \"safe\"?")]
    [InlineData("    guards: {all_zero: []}", "\"all_zero\" of \"guards\" of playbook \"undo\" asks nothing. Name at least one check.")]
    [InlineData("    guards: {all_zero: nothing}", "\"all_zero\" of \"guards\" of playbook \"undo\" has \"nothing\", but no check has that name. Checks here: command, http, promql, rollout_status, sql.")]
    [InlineData("    targets: {deside: 1m}", "\"deside\" is not a key of \"targets\" of playbook \"undo\". Did you mean \"decide\"?")]
    [InlineData("    follow_up: [{task: Look}]", "an item of \"follow_up\" of playbook \"undo\" has no \"within\". Say how long people have: within: 4h.")]
    [InlineData("    before: [{page: x, within: 0s}]", "\"within\" of page in \"before\" of playbook \"undo\" must be more than 0s. Write it like 90s, 5m or 1h30m.")]
    [InlineData("    before: [{page: x, unless: helthy}]", "page in playbook \"undo\" asks the check or check set \"helthy\", which this file does not have. Did you mean \"healthy\"?")]
    [InlineData("    before: [{page: x, if: {http: {get: /x, report: true}}}]", "a condition in playbook \"undo\" has http with report: true, which answers nothing. Remove report.")]
    [InlineData("    before: [{page: x, services: rental}]", "page in playbook \"undo\" names the service \"rental\", which this file does not have. Services here: rental-api.")]
    [InlineData("    before: [{page: x, capture: {}}]", "a step of \"before\" of playbook \"undo\" must be one action, not a mapping. Write \"- action: {parameter: value}\", or the name of a step.")]
    [InlineData("    before: [feature_flag: {set: {a: 1}, read_back: {expect: {a: 1}}}]", "\"read_back\" of feature_flag in \"before\" of playbook \"undo\" has no \"after\". Write after: 5s.", "\"before\" of playbook \"undo\" has feature_flag, which changes production. Evidence only: put it into a method.")]
    [InlineData("    before: [check: {sql: {quary: x}}]", "\"quary\" is not a key of sql in \"checks\" of check in \"before\" of playbook \"undo\". Did you mean \"query\"?", "sql in \"checks\" of check in \"before\" of playbook \"undo\" has no \"database\". Which.")]
    public void What_is_wrong_is_told(string line, params string[] expected) => Faults("    verify: [healthy]", $"    verify: [healthy]\n{line}").ShouldBe(expected, ignoreOrder: true);

    [Theory]
    [InlineData("    steps:\n      - rollout_undo: {to: last_known_good}", "    methods: [{name: a, only: hand, steps: [scale: {replicas: 0}]}]",
        "\"only\" of method \"a\" of playbook \"undo\" must not be \"hand\". Allowed here: manual.",
        "method \"a\" of playbook \"undo\" is for people, but nobody may start the playbook by hand. Say who: manual: {role: on-call}.",
        "playbook \"undo\" has only methods for people, so nothing would be done. Let one be without only: manual.")]
    [InlineData("[http: /health]", "[http: '/${backup}']", "\"get\" of http in check set \"healthy\" contains \"${backup}\", which nothing fills in. Allowed here: ${service}, ${namespace}, ${since_change}, ${started}, ${initiator}.")]
    [InlineData("checks:\n  healthy:\n    all: [http: /health]", "  other:\n    manual: {role: x, inputs: {backup: required}}\n    steps: [page: x]\nchecks:\n  healthy: [http: '/${backup}']",
        "\"${backup}\" is not an input of the playbook \"undo\", which uses it. Declare it there: manual: {inputs: {backup: required}}.")]
    [InlineData("checks:\n  healthy:\n    all: [http: /health]", "    on_failure: [playbook: other]\n  other:\n    manual: {role: x, inputs: {backup: x}}\n    steps: [page: x]\nchecks:\n  healthy: [http: /health]",
        "the playbook \"other\" needs the input \"backup\", which \"undo\" does not have. Declare it in both.")]
    [InlineData("    verify: [healthy]", "    verify: [healthy]\n    manual: {role: x, inputs: {backup: x}}\n    on_failure: [playbook: other]\n  other:\n    manual: {role: x, inputs: {backup: required}}\n    steps: [page: x]",
        "the playbook \"other\" takes over from \"undo\", which an alert starts, and an alert does not give its input \"backup\". Give the input a default there too.")]
    [InlineData("verify: [healthy]", "verify: [healthy]\n    on_failure: [playbook: a, page: x]",
        "\"on_failure\" of playbook \"undo\" goes on after another playbook took over. Let it be the last item, and only one.",
        "playbook \"undo\" hands over to the playbook \"a\", which this file does not have. Playbooks here: undo.")]
    [InlineData("rollout_undo: {to: last_known_good}", "restore_backup: {database: rental}",
        "restore_backup in playbook \"undo\" can lose data for good, and nobody has to agree by typing. Add approval: {role: database-admin, type: the database's name} to the playbook or the method.",
        "playbook \"undo\" has restore_backup, which can lose data for good: only a person may start it. Say who: manual: {role: database-admin}.",
        "playbook \"undo\" has restore_backup, which can lose data for good: it must not start without a person. Give people a task instead: task: {role: …, text: …}.")]
    [InlineData("low: {}", "low: {approval: {role: x, otherwise: proceed, type: a name}}", "\"approval\" of severity \"low\" asks for a typed answer and goes on without one. Remove \"type\", or let silence deny: otherwise: deny.")]
    [InlineData("rows:\n", "windows: {night: {weekly: Mon-Fry 22:00-05:00, zone: Mars/North}}\nrows:\n",
        "\"zone\" of window \"night\" names no time zone: \"Mars/North\". Write it like America/Santiago, Europe/Berlin or UTC.",
        "\"weekly\" of window \"night\" is no time frame: \"Mon-Fry 22:00-05:00\". Write it like Sun 02:00-04:00, Mon-Fri 22:00-05:00, Sat,Sun 00:00-06:00 or, for the whole day, Sun 00:00-24:00.")]
    [InlineData("rows:\n", "drills: [{name: a, schedule: daily, service: x, expect: y}]\nupdates: {at: [soon]}\nrows:\n",
        "\"schedule\" of a drill must have five fields, not \"daily\". Minute, hour, day of month, month, day of week: 0 10 1 * *.",
        "\"at\" of \"updates\" of the matrix must be a duration, not \"soon\". Write it like 90s, 5m or 1h30m.")]
    [InlineData("rows:\n", "steps: {within: {page: x}, page: {page: x}}\nrows:\n",
        "the step \"within\" has the name of a key of steps. Give it a name of its own.",
        "the step \"page\" has the name of an action. Give it a name of its own.")]
    public void What_is_wrong_elsewhere_is_told(string part, string by, params string[] expected) => Faults(part, by).ShouldBe(expected, ignoreOrder: true);

    [Fact]
    public void A_step_for_all_services_needs_one_that_has_a_workload()
    {
        var text = Matrices.Replaced("    workload: {deployment: production/rental-api}\n", "").Replace("rollout_undo: {to: last_known_good}", "{page: x, services: all}", StringComparison.Ordinal);

        Matrices.Load(text).Faults.Select(f => f.ToString()).ShouldContain(f => f.EndsWith(
            "page in playbook \"undo\" is for all services, but none of this file has a workload. Give them a workload, or name services: services: [rental-api].", StringComparison.Ordinal));
    }

    [Fact]
    public void What_destroys_data_is_for_a_person_who_types()
    {
        var playbook = Playbook("    manual: {role: dba}\n    methods: [{name: restore, approval: {role: dba, type: its name}, steps: [restore_backup: {database: rental}]}]", start: "task: Look");

        playbook.Methods[0].Approval!.Type.ShouldBe("its name");
    }

    private static ManualDefinition Manual(string line) => Playbook($"{line}\n    steps: [scale: {{replicas: 0}}]", start: "task: Look").Manual.ShouldNotBeNull();

    private static List<string> Faults(string part, string by) =>
        [.. Matrices.Load(Matrices.Replaced(part, by)).Faults.Select(f => f.ToString()).Select(f => f[(f.IndexOf(": ", StringComparison.Ordinal) + 2)..])];

    /// <param name="start">How the row that starts it ends; a task where only people start it.</param>
    private static PlaybookDefinition Playbook(string lines, string more = "", string start = "playbook: undo") =>
        Matrices.Sound(Matrices.Replaced("    steps:\n      - rollout_undo: {to: last_known_good}\n", lines + "\n").Replace("playbook: undo", start, StringComparison.Ordinal) + more).Teams[0].Playbooks[0];
}
