using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

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
    [InlineData(Verdict.Inconclusive, "0042", Outcome.Inconclusive)]
    [InlineData(Verdict.Pass, "0043", Outcome.Failed)]
    public async Task Who_agreed_to_what_held_then_has_not_agreed_to_what_is_there_by_now(Verdict health, string measured, Outcome outcome)
    {
        await using var world = await FailedOnceAsync("0042", OnSilence.Deny);
        var asked = await AskedAsync(world);
        (world.Health, world.Measured) = (health, measured);
        await world.AnswerAsync(asked.Id, yes: true);

        ShouldNotHaveBegun(await world.ClosedAsync(outcome), world);
    }

    private static void ShouldNotHaveBegun(RollbackState closed, RollbackWorld world)
    {
        closed.Timeline.Select(t => t.Event).OfType<RollbackEvent.MethodStarted>().Select(m => m.Name).ShouldBe(["earlier"]);
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Writes.ShouldBeEmpty();
    }

    private static Task<RollbackState> AskedAsync(RollbackWorld world) => world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen) || r.Phase == Phase.Closed);

    /// <summary>A ladder whose first method was allowed and failed: 0042 is there now, as while its target ran.</summary>
    /// <param name="older">What was there while the target of the second method ran; null: not recorded.</param>
    /// <param name="silence">People are asked about the second method; null: they are not.</param>
    private static async Task<RollbackWorld> FailedOnceAsync(string? older, OnSilence? silence)
    {
        var world = await RollbackWorld.StartAsync();
        var second = RollbackWorld.Method("older") with { Approval = silence is { } s ? new ApprovalDefinition("on-call", TimeSpan.FromMinutes(5), s, null, null, false) : null };
        var row = world.Row("critical", 0, "undo", guards: GuardSettings.Default with { SameAsAtTarget = [Migration] }, methods: [RollbackWorld.Method("earlier"), second]);
        world.Rows["critical"] = row;
        world.Measured = "0042";
        await world.Chronicle.ChangeAsync(_ => [Measured("earlier", "0042"), .. older is null ? Array.Empty<Entry>() : [Measured("older", older)]], TestContext.Current.CancellationToken);

        var (since, ran) = (world.Time.GetUtcNow() - TimeSpan.FromHours(1), false);
        world.PinAnswer = () => ran ? Pinned("older", since) : Pinned("earlier", since);
        world.BeforeApply = _ => Task.FromResult(ran = true);
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
