using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

// A stronger run whose end nobody was called to speaks for nobody else, whatever people were called to before.
public sealed partial class GiveWayTests
{
    private static readonly Func<PinOutcome> NothingToGoBackTo = () => new PinOutcome.Refused(Reason.NoCandidate, "nothing to go back to");

    [Fact]
    public async Task S11_what_gave_way_to_a_run_whose_call_was_put_off_and_never_made_is_decided_after_all()
    {
        await using var world = await AskingForBothAsync(OnSilence.Deny);
        world.Rows["critical"] = world.Rows["critical"] with
        {
            Playbook = world.Rows["critical"].Playbook with { OnFailure = [new StepDefinition("page", new JsonObject { ["role"] = "devops-lead" })] },
        };
        world.PinAnswer = NothingToGoBackTo;
        await RefusedAsync(world);
        world.Time.Advance(TimeSpan.FromSeconds(30));
        await world.ResolveAsync("critical");
        world.Time.Advance(TimeSpan.FromSeconds(30));
        world.PinAnswer = null;
        await world.FireAsync("high");
        var high = await world.UntilAsync(r => r.Row.Name == "high" && r.Approvals.Any(a => a.IsOpen));
        world.PinAnswer = NothingToGoBackTo;
        (await RefusedAsync(world)).CallToCome.ShouldNotBeNull();
        await world.DecideWhatGaveWayAsync();
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(3, "as long as the call is to come, people will hear");

        world.PinAnswer = null;
        await world.ResolveAsync("critical");
        await world.DecideWhatGaveWayAsync();
        (await world.UntilAsync(r => r.Row.Name == "high" && r.Id != high.Id && r.Approvals.Any(a => a.IsOpen))).StillFires.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S11_what_gave_way_to_a_run_that_ended_quietly_is_decided_although_that_had_waited_under_the_kill_switch(bool kill)
    {
        await using var world = await AskingForBothAsync(OnSilence.Drop);
        await world.FireAsync("high");
        var high = await world.UntilAsync(r => r.Row.Name == "high" && r.Approvals.Any(a => a.IsOpen));
        await world.KillSwitchAsync(kill);
        await world.FireAsync("critical");
        if (kill)
            (await world.UntilAsync(r => r.Row.Name == "critical" && r.Phase == Phase.Parked)).HasCalled.ShouldBeTrue();
        await world.KillSwitchAsync(false);
        await world.UntilAsync(r => r.Row.Name == "critical" && r.Approvals.Any(a => a.IsOpen));
        await world.AfterAsync(TimeSpan.FromMinutes(10.5), r => r.Row.Name == "critical" && r.Closed?.Reason == Reason.ApprovalTimedOut);

        await world.DecideWhatGaveWayAsync();
        await world.UntilAsync(r => r.Row.Name == "high" && r.Id != high.Id && r.Approvals.Any(a => a.IsOpen));
    }

    private static async Task<RollbackWorld> AskingForBothAsync(OnSilence otherwise)
    {
        var world = await RollbackWorld.StartAsync();
        var (critical, high) = (world.Row("critical", 0, "undo"), world.Row("high", 1, "careful"));
        world.Rows["critical"] = critical with { Playbook = critical.Playbook with { Approval = new ApprovalDefinition("on-call", TimeSpan.FromMinutes(10), otherwise, null, null, false) } };
        world.Rows["high"] = high with { Playbook = high.Playbook with { Approval = new ApprovalDefinition("on-call", TimeSpan.FromMinutes(30), OnSilence.Deny, null, null, false) } };
        return world;
    }

    private static async Task<RollbackState> RefusedAsync(RollbackWorld world)
    {
        var known = world.Chronicle.Book.Rollbacks.Keys.ToHashSet();
        await world.FireAsync("critical");
        return await world.UntilAsync(r => !known.Contains(r.Id) && r.Closed is not null);
    }
}
