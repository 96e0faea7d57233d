using System.Text.Json.Nodes;
using AlertRollback.Approvals;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Playbooks.Actions;
using AlertRollback.Tests.Rollbacks;

namespace AlertRollback.Tests.Approvals;

/// <summary>A Helm release may have several services, and is taken back once.</summary>
public sealed class HelmStartByHandTests
{
    private static readonly OperatorConfiguration Operators = new()
    {
        Matrix = "",
        Journal = "",
        Operators = [new Credential("alice", null, "a")],
        Teams = new Dictionary<string, TeamGrants>
        {
            ["rental"] = new() { Namespaces = ["production"], People = new Dictionary<string, GrantedPeople> { ["on-call"] = new(["alice"], []) } },
        },
    };

    [Theory]
    [InlineData("helm", "api,web", null, true)]
    [InlineData("helm", "api,other", null, false)]
    [InlineData("helm", "other,plain", null, false)]
    [InlineData("kubernetes then helm", "api,web", null, true)]
    [InlineData("kubernetes then helm", "api,web", "kubernetes", false)]
    [InlineData("kubernetes", "api,web", null, false)]
    [InlineData("handing over to helm", "api,web", "kubernetes", true)]
    [InlineData("helm if it fails", "api,web", null, true)]
    public void Two_services_of_one_Helm_release_are_not_started_together(string playbook, string services, string? method, bool refused)
    {
        var request = new StartRequest(playbook, services.Split(','), "it is broken", method, new Dictionary<string, string>(), false, "k");

        using var helm = new PretendHelm();
        var outcome = new StartByHand(Matrix, Operators, new Catalog([new FakeUndo(null!), helm.Action()], []), "alice").Start(request, Book.Empty);

        outcome.Refusal?.Text.ShouldBe("api and web are one helm release production/shop: name one of them; nothing was started");
        (outcome.Refusal is not null).ShouldBe(refused);
        outcome.Entries.Count.ShouldBe(refused ? 0 : 2);
    }

    private static DecisionMatrix Matrix => new(
    [
        new TeamMatrix(
            new TeamDefinition(
                "rental", "rental.yml", new TeamNotes(null, null, null, null),
                [Service("api", "production/shop"), Service("web", "production/shop"), Service("other", "production/other"), Service("plain", null)],
                [], [],
                [
                    Playbook("helm", Helm),
                    Playbook("kubernetes", RollbackWorld.Method("kubernetes")),
                    Playbook("kubernetes then helm", RollbackWorld.Method("kubernetes"), Helm),
                    Playbook("handing over to helm", RollbackWorld.Method("kubernetes")) with { Then = Playbook("helm", Helm) },
                    Playbook("helm if it fails", RollbackWorld.Method("kubernetes")) with { OnFailure = Helm.Steps },
                ]),
            []),
    ]);

    private static MethodDefinition Helm => new("helm", TimeSpan.FromMinutes(5), [new StepDefinition("helm_rollback", [])]);

    private static PlaybookDefinition Playbook(string name, params MethodDefinition[] methods) =>
        new(name, GuardSettings.Default, [], methods, [], [], TimeSpan.Zero) { Manual = new ManualDefinition(["on-call"], [], SeveralServices: true) };

    private static ServiceDefinition Service(string name, string? release) =>
        RollbackWorld.Service(name) with { Settings = release is null ? [] : new JsonObject { ["helm_release"] = release } };
}
