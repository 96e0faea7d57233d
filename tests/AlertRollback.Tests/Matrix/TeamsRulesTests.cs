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
