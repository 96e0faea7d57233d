using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Playbooks;

namespace AlertRollback.Tests.Playbooks.Contract;

/// <summary>What actions say beforehand of the cluster is what they come across there.</summary>
public sealed class ClusterNeedsTests
{
    public static TheoryData<string> NeedingObjects => [.. ActionContractTests.Uses.Where(u => u.Value.Action.IsAssignableTo(typeof(INeedsObjects))).Select(u => u.Key).Order()];

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
        world.Parameters, text => AlertRollback.Matrix.Placeholders.Fill(text, RunFacts.None.Values(world.Service), AlertRollback.Matrix.Placeholders.AsIs))!)];

    private static Task<PinOutcome> PinAsync(ActionWorld world) => world.Create().PinAsync(
        new StepContext("rental-api-1", "kubernetes/0", world.Service, 1, TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1), new FakeStepJournal()), world.Parameters, Cancellation);
}
