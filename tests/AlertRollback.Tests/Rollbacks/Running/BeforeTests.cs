using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>The steps before anything is changed: as they are written, and never in the way.</summary>
public sealed class BeforeTests
{
    // Time passes in steps of five or ten seconds: the last look comes before the time is over.
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(13);

    [Theory]
    [InlineData(Verdict.Pass, true, new[] { "rental-api if" }, "on", "not needed: health: pass")]
    [InlineData(Verdict.Fail, true, new[] { "rental-api unless" }, "not needed: health: fail", "on")]
    [InlineData(Verdict.Inconclusive, false, new string[0], "it cannot be told whether it is needed: health: inconclusive", "it cannot be told whether it is needed: health: inconclusive")]
    public async Task A_step_is_taken_as_its_condition_says_and_never_holds_up_the_undo(Verdict answer, bool done, string[] taken, string first, string second)
    {
        CheckDefinition[] healthy = [new("fake_check", new JsonObject { ["answer"] = $"{answer}" }, false)];
        await using var world = await RollbackWorld.StartAsync();
        await FireAsync(world, FakeSwitch.Step("if") with { If = healthy, Within = Within }, FakeSwitch.Step("unless") with { Unless = healthy, Within = Within });

        var ended = world.UntilAsync(Phase.Stabilising);
        while (answer == Verdict.Inconclusive && !ended.IsCompleted)
        {
            await world.Time.RestsAsync(ended);
            await world.Time.PassAsync(TimeSpan.FromSeconds(5), ended);
        }

        var rollback = await ended;
        world.Log.ShouldBe(taken);
        world.Writes.Count.ShouldBe(1);
        Ended(rollback).Select(e => (e.Done, e.Text)).ShouldBe([(done, first), (done, second)]);
    }

    [Fact]
    public async Task A_step_for_several_services_is_taken_for_each_and_one_that_fails_is_named()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.BeforeApply = context => context.Service.Name == "two" ? throw new InvalidOperationException("no such pod") : Task.CompletedTask;
        await FireAsync(world, FakeSwitch.Step("a") with { Services = [RollbackWorld.Service("one"), RollbackWorld.Service("two")] });

        var ended = Ended(await world.UntilAsync(Phase.Stabilising)).ShouldHaveSingleItem();
        world.Log.ShouldBe(["one a"]);
        (ended.Done, ended.Text).ShouldBe((false, "one: on; two: failed: no such pod"));
    }

    [Fact]
    public async Task A_step_has_no_more_time_than_it_says_itself()
    {
        await using var world = await RollbackWorld.StartAsync();
        var never = new TaskCompletionSource();
        world.BeforeApply = context => context.StepKey.StartsWith("before/", StringComparison.Ordinal) ? never.Task : Task.CompletedTask;
        await FireAsync(world, FakeSwitch.Step("a") with { Within = TimeSpan.FromSeconds(3) });
        await world.UntilAsync(r => r.Phase == Phase.Planned);

        var rollback = await world.AfterAsync(TimeSpan.FromSeconds(4), r => r.Phase == Phase.Stabilising);
        Ended(rollback).ShouldHaveSingleItem().Text.ShouldBe("given up after 3 s");
        never.SetResult();
    }

    // Pods that are kept for somebody are of no use to those who never hear of them.
    [Fact]
    public async Task Whoever_is_called_is_called_also_where_evidence_took_all_the_time()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        var (begun, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        world.BeforeApply = context =>
        {
            if (!context.StepKey.StartsWith("before/", StringComparison.Ordinal))
                return Task.CompletedTask;
            begun.TrySetResult();
            return never.Task;
        };
        await FireAsync(world, FakeSwitch.Step("a"), new StepDefinition("page", new JsonObject { ["role"] = "security", ["text"] = "come" }), FakeSwitch.Step("b"));
        await begun.Task;

        world.Time.Advance(TimeSpan.FromSeconds(31));
        var rollback = await world.UntilAsync(Phase.Stabilising);
        Ended(rollback).Select(e => (e.Done, e.Text)).ShouldBe([(false, "given up after 30 s"), (true, "called security"), (false, "no time left for it: evidence never delays the rollback")]);
        rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().ShouldHaveSingleItem().Roles.ShouldBe(["security"]);
        never.SetResult();
    }

    private static List<RollbackEvent.BeforeStepEnded> Ended(RollbackState rollback) => [.. rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.BeforeStepEnded>()];

    private static Task FireAsync(RollbackWorld world, params StepDefinition[] before)
    {
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Before = before } };
        return world.FireAsync();
    }
}
