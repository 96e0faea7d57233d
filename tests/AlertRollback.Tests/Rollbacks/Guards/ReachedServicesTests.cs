using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks.Guards;

/// <summary>What a plan writes to besides its own service's workload (S15).</summary>
public sealed class ReachedServicesTests
{
    [Fact]
    public async Task S15_a_plan_that_would_change_another_teams_service_is_refused()
    {
        await using var world = await ReachingAsync("beta", RollbackWorld.Method("x") with { Steps = [FakeSwitch.Step("a")] });

        var closed = await world.ClosedAsync(Outcome.Refused);
        (closed.Closed!.Reason, closed.Closed.Text).ShouldBe((Reason.NotGranted, "it would change deployment/production/other, which is other of the team beta"));
        world.Log.ShouldBeEmpty();
    }

    [Fact]
    public async Task S15_nor_does_a_later_method_change_it()
    {
        await using var world = await ReachingAsync("beta", new MethodDefinition("first", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]), new MethodDefinition("second", TimeSpan.FromMinutes(10), [FakeSwitch.Step("b")]));

        (await world.ClosedAsync(Outcome.Failed)).Closed!.Text.ShouldBe("too slow; the next method is not possible: it would change deployment/production/other, which is other of the team beta");
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Fact]
    public async Task S15_nor_a_step_of_on_failure()
    {
        await using var world = await ReachingAsync("beta", [FakeSwitch.Step("b")], new MethodDefinition("first", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]));

        (await world.ClosedAsync(Outcome.Failed)).Closed!.Text.ShouldBe("too slow; fake_switch: not done: it would change deployment/production/other, which is other of the team beta");
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Fact]
    public async Task A_freeze_of_a_service_of_the_same_team_that_it_would_change_is_waited_for_until_it_is_lifted()
    {
        await using var world = await FrozenAsync();
        var parking = (await world.UntilAsync(Phase.Parked)).Parking!;
        (parking.Text, parking.Service).ShouldBe(("it would change other, too, which is frozen by anna until 14:00 UTC: sale", "other"));
        WaitsForFreezeOf(world, "other").ShouldBeTrue("who lifts it is told what goes on then");

        var waits = await FakeTime.IdleAsync(world.Time, world.Chronicle, TimeSpan.FromMinutes(5));
        waits.Rollbacks.Values.Single().Timeline.Count(t => t.Event is RollbackEvent.Parked).ShouldBe(1, "it waits, and does not try again and again");
        await world.CrashAsync();
        await world.BootAsync();
        world.Log.ShouldBeEmpty();

        await FreezeAsync(world, "other", null);
        var done = await world.AfterAsync(TimeSpan.FromMinutes(10), r => r.Phase == Phase.Stabilising);
        done.Guards.ShouldContain(g => g.Guard == "reach" && g.Text == "changes other of the same team, too");
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Theory]
    // whose it is | of which action | what is said of it
    [InlineData("default/deployment/production/other", "beta", "scale", false)]
    [InlineData("default/deployment/production/other", "rental", "scale", true)]
    [InlineData("west/deployment/production/other", "beta", "scale", null)]
    [InlineData("default/deployment/staging/other", "beta", "scale", null)]
    [InlineData("default/pods/production/app=other", "beta", "delete_pods", null)]
    [InlineData("default/deployment/production/other", "beta", "config_restore", null)]
    public void Only_what_another_service_declares_is_its(string @lock, string team, string action, bool? passes)
    {
        var run = Runs.Proposed("r");
        var plan = Plan.Of(0, "x", [Runs.PlanOf(null).Steps[0] with { Action = action, Locks = [@lock, run.Service.Target] }]);
        new ReachedServices(() => [run.Service, RollbackWorld.Service("other") with { Team = team }]).Judge(run, plan, Book.Empty, Runs.Noon)?.Passed.ShouldBe(passes!.Value);
        (new ReachedServices(() => [RollbackWorld.Service("other") with { Team = team }]).Judge(run, plan, Book.Empty, Runs.Noon) is null).ShouldBe(passes is null);
    }

    private const string Other = "default/deployment/production/other";

    private static Task<RollbackWorld> ReachingAsync(string team, params MethodDefinition[] methods) => ReachingAsync(team, [], methods);

    // The first method fails; with one more way it is the next that would reach for another service.
    private static async Task<RollbackWorld> ReachingAsync(string team, IReadOnlyList<StepDefinition> onFailure, params MethodDefinition[] methods)
    {
        var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.Declared.Add(RollbackWorld.Service("other") with { Team = team });
        if (methods.Length + onFailure.Count == 1)
            world.Lock = Other;
        world.BeforeApply = _ =>
        {
            world.Lock = Other;
            return Task.CompletedTask;
        };
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.TimedOut, "too slow"));
        var row = world.Row("critical", 0, "undo", methods: methods);
        world.Rows["critical"] = row with { Playbook = row.Playbook with { OnFailure = onFailure } };
        await world.FireAsync();
        return world;
    }

    [Fact]
    public async Task What_waits_for_the_freezes_of_two_services_that_it_would_change_goes_on_by_neither_alone()
    {
        await using var world = await FrozenAsync();
        await world.UntilAsync(Phase.Parked);
        await FreezeAsync(world, "rental-api", TimeSpan.FromHours(1));

        (WaitsForFreezeOf(world, "other"), WaitsForFreezeOf(world, "rental-api")).ShouldBe((false, false));
        await FreezeAsync(world, "rental-api", null);
        WaitsForFreezeOf(world, "other").ShouldBeTrue();
    }

    // What it would change, too, is frozen.
    private static async Task<RollbackWorld> FrozenAsync()
    {
        var world = await RollbackWorld.StartAsync();
        (world.Lock, world.StillFiring) = (Other, true);
        world.Declared.Add(RollbackWorld.Service("other"));
        await FreezeAsync(world, "other", TimeSpan.FromHours(2));
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition("first", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]));
        await world.FireAsync();
        return world;
    }

    private static bool WaitsForFreezeOf(RollbackWorld world, string service) =>
        new PureGuards(world.Operators, _ => false, () => world.Declared).WaitsForFreezeOf(service, world.Chronicle.Book.Rollbacks.Values.Single(), world.Chronicle.Book, world.Time.GetUtcNow());

    private static Task FreezeAsync(RollbackWorld world, string service, TimeSpan? span) => world.Chronicle.ChangeAsync(
        _ => [Entry.Of(new GlobalEvent.Frozen(service, world.Time.GetUtcNow() + span, "anna", "sale"))], TestContext.Current.CancellationToken);
}
