using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

/// <summary>Steps of one plan that change the same template: our own hand is never taken for somebody else's.</summary>
public sealed class EarlierTemplateTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;
    private WorkloadRef _workload = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.SandboxAsync();
        _workload = await _cluster.TwoReleasesAsync();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_restart_after_the_undo_of_a_release_that_was_restarted_by_hand()
    {
        await RestartByHandAsync();
        var undone = await PinAsync(Undo, """{"to": "previous"}""");
        var restarted = await PinAsync(Restart, "{}", undone);

        (await undone.ApplyAsync()).ShouldBeOfType<StepOutcome.Done>();
        (await restarted.ApplyAsync()).ShouldBeOfType<StepOutcome.Done>();

        (await _cluster.WorldAsync(_workload)).ShouldBe("rental-api:v1 x2");
        (await RestartedAtAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task Two_restarts_of_one_workload_in_one_plan()
    {
        var one = await PinAsync(Restart, "{}");
        var two = await PinAsync(Restart, "{}", one);

        (await one.ApplyAsync()).ShouldBeOfType<StepOutcome.Done>();
        var first = await RestartedAtAsync();
        (await two.ApplyAsync()).ShouldBeOfType<StepOutcome.Done>();

        (await RestartedAtAsync()).ShouldNotBe(first);
    }

    [Fact]
    public async Task S1_a_restart_by_hand_before_the_only_one_of_the_plan_is_left_alone()
    {
        var restarted = await PinAsync(Restart, "{}");
        await RestartByHandAsync();

        (await restarted.ApplyAsync()).ShouldBeOfType<StepOutcome.Superseded>();
    }

    [Theory]
    [InlineData("env")]
    [InlineData("rollout_restart")]
    public async Task An_undo_behind_a_change_of_the_template_is_refused_in_the_plan(string before)
    {
        var changed = before == "env" ? await PinAsync(new EnvAction(new Clusters(_cluster.Api), TimeProvider.System), """{"set": {"MODE": "safe"} }""") : await PinAsync(Restart, "{}");

        (await Undo.RefusedAsync(Context(changed), Acting.Json("""{"to": "previous"}""")))
            .ShouldBe(new PinOutcome.Refused(Reason.Ambiguous, $"{_workload}: an earlier step of the plan, {before}, changes its template: put it after the undo"));
    }

    [Fact]
    public async Task An_undo_for_where_another_step_is_not_done_is_planned_and_superseded_where_that_one_is()
    {
        var restarted = await PinAsync(Restart, "{}");
        var context = Context(restarted);
        context = context with { Earlier = [context.Earlier[0] with { IsConditional = true }] };

        var planned = (await Undo.PinAsync(context, Acting.Json("""{"to": "previous"}"""), Cancellation)).ShouldBeOfType<PinOutcome.Pinned>();

        planned.Warnings.ShouldContain($"Where the condition of an earlier step, rollout_restart, lets it change the template of {_workload}, this undo is not done: it finds another template than it was planned from.");
        (await restarted.ApplyAsync()).ShouldBeOfType<StepOutcome.Done>();
        (await Undo.ApplyAsync(context with { Earlier = [] }, planned.Pin)).ShouldBeOfType<StepOutcome.Superseded>();
    }

    [Fact]
    public async Task What_is_called_the_same_in_another_cluster_is_another_object()
    {
        var restarted = await PinAsync(Restart, "{}");
        var context = Context(restarted);
        context = context with { Earlier = [context.Earlier[0] with { Cluster = "other" }] };

        (await Undo.PinAsync(context, Acting.Json("""{"to": "previous"}"""), Cancellation)).ShouldBeOfType<PinOutcome.Pinned>().Warnings.ShouldNotContain(w => w.Contains("earlier step", StringComparison.Ordinal));
        (await Restart.PinAsync(context, []))["edits"]![0]!["after_own"]!.GetValue<bool>().ShouldBeFalse();
    }

    private RolloutRestartAction Restart => new(new Clusters(_cluster.Api), TimeProvider.System);

    private RolloutUndoAction Undo => new(new Clusters(_cluster.Api), new FakeRevisionLedger(), TimeProvider.System);

    private async Task RestartByHandAsync()
    {
        const string patch = """{"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-11-23T11:00:00Z"} } } } }""";
        await _cluster.Api.MergePatchAsync(_workload.Object, Acting.Json(patch), new(), Cancellation);
        await _cluster.CompleteAsync(_workload, "rental-api:v2");
    }

    private async Task<string?> RestartedAtAsync() =>
        (await _cluster.Api.GetAsync(_workload.Object, Cancellation))!.Text("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt");

    private StepContext Context(params Step[] earlier) =>
        Acting.Context(Acting.Service() with { Workload = new("deployment", _workload.Namespace, _workload.Name) }, stepKey: $"steps/{earlier.Length}") with
        {
            Earlier = [.. earlier.Select(s => new EarlierStep(s.Action.Name, s.Pin))],
        };

    private async Task<Step> PinAsync(IAction action, string parameters, params Step[] earlier) =>
        new(action, Context(earlier), await action.PinAsync(Context(earlier), Acting.Json(parameters)));

    private sealed record Step(IAction Action, StepContext Context, JsonObject Pin)
    {
        public Task<StepOutcome> ApplyAsync() => Action.ApplyAsync(Context with { Earlier = [] }, Pin);
    }
}
