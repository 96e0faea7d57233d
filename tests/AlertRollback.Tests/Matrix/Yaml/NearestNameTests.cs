using AlertRollback.Matrix.Yaml;

namespace AlertRollback.Tests.Matrix.Yaml;

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
}
