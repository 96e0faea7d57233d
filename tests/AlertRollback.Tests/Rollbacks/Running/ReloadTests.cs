using System.Text.Json.Nodes;
using AlertRollback.Alerts;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;

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

    [Fact]
    public async Task S11_what_a_reload_closed_is_decided_as_soon_as_a_matrix_has_a_row_for_it_again()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => new PinOutcome.CannotTell("the API is away");
        await world.FireAsync();
        await world.FireAsync(pod: "b");
        await world.UntilAsync(Phase.Parked);
        await world.Chronicle.ChangeAsync(book => new Dispatching(book, world.Time.GetUtcNow(), NoRow).DecideAnew(), Cancellation);
        await world.ResolveAsync(pod: "b");
        world.Chronicle.Book.Open.ShouldBeEmpty();

        await world.Chronicle.ChangeAsync(book => new Dispatching(book, world.Time.GetUtcNow(), NoRow).DecideWhatGaveWay(), Cancellation);
        world.Chronicle.Book.Rollbacks.ShouldHaveSingleItem();
        await world.DecideWhatGaveWayAsync();
        await world.DecideWhatGaveWayAsync();
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2);
        world.Chronicle.Book.Open.ShouldHaveSingleItem().Causes.ShouldHaveSingleItem().Labels["pod"].ShouldBe("a");
    }

    [Theory]
    [InlineData("asked")]
    [InlineData("called for the kill switch")]
    [InlineData("waits in silence")]
    [InlineData("only plans")]
    public async Task S14_whoever_was_called_to_what_nothing_is_done_for_any_more_is_called_to_that(string state)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo", shadow: state == "only plans");
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(10), OnSilence.Deny, null, null, false) } };
        if (state != "asked")
            world.PinAnswer = () => new PinOutcome.CannotTell("the API is away");
        if (state == "called for the kill switch")
            await world.KillSwitchAsync(on: true);
        await world.FireAsync();
        await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen) || r.Phase == Phase.Parked);
        await world.Chronicle.ChangeAsync(book => new Dispatching(book, world.Time.GetUtcNow(), NoRow).DecideAnew(), Cancellation);

        var over = world.Chronicle.Book.Rollbacks.ShouldHaveSingleItem().Value;
        over.Closed!.Text.ShouldBe("the matrix was changed before anything was written; nothing is done any more for HighErrors (no row matched)");
        over.Closed.NothingInstead.ShouldBeTrue();
        var calls = over.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().Where(p => p.Reason == Reason.MatrixChanged).ToList();
        calls.Select(c => c.Text).ShouldBe(state is "asked" or "called for the kill switch" ? [over.Closed.Text] : []);
        calls.ForEach(c => c.Roles.ShouldBe(state == "asked" ? ["tech-lead"] : []));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task S14_so_is_whoever_was_called_to_what_is_only_planned_by_now(bool shadowBefore, bool called)
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.KillSwitchAsync(on: true);
        world.Rows["critical"] = world.Row("critical", 0, "undo", shadow: shadowBefore);
        await world.FireAsync();
        var run = await world.UntilAsync(Phase.Parked);
        world.Rows["critical"] = world.Row("critical", 0, "another", shadow: true);
        await world.DecideAnewAsync();

        var over = world.Chronicle.Book.Rollbacks[run.Id];
        over.Timeline.Any(t => t.Event is RollbackEvent.Paged { Reason: Reason.MatrixChanged }).ShouldBe(called);
        over.Closed!.Text.ShouldEndWith(called ? "nothing is done any more for HighErrors (only planned, in shadow mode)" : "its alerts are decided anew");
    }

    private static Decision NoRow(LabelSet labels) => new Decision.DoNothing(Reason.NoRowMatched, "rental", null, "no row matched");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

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
