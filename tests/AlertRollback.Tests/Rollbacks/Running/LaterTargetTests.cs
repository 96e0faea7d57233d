using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>The guard <c>same_as_at_target</c> for the methods of a ladder after the first, each with its own target.</summary>
public sealed class LaterTargetTests
{
    private static readonly CheckDefinition Migration = new("fake_check", [], false);

    [Theory]
    [InlineData("0042", false)]
    [InlineData("0042", true)]
    public async Task A_later_method_is_begun_when_its_own_target_ran_with_what_is_there_now(string older, bool asks)
    {
        await using var world = await FailedOnceAsync(older, asks ? OnSilence.Deny : null);
        if (asks)
            await world.AnswerAsync((await AskedAsync(world)).Id, yes: true);

        var state = await world.UntilAsync(r => r.Phase is Phase.Stabilising or Phase.Closed);
        state.Method!.Name.ShouldBe("older");
        state.CurrentPlan!.Steps.ShouldAllBe(s => s.Warnings.Count == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_later_method_is_not_begun_when_its_own_target_ran_with_something_else(bool asks)
    {
        await using var world = await FailedOnceAsync("0041", asks ? OnSilence.Deny : null);

        var closed = await world.ClosedAsync(Outcome.Failed);
        closed.Closed!.Reason.ShouldBe(Reason.RolloutFailed, "what was measured is why people are called");
        closed.Closed.Text.ShouldBe("1 of 3 pods ready; the next method is not possible: health: 0042 now, 0041 while older ran");
        ShouldNotHaveBegun(closed, world);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(OnSilence.Proceed)]
    public async Task S16_a_later_method_is_not_begun_when_it_cannot_be_told(OnSilence? silence)
    {
        await using var world = await FailedOnceAsync(null, silence);

        var closed = await world.ClosedAsync(Outcome.Inconclusive);
        closed.Closed!.Text.ShouldBe("the next method was not begun: what fake_check answered while older ran was not recorded");
        closed.Timeline.ShouldNotContain(t => t.Event is RollbackEvent.FallbackStarted, "cannot tell changes nothing more");
        ShouldNotHaveBegun(closed, world);
    }

    [Fact]
    public async Task People_who_are_asked_about_the_method_hear_that_it_cannot_be_told_and_decide()
    {
        await using var world = await FailedOnceAsync(null, OnSilence.Escalate);
        var asked = await AskedAsync(world);
        asked.CurrentPlan!.Steps.ShouldHaveSingleItem().Warnings.ShouldBe(["same_as_at_target cannot be told: what fake_check answered while older ran was not recorded"]);
        world.Writes.ShouldBeEmpty();

        await world.AnswerAsync(asked.Id, yes: true);
        (await world.UntilAsync(r => r.Phase is Phase.Stabilising or Phase.Closed)).Method!.Name.ShouldBe("older");
    }

    [Theory]
    [InlineData(Verdict.Inconclusive, "0042", Outcome.Inconclusive, 3)]
    [InlineData(Verdict.Pass, "0043", Outcome.Failed, 0)]
    public async Task Who_agreed_to_what_held_then_has_not_agreed_to_what_is_there_by_now(Verdict health, string measured, Outcome outcome, int minutes)
    {
        await using var world = await FailedOnceAsync("0042", OnSilence.Deny);
        var asked = await AskedAsync(world);
        (world.Health, world.Measured) = (health, measured);
        await world.AnswerAsync(asked.Id, yes: true);

        ShouldNotHaveBegun(await world.ClosedAsync(outcome, after: TimeSpan.FromMinutes(minutes)), world);
    }

    private static void ShouldNotHaveBegun(RollbackState closed, RollbackWorld world)
    {
        closed.Timeline.Select(t => t.Event).OfType<RollbackEvent.MethodStarted>().Select(m => m.Name).ShouldBe(["earlier"]);
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Writes.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("pin")]
    [InlineData("fault")]
    [InlineData("guard, after a method that took long")]
    public async Task S16_one_read_that_is_not_answered_between_two_methods_is_asked_again(string unanswered)
    {
        await using var world = await FailedOnceAsync("0042", null, failed: w =>
        {
            var (asked, pin) = (0, w.PinAnswer!);
            switch (unanswered)
            {
                case "pin":
                    w.PinAnswer = () => asked++ > 0 ? pin() : Unanswered;
                    break;
                case "fault":
                    w.PinAnswer = () => asked++ > 0 ? pin() : throw new InvalidOperationException("a fault of ours");
                    break;
                default:
                    w.Time.Advance(TimeSpan.FromMinutes(16));
                    w.BeforeCheck = () => Task.FromResult(w.Health = asked++ > 0 ? Verdict.Pass : Verdict.Inconclusive);
                    break;
            }
        });

        var state = await world.AfterAsync(TimeSpan.FromSeconds(5), r => r.Phase is Phase.Stabilising or Phase.Closed);
        state.Timeline.Select(t => t.Event).OfType<RollbackEvent.MethodStarted>().Select(m => m.Name).ShouldBe(["earlier", "older"]);
        state.CurrentPlan!.Steps.ShouldAllBe(s => s.Warnings.Count == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S16_a_later_method_that_cannot_be_planned_for_some_minutes_ends_the_run_and_people_are_called(bool throws)
    {
        await using var world = await FailedOnceAsync("0042", null, failed: w => w.PinAnswer = () => throws ? throw new InvalidOperationException("the API does not answer") : Unanswered);

        var closed = await world.ClosedAsync(Outcome.Inconclusive, after: TimeSpan.FromSeconds(5));
        closed.Closed!.Text.ShouldBe("the next method cannot be planned: the API does not answer");
        (closed.ClosedAt!.Value - closed.LastStepEndedAt!.Value).ShouldBeInRange(TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(4));
        ShouldNotHaveBegun(closed, world);
    }

    [Fact]
    public async Task S8_a_stop_is_heard_also_while_the_next_method_is_asked_for_again()
    {
        var asked = 0;
        await using var world = await FailedOnceAsync("0042", null, failed: w => w.PinAnswer = () =>
        {
            asked++;
            return Unanswered;
        });
        await FakeTime.PassAsync(world.Time, TimeSpan.Zero, world.Chronicle, _ => asked > 1);
        await world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(true, true, "anna", "drill"))], TestContext.Current.CancellationToken);

        var closed = await world.ClosedAsync(Outcome.Stopped, after: TimeSpan.FromSeconds(5));
        closed.Closed!.Text.ShouldBe("stopped before the next write by anna: drill");
        ShouldNotHaveBegun(closed, world);
    }

    private static PinOutcome.CannotTell Unanswered => new("the API does not answer");

    private static Task<RollbackState> AskedAsync(RollbackWorld world) => world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen) || r.Phase == Phase.Closed);

    /// <summary>A ladder whose first method was allowed and failed: 0042 is there now, as while its target ran.</summary>
    /// <param name="older">What was there while the target of the second method ran; null: not recorded.</param>
    /// <param name="silence">People are asked about the second method; null: they are not.</param>
    /// <param name="failed">Changes the world while the first method fails.</param>
    private static async Task<RollbackWorld> FailedOnceAsync(string? older, OnSilence? silence, Action<RollbackWorld>? failed = null)
    {
        var world = await RollbackWorld.StartAsync();
        var second = RollbackWorld.Method("older") with { Approval = silence is { } s ? new ApprovalDefinition("on-call", TimeSpan.FromMinutes(5), s, null, null, false) : null };
        var row = world.Row("critical", 0, "undo", guards: GuardSettings.Default with { SameAsAtTarget = [Migration] }, methods: [RollbackWorld.Method("earlier"), second]);
        world.Rows["critical"] = row;
        world.Measured = "0042";
        await world.Chronicle.ChangeAsync(_ => [Measured("earlier", "0042"), .. older is null ? Array.Empty<Entry>() : [Measured("older", older)]], TestContext.Current.CancellationToken);

        var (since, ran) = (world.Time.GetUtcNow() - TimeSpan.FromHours(1), false);
        world.PinAnswer = () => ran ? Pinned("older", since) : Pinned("earlier", since);
        world.BeforeApply = _ =>
        {
            if (!ran)
                failed?.Invoke(world);
            return Task.FromResult(ran = true);
        };
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.RolloutFailed, "1 of 3 pods ready"));
        await world.FireAsync();
        return world;

        Entry Measured(string digest, string answer) =>
            Entry.Of("u", new WorkloadEvent.Measured("w", digest, [new RecordedAnswer(CheckKey.Of(row.Service, Migration), [answer])], Good: true));
    }

    private static PinOutcome.Pinned Pinned(string target, DateTimeOffset since) =>
        new(new JsonObject { ["uid"] = "u", ["target"] = new JsonObject { ["digest"] = target } }, "bad", target, [], [], ["deployment/production/rental-api"])
        {
            HasSuspect = true,
            Suspect = "u/bad",
            SuspectSince = since,
        };
}
