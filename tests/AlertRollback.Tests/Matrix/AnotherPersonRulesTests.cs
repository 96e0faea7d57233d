using AlertRollback.Operators;

namespace AlertRollback.Tests.Matrix;

public sealed class AnotherPersonRulesTests
{
    private static readonly string Asking = Matrices.Replaced(
        "  undo:\n", "  undo:\n    manual: {role: on-call}\n    approval: {role: devops-lead, within: 15m, by_another: true}\n");

    [Fact]
    public void Where_no_two_people_could_start_and_agree_a_warning_says_so_before_an_emergency_does()
    {
        var outcome = Matrices.Load(Asking, Configuration("ada", "ada"));

        outcome.Faults.ShouldBeEmpty();
        outcome.Warnings.ShouldHaveSingleItem().ToString().ShouldEndWith(
            "nobody can agree to \"undo\": nobody of the role \"devops-lead\" is another person than who starts it. Ask the operator to name two people for these roles under people.");
    }

    [Theory]
    [InlineData("ada", "ben")]
    [InlineData("ada ben", "ben")]
    [InlineData("ada", "ada ben")]
    public void One_pair_of_two_people_is_enough(string starts, string agrees) =>
        Matrices.Load(Asking, Configuration(starts, agrees)).Warnings.ShouldBeEmpty();

    [Fact]
    public void Where_one_person_may_agree_to_what_they_started_one_is_enough() =>
        Matrices.Load(Asking.Replace("by_another: true", "by_another: false", StringComparison.Ordinal), Configuration("ada", "ada")).Warnings.ShouldBeEmpty();

    [Fact]
    public void What_only_alerts_start_anybody_of_the_role_may_agree_to() =>
        Matrices.Load(Asking.Replace("    manual: {role: on-call}\n", "", StringComparison.Ordinal), Configuration("ada", "ada")).Warnings.ShouldBeEmpty();

    [Fact]
    public void Where_nobody_is_told_apart_nothing_is_said_of_people() =>
        Matrices.Load(Asking, Configuration("ada", "ada") with { Operators = [] }).Warnings.ShouldBeEmpty();

    private static OperatorConfiguration Configuration(string starts, string agrees)
    {
        var grants = new TeamGrants
        {
            Namespaces = ["production"],
            Hosts = ["api.example.com"],
            Channels = ["#rental-ops"],
            People = new Dictionary<string, GrantedPeople> { ["on-call"] = People(starts), ["devops-lead"] = People(agrees) },
        };
        return GrantRulesTests.Configuration(grants) with { Operators = [new Credential("ada", null, "/ada"), new Credential("ben", null, "/ben")] };
    }

    private static GrantedPeople People(string names) => new(names.Split(' ', StringSplitOptions.RemoveEmptyEntries), []);
}
