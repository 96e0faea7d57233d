namespace AlertRollback.Tests.Matrix;

public sealed class TeamsRulesTests
{
    [Fact]
    public void A_service_belongs_to_one_team()
    {
        var other = Matrices.Rental.Replace("team: rental", "team: other", StringComparison.Ordinal);

        var faults = Matrices.Load(null, ("a.matrix.yml", Matrices.Rental), ("b.matrix.yml", other)).Faults;

        faults.ShouldHaveSingleItem().ToString().ShouldBe("b.matrix.yml:3:3: the service \"rental-api\" is declared twice. It already stands in a.matrix.yml, line 3: a service belongs to one team.");
    }

    [Fact]
    public void A_team_has_one_file()
    {
        var second = "team: rental\nservices: {}\nrows: []\n";

        var faults = Matrices.Load(null, ("a.matrix.yml", Matrices.Rental), ("b.matrix.yml", second)).Faults;

        faults.ShouldHaveSingleItem().ToString().ShouldStartWith("b.matrix.yml:1:7: the team \"rental\" has a second file.");
    }
}
