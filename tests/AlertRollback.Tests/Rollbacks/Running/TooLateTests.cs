using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>Production is not changed when the time for it is over, or after nobody was there for long.</summary>
public sealed class TooLateTests
{
    [Fact]
    public async Task A_step_is_not_begun_when_those_before_it_took_all_the_time()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a"), FakeSwitch.Step("b")]));
        world.BeforeApply = _ =>
        {
            world.Time.Advance(TimeSpan.FromMinutes(10));
            return Task.CompletedTask;
        };
        await world.FireAsync();

        var closed = (await world.ClosedAsync(Outcome.Failed)).Closed!;
        (closed.Reason, closed.Text).ShouldBe((Reason.TimedOut, "not begun: no time was left for it"));
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Fact]
    public async Task A_step_is_not_begun_when_its_condition_took_the_time_that_was_left()
    {
        await using var world = await RollbackWorld.StartAsync();
        var needed = FakeSwitch.Step("b") with { If = [new CheckDefinition("fake_check", [], false)] };
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a"), needed]));
        world.BeforeApply = _ =>
        {
            world.Time.Advance(TimeSpan.FromSeconds(590));
            world.CheckTakes = TimeSpan.FromSeconds(25);
            return Task.CompletedTask;
        };
        await world.FireAsync();

        var closed = (await world.ClosedAsync(Outcome.Failed, after: TimeSpan.Zero)).Closed!;
        (closed.Reason, closed.Text).ShouldBe((Reason.TimedOut, "not begun: no time was left for it"));
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Fact]
    public async Task S16_a_step_that_is_not_begun_as_another_one_wrote_to_the_same_is_not_measured()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Lock = "shared";
        var both = FakeSwitch.Step("a") with { Services = [RollbackWorld.Service("one"), RollbackWorld.Service("two")] };
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: [new MethodDefinition("first", TimeSpan.FromMinutes(10), [both]), RollbackWorld.Method("second")]);
        world.BeforeApply = _ =>
        {
            world.Time.Advance(TimeSpan.FromMinutes(10));
            return Task.CompletedTask;
        };
        await world.FireAsync();

        (await world.ClosedAsync(Outcome.Inconclusive)).Closed!.Reason.ShouldBe(Reason.TimedOut);
        world.Log.ShouldBe(["one a"]);
        world.Writes.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(9, null)]
    [InlineData(11, Reason.OutcomeUnknown)]
    public async Task After_a_crash_a_step_is_not_taken_up_again_when_its_time_is_over(int minutes, Reason? reason)
    {
        await using var world = await CrashedAsync(within: TimeSpan.FromMinutes(10), minutes, firing: true);

        await EndsAsync(world, reason);
    }

    [Theory]
    [InlineData(14, null, null)]
    [InlineData(16, true, null)]
    [InlineData(16, false, Reason.StaleAlert)]
    [InlineData(16, null, Reason.StaleAlert)]
    public async Task S11_after_a_crash_an_alert_not_heard_of_for_long_is_confirmed_before_a_step_is_taken_up_again(int minutes, bool? firing, Reason? reason)
    {
        await using var world = await CrashedAsync(within: TimeSpan.FromHours(1), minutes, firing);

        await EndsAsync(world, reason);
    }

    // Asleep with the machine it runs on, it does not know how long it was.
    [Theory]
    [InlineData(9, null)]
    [InlineData(11, Reason.OutcomeUnknown)]
    public async Task After_a_sleep_a_step_is_not_tried_again_when_its_time_is_over(int minutes, Reason? reason)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [new StepDefinition("fake_undo", [])]));
        world.ApplyAnswers.Enqueue(new StepOutcome.CannotTell(Reason.ApiError, "the API is away"));
        var tried = new TaskCompletionSource();
        world.BeforeApply = _ =>
        {
            tried.TrySetResult();
            return Task.CompletedTask;
        };
        await world.FireAsync();
        await tried.Task;
        await world.Time.RestsAsync();

        var ended = (await world.AfterAsync(TimeSpan.FromMinutes(minutes), r => r.Steps.Values.Any(s => s.Ended is not null))).Steps.Values.Single().Ended!;
        (ended.Result, ended.Reason).ShouldBe(reason is { } why ? (StepResult.CannotTell, why) : (StepResult.Done, Reason.Applied), ended.Text);
        world.Writes.Count.ShouldBe(reason is null ? 1 : 0);
    }

    // The last answer within its time was lost: it is looked for once more, and nothing more is written.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S3_what_a_write_became_whose_answer_was_lost_at_the_end_of_its_time_is_looked_for(bool wentThrough)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [new StepDefinition("fake_undo", [])]));
        world.ApplyAnswers.Enqueue(new StepOutcome.CannotTell(Reason.OutcomeUnknown, "the answer was lost"));
        var attempts = 0;
        world.BeforeApply = _ =>
        {
            if (attempts++ > 0)
                return Task.CompletedTask;
            world.Time.Advance(TimeSpan.FromMinutes(15));
            world.Running = wentThrough ? "good" : "bad";
            return Task.CompletedTask;
        };
        await world.FireAsync();

        var ended = (await world.AfterAsync(TimeSpan.FromSeconds(5), r => r.Steps.Values.Any(s => s.Ended is not null))).Steps.Values.Single().Ended!;
        (ended.Result, ended.Reason).ShouldBe(wentThrough ? (StepResult.Done, Reason.Applied) : (StepResult.CannotTell, Reason.OutcomeUnknown), ended.Text);
        world.Writes.ShouldBeEmpty();
        attempts.ShouldBe(2);
    }

    [Fact]
    public async Task After_a_crash_that_was_mended_at_once_nobody_is_asked_how_old_the_alert_is()
    {
        await using var world = await CrashedAsync(within: TimeSpan.FromHours(1), minutes: 1, firing: false, before: TimeSpan.FromMinutes(30));

        await EndsAsync(world, reason: null);
    }

    [Fact]
    public async Task What_was_written_is_brought_to_its_end_however_late()
    {
        await using var world = await CrashedAsync(within: TimeSpan.FromMinutes(10), minutes: 60, firing: null, marked: true);

        await EndsAsync(world, reason: null);
    }

    [Theory]
    [InlineData(10, true, Reason.OutcomeUnknown)]
    [InlineData(60, false, Reason.StaleAlert)]
    public async Task What_only_prepared_a_write_is_no_trace_of_it(int within, bool firing, Reason reason)
    {
        await using var world = await CrashedAsync(TimeSpan.FromMinutes(within), minutes: 30, firing, prepared: true);

        await EndsAsync(world, reason);
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(60, false)]
    public async Task A_write_that_went_through_unnoticed_is_found_however_late(int within, bool firing)
    {
        await using var world = await CrashedAsync(TimeSpan.FromMinutes(within), minutes: 30, firing, wrote: true);

        (await world.UntilAsync(Phase.Stabilising)).Steps["kubernetes/0"].Ended!.Result.ShouldBe(StepResult.Done);
        world.Writes.ShouldBeEmpty("it was found, not made again");
    }

    [Theory]
    [InlineData(30, 20, false, Reason.StaleAlert)]
    [InlineData(10, 180, false, Reason.StaleAlert)]
    [InlineData(10, 180, true, Reason.TimedOut)]
    public async Task S11_after_a_crash_an_alert_not_heard_of_for_long_is_confirmed_before_a_step_is_begun(int within, int downtime, bool firing, Reason reason)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.StillFiring = firing;
        var undo = new StepDefinition("fake_undo", []) { If = [new CheckDefinition("fake_check", new JsonObject { ["answer"] = "Pass" }, false)] };
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods:
        [
            new MethodDefinition("first", TimeSpan.FromMinutes(within), [FakeSwitch.Step("a"), undo]),
            new MethodDefinition("second", TimeSpan.FromMinutes(10), [FakeSwitch.Step("b")]),
        ]);
        var asked = 0;
        world.BeforeCheck = () => asked++ == 0 ? world.StallAsync() : Task.CompletedTask;
        await world.FireAsync();
        await world.CrashStalledAsync(downtime: TimeSpan.FromMinutes(downtime));

        (await world.ClosedAsync(Outcome.Inconclusive)).Closed!.Reason.ShouldBe(reason);
        world.Writes.ShouldBeEmpty();
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Fact]
    public async Task S11_after_a_crash_a_step_brought_to_its_end_does_not_hide_how_long_nobody_was_there()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.StillFiring = false;
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromHours(1), [FakeSwitch.Step("a"), FakeSwitch.Step("b")]));
        world.BeforeApply = async context =>
        {
            if (context.Attempt > 1)
                return;
            await context.Journal.MarkAsync("patched", [], "", CancellationToken.None);
            await world.StallAsync();
        };
        await world.FireAsync();
        await world.CrashStalledAsync(downtime: TimeSpan.FromMinutes(20));

        (await world.ClosedAsync(Outcome.Inconclusive)).Closed!.Reason.ShouldBe(Reason.StaleAlert);
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Theory]
    [InlineData(14, false, null)]
    [InlineData(16, true, null)]
    [InlineData(180, false, Reason.StaleAlert)]
    public async Task S11_after_a_crash_an_alert_not_heard_of_for_long_is_confirmed_before_the_next_method(int downtime, bool firing, Reason? reason)
    {
        await using var world = await OnceFailedAsync(TimeSpan.FromMinutes(downtime), firing);

        var run = await world.UntilAsync(r => r.Closed is not null || r.Phase == Phase.Stabilising);
        (run.Closed?.Reason).ShouldBe(reason);
        run.Timeline.Any(t => t.Event is RollbackEvent.Paged).ShouldBe(reason is not null);
        run.Timeline.Count(t => t.Event is RollbackEvent.MethodStarted).ShouldBe(reason is null ? 2 : 1, "no method is said to have begun that was not");
        world.Writes.Count.ShouldBe(reason is null ? 1 : 0);
    }

    [Fact]
    public async Task S11_who_agrees_after_nobody_was_there_for_long_has_looked()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.StillFiring = false;
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.CheckFailed, "no"));
        var asks = RollbackWorld.Method("kubernetes") with { Approval = new ApprovalDefinition("on-call", TimeSpan.FromHours(12), OnSilence.Deny, null, null, false) };
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: [new MethodDefinition("first", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]), asks]);
        await world.FireAsync();
        var asked = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        await world.CrashAsync();
        world.Time.Advance(TimeSpan.FromHours(3));
        await world.BootAsync();
        await world.AnswerAsync(asked.Id, yes: true);

        (await world.UntilAsync(r => r.Closed is not null || r.Phase == Phase.Stabilising)).Closed.ShouldBeNull();
        world.Writes.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S11_after_a_crash_an_alert_not_heard_of_for_long_is_confirmed_before_on_failure_changes_something(bool firing)
    {
        await using var world = await OnceFailedAsync(TimeSpan.FromHours(3), firing, onFailure: true);

        var closed = await world.ClosedAsync(Outcome.Failed);
        closed.FallbackNotDone.Any(t => t.Contains("no alert was heard of for more than 15 min")).ShouldBe(!firing);
        world.Writes.Count.ShouldBe(firing ? 1 : 0);
    }

    [Theory]
    [InlineData(10, null)]
    [InlineData(180, Reason.StaleAlert)]
    public async Task S11_what_takes_over_after_nobody_was_there_for_long_does_not_begin_when_its_alert_is_over(int downtime, Reason? reason)
    {
        await using var world = await OnceFailedAsync(TimeSpan.FromMinutes(downtime), firing: false, onFailure: true, then: true);
        await world.ResolveAsync();
        world.PinAnswer = null;

        var next = await world.AfterAsync(TimeSpan.FromSeconds(5), r => r.After is not null && (r.Closed is not null || r.Phase == Phase.Stabilising));
        (next.BeganResolved, next.Closed?.Reason, next.HasActed).ShouldBe((true, reason, reason is null));
    }

    /// <summary>A method failed, and the process ended before what comes next was planned.</summary>
    private static async Task<RollbackWorld> OnceFailedAsync(TimeSpan downtime, bool firing, bool onFailure = false, bool then = false)
    {
        var world = await RollbackWorld.StartAsync();
        (world.StillFiring, world.PinAnswer) = (firing, () => new PinOutcome.CannotTell("the API is away"));
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.CheckFailed, "no"));
        var (first, next) = (new MethodDefinition("first", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]), RollbackWorld.Method("kubernetes"));
        var row = world.Row("critical", 0, "undo", methods: onFailure ? [first] : [first, next]);
        world.Rows["critical"] = row with { Playbook = row.Playbook with { OnFailure = onFailure ? next.Steps : [], Then = then ? world.Row("x", 0, "other").Playbook : null } };
        await world.FireAsync();
        await world.UntilAsync(r => onFailure ? r.Fallback is not null : r.MethodHasFailed);
        await world.CrashAsync();
        world.PinAnswer = then ? world.PinAnswer : null;
        world.Time.Advance(downtime);
        await world.BootAsync();
        return world;
    }

    /// <param name="wrote">The step's write went through, and nothing was said of it.</param>
    /// <param name="marked">The step had said that its write went through.</param>
    /// <param name="prepared">The step had only said what it was about to do.</param>
    /// <param name="before">What a step before it took.</param>
    private static async Task<RollbackWorld> CrashedAsync(
        TimeSpan within, int minutes, bool? firing, bool wrote = false, bool marked = false, bool prepared = false, TimeSpan before = default)
    {
        var world = await RollbackWorld.StartAsync();
        world.StillFiring = firing;
        var method = RollbackWorld.Method("kubernetes") with { Within = within };
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: before == default ? method : method with { Steps = [FakeSwitch.Step("a"), .. method.Steps] });
        world.BeforeApply = async context =>
        {
            if (context.Attempt > 1)
                return;
            if (before > TimeSpan.Zero && context.StepKey == "kubernetes/0")
            {
                world.Time.Advance(before);
                return;
            }

            if (wrote)
                world.Running = "good";
            if (marked)
                await context.Journal.MarkAsync("patched", [], "", CancellationToken.None);
            if (prepared)
                await context.Journal.PrepareAsync("begun", [], "", CancellationToken.None);
            await world.StallAsync();
        };
        await world.FireAsync();
        await world.CrashStalledAsync(downtime: TimeSpan.FromMinutes(minutes));
        return world;
    }

    private static async Task EndsAsync(RollbackWorld world, Reason? reason)
    {
        if (reason is null)
        {
            await world.UntilAsync(Phase.Stabilising);
        }
        else
        {
            var closed = await world.ClosedAsync(Outcome.Inconclusive);
            closed.Closed!.Reason.ShouldBe(reason.Value);
            closed.Timeline.Select(t => t.Event).OfType<RollbackEvent.StepStarted>().Max(e => e.Attempt).ShouldBe(1, "a look is no attempt: a restart in the middle of it judges as this one did");
        }

        world.Writes.Count.ShouldBe(reason is null ? 1 : 0);
    }
}
