using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>Scaled down, undone, scaled up again: all of it is pinned before any of it is carried out.</summary>
public sealed class EarlierScaleTests
{
    [Fact]
    public async Task Steps_of_one_plan_follow_on_from_each_other()
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var workload = await cluster.TwoReleasesAsync();

        var down = await PinAsync(Scale(cluster), workload, """{"replicas": 1}""");
        var gone = await PinAsync(Scale(cluster), workload, """{"replicas": 0}""", down);
        var undone = await PinAsync(Undo(cluster), workload, """{"to": "previous"}""", down, gone);
        var up = await PinAsync(Scale(cluster), workload, """{"replicas": 2}""", down, gone, undone);
        foreach (var step in new[] { down, gone, undone, up })
            (await step.ApplyAsync()).ShouldBeOfType<StepOutcome.Done>();

        (await cluster.WorldAsync(workload)).ShouldBe("rental-api:v1 x2");
    }

    [Fact]
    public async Task S4_an_undo_at_0_replicas_that_the_playbook_did_not_ask_for_proves_nothing()
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var workload = await cluster.TwoReleasesAsync();
        await (await PinAsync(Scale(cluster), workload, """{"replicas": 0}""")).ApplyAsync();

        var undone = await PinAsync(Undo(cluster), workload, """{"to": "previous"}""");

        (await undone.ApplyAsync()).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.Inconclusive);
    }

    [Fact]
    public async Task S4_an_undo_after_a_scale_that_leaves_pods_proves_nothing_where_there_are_none()
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var workload = await cluster.TwoReleasesAsync();
        var down = await PinAsync(Scale(cluster), workload, """{"replicas": 1}""");
        var undone = await PinAsync(Undo(cluster), workload, """{"to": "previous"}""", down);
        await cluster.Api.MergePatchAsync(workload.Object, Acting.Json("""{"spec": {"replicas": 0} }"""), new(), TestContext.Current.CancellationToken);

        (await undone.ApplyAsync()).ShouldBeOfType<StepOutcome.CannotTell>().Reason.ShouldBe(Reason.Inconclusive);
    }

    [Fact]
    public async Task S7_somebody_else_between_two_steps_is_left_alone()
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var workload = await cluster.TwoReleasesAsync();
        var down = await PinAsync(Scale(cluster), workload, """{"replicas": 1}""");
        var gone = await PinAsync(Scale(cluster), workload, """{"replicas": 0}""", down);
        await down.ApplyAsync();
        await cluster.Api.MergePatchAsync(workload.Object, Acting.Json("""{"spec": {"replicas": 5} }"""), new(), TestContext.Current.CancellationToken);

        (await gone.ApplyAsync()).ShouldBeOfType<StepOutcome.Superseded>();
        (await cluster.WorldAsync(workload)).ShouldBe("rental-api:v2 x5");
    }

    private static ScaleAction Scale(TestCluster cluster) => new(new Clusters(cluster.Api), TimeProvider.System);

    private static RolloutUndoAction Undo(TestCluster cluster) => new(new Clusters(cluster.Api), new FakeRevisionLedger(), TimeProvider.System);

    private static async Task<Step> PinAsync(IAction action, WorkloadRef workload, string parameters, params Step[] earlier)
    {
        var service = Acting.Service() with { Workload = new("deployment", workload.Namespace, workload.Name) };
        var context = Acting.Context(service, stepKey: $"steps/{earlier.Length}") with { Earlier = [.. earlier.Select(s => new EarlierStep(s.Action.Name, s.Pin))] };
        return new Step(action, context, await action.PinAsync(context, Acting.Json(parameters)));
    }

    private sealed record Step(IAction Action, StepContext Context, JsonObject Pin)
    {
        public Task<StepOutcome> ApplyAsync() => Action.ApplyAsync(Context with { Earlier = [] }, Pin);
    }
}
