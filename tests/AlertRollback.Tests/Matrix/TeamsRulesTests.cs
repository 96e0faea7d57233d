using AlertRollback.CommandLine;
using AlertRollback.Matrix;

namespace AlertRollback.Tests.Matrix;

public sealed class TeamsRulesTests
{
    [Fact]
    public void A_service_belongs_to_one_team()
    {
        var other = Matrices.Rental.Replace("team: rental", "team: other", StringComparison.Ordinal).Replace("production/rental-api", "production/other-api", StringComparison.Ordinal);

        var faults = Matrices.Load(null, ("a.matrix.yml", Matrices.Rental), ("b.matrix.yml", other)).Faults;

        faults.ShouldHaveSingleItem().ToString().ShouldBe("b.matrix.yml:3:3: the service \"rental-api\" is declared twice. It already stands in a.matrix.yml, line 3: a service belongs to one team.");
    }

    [Theory]
    [InlineData("{deployment: production/rental-api}", true)]
    [InlineData("{deployment: 'production/rental-api', cluster: default}", true)]
    [InlineData("{deployment: production/rental-api, cluster: west}", false)]
    [InlineData("{statefulset: production/rental-api}", false)]
    [InlineData("{deployment: staging/rental-api}", false)]
    [InlineData("{deployment: production/other-api}", false)]
    public void S15_a_workload_belongs_to_one_team(string workload, bool shared)
    {
        var other = $"team: other\nservices:\n  other-api:\n    workload: {workload}\nrows: []\n";

        var faults = Matrices.Load(null, ("a.matrix.yml", Matrices.Rental), ("b.matrix.yml", other)).Faults;

        faults.Select(f => f.ToString()).ShouldBe(shared
            ? ["b.matrix.yml:4:28: the workload \"deployment/production/rental-api\" already belongs to the team \"rental\". It stands in a.matrix.yml, line 4: a workload belongs to one team."]
            : []);
    }

    [Theory]
    [InlineData("scale: {replicas: 0, workloads: [deployment/beta-api]}", "scale")]
    [InlineData("rollout_restart: {also: [jobs, beta-api]}", "rollout_restart")]
    [InlineData("patch: {kind: Deployment, name: beta-api, merge: {spec: {replicas: 0}}}", "patch")]
    [InlineData("exec: {command: [stop], workload: deployment/beta-api}", "exec")]
    public void S15_a_step_names_no_workload_of_another_team(string step, string action) =>
        Reaching(step, "beta").Faults.Select(f => f.ToString()).ShouldBe(
            [$"a.matrix.yml:11:13: {action} in playbook \"reach\" changes the workload \"deployment/production/beta-api\", which belongs to the team \"beta\". It stands in b.matrix.yml, line 3: give people a task, or let that team have a playbook for it."]);

    [Theory]
    [InlineData("scale: {replicas: 0, workloads: [deployment/jobs]}", true)]
    [InlineData("scale: {replicas: 0, workloads: [deployment/beta-api]}", true)]
    [InlineData("scale: {replicas: 0, workloads: [deployment/alpha-api, deployment/alpha-jobs]}", false)]
    [InlineData("scale: {replicas: 0, workloads: ['deployment/${service}']}", false)]
    [InlineData("rollout_restart: {also: alpha-jobs}", false)]
    [InlineData("patch: {kind: Ingress, name: alpha-api, merge: {spec: {}}}", false)]
    public void A_workload_that_no_service_has_is_warned_of(string step, bool warns)
    {
        var outcome = Reaching(step, null);
        outcome.Faults.ShouldBeEmpty();
        outcome.Warnings.Any(w => w.ToString().Contains("which no service has, so that it cannot be frozen", StringComparison.Ordinal)).ShouldBe(warns);
    }

    [Fact]
    public void A_service_that_no_row_leads_there_reaches_for_nothing()
    {
        const string Step = "scale: {replicas: 0, workloads: [deployment/beta-api]}";
        Reaching(Step, "beta", "'service=\"alpha-far\"'").Faults.ShouldBeEmpty();
        Reaching(Step, "beta", "'service=\"alpha-api\"'").Faults.ShouldHaveSingleItem();
    }

    // Beside a second team, which has beta-api where it is named.
    private static MatrixOutcome Reaching(string step, string? other, string matcher = "'service!=\"alpha-far\"'")
    {
        var alpha = $$$"""
            team: alpha
            services:
              alpha-api: {workload: {deployment: production/alpha-api}}
              alpha-jobs: {workload: {deployment: production/alpha-jobs}}
              alpha-far: {workload: {deployment: far/alpha-api}}
            severities: {critical: {}}
            rows:
              - {name: critical, matchers: [{{{matcher}}}], playbook: reach}
            playbooks:
              reach:
                steps: [{{{step}}}]
                verify: [healthy]
            checks: {healthy: [rollout_status]}

            """;
        var beta = other is null ? "team: beta\nservices: {}\nrows: []\n" : "team: beta\nservices:\n  beta-api: {workload: {deployment: production/beta-api}}\nrows: []\n";
        return MatrixLoader.Load(
            new MatrixFiles([new MatrixFile("a.matrix.yml", "a.matrix.yml", alpha), new MatrixFile("b.matrix.yml", "b.matrix.yml", beta)]), OfflineCatalog.Create(), null);
    }

    [Fact]
    public void A_team_may_have_several_services_on_one_workload()
    {
        var matrix = Matrices.Replaced("severities:", "  rental-jobs: {workload: {deployment: production/rental-api}}\nseverities:");

        Matrices.Load(matrix).Faults.ShouldBeEmpty();
    }

    [Fact]
    public void A_team_has_one_file()
    {
        var second = "team: rental\nservices: {}\nrows: []\n";

        var faults = Matrices.Load(null, ("a.matrix.yml", Matrices.Rental), ("b.matrix.yml", second)).Faults;

        faults.ShouldHaveSingleItem().ToString().ShouldStartWith("b.matrix.yml:1:7: the team \"rental\" has a second file.");
    }
}
