using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>A reload that comes while a worker looks at the world.</summary>
public sealed class ReloadTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S14_what_a_reload_voids_while_it_is_planned_stays_void(bool justBeforeTheStart)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        if (justBeforeTheStart)
            world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(10), OnSilence.Deny, null, null, false) } };
        else
            ReloadAtNextPin(world);
        await world.FireAsync();
        if (justBeforeTheStart)
        {
            var asked = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
            ReloadAtNextPin(world);
            world.Time.Advance(TimeSpan.FromMinutes(1));
            await world.AnswerAsync(asked.Id, yes: true);
        }

        await world.UntilAsync(r => r.Playbook.Name == "another" && r.Phase == Phase.Parked);
        world.PinAnswer = null;
        await world.AfterAsync(TimeSpan.FromSeconds(5), r => r.Closed?.Outcome == Outcome.Shadowed);
        var old = world.Chronicle.Book.Rollbacks.Values.Single(r => r.Playbook.Name == "undo");
        old.Phase.ShouldBe(Phase.Closed);
        old.Timeline[^1].Event.ShouldBeOfType<RollbackEvent.Closed>().Reason.ShouldBe(Reason.MatrixChanged);
        world.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task S14_what_a_stronger_row_replaces_on_a_reload_is_closed_once()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => new PinOutcome.CannotTell("the API is away");
        world.Rows["high"] = world.Row("high", 1, "assess");
        await world.FireAsync();
        await world.FireAsync("high");
        world.Chronicle.Book.Open.Count().ShouldBe(2);

        (world.Rows["critical"], world.Rows["high"]) = (world.Row("critical", 0, "undo more"), world.Row("high", 1, "assess more"));
        await world.DecideAnewAsync();
        var high = world.Chronicle.Book.Rollbacks.Values.Single(r => r.Playbook.Name == "assess");
        high.Timeline.Select(t => t.Event).OfType<RollbackEvent.Closed>().ShouldHaveSingleItem().Reason.ShouldBe(Reason.ReplacedByStrongerRow);
        world.Chronicle.Book.Open.Select(r => r.Playbook.Name).ShouldBe(["undo more"]);
    }

    // What is decided instead only plans, and waits a little with that: what the old run does meanwhile is seen.
    private static void ReloadAtNextPin(RollbackWorld world) => world.PinAnswer = () =>
    {
        world.PinAnswer = () => new PinOutcome.CannotTell("the API is away");
        world.Rows["critical"] = world.Row("critical", 0, "another", shadow: true);
        world.DecideAnewAsync().GetAwaiter().GetResult();
        return new PinOutcome.Pinned(new JsonObject { ["to"] = "good" }, "bad", "good", [], [], ["deployment/production/rental-api"])
        {
            HasSuspect = true,
            SuspectSince = world.DeployedAt,
        };
    };
}
