using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class RolloutUndoActionTests
{
    [Fact]
    public async Task From_the_plan_to_the_patch_it_asks_the_API_four_times_as_kubectl_does()
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var workload = await cluster.TwoReleasesAsync();
        var service = Acting.Service() with { Workload = new("deployment", workload.Namespace, workload.Name) };
        var undo = new RolloutUndoAction(new Clusters(cluster.Api), new FakeRevisionLedger(), TimeProvider.System);
        var before = cluster.Sandbox!.Requests.All.Count;

        var pin = await undo.PinAsync(Acting.Context(service), Acting.Json("""{"to": "previous"}"""));
        (await undo.ApplyAsync(Acting.Context(service), pin)).ShouldBeOfType<StepOutcome.Done>();

        cluster.Sandbox.Requests.All.Skip(before).Select(r => $"{r.Method}{(r.Path.Contains("dryRun", StringComparison.Ordinal) ? " dry run" : "")}").Take(4)
            .ShouldBe(["GET", "GET", "PATCH dry run", "PATCH"]);
    }

    [Fact]
    public async Task S16_what_is_complete_when_we_come_back_too_late_has_not_failed()
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var workload = await cluster.TwoReleasesAsync();
        var service = Acting.Service() with { Workload = new("deployment", workload.Namespace, workload.Name) };
        var undo = new RolloutUndoAction(new Clusters(cluster.Api), new FakeRevisionLedger(), TimeProvider.System);
        var context = Acting.Context(service);
        var pin = await undo.PinAsync(context, Acting.Json("""{"to": "previous"}"""));
        await undo.ApplyAsync(context, pin);

        var late = context with { Attempt = 2, Deadline = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1) };
        (await undo.ApplyAsync(late, pin)).ShouldBeOfType<StepOutcome.Done>();
    }
}
