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
        NearestName.RemedyOfNewest("rental-1", ids, "rollbacks").ShouldBe("did you mean \"rental-19\"?", "one letter is missing, and the newest of those");
        NearestName.RemedyOfNewest("zebra", ["two", "one"], "rollbacks").ShouldBe("the newest rollbacks here: two, one");
        NearestName.RemedyOfNewest("zebra", [], "rollbacks").ShouldBe("there are no rollbacks here");
    }

    [Theory]
    [InlineData("rental-api-20261127-1430-7f3ce1", "did you mean \"rental-api-20261127-1430-7f3ce0\"?")]
    [InlineData("rental-api-20261127-1430", "did you mean \"rental-api-20261127-1430-7f3ce0\"?")]
    [InlineData("rental-api-20261127-1512-0b4a91", "the newest rollbacks here: rental-api-20261127-1430-7f3ce0, rental-api-20261124-0335-8f11b0")]
    [InlineData("rental-api", "the newest rollbacks here: rental-api-20261127-1430-7f3ce0, rental-api-20261124-0335-8f11b0")]
    public void Another_rollback_of_the_same_service_is_not_meant(string id, string remedy) =>
        NearestName.RemedyOfNewest(id, ["rental-api-20261127-1430-7f3ce0", "rental-api-20261124-0335-8f11b0"], "rollbacks").ShouldBe(remedy);

    [Fact]
    public void Nothing_is_told_of_a_name_that_is_empty()
    {
        NearestName.RemedyOfNewest("", ["two", "one"], "rollbacks").ShouldBe("the newest rollbacks here: two, one");
    }
}
