using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>What is changed for the time of the steps is put back in reverse order, whatever happens.</summary>
public sealed class MeanwhileTests
{
    private static async Task<RollbackWorld> WorldAsync(bool keep = false, params StepOutcome[] answers)
    {
        var world = await RollbackWorld.StartAsync();
        foreach (var answer in answers)
            world.ApplyAnswers.Enqueue(answer);
        var row = world.Row("critical", 0, "restore", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("c")]));
        world.Rows["critical"] = row with
        {
            Playbook = row.Playbook with { Meanwhile = [FakeSwitch.Step("a"), FakeSwitch.Step("b")], KeepMeanwhileOnFailure = keep },
        };
        await world.FireAsync();
        return world;
    }

    private static async Task<RollbackWorld> ForOthersAsync(bool keep, StepOutcome? back = null, params StepOutcome[] answers)
    {
        var world = await RollbackWorld.StartAsync();
        foreach (var answer in answers)
            world.ApplyAnswers.Enqueue(answer);
        if (back is not null)
            world.RestoreAnswers.Enqueue(back);
        await FireAsync(world, keep, FakeSwitch.Step("a") with { Services = [RollbackWorld.Service("one"), RollbackWorld.Service("two")] });
        return world;
    }

    private static async Task FireAsync(RollbackWorld world, bool keep, StepDefinition meanwhile)
    {
        var row = world.Row("critical", 0, "restore", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("c")]));
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Meanwhile = [meanwhile], KeepMeanwhileOnFailure = keep } };
        await world.FireAsync();
    }

    private static readonly StepOutcome NotReady = new StepOutcome.Done(Reason.Applied, "3 pods, 0 of them ready") { NotReady = true };
    private static readonly StepOutcome Ok = new StepOutcome.Done(Reason.Applied, "on");
    private static readonly StepOutcome Bad = new StepOutcome.Failed(Reason.TimedOut, "did not work");
    private static readonly StepOutcome Unknown = new StepOutcome.CannotTell(Reason.Inconclusive, "who knows");

    [Fact]
    public async Task It_is_put_back_before_the_checks_are_asked()
    {
        await using var world = await WorldAsync();
        world.BeforeApply = _ =>
        {
            world.Asked.ShouldBe(0);
            return Task.CompletedTask;
        };
        await world.UntilAsync(Phase.Stabilising);

        world.Log.ShouldBe(["rental-api a", "rental-api b", "rental-api c", "rental-api b back", "rental-api a back"]);
    }

    [Fact]
    public async Task Each_step_is_planned_with_those_that_come_before_it()
    {
        await using var world = await WorldAsync();
        await world.UntilAsync(Phase.Stabilising);

        world.Earlier.ShouldBe(new Dictionary<string, string> { ["a"] = "", ["b"] = "a", ["c"] = "ab" });
        world.PutBack.ShouldBe(["a", "b"], "what is put back is not left for good");
    }

    [Fact]
    public async Task A_step_is_planned_knowing_which_of_those_before_it_may_not_be_carried_out()
    {
        await using var world = await RollbackWorld.StartAsync();
        CheckDefinition[] asked = [new CheckDefinition("fake_check", [], false)];
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition(
            "steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a") with { If = asked }, FakeSwitch.Step("b") with { Unless = asked }, FakeSwitch.Step("c")]));
        await world.FireAsync();
        await world.UntilAsync(r => r.Plans.Count > 0);

        world.Earlier["c"].ShouldBe("a?b?");
    }

    [Fact]
    public async Task Checks_are_told_of_the_steps_that_were_carried_out_and_stay()
    {
        await using var world = await RollbackWorld.StartAsync();
        var skipped = FakeSwitch.Step("skipped") with { Unless = [new CheckDefinition("fake_check", [], false)] };
        var row = world.Row("critical", 0, "restore", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("b"), skipped, FakeSwitch.Step("a")]));
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Meanwhile = [FakeSwitch.Step("back")] } };
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);

        world.CheckedPins.ShouldBe("b a");
    }

    [Fact]
    public async Task It_is_put_back_after_a_measured_failure()
    {
        await using var world = await WorldAsync(false, Ok, Ok, Bad);
        await world.ClosedAsync(Outcome.Failed);

        world.Log[^2..].ShouldBe(["rental-api b back", "rental-api a back"]);
    }

    [Fact]
    public async Task It_is_put_back_when_it_cannot_be_told_what_a_step_did()
    {
        await using var world = await WorldAsync(false, Ok, Ok, Unknown);
        await world.ClosedAsync(Outcome.Inconclusive);

        world.Log[^2..].ShouldBe(["rental-api b back", "rental-api a back"]);
    }

    [Fact]
    public async Task Only_what_was_begun_is_put_back()
    {
        await using var world = await WorldAsync(false, Bad);
        await world.ClosedAsync(Outcome.Failed);

        world.Log.ShouldBe(["rental-api a", "rental-api a back"]);
    }

    [Fact]
    public async Task After_a_failure_it_stays_where_the_playbook_says_so_and_people_hear_what_is_left()
    {
        await using var world = await WorldAsync(true, Ok, Ok, Bad);
        var closed = await world.ClosedAsync(Outcome.Failed);

        world.Log.ShouldNotContain("rental-api a back");
        closed.Closed!.Text.ShouldContain("left changed: fake_switch (off → on), fake_switch (off → on)");
    }

    [Fact]
    public async Task What_is_left_changed_of_other_services_is_told_by_their_names()
    {
        await using var world = await ForOthersAsync(keep: true, back: null, Ok, Ok, Bad);

        (await world.ClosedAsync(Outcome.Failed)).Closed!.Text.ShouldContain("left changed: two: fake_switch (off → on), one: fake_switch (off → on)");
    }

    [Fact]
    public async Task What_was_carried_out_for_other_services_before_a_stop_is_told_by_their_names()
    {
        await using var world = await RollbackWorld.StartAsync();
        StepDefinition[] steps = [FakeSwitch.Step("a") with { Services = [RollbackWorld.Service("one"), RollbackWorld.Service("two")] }, FakeSwitch.Step("b")];
        world.ApplyAnswers.Enqueue(Ok);
        world.ApplyAnswers.Enqueue(Ok);
        world.ApplyAnswers.Enqueue(new StepOutcome.CannotTell(Reason.StoppedByPerson, "stopped"));
        world.Rows["critical"] = world.Row("critical", 0, "cut", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), steps));
        await world.FireAsync();

        (await world.ClosedAsync(Outcome.Stopped)).Closed!.Text.ShouldBe("stopped; carried out before: one: fake_switch (off → on), two: fake_switch (off → on)");
    }

    [Fact]
    public async Task S7_another_service_that_did_not_come_back_is_never_a_success()
    {
        await using var world = await ForOthersAsync(keep: false, NotReady);
        var closed = await world.ClosedAsync(Outcome.Inconclusive);

        closed.Closed!.Reason.ShouldBe(Reason.NotPutBack);
        closed.Closed.Text.ShouldBe("every check passed; but what was put back did not become ready: two: 3 pods, 0 of them ready");
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Verified, "its own service is measured all the same");
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
    }

    [Fact]
    public async Task After_a_failure_people_hear_of_another_service_that_did_not_come_back()
    {
        await using var world = await ForOthersAsync(keep: false, NotReady, Ok, Ok, Bad);

        (await world.ClosedAsync(Outcome.Failed)).Closed!.Text.ShouldBe("did not work; what was put back did not become ready: two: 3 pods, 0 of them ready");
    }

    [Fact]
    public async Task Whether_the_rollbacks_own_service_came_back_is_said_by_its_checks()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.RestoreAnswers.Enqueue(NotReady);
        await FireAsync(world, keep: false, FakeSwitch.Step("a"));

        await world.UntilAsync(Phase.Stabilising);
    }

    [Fact]
    public async Task S7_what_could_not_be_put_back_is_never_a_success()
    {
        await using var world = await WorldAsync();
        world.RestoreAnswers.Enqueue(new StepOutcome.Superseded("somebody else changed it"));
        var closed = await world.ClosedAsync(Outcome.Inconclusive);

        closed.Closed!.Reason.ShouldBe(Reason.NotPutBack);
        closed.Closed.Text.ShouldContain("somebody else changed it");
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Log[^1].ShouldBe("rental-api a back", "the other one is put back all the same");
    }

    [Fact]
    public async Task S7_another_method_does_not_begin_on_what_could_not_be_put_back()
    {
        await using var world = await TwoMethodsAsync(keep: false);
        world.RestoreAnswers.Enqueue(new StepOutcome.Superseded("somebody else changed it"));

        (await world.ClosedAsync(Outcome.Inconclusive)).Closed!.Reason.ShouldBe(Reason.NotPutBack);
        world.Log.ShouldBe(["rental-api a", "rental-api c", "rental-api a back"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_method_begins_on_what_was_there_before_also_where_it_stays_after_a_failure(bool keep)
    {
        await using var world = await TwoMethodsAsync(keep);
        await world.UntilAsync(Phase.Stabilising);

        world.Log.ShouldBe(["rental-api a", "rental-api c", "rental-api a back", "rental-api a", "rental-api d", "rental-api a back"]);
    }

    [Fact]
    public async Task S8_after_a_stop_nothing_is_put_back_and_people_hear_what_is_left()
    {
        await using var world = await WorldAsync(false, Ok, Ok, new StepOutcome.CannotTell(Reason.StoppedByPerson, "stopped"));
        var closed = await world.ClosedAsync(Outcome.Stopped);

        world.Log.ShouldBe(["rental-api a", "rental-api b", "rental-api c"]);
        closed.Closed!.Text.ShouldBe("stopped; left changed: fake_switch (off → on), fake_switch (off → on)");
    }

    [Fact]
    public async Task S8_a_stop_now_keeps_also_what_would_be_put_back_as_it_is_and_people_hear_of_it()
    {
        await using var world = await WorldAsync();
        world.BeforeApply = context => context.StepKey == "steps/0"
            ? world.Chronicle.ChangeAsync(_ => [Entry.Of(new GlobalEvent.KillSwitchSet(true, true, "anna", "drill"))], TestContext.Current.CancellationToken)
            : Task.CompletedTask;

        var closed = await world.ClosedAsync(Outcome.Inconclusive);
        closed.Closed!.Text.ShouldContain("could not be put back: stopped before the next write by anna: drill");
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Log.ShouldBe(["rental-api a", "rental-api b", "rental-api c"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_step_wrote_before_somebody_else_came_in_between_is_put_back(bool wrote)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.ApplyAnswers.Enqueue(new StepOutcome.Superseded("the second of two objects is somebody else's"));
        if (wrote)
            world.BeforeApply = c => c.Journal.MarkAsync("written-0", [], "the first one: the API accepted the change", CancellationToken.None);
        var row = world.Row("critical", 0, "restore", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("c")]));
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Meanwhile = [FakeSwitch.Step("a")] } };
        await world.FireAsync();

        await world.ClosedAsync(Outcome.Superseded);
        world.Log.ShouldBe(wrote ? ["rental-api a", "rental-api a back"] : ["rental-api a"]);
    }

    private static async Task<RollbackWorld> TwoMethodsAsync(bool keep)
    {
        var world = await RollbackWorld.StartAsync();
        world.ApplyAnswers.Enqueue(Ok);
        world.ApplyAnswers.Enqueue(Bad);
        var row = world.Row("critical", 0, "restore", methods:
            [new MethodDefinition("one", TimeSpan.FromMinutes(10), [FakeSwitch.Step("c")]), new MethodDefinition("two", TimeSpan.FromMinutes(10), [FakeSwitch.Step("d")])]);
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Meanwhile = [FakeSwitch.Step("a")], KeepMeanwhileOnFailure = keep } };
        await world.FireAsync();
        return world;
    }

    [Fact]
    public async Task A_crash_in_between_loses_and_repeats_nothing()
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "restore", methods: new MethodDefinition("steps", TimeSpan.FromMinutes(10), [FakeSwitch.Step("c")]));
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Meanwhile = [FakeSwitch.Step("a")] } };
        world.BeforeApply = context => context is { StepKey: "steps/0", Attempt: 1 } ? world.StallAsync() : Task.CompletedTask;
        await world.FireAsync();
        await world.CrashStalledAsync();
        await world.UntilAsync(Phase.Stabilising);

        world.Log.Count(l => l == "rental-api a").ShouldBe(1);
        world.Log.Count(l => l == "rental-api a back").ShouldBe(1);
        world.Log[^1].ShouldBe("rental-api a back");
    }
}
