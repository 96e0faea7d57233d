namespace AlertRollback.Tests;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("matcher", "did you mean \"matchers\"?")]
    [InlineData("mathcers", "did you mean \"matchers\"?")]
    [InlineData("Matchers", "did you mean \"matchers\"?")]
    [InlineData("on-failure", "did you mean \"on_failure\"?")]
    [InlineData("zebra", "keys here: log, matchers, on_failure")]
    public void The_remedy_is_the_nearest_name_or_all(string name, string remedy) =>
        NearestName.Remedy(name, ["matchers", "on_failure", "log"], "keys").ShouldBe(remedy);

    [Fact]
    public void Of_what_only_its_age_tells_apart_the_newest_are_named()
    {
        var ids = Enumerable.Range(1, 20).Select(n => $"rental-{n:00}").Reverse().ToList();
        NearestName.RemedyOfNewest("x", ids, "rollbacks").ShouldBe($"the newest rollbacks here: {string.Join(", ", ids.Take(12))}, …");
        NearestName.RemedyOfNewest("rental-1", ids, "rollbacks").ShouldStartWith("did you mean \"rental-");
        NearestName.RemedyOfNewest("zebra", ["two", "one"], "rollbacks").ShouldBe("rollbacks here: one, two");
    }
}
