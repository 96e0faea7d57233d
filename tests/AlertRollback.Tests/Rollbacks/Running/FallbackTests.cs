using System.Text.Json.Nodes;
using AlertRollback.Announcements.Wording;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Rollbacks.Running;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>What a playbook does after a measured failure: as carefully as everything else, and people are called in any case.</summary>
public sealed class FallbackTests
{
    private static readonly StepOutcome Bad = new StepOutcome.Failed(Reason.RolloutFailed, "1 of 3 pods ready");
    private static readonly StepDefinition Page = new("page", new JsonObject { ["role"] = "devops-lead" });
    private static readonly StepDefinition Undo = new("fake_undo", []);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_steps_are_taken_one_after_the_other_and_told_of()
    {
        await using var world = await FailedAsync(FakeSwitch.Step("a"), FakeSwitch.Step("b"), Page);

        var closed = await world.ClosedAsync(Outcome.Failed);
        world.Log.ShouldBe(["rental-api method", "rental-api a", "rental-api b"]);
        closed.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().ShouldHaveSingleItem().Roles.ShouldBe(["devops-lead"]);
        Lines(closed).ShouldBe(["next: fake_switch off → on", "fake_switch done: on", "next: fake_switch off → on", "fake_switch done: on", "calling devops-lead: 1 of 3 pods ready", "page done: called devops-lead"]);
    }

    // Whoever was called while it was to take over was told to keep their hands off.
    [Theory]
    [InlineData(true, false, 2)]
    [InlineData(false, true, 1)]
    [InlineData(false, false, 1)]
    public async Task When_what_was_to_take_over_does_not_after_all_people_are_called_to_that(bool pageFirst, bool well, int calls)
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.ApplyAnswers.Enqueue(Bad);
        world.ApplyAnswers.Enqueue(well ? new StepOutcome.Done(Reason.Applied, "on") : new StepOutcome.CannotTell(Reason.Inconclusive, "who knows"));
        var row = world.Row("critical", 0, "cut", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("method")]));
        var then = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("then")])).Playbook;
        world.Rows["critical"] = row with { Playbook = row.Playbook with { OnFailure = pageFirst ? [Page, FakeSwitch.Step("a")] : [FakeSwitch.Step("a"), Page], Then = then } };
        await world.FireAsync();

        var failed = await world.UntilAsync(r => r is { After: null, Closed: not null });
        var called = failed.Timeline.Where(t => t.Event is RollbackEvent.Paged).ToList();
        called.Count.ShouldBe(calls);
        Advice.For(AsOf(failed, called[0])).ShouldStartWith(pageFirst || well ? "Get ready, and change nothing by hand yet" : "Take over now");
        Headline.Text(AsOf(failed, called[0])).ShouldContain(pageFirst || well ? "playbook undo is to take over" : "people are called");
        if (!well)
            Advice.For(failed).ShouldStartWith("Take over now");
    }

    private static RollbackState AsOf(RollbackState whole, TimelineEntry last) => whole.Timeline.Skip(1).TakeWhile(t => t.Sequence <= last.Sequence)
        .Aggregate(RollbackState.From(whole.Timeline[0].Sequence, whole.Timeline[0].At, (RollbackEvent.Proposed)whole.Timeline[0].Event), (state, t) => state.Apply(t.Sequence, t.At, t.Event));

    // Nobody is called any more when it is closed.
    [Fact]
    public async Task The_one_call_says_what_was_measured_before_what_the_playbook_adds()
    {
        await using var world = await FailedAsync(new StepDefinition("page", new JsonObject { ["role"] = "devops-lead", ["text"] = "Call the vendor." }));

        var called = (await world.ClosedAsync(Outcome.Failed)).Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().ShouldHaveSingleItem();
        (called.Reason, called.Text).ShouldBe((Reason.RolloutFailed, "1 of 3 pods ready; Call the vendor."));
    }

    [Fact]
    public async Task After_a_crash_a_step_goes_on_with_what_was_pinned_before()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        var attempts = new List<int>();
        world.BeforeApply = async context =>
        {
            if (context.StepKey != "on_failure/0")
                return;
            attempts.Add(context.Attempt);
            if (context.Attempt > 1)
                return;
            // The write went through; a second look would find "good" and go back from there.
            world.PinAnswer = () => throw new InvalidOperationException("pinned again");
            await world.StallAsync();
        };
        await FireAsync(world, Undo, Page);
        await world.CrashStalledAsync();

        var closed = await world.ClosedAsync(Outcome.Failed);
        attempts.ShouldBe([1, 2]);
        closed.Timeline.Select(t => t.Event).OfType<RollbackEvent.FallbackStepPlanned>().Count(p => p.Index == 0).ShouldBe(1);
        world.Writes.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S16_no_other_playbook_takes_over_after_a_step_without_a_known_end(bool known)
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.ApplyAnswers.Enqueue(Bad);
        if (!known)
            world.ApplyAnswers.Enqueue(new StepOutcome.CannotTell(Reason.Inconclusive, "who knows"));
        var row = world.Row("critical", 0, "cut", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("method")]));
        var then = world.Row("critical", 0, "undo", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("then")])).Playbook;
        world.Rows["critical"] = row with { Playbook = row.Playbook with { OnFailure = [FakeSwitch.Step("a")], Then = then } };
        await world.FireAsync();

        var closed = await world.ClosedAsync(Outcome.Failed);
        (closed.HandedOver is not null).ShouldBe(known);
        if (known)
        {
            await world.UntilAsync(r => r.After is not null && r.Phase == Phase.Stabilising);
            return;
        }

        closed.Closed!.Text.ShouldBe("1 of 3 pods ready; playbook undo does not take over: fake_switch before it did not come to a known end");
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Log.ShouldNotContain("rental-api then");
    }

    [Theory]
    [InlineData(Verdict.Pass, "rental-api if")]
    [InlineData(Verdict.Fail, "rental-api unless")]
    public async Task A_step_runs_when_its_condition_holds_and_is_skipped_when_it_does_not(Verdict answer, string ran)
    {
        CheckDefinition[] healthy = [new("fake_check", new JsonObject { ["answer"] = $"{answer}" }, false)];
        await using var world = await FailedAsync(FakeSwitch.Step("if") with { If = healthy }, FakeSwitch.Step("unless") with { Unless = healthy });

        var closed = await world.ClosedAsync(Outcome.Failed);
        world.Log.ShouldBe(["rental-api method", ran]);
        Lines(closed).ShouldContain($"fake_switch skipped: not needed: health: {answer.Word()}");
        closed.Timeline.Select(t => t.Event).OfType<RollbackEvent.FallbackStepEnded>().ShouldAllBe(e => e.Done);
    }

    [Fact]
    public async Task S16_where_it_cannot_be_told_whether_a_step_is_needed_nothing_more_is_changed_and_people_are_called()
    {
        CheckDefinition[] unknown = [new("fake_check", new JsonObject { ["answer"] = "Inconclusive" }, false)];
        await using var world = await FailedAsync(FakeSwitch.Step("a") with { If = unknown }, FakeSwitch.Step("b"), Page);

        var closed = await world.ClosedAsync(Outcome.Failed, after: TimeSpan.FromMinutes(11));
        world.Log.ShouldBe(["rental-api method"]);
        Lines(closed)[^4..].ShouldBe(["fake_switch unknown (inconclusive): it cannot be told whether it is needed: health: inconclusive", "fake_switch: not done: fake_switch before it did not come to a known end", "calling devops-lead: 1 of 3 pods ready; fake_switch: not done: fake_switch before it did not come to a known end", "page done: called devops-lead"]);
    }

    [Fact]
    public async Task A_step_that_was_measured_bad_does_not_keep_the_next_from_being_taken()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.ApplyAnswers.Enqueue(Bad);
        world.ApplyAnswers.Enqueue(Bad);
        await FireAsync(world, FakeSwitch.Step("a"), FakeSwitch.Step("b"));

        await world.ClosedAsync(Outcome.Failed);
        world.Log.ShouldBe(["rental-api method", "rental-api a", "rental-api b"]);
    }

    [Fact]
    public async Task A_step_for_several_services_runs_for_each()
    {
        await using var world = await FailedAsync(FakeSwitch.Step("a") with { Services = [RollbackWorld.Service("one"), RollbackWorld.Service("two")] });

        var closed = await world.ClosedAsync(Outcome.Failed);
        world.Log[1..].Order().ShouldBe(["one a", "two a"]);
        closed.Locks.ShouldBe(["rental-api/method", "one/a", "two/a"]);
    }

    [Fact]
    public async Task S13_what_another_rollback_holds_is_not_touched()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        await world.StartTogetherAsync(world.Row("x", 0, "other", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")])).Playbook, "two");
        await world.UntilAsync(r => r is { Id: "two", Phase: Phase.Stabilising });
        await FireAsync(world, FakeSwitch.Step("a") with { Services = [RollbackWorld.Service("two")] }, Page);

        var closed = await world.ClosedAsync(Outcome.Failed);
        Lines(closed).ShouldBe(["fake_switch: not done: two holds two/a", "calling devops-lead: 1 of 3 pods ready; fake_switch: not done: two holds two/a", "page done: called devops-lead"]);
        closed.Closed!.Text.ShouldBe("1 of 3 pods ready; fake_switch: not done: two holds two/a");
        world.Log.ShouldBe(["two a", "rental-api method"]);
    }

    [Fact]
    public async Task What_can_hardly_be_taken_back_is_not_done_because_nobody_was_asked()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.BeforeApply = _ => Task.FromResult(world.Irreversible = "the tables were dropped");
        await FireAsync(world, FakeSwitch.Step("a"), Page);

        var closed = await world.ClosedAsync(Outcome.Failed);
        Lines(closed)[0].ShouldBe("fake_switch: not done: it can hardly be taken back, and nobody was asked about it: the tables were dropped");
        world.Log.ShouldBe(["rental-api method"]);
    }

    [Fact]
    public async Task What_can_lose_data_for_good_is_not_done_because_nobody_typed_for_it()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.DestroysData = "restore";
        await FireAsync(world, FakeSwitch.Step("restore"), Page);

        var closed = await world.ClosedAsync(Outcome.Failed);
        Lines(closed)[0].ShouldBe("fake_switch: not done: it can lose data for good, and nobody typed for it");
        world.Log.ShouldBe(["rental-api method"]);
    }

    [Fact]
    public async Task S9_what_somebody_released_meanwhile_is_not_undone()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.BeforeApply = _ =>
        {
            world.DeployedAt = world.Time.GetUtcNow() + TimeSpan.FromSeconds(20);
            world.PinAnswer = () => new PinOutcome.Pinned([], "newer", "good", [], [], []) { HasSuspect = true, SuspectSince = world.DeployedAt };
            return Task.CompletedTask;
        };
        await FireAsync(world, Undo, Page);

        Lines(await world.ClosedAsync(Outcome.Failed))[0].ShouldBe("fake_undo: not done: newer became current 20 s after the last step of this rollback: somebody released it meanwhile");
        world.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task S9_a_release_that_is_no_suspect_is_not_undone()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.DeployedAt = world.Time.GetUtcNow() - TimeSpan.FromDays(3);
        await FireAsync(world, GuardSettings.Default with { DeployedWithin = TimeSpan.FromHours(4) }, Undo, Page);

        Lines(await world.ClosedAsync(Outcome.Failed))[0].ShouldStartWith("fake_undo: not done: bad ran for 3 days before the alert");
        world.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task After_a_stop_production_is_left_alone_and_people_are_called()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.BeforeApply = _ => world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(true, true, "anna", "drill"))], Cancellation);
        await FireAsync(world, FakeSwitch.Step("a"), Page);

        var closed = await world.ClosedAsync(Outcome.Failed);
        world.Log.ShouldBe(["rental-api method"]);
        Lines(closed).ShouldBe(["fake_switch: not done: stopped before the next write by anna: drill", "calling devops-lead: 1 of 3 pods ready; fake_switch: not done: stopped before the next write by anna: drill", "page done: called devops-lead"]);
    }

    [Fact]
    public async Task S8_a_stop_now_is_heard_also_between_the_services_of_one_step()
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.Lock = "shared";
        world.BeforeApply = context => context.StepKey.StartsWith("on_failure", StringComparison.Ordinal)
            ? world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(true, true, "anna", "drill"))], Cancellation)
            : Task.CompletedTask;
        await FireAsync(world, FakeSwitch.Step("a") with { Services = [RollbackWorld.Service("one"), RollbackWorld.Service("two")] }, Page);

        var closed = await world.ClosedAsync(Outcome.Failed);
        world.Log.ShouldBe(["rental-api method", "one a"]);
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
    }

    [Theory]
    [InlineData(null, 10)]
    [InlineData(3, 3)]
    public async Task A_step_has_time_of_its_own_when_that_of_the_method_is_over(int? within, int minutes)
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        TimeSpan? left = null;
        world.BeforeApply = context =>
        {
            if (context.StepKey == "on_failure/0")
                left = context.Deadline - world.Time.GetUtcNow();
            else
                world.Time.Advance(TimeSpan.FromMinutes(15));
            return Task.CompletedTask;
        };
        await FireAsync(world, FakeSwitch.Step("a") with { Within = within is { } m ? TimeSpan.FromMinutes(m) : null });

        await world.ClosedAsync(Outcome.Failed);
        left.ShouldBe(TimeSpan.FromMinutes(minutes));
    }

    [Theory]
    [InlineData(false, "fake_undo: not done: the API does not answer")]
    [InlineData(true, "fake_undo: not done: a fault of ours")]
    public async Task A_step_that_cannot_be_planned_does_not_keep_people_from_being_called(bool throws, string told)
    {
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        world.PinAnswer = () => throws ? throw new InvalidOperationException("a fault of ours") : new PinOutcome.CannotTell("the API does not answer");
        await FireAsync(world, Undo, Page);

        var closed = await world.ClosedAsync(Outcome.Failed, after: TimeSpan.FromSeconds(1));
        Lines(closed).ShouldBe([told, $"calling devops-lead: 1 of 3 pods ready; {told}", "page done: called devops-lead"]);
        world.Pins.ShouldBeInRange(2, 12);
    }

    [Fact]
    public async Task S16_a_guard_that_was_not_answered_once_does_not_keep_a_step_from_being_taken()
    {
        CheckDefinition migration = new("fake_check", [], false);
        await using var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        await world.Chronicle.ChangeAsync(
            _ => [Entry.Of("u", new WorkloadEvent.Measured("w", "d", [new RecordedAnswer(CheckKey.Of(world.Rows["critical"].Service, migration), ["0042"])], Good: true))], Cancellation);
        (world.Measured, world.PinAnswer) = ("0042", () => new PinOutcome.Pinned(new JsonObject { ["uid"] = "u", ["target"] = new JsonObject { ["digest"] = "d" } }, "bad", "good", [], [], [])
        {
            HasSuspect = true,
            SuspectSince = world.DeployedAt,
        });
        var asked = 0;
        world.BeforeCheck = () => Task.FromResult(world.Health = asked++ > 0 ? Verdict.Pass : Verdict.Inconclusive);
        await FireAsync(world, GuardSettings.Default with { SameAsAtTarget = [migration] }, Undo, Page);

        await world.ClosedAsync(Outcome.Failed, after: TimeSpan.FromSeconds(5));
        world.Writes.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task People_are_called_once_for_a_step_also_when_it_is_taken_up_again()
    {
        await using var world = await FailedAsync();
        var id = (await world.ClosedAsync(Outcome.Failed)).Id;
        for (var attempt = 0; attempt < 2; attempt++)
            await new StepJournal(world.Chronicle, id, "on_failure/0").PageAsync("devops-lead", "look", Cancellation);
        await new StepJournal(world.Chronicle, id, "on_failure/1").PageAsync("security", "look", Cancellation);

        world.Chronicle.Book.Rollbacks[id].Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>()
            .Where(p => p.Text == "1 of 3 pods ready; look").SelectMany(p => p.Roles).ShouldBe(["devops-lead", "security"]);
    }

    private static List<string> Lines(RollbackState closed) =>
        [.. closed.Timeline.SkipWhile(t => t.Event is not RollbackEvent.FallbackStarted).Skip(1).TakeWhile(t => t.Event is not RollbackEvent.Closed).Select(TimelineLine.For).OfType<string>()];

    private static async Task<RollbackWorld> FailedAsync(params StepDefinition[] onFailure)
    {
        var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        await FireAsync(world, onFailure);
        return world;
    }

    private static Task FireAsync(RollbackWorld world, params StepDefinition[] onFailure) => FireAsync(world, GuardSettings.Default, onFailure);

    private static async Task FireAsync(RollbackWorld world, GuardSettings guards, params StepDefinition[] onFailure)
    {
        var row = world.Row("critical", 0, "undo", guards: guards, methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("method")]));
        world.Rows["critical"] = row with { Playbook = row.Playbook with { OnFailure = onFailure } };
        world.ApplyAnswers.Enqueue(Bad);
        await world.FireAsync();
    }
}
