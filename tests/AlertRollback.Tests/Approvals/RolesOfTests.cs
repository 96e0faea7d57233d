using AlertRollback.Approvals;
using AlertRollback.Matrix;
using AlertRollback.Operators;

namespace AlertRollback.Tests.Approvals;

public sealed class RolesOfTests
{
    private static readonly ServiceDefinition Service = new("rental", "api", new WorkloadDefinition("deployment", "production", "api"), null, null, null);

    [Theory]
    [InlineData("staging", true)]
    [InlineData("production", false)]
    [InlineData(null, false)]
    public void A_service_without_a_workload_is_in_the_namespace_that_it_says(string? @namespace, bool hasRole) =>
        RolesOf.Person("bob", Service with { Workload = null, Namespace = @namespace }, With(named: true)).ShouldBe(hasRole ? ["trainee"] : []);

    [Theory]
    // people of the team are named | who | may touch it
    [InlineData(true, "alice", true)]
    [InlineData(true, "bob", false)]
    [InlineData(true, "eve", false)]
    [InlineData(false, "eve", true)]
    public void Where_people_are_named_these_and_no_others_touch_a_service(bool named, string who, bool may) =>
        (RolesOf.ObjectionToTouching(who, Service, With(named)) is null).ShouldBe(may);

    [Fact]
    public void Where_no_operator_has_a_credential_whoever_is_there_touches_it() =>
        RolesOf.ObjectionToTouching("local", Service, With(named: true) with { Operators = [] }).ShouldBeNull();

    private static OperatorConfiguration With(bool named) => new()
    {
        Matrix = "",
        Journal = "",
        Operators = [new Credential("alice", null, "a")],
        Teams = new Dictionary<string, TeamGrants>
        {
            ["rental"] = new()
            {
                People = named ? new Dictionary<string, GrantedPeople> { ["on-call"] = new(["alice"], []), ["trainee"] = new(["bob"], ["staging"]) } : [],
            },
        },
    };
}
