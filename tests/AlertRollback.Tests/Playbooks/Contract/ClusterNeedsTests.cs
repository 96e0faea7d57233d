using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Playbooks;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>What actions say beforehand of the cluster is what they come across there.</summary>
public sealed class ClusterNeedsTests
{
    public static TheoryData<string> NeedingObjects => [.. ActionContractTests.Uses.Where(u => u.Value.Action.IsAssignableTo(typeof(INeedsObjects))).Select(u => u.Key).Order()];

    public static TheoryData<string> NeedingRights => [.. Saying().Select(u => u.Key).Order()];

    public static TheoryData<string> NeedingRightsOnRealCluster => [.. Saying().Where(u => u.Value.OnRealCluster).Select(u => u.Key).Order()];

    private static IEnumerable<KeyValuePair<string, ActionUse>> Saying() => ActionContractTests.Uses.Where(u => u.Value.Action.IsAssignableTo(typeof(INeedsRights)));

    [Theory]
    [MemberData(nameof(NeedingRights))]
    public async Task Every_right_that_an_action_says_it_needs_is_granted_where_it_says(string name)
    {
        await using var world = await ActionContractTests.Uses[name].ArrangeAsync(real: false);
        var workload = world.Service.Workload ?? new AlertRollback.Matrix.WorkloadDefinition("", "production", "rental-api");
        foreach (var kind in new[] { "deployment", "statefulset", "daemonset", "rollout" })
        {
            var rights = ((INeedsRights)world.Create()).Rights(world.Service with { Workload = workload with { Kind = kind } }, world.Parameters).ToList();

            rights.Count.ShouldBeGreaterThan(ActionContractTests.Uses[name].OnRealCluster ? 0 : -1);
            rights.Where(r => !DeployedRules.Grants(r)).ShouldBeEmpty($"{name} of a {kind}");
            rights.Select(r => r.GrantedBy).Where(g => g != NeededRight.Target).Distinct()
                .ShouldBeSubsetOf(ActionContractTests.Uses[name].Rights.Select(r => $"rights/{r}"), "what the contract grants it");
        }
    }

    [Theory]
    [MemberData(nameof(NeedingRightsOnRealCluster))]
    public async Task The_rights_that_it_says_it_needs_suffice_on_a_real_cluster(string name)
    {
        await using var world = (KubernetesWorld)await ActionContractTests.Uses[name].ArrangeAsync(real: true);
        await world.RestrictToAsync(((INeedsRights)world.Create()).Rights(world.Service, world.Parameters));
        var action = world.Create();
        var pinned = (await PinAsync(world)).ShouldBeOfType<PinOutcome.Pinned>();
        pinned.Warnings.ShouldNotContain(w => w.Contains("could not be seen", StringComparison.Ordinal));

        Done(await action.ApplyAsync(ContextOf(world), pinned.Pin, Cancellation));
        if (action.Restores)
            Done(await action.RestoreAsync(ContextOf(world), pinned.Pin, Cancellation)!);
    }

    private static void Done(StepOutcome outcome)
    {
        outcome.ShouldBeOfType<StepOutcome.Done>(outcome.Text);
        outcome.Text.ShouldNotContain("could not be read");
    }

    [Theory]
    [MemberData(nameof(NeedingObjects))]
    public async Task An_action_is_refused_without_what_it_says_it_needs_and_with_it_is_not(string name)
    {
        await using var whole = await ActionContractTests.Uses[name].ArrangeAsync(real: false);
        (await PinAsync(whole)).ShouldBeOfType<PinOutcome.Pinned>();
        for (var i = 0; i < Needed(whole).Count; i++)
        {
            await using var world = (KubernetesWorld)await ActionContractTests.Uses[name].ArrangeAsync(real: false);
            var target = Needed(world)[i].Target;
            var live = (await world.Cluster.Api.GetAsync(target, Cancellation)).ShouldNotBeNull($"{name} needs {target}");
            await world.Cluster.Api.DeleteAsync(target, live.Uid, new DeleteOptions(GraceSeconds: 0), Cancellation);

            (await PinAsync(world)).ShouldBeOfType<PinOutcome.Refused>($"{name} without {target}");
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static List<NeededObject> Needed(ActionWorld world) => [.. ((INeedsObjects)world.Create()).Objects(world.Service, (JsonObject)FilledJson.Of(
        world.Parameters, text => Placeholders.Fill(text, RunFacts.None.Values(world.Service), Placeholders.AsIs))!)];

    private static StepContext ContextOf(ActionWorld world) =>
        new("rental-api-1", "kubernetes/0", world.Service, 1, TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1), new FakeStepJournal());

    private static Task<PinOutcome> PinAsync(ActionWorld world) => world.Create().PinAsync(ContextOf(world), world.Parameters, Cancellation);
}
