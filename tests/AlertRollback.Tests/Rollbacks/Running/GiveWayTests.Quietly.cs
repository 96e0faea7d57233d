using AlertRollback.Matrix;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

// What ends quietly, as its row has it, and what becomes of the others' alerts.
public sealed partial class GiveWayTests
{
    [Theory]
    [InlineData(OnSilence.Drop, null, 3)]
    [InlineData(OnSilence.Deny, null, 2)]
    [InlineData(OnSilence.Drop, false, 2)]
    public async Task S11_a_weaker_alert_that_needs_nobodys_yes_is_decided_when_the_stronger_one_is_dropped_quietly(OnSilence otherwise, bool? answer, int runs)
    {
        await using var world = await ReplacedAsync("assess", approval: Within(otherwise));
        world.PinAnswer = null;
        var asking = await world.AfterAsync(TimeSpan.FromSeconds(5), r => r.Approvals.Any(a => a.IsOpen));
        if (answer is { } yes)
            await world.AnswerAsync(asking.Id, yes);
        await world.AfterAsync(TimeSpan.FromMinutes(10), r => r.Closed?.Outcome == Outcome.Refused);
        await world.DecideWhatGaveWayAsync();
        await world.DecideWhatGaveWayAsync();

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(runs);
        if (runs > 2)
            await world.UntilAsync(r => r is { Row.Name: "high", HasActed: true });
    }

    [Fact]
    public async Task S11_an_alert_of_another_row_that_joined_what_was_dropped_quietly_is_decided_and_the_rows_own_is_not()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["high"] = world.Row("high", 1, "undo");
        var row = world.Rows["critical"];
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = Within(OnSilence.Drop) } };
        await world.FireAsync("critical");
        await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        await world.FireAsync("high");
        world.Chronicle.Book.Rollbacks.ShouldHaveSingleItem().Value.Causes.Count.ShouldBe(2);
        await world.AfterAsync(TimeSpan.FromMinutes(10), r => r.Closed?.Outcome == Outcome.Refused);
        await world.DecideWhatGaveWayAsync();
        await world.DecideWhatGaveWayAsync();

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2);
        (await world.UntilAsync(r => r.HasActed)).Causes.ShouldHaveSingleItem().Labels["severity"].ShouldBe("high");
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 2)]
    public async Task S11_a_weaker_alert_is_decided_when_the_stronger_one_found_nothing_to_do_and_called_nobody(bool resolves, int runs)
    {
        var skipped = new MethodDefinition("kubernetes", TimeSpan.FromMinutes(10), [new StepDefinition("fake_undo", []) { Unless = [new CheckDefinition("fake_check", [], false)] }]);
        await using var world = await ReplacedAsync("assess", method: skipped);
        world.BeforeCheck = () => resolves ? world.ResolveAsync("critical") : Task.CompletedTask;
        world.PinAnswer = null;
        await world.AfterAsync(TimeSpan.FromSeconds(5), r => r.Closed?.Reason == Reason.ConditionNotMet);
        world.BeforeCheck = null;
        await world.DecideWhatGaveWayAsync();
        await world.DecideWhatGaveWayAsync();

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(runs);
    }

    private static ApprovalDefinition Within(OnSilence otherwise) => new("on-call", TimeSpan.FromMinutes(10), otherwise, null, null, false);
}
