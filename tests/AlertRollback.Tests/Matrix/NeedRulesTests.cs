using AlertRollback.CommandLine;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

/// <summary>With the real actions and checks: each says itself what it needs of a service.</summary>
public sealed class NeedRulesTests
{
    private const string Url = "    url: https://api.example.com\n";
    private const string Workload = "    workload: {deployment: production/rental-api}\n";
    private const string Undo = "rollout_undo: {to: last_known_good}";
    private const string Check = "[http: /health]";

    [Fact]
    public void What_has_all_that_is_needed_is_sound() => Faults(Matrices.Rental).ShouldBeEmpty();

    [Theory]
    [InlineData(Url, "", "http", "url")]
    [InlineData(Workload, "", "rollout_undo", "workload")]
    [InlineData(Undo, "feature_flag: {set: {enabled: false}}", "feature_flag", "flag")]
    [InlineData(Undo, "helm_rollback: {to: previous}", "helm_rollback", "helm_release")]
    [InlineData(Undo, "container: {}", "container", "container")]
    [InlineData(Workload + Url, "    namespace: production\n" + Url, "rollout_undo", "workload")]
    [InlineData(Check, "[flag_is: {expect: {enabled: true}}]", "flag_is", "flag")]
    [InlineData(Check, "[container_running: {}]", "container_running", "container")]
    public void A_row_that_leads_a_service_to_what_it_cannot_do_is_a_fault(string part, string by, string action, string key)
    {
        var faults = Faults(Matrices.Replaced(part, by));

        var fault = faults.ShouldHaveSingleItem();
        fault.Message.ShouldBe($"row \"critical band\" starts the playbook \"undo\": its {action} needs \"{key}\" of the service \"rental-api\", which does not say it");
        fault.Remedy.ShouldNotBeNull().ShouldStartWith($"add {key}: ");
        fault.Line.ShouldBe(Matrices.Replaced(part, by)[..Matrices.Replaced(part, by).IndexOf("playbook: undo", StringComparison.Ordinal)].Count(c => c == '\n') + 1);
    }

    [Theory]
    [InlineData(Url, "    container: {name: rental-api, host: vm}\n", "http")]
    [InlineData(Check, "[http: {get: /health, via: service}]", null)]
    [InlineData(Check, "[http: 'https://api.example.com/health']", null)]
    [InlineData(Undo, "exec: {command: [npm, run, back], selector: app=rental-api}", null)]
    [InlineData(Undo, "helm_rollback: {to: previous}", "helm_rollback")]
    public void What_a_use_says_for_itself_counts(string part, string by, string? needing) =>
        Faults(Matrices.Replaced(part, by)).Select(f => f.Message.Split("its ")[1].Split(' ')[0]).ShouldBe(needing is null ? [] : [needing]);

    [Fact]
    public void What_services_say_by_default_counts() =>
        Faults(Matrices.Replaced(Url, "").Replace("services:\n", "service_defaults: {url: \"https://${service}.example.com\", flag: {config_map: flags}}\nservices:\n", StringComparison.Ordinal)
            .Replace(Undo, "feature_flag: {set: {enabled: \"false\"}}", StringComparison.Ordinal)).ShouldBeEmpty();

    [Theory]
    [InlineData("severity=\"critical\"", false)]
    [InlineData("severity=\"critical\"', 'service=\"rental-api\"", false)]
    [InlineData("severity=\"critical\"', 'service=~\"rental-.*\"", false)]
    [InlineData("severity=\"critical\"', 'service=\"jobs\"", true)]
    [InlineData("severity=\"critical\"', 'service=~\"jobs|other\"", true)]
    public void Only_services_that_the_row_leads_to_count_and_one_that_can_is_enough_where_it_names_none(string matchers, bool fault) =>
        Faults(Matrices.Replaced("severity=\"critical\"", matchers).Replace("severities:\n", "  jobs:\n    namespace: production\n    url: https://jobs.example.com\nseverities:\n", StringComparison.Ordinal))
            .Select(f => f.Message).ShouldBe(fault ? ["row \"critical band\" starts the playbook \"undo\": its rollout_undo needs \"workload\" of the service \"jobs\", which does not say it"] : []);

    private const string OfJobs = "row \"critical band\" starts the playbook \"undo\": its rollout_undo needs \"workload\" of the service \"jobs\", which does not say it";

    [Theory]
    [InlineData("severity=\"critical\"", true)]
    [InlineData("severity=\"critical\"', 'service=~\"rental-.*|jobs\"", true)]
    [InlineData("severity=\"critical\"', 'service!=\"jobs\"", false)]
    [InlineData("severity=\"critical\"', 'service=\"rental-api\"", false)]
    public void What_only_some_of_a_row_s_services_lack_is_warned_of(string matchers, bool warned)
    {
        var outcome = Load(WithJobs(Matrices.Replaced("severity=\"critical\"", matchers)));

        outcome.Faults.ShouldBeEmpty();
        Needed(outcome).ShouldBe(warned ? [$"{OfJobs}. Add workload: {{deployment: production/${{service}}}} to the service, or keep it out of the row: service!=\"jobs\"."] : []);
    }

    [Theory]
    [InlineData("'service=\"jobs\"'", false)]
    [InlineData("'service=\"jobs\"', 'severity=\"critical\"'", false)]
    [InlineData("'service=\"jobs\"', 'severity=~\"critical|low\"'", false)]
    [InlineData("'service=\"jobs\"', 'severity=\"low\"'", true)]
    [InlineData("'service=\"jobs\"', 'band=\"night\"'", true)]
    [InlineData("'service=~\"jobs|other\"'", false)]
    public void A_service_whose_alerts_an_earlier_row_takes_is_not_led_there(string earlier, bool warned)
    {
        var outcome = Load(WithJobs(Matrices.Replaced("rows:\n", $"rows:\n  - name: the jobs\n    matchers: [{earlier}]\n    task: Look at it\n")));

        outcome.Faults.ShouldBeEmpty();
        Needed(outcome).Count.ShouldBe(warned ? 1 : 0);
    }

    // Keeping the row's own service out of it would be no remedy.
    [Fact]
    public void What_a_step_for_other_services_lacks_there_is_to_be_said_by_those()
    {
        var outcome = Load(WithJobs(Matrices.Replaced("    steps:\n      - rollout_undo: {to: last_known_good}\n", "    steps:\n      - rollout_undo: {to: last_known_good}\n        services: [jobs]\n")));

        outcome.Faults.ShouldHaveSingleItem().Message.ShouldBe(OfJobs);
    }

    private static string WithJobs(string matrix) =>
        matrix.Replace("severities:\n", "  jobs:\n    namespace: production\n    url: https://jobs.example.com\nseverities:\n", StringComparison.Ordinal);

    private static List<string> Needed(MatrixOutcome outcome) =>
        [.. outcome.Warnings.Where(w => w.Message.Contains(" needs ", StringComparison.Ordinal)).Select(w => w.ToString().Split(": ", 2)[1])];

    [Theory]
    [InlineData("container: {}", false)]
    [InlineData("scale: 2", true)]
    public void Of_a_ladder_a_method_that_is_not_there_is_passed_over(string second, bool alsoThere)
    {
        var ladder = Matrices.Replaced("    steps:\n      - rollout_undo: {to: last_known_good}\n", $"    methods:\n      - name: kubernetes\n        steps: [rollout_undo: {{to: last_known_good}}]\n      - name: other\n        steps: [{second}]\n");

        Faults(ladder).ShouldBeEmpty();
        Faults(ladder.Replace(Workload, "    container: {name: rental-api, host: vm}\n", StringComparison.Ordinal)).Count.ShouldBe(alsoThere ? 1 : 0);
        Faults(ladder.Replace(Workload, "", StringComparison.Ordinal)).Count.ShouldBe(1);
    }

    [Fact]
    public void A_playbook_that_people_could_start_for_no_service_is_a_fault() =>
        Faults(Matrices.Replaced("playbooks:\n", "playbooks:\n  flags:\n    manual: {role: devops}\n    steps: [feature_flag: {set: {enabled: false}}]\n    verify: [healthy]\n"))
            .ShouldHaveSingleItem().Message.ShouldBe("the playbook \"flags\" can be started for no service: its feature_flag needs \"flag\" of the service \"rental-api\", which does not say it");

    private static IReadOnlyList<AlertRollback.Yaml.MatrixFault> Faults(string content) => Load(content).Faults;

    private static MatrixOutcome Load(string content) =>
        MatrixLoader.Load(new MatrixFiles([new MatrixFile("matrix.yml", "matrix.yml", content)]), OfflineCatalog.Create(), null);
}
