using AlertRollback.Announcements.Wording;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>A playbook that takes over goes on with what another run has begun to write: matrix and alert may have changed since.</summary>
public sealed class TakeOverTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S14_a_reload_leaves_alone_what_took_over_and_waits(bool forApproval)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.BeforeApply = _ => forApproval ? Task.CompletedTask : SetKillSwitchAsync(world, on: true);
        await FailAsync(world, then => forApproval ? then with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(10), OnSilence.Deny, null, null, false) } : then);
        var waiting = await world.UntilAsync(r => r.After is not null && (r.Phase == Phase.Parked || r.Approvals.Any(a => a.IsOpen)));
        await world.DecideAnewAsync();

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2);
        world.Chronicle.Book.Rollbacks[waiting.Id].IsOpen.ShouldBeTrue();
    }

    [Fact]
    public async Task S8_shadow_that_a_team_switches_on_stops_what_took_over_and_has_not_written()
    {
        await using var world = await RollbackWorld.StartAsync();
        await FailAsync(world, then => then with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(10), OnSilence.Deny, null, null, false) });
        var waiting = await world.UntilAsync(r => r.After is not null && r.Approvals.Any(a => a.IsOpen));
        var written = world.Log.Count;

        await world.DecideAnewAsync(shadow: true);

        var refused = world.Chronicle.Book.Rollbacks[waiting.Id];
        (refused.Closed!.Outcome, refused.Closed.Reason, refused.HasCalled).ShouldBe((Outcome.Refused, Reason.Shadow, true));
        Advice.For(refused).ShouldStartWith($"Take over now: {waiting.After} failed and what it changed stays.");
        world.Log.Count.ShouldBe(written);
    }

    [Fact]
    public async Task S8_shadow_that_a_team_switches_on_while_the_first_one_acts_keeps_the_next_playbook_from_taking_over()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.BeforeApply = _ => world.Log.Count == 0 ? world.DecideAnewAsync(shadow: true) : Task.CompletedTask;
        await FailAsync(world, then => then);

        var refused = await world.UntilAsync(r => r is { After: not null, Closed: not null });
        (refused.Closed!.Outcome, refused.Closed.Reason, refused.HasCalled).ShouldBe((Outcome.Refused, Reason.Shadow, true));
        world.Log.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task S8_shadow_that_a_team_switches_on_leaves_what_has_begun_to_write_alone()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);

        await world.DecideAnewAsync(shadow: true);

        world.Chronicle.Book.Rollbacks.Values.ShouldHaveSingleItem().Phase.ShouldBe(Phase.Stabilising);
    }

    [Fact]
    public async Task What_took_over_and_waits_is_not_replaced_by_a_stronger_row_that_may_be_called_off()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["top"] = world.Row("top", 0, "undo");
        await FailAsync(world, then => then with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(10), OnSilence.Deny, null, null, false) }, rank: 1);
        var waiting = await world.UntilAsync(r => r.After is not null && r.Approvals.Any(a => a.IsOpen));
        world.PinAnswer = () => new PinOutcome.CannotTell("the API is away");
        await world.FireAsync("top");
        await world.UntilAsync(r => r is { Row.Name: "top", Phase: Phase.Parked });
        await world.AnswerAsync(waiting.Id, yes: true);
        (await world.UntilAsync(r => r.Id == waiting.Id && (r.Parking is not null || !r.IsOpen || r.HasActed))).Parking!.Reason.ShouldBe(Reason.RunUnderWay);
        await world.ResolveAsync("top");
        await world.UntilAsync(r => r is { Row.Name: "top", Closed.Outcome: Outcome.Withdrawn });
        await world.DecideWhatGaveWayAsync();

        world.PinAnswer = null;
        var asked = await world.UntilAsync(r => r.Id == waiting.Id && (!r.IsOpen || r.Phase == Phase.Stabilising));
        asked.IsOpen.ShouldBeTrue();
    }

    [Fact]
    public async Task S12_what_takes_over_after_its_alert_resolved_is_carried_out_and_ends_well()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.BeforeApply = context => context.Attempt == 1 && world.Log.Count == 0 ? world.ResolveAsync() : Task.CompletedTask;
        await FailAsync(world);
        var next = await world.UntilAsync(r => r is { After: not null, Phase: Phase.Stabilising });
        next.StillFires.ShouldBeFalse();
        world.Log.ShouldBe(["rental-api first", "rental-api then"]);

        var closed = await world.AfterAsync(TimeSpan.FromMinutes(31), r => r.Id == next.Id && r.Closed is not null);
        closed.Closed!.Outcome.ShouldBe(Outcome.RolledBack);
        closed.Timeline.ShouldNotContain(t => t.Event is RollbackEvent.Paged);
    }

    [Fact]
    public async Task A_yes_counts_for_what_took_over_after_its_alert_resolved_however_long_it_took()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.BeforeApply = context => world.Log.Count == 0 ? world.ResolveAsync() : Task.CompletedTask;
        await FailAsync(world, then => then with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(30), OnSilence.Deny, null, null, false) });
        var asked = await world.UntilAsync(r => r.After is not null && r.Approvals.Any(a => a.IsOpen));
        world.Time.Advance(TimeSpan.FromMinutes(20));
        await world.AnswerAsync(asked.Id, yes: true);

        await world.UntilAsync(r => r is { After: not null, Phase: Phase.Stabilising });
    }

    [Fact]
    public async Task What_was_to_take_over_and_is_withdrawn_calls_people_to_what_the_first_one_left()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.BeforeApply = _ => SetKillSwitchAsync(world, on: true);
        await FailAsync(world);
        await world.UntilAsync(r => r is { After: not null, Phase: Phase.Parked });
        await world.ResolveAsync();

        var closed = await world.UntilAsync(r => r is { After: not null, Closed: not null });
        closed.Closed!.Outcome.ShouldBe(Outcome.Withdrawn);
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        Advice.For(closed).ShouldBe($"Look at what {closed.After} left changed: it failed, and nothing took over.");
        Headline.Text(closed).ShouldBe("resolved before this playbook took over");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_to_take_over_and_is_not_agreed_to_calls_people_to_what_the_first_one_left(bool silence)
    {
        await using var world = await RollbackWorld.StartAsync();
        await FailAsync(world, then => then with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(10), OnSilence.Drop, null, null, false) });
        var asked = await world.UntilAsync(r => r.After is not null && r.Approvals.Any(a => a.IsOpen));
        if (silence)
            world.Time.Advance(TimeSpan.FromMinutes(11));
        else
            await world.AnswerAsync(asked.Id, yes: false);

        var closed = await world.UntilAsync(r => r is { After: not null, Closed: not null });
        closed.Closed!.Outcome.ShouldBe(Outcome.Refused);
        closed.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().Select(p => p.Reason).ShouldBe([Reason.ApprovalNeeded, closed.Closed.Reason]);
        Advice.For(closed).ShouldStartWith($"Take over now: {closed.After} failed and what it changed stays.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S8_what_was_to_take_over_and_waits_calls_people_once_to_what_the_first_one_left(bool asks)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.BeforeApply = _ => asks ? Task.CompletedTask : SetKillSwitchAsync(world, on: true);
        await FailAsync(world, then => asks ? then with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(10), OnSilence.Deny, null, null, false) } : then);
        if (asks)
        {
            // Who says yes takes it that it goes on.
            var asked = await world.UntilAsync(r => r.After is not null && r.Approvals.Any(a => a.IsOpen));
            await SetKillSwitchAsync(world, on: true);
            await world.AnswerAsync(asked.Id, yes: true);
        }

        var waiting = await world.UntilAsync(r => r is { After: not null, Phase: Phase.Parked });
        Calls(waiting).ShouldBe([$"{waiting.After} failed, and what was to take over waits: the kill switch is on, set by anna: drill"]);
        Advice.For(waiting).ShouldBe($"{waiting.After} failed, and what was to take over waits: look at what {waiting.After} left changed.");

        await FreezeAsync(world);
        await SetKillSwitchAsync(world, on: false);
        var again = await world.UntilAsync(r => r is { After: not null, Parking.Reason: Reason.Freeze });
        Calls(again).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_calls_people_also_where_it_waits_for_a_lock_or_a_window(bool locked)
    {
        await using var world = await RollbackWorld.StartAsync();
        if (locked)
        {
            var held = FakeSwitch.Step("then") with { Services = [RollbackWorld.Service("rental-api")] };
            await world.StartTogetherAsync(world.Row("x", 0, "other", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [held])).Playbook, "two");
            await world.UntilAsync(r => r is { Id: "two", Phase: Phase.Stabilising });
        }

        // The window closes while the first one runs.
        world.BeforeApply = _ =>
        {
            world.Time.Advance(TimeSpan.FromMinutes(5));
            return Task.CompletedTask;
        };
        await FailAsync(world, window: locked ? null : new WindowDefinition("noon", [DayOfWeek.Monday], new TimeOnly(11, 0), new TimeOnly(12, 2), "UTC"));

        var waiting = await world.UntilAsync(r => r is { After: not null, Phase: Phase.Parked });
        waiting.Parking!.Reason.ShouldBe(locked ? Reason.TargetLocked : Reason.OutsideWindow);
        Calls(waiting).ShouldHaveSingleItem().ShouldEndWith($"waits: {waiting.Parking.Text}");
    }

    [Fact]
    public async Task S11_what_takes_over_and_cannot_be_told_is_asked_again_and_calls_people_at_its_end()
    {
        await using var world = await RollbackWorld.StartAsync();
        await FailAsync(world, then => then with { Methods = [RollbackWorld.Method("then")] });
        world.PinAnswer = () => new PinOutcome.CannotTell("the API does not answer");
        Calls(await world.UntilAsync(r => r is { After: not null, Phase: Phase.Parked })).ShouldBeEmpty();

        var closed = await world.AfterAsync(TimeSpan.FromMinutes(15), r => r is { After: not null, Closed: not null });
        closed.Closed!.Reason.ShouldBe(Reason.CannotTell);
        Calls(closed).ShouldBe(["the API does not answer"]);
    }

    [Fact]
    public async Task What_took_over_after_its_alert_resolved_and_found_nothing_to_do_calls_people_to_what_the_first_one_left()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.BeforeApply = _ => world.ResolveAsync();
        var skipped = FakeSwitch.Step("then") with { Unless = [new CheckDefinition("fake_check", [], false)] };
        await FailAsync(world, then => then with { Methods = [new MethodDefinition("steps", TimeSpan.FromMinutes(10), [skipped])] });

        var closed = await world.UntilAsync(r => r is { After: not null, Closed: not null });
        closed.Closed!.Reason.ShouldBe(Reason.ConditionNotMet);
        Calls(closed).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task S8_a_stop_now_keeps_the_next_playbook_from_taking_over_and_calls_people()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.BeforeApply = _ => SetKillSwitchAsync(world, on: true, now: true);
        await FailAsync(world);

        var closed = await world.ClosedAsync(Outcome.Stopped);
        closed.Closed!.Reason.ShouldBe(Reason.StoppedByPerson);
        closed.Closed.Text.ShouldContain("anna");
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Chronicle.Book.Rollbacks.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task S11_what_took_over_after_its_alert_resolved_and_then_waited_for_long_is_left_to_people()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.BeforeApply = async _ =>
        {
            await world.ResolveAsync();
            await SetKillSwitchAsync(world, on: true);
        };
        await FailAsync(world);
        await world.UntilAsync(r => r is { After: not null, Phase: Phase.Parked });
        world.Time.Advance(TimeSpan.FromMinutes(20));
        await SetKillSwitchAsync(world, on: false);

        var closed = await world.UntilAsync(r => r is { After: not null, Closed: not null });
        closed.Closed!.Reason.ShouldBe(Reason.StaleAlert);
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Log.ShouldBe(["rental-api first"]);
    }

    private static async Task FailAsync(
        RollbackWorld world, Func<PlaybookDefinition, PlaybookDefinition>? change = null, WindowDefinition? window = null, int rank = 0)
    {
        var row = world.Row("critical", rank, "cut_traffic", methods: Method("first"));
        row = row with { Row = row.Row with { Window = window } };
        var then = world.Row("critical", 0, "undo", methods: Method("then")).Playbook;
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Then = change?.Invoke(then) ?? then } };
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.TimedOut, "the flag does not read back as 0"));
        await world.FireAsync();
    }

    private static MethodDefinition Method(string name) => new("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step(name)]);

    private static List<string> Calls(RollbackState rollback) =>
        [.. rollback.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().Where(p => p.Reason != Reason.ApprovalNeeded).Select(p => p.Text)];

    private static Task FreezeAsync(RollbackWorld world) => world.Chronicle.ChangeAsync(
        _ => [Entry.Of(new GlobalEvent.Frozen("rental-api", world.Time.GetUtcNow() + TimeSpan.FromHours(1), "anna", "sale"))], Cancellation);

    private static Task SetKillSwitchAsync(RollbackWorld world, bool on, bool now = false) => world.Chronicle.ChangeAsync(
        _ => [Entry.Of(new GlobalEvent.KillSwitchSet(on, now, "anna", "drill"))], Cancellation);
}
