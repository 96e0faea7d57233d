using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

/// <summary>What services can say beyond their workload and addresses.</summary>
public sealed class ServiceLanguageTests
{
    [Fact]
    public void Keys_that_actions_declare_are_settings_with_the_services_own_names_filled_in()
    {
        var service = Service("    helm_release: ${namespace}/${service}\n    flag: {url: 'http://flags/${service}', bearer: key}");

        service.Settings.ToJsonString().ShouldBe("""{"flag":{"url":"http://flags/rental-api","bearer":"key"},"helm_release":"production/rental-api"}""");
    }

    [Fact]
    public void A_workload_may_be_an_Argo_Rollout_and_in_another_cluster()
    {
        var service = Service("", "{deployment: production/rental-api}", "{rollout: production/rental-api, cluster: west}");

        service.Workload.ShouldBe(new WorkloadDefinition("rollout", "production", "rental-api", "west"));
    }

    [Fact]
    public void A_namespace_of_its_own_is_for_services_without_a_workload()
    {
        var service = Service("", "workload: {deployment: production/rental-api}", "namespace: production\n    helm_release: ${namespace}/x");

        (service.Workload, service.Namespace, service.Settings["helm_release"]!.GetValue<string>()).ShouldBe((null, "production", "production/x"));
    }

    [Fact]
    public void Its_own_check_sets_come_before_the_teams()
    {
        const string own = "    checks: {healthy: [http: /own], special: {within: 1m, all: [rollout_status]}}";
        var matrix = Matrices.Sound(Matrices.Replaced("    slack:", own + "\n    slack:").Replace("verify: [healthy]", "verify: [healthy, special]", StringComparison.Ordinal));

        var act = matrix.Decide(DecisionMatrixTests.Labels("service=rental-api,severity=critical")).ShouldBeOfType<Decision.Act>();

        act.Playbook.Verify.Select(v => (v.Name, v.All[0].Check, v.All[0].Parameters.ToJsonString(), v.Within.TotalMinutes))
            .ShouldBe([("healthy", "http", """{"get":["/own"]}""", 5), ("special", "rollout_status", "{}", 1)]);
        matrix.Teams[0].Playbooks[0].Verify[1].All.ShouldBeEmpty("nothing that could pass before the service is known");
    }

    [Fact]
    public void Conditions_ask_its_own_check_sets_too()
    {
        const string own = "    checks: {healthy: [http: /own], special: [rollout_status]}";
        var matrix = Matrices.Sound(Matrices.Replaced("    slack:", own + "\n    slack:")
            .Replace("rollout_undo: {to: last_known_good}", "{rollout_undo: {to: last_known_good}, if: [special, http: /x], unless: healthy}", StringComparison.Ordinal));

        var step = matrix.Teams[0].Playbooks[0].Methods[0].Steps[0];
        var service = matrix.Services.Single();

        step.IfFor(service).Select(c => (c.Check, c.Parameters.ToJsonString())).ShouldBe([("rollout_status", "{}"), ("http", """{"get":["/x"]}""")]);
        step.UnlessFor(service).ShouldHaveSingleItem().Parameters.ToJsonString().ShouldBe("""{"get":["/own"]}""");
        step.UnlessFor(service with { Name = "other", Checks = new Dictionary<string, CheckSetDefinition>() }).ShouldHaveSingleItem().Parameters.ToJsonString().ShouldBe("""{"get":["/health"]}""");
    }

    [Theory]
    [InlineData("if: special", "matrix.yml:22:51: rollout_undo in playbook \"undo\" asks the check or check set \"special\", which the service \"other\" does not have. Give it one under its \"checks\", or all of them one under the file's \"checks\".")]
    [InlineData("unless: specal", "matrix.yml:22:55: rollout_undo in playbook \"undo\" asks the check or check set \"specal\", which this file does not have. Did you mean \"special\"?")]
    [InlineData("services: [other, rental-api], if: special", "matrix.yml:22:82: rollout_undo in playbook \"undo\" asks the check or check set \"special\", which the service \"other\" does not have. Give it one under its \"checks\", or all of them one under the file's \"checks\".")]
    [InlineData("services: [rental-api], if: special", null)]
    [InlineData("services: all, if: special", null)]
    public void A_condition_may_name_a_set_that_every_service_it_is_asked_for_has(string beside, string? expected)
    {
        var matrix = Matrices.Replaced("    slack:", "    checks: {special: [http: /own]}\n    slack:")
            .Replace("services:", "services:\n  other: {}", StringComparison.Ordinal)
            .Replace("rollout_undo: {to: last_known_good}", $"{{rollout_undo: {{to: last_known_good}}, {beside}}}", StringComparison.Ordinal);

        Matrices.Load(matrix).Faults.Select(f => f.ToString()).ShouldBe(expected is null ? [] : [expected]);
    }

    [Fact]
    public void A_set_that_only_some_services_have_could_pass_without_being_asked_and_is_a_fault() =>
        Faults("    slack:", "    checks: {special: [http: /own]}\n    slack:", "verify: [healthy]", "verify: [special]", "services:", "services:\n  other: {}")
            .ShouldBe(["playbook \"undo\" names the check set \"special\", which the service \"other\" does not have. Give it one under its \"checks\", or all of them one under the file's \"checks\"."]);

    [Theory]
    [InlineData("    flga: x", "\"flga\" is not a key of service \"rental-api\". Did you mean \"flag\"?")]
    [InlineData("    flag: {bearer: x}", "\"flag\" of service \"rental-api\" has no \"url\". Address.")]
    [InlineData("    flag: {url: 'http://x/${started}'}", "\"url\" of \"flag\" of service \"rental-api\" contains \"${started}\", which nothing fills in. Allowed here: ${service}, ${namespace}.")]
    [InlineData("    namespace: staging", "\"namespace\" of service \"rental-api\" is not the one of its workload, \"production\". Remove it: the workload says it.")]
    [InlineData("    checks: {own: [htp: /x]}", "check set \"own\" of service \"rental-api\" has \"htp\", but no check has that name. Did you mean \"http\"?")]
    [InlineData("    checks: {own: []}", "check set \"own\" of service \"rental-api\" asks nothing. List at least one check.")]
    [InlineData("    email: {if_critical: x}", "\"email\" of service \"rental-api\" has no \"to\". Say who gets mail.")]
    public void What_is_wrong_is_told(string line, string expected) => Faults("    slack:", line + "\n    slack:").ShouldBe([expected]);

    private static ServiceDefinition Service(string line, string part = "    slack:", string by = "    slack:") =>
        Matrices.Sound(Matrices.Replaced(part, by).Replace("    slack:", line + "\n    slack:", StringComparison.Ordinal)).Services.Single();

    private static List<string> Faults(params string[] changes) =>
        [.. Matrices.Load(changes.Chunk(2).Aggregate(Matrices.Rental, (text, c) => text.Replace(c[0], c[1], StringComparison.Ordinal)))
            .Faults.Select(f => f.ToString()).Select(f => f[(f.IndexOf(": ", StringComparison.Ordinal) + 2)..])];
}
