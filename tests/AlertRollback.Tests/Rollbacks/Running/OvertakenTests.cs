using System.Text.Json.Nodes;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Rollbacks.Running;
using AlertRollback.Tests.Rollbacks.Guards;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>What is deployed while an undo is measured and watched is left alone, and never called the undo's success (S4).</summary>
public sealed class OvertakenTests
{
    private const string Again = "api:v2 was deployed again and left alone: what this rollback did does not last";

    private static readonly NextMove Next = new(new PureGuards(new OperatorConfiguration { Matrix = "", Journal = "" }, _ => false), () => new Attendance(Runs.Noon, null));
    private static readonly PlannedStep Undo = Runs.PlanOf(null).Steps[0] with { SuspectIs = "u/bad", Leaves = "u/good", From = "api:v2", To = "api:v1" };
    private static readonly PlannedStep Other = Runs.PlanOf(null, hasSuspect: false).Steps[0] with { Key = "kubernetes/1", Action = "git_revert" };

    [Theory]
    // what became current, with which image and when, after the undo that ended at 5 | what is told
    [InlineData(null, "", null, null)]
    [InlineData("bad", "v2", 10.0, Again)]
    [InlineData("bad", "v2", null, Again)]
    [InlineData("newer", "v3", 10.0, "v3 was deployed after the undo and left alone: what is measured tells of that, and not of api:v1")]
    [InlineData("newer", "v3", 5.0, null)]
    [InlineData("restarted", "v1", 10.0, null)]
    [InlineData("good", "v1", null, null)]
    public void S4_what_is_deployed_afterwards_ends_the_watch(string? digest, string image, double? at, string? told)
    {
        var known = Known().Apply(Runs.At(4), Became("good", "v1", 4));
        Ended(Undone(Undo), digest is null ? known : known.Apply(Runs.At(11), Became(digest, image, at))).ShouldBe(told);
    }

    [Fact]
    public void S4_where_the_undo_was_not_seen_nothing_is_said_of_what_was_there_before() => Ended(Undone(Undo), Known()).ShouldBeNull();

    [Fact]
    public void What_was_only_for_a_while_and_was_put_back_overtakes_nothing() =>
        Ended(Undone(Undo with { Meanwhile = true }), Known().Apply(Runs.At(4), Became("good", "v1", 4)).Apply(Runs.At(11), Became("bad", "v2", 10))).ShouldBeNull();

    [Fact]
    public void S10_what_another_rollback_went_to_before_is_somebody_elses_hand_when_it_comes_again()
    {
        var known = Known().Apply(Runs.At(4), Became("good", "v1", 4)).Apply(Runs.At(20), Became("older", "v0", 20));
        var (run, before) = (Undone(Undo), Undo with { Key = "kubernetes/9", Leaves = "u/older" });
        var other = Runs.Proposed("s")
            .Apply(2, Runs.At(1), new RollbackEvent.PlanMade(Plan.Of(0, "kubernetes", [before, Other])))
            .Apply(3, Runs.At(1), new RollbackEvent.Started([], []))
            .Apply(4, Runs.At(1), new RollbackEvent.StepStarted(before.Key, before.Action, 1))
            .Apply(5, Runs.At(2), new RollbackEvent.StepEnded(before.Key, before.Action, StepResult.Done, Reason.Applied, "done"))
            .Apply(6, Runs.At(6), new RollbackEvent.StepStarted(Other.Key, Other.Action, 1));
        Overtaken.Of(run, Runs.BookOf(run, other) with { Workloads = Book.Empty.Workloads.Add("u", known) }).ShouldNotBeNull();
    }

    [Fact]
    public void What_a_later_step_brings_about_overtakes_nothing_but_the_bad_release_does()
    {
        var known = Known().Apply(Runs.At(4), Became("good", "v1", 4));
        var undone = Undone(Undo, Other);

        Ended(undone, known.Apply(Runs.At(11), Became("reverted", "v3", 10))).ShouldBeNull();
        Ended(undone, known.Apply(Runs.At(11), Became("bad", "v2", 10))).ShouldBe(Again);
    }

    [Theory]
    // what the other one leaves, as far as it knows | how its step ended; null: it is at work | when it became the current one
    [InlineData("u/older", StepResult.Done, 20.0, true)]
    [InlineData("u/older", null, 20.0, true)]
    [InlineData("u/older", StepResult.Failed, 20.0, true)]
    [InlineData("u/another", StepResult.Done, 20.0, false)]
    [InlineData(null, StepResult.Done, 20.0, true)]
    [InlineData(null, null, 30.0, true)]
    [InlineData(null, StepResult.Done, 18.0, false)]
    [InlineData(null, StepResult.Done, 22.0, false)]
    public void S10_what_another_rollback_went_on_to_is_nobody_elses_hand(string? leaves, StepResult? end, double became, bool ours)
    {
        var known = Known().Apply(Runs.At(4), Became("good", "v1", 4)).Apply(Runs.At(became), Became("older", "v0", became));
        var next = Runs.Proposed("s")
            .Apply(2, Runs.At(19), new RollbackEvent.PlanMade(Plan.Of(0, "kubernetes", [Undo with { Leaves = leaves }])))
            .Apply(3, Runs.At(19), new RollbackEvent.Started([], []))
            .Apply(4, Runs.At(19), new RollbackEvent.StepStarted(Undo.Key, Undo.Action, 1));
        if (end is { } result)
            next = next.Apply(5, Runs.At(21), new RollbackEvent.StepEnded(Undo.Key, Undo.Action, result, result == StepResult.Done ? Reason.Applied : Reason.TimedOut, "over"));
        var run = Undone(Undo);

        (Overtaken.Of(run, Runs.BookOf(run, next) with { Workloads = Book.Empty.Workloads.Add("u", known) }) is null).ShouldBe(ours);
    }

    [Fact]
    public async Task S4_an_undone_release_that_is_deployed_again_during_the_watch_is_never_called_stable()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => new PinOutcome.Pinned(new JsonObject { ["to"] = "good" }, "api:v2", "api:v1", [], [], [])
        {
            HasSuspect = true,
            Suspect = "u/bad",
            Leaves = "u/good",
            SuspectSince = world.DeployedAt,
        };
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await world.ResolveAsync();
        world.Time.Advance(TimeSpan.FromMinutes(2));
        await world.Chronicle.ChangeAsync(_ => [Entry.Of("u", new WorkloadEvent.BecameCurrent("w", "bad", 3, ["v2"], world.Time.GetUtcNow()))], TestContext.Current.CancellationToken);

        var closed = await world.ClosedAsync(Outcome.Superseded);
        closed.Closed!.Text.ShouldBe(Again);
        closed.Closed.Reason.ShouldBe(Reason.DeployedAgain);
        closed.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
        world.Writes.ShouldHaveSingleItem("it is never re-applied");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S10_people_hear_at_once_of_an_alert_that_begins_after_what_was_deployed_in_the_watch(bool firstResolved)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => new PinOutcome.Pinned(new JsonObject { ["to"] = "good" }, "api:v2", "api:v1", [], [], []) { HasSuspect = true, Suspect = "u/bad", Leaves = "u/good", SuspectSince = world.DeployedAt };
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        if (firstResolved)
            await world.ResolveAsync();
        world.Time.Advance(TimeSpan.FromMinutes(2));
        await world.Chronicle.ChangeAsync(
            _ => [Entry.Of("u", new WorkloadEvent.BecameCurrent("w", "good", 2, ["v1"], world.Time.GetUtcNow())), Entry.Of("u", new WorkloadEvent.BecameCurrent("w", "newer", 3, ["v3"], world.Time.GetUtcNow()))],
            TestContext.Current.CancellationToken);
        await world.ClosedAsync(Outcome.Superseded);
        world.Time.Advance(TimeSpan.FromMinutes(2));
        await world.FireAsync(pod: "b");

        var second = await world.UntilAsync(r => r.Closed?.Outcome == Outcome.Refused);
        second.Closed!.Reason.ShouldBe(Reason.Superseded, "the hold lasts, and what was deployed since is not what was undone");
        second.Timeline.ShouldContain(t => t.Event is RollbackEvent.Paged);
    }

    [Theory]
    // whether the first alert resolved | minutes until the second one, of which it says so late | when something else was deployed
    [InlineData(true, 4, 4, 2.0, Reason.Superseded)]
    [InlineData(false, 4, 4, 2.0, Reason.Superseded)]
    [InlineData(true, 1, 4, 2.0, null)]
    [InlineData(true, 4, 4, null, null)]
    public async Task S10_people_hear_at_once_of_an_alert_that_begins_after_what_was_deployed_in_the_hold(bool firstResolved, int begins, int heard, double? deployed, Reason? refused)
    {
        await using var world = await RolledBackAsync();
        if (firstResolved)
            await world.ResolveAsync();
        var noon = world.Time.GetUtcNow();
        world.Time.Advance(TimeSpan.FromMinutes(2));
        if (deployed is not null)
            await DeployAsync(world, "newer", "v3");
        world.Time.Advance(TimeSpan.FromMinutes(heard - 2));
        await world.FireAsync(pod: "b", startsAt: noon + TimeSpan.FromMinutes(begins));

        var second = await world.UntilAsync(r => r.Causes.Any(c => c.Labels["pod"] == "b") && (r.Phase == Phase.Parked || r.Closed?.Outcome == Outcome.Refused));
        (second.Closed?.Reason).ShouldBe(refused);
        (second.Parking?.Reason).ShouldBe(refused is null ? Reason.Hold : null);
        second.Timeline.Any(t => t.Event is RollbackEvent.Paged).ShouldBe(refused is not null);
        if (refused is not null)
            second.Closed!.Text.ShouldContain(" ran undo here shortly before and is over; since then somebody changed it: v3 was deployed after the undo", Case.Sensitive, "the first one was not overtaken");
    }

    [Theory]
    [InlineData(true, "HighErrors still fires after the hold of 75 min: v3 was deployed after the undo and left alone: what is measured tells of that, and not of api:v1")]
    [InlineData(false, "HighErrors still fires after the hold of 75 min: the undone release was not, or not the only, cause")]
    public async Task S11_an_undo_is_not_said_to_have_been_in_vain_where_something_else_was_deployed_since(bool deployed, string told)
    {
        await using var world = await RolledBackAsync();
        if (deployed)
            await DeployAsync(world, "newer", "v3");

        var judged = await world.AfterAsync(TimeSpan.FromMinutes(76), r => r.Ineffective is not null);
        judged.Ineffective.ShouldBe(new RollbackEvent.FoundIneffective(told) { Overtaken = deployed });
    }

    // An undo that went well and is not watched; its hold is long.
    private static async Task<RollbackWorld> RolledBackAsync()
    {
        var world = await RollbackWorld.StartAsync();
        var row = world.Rows["critical"];
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Stabilise = TimeSpan.Zero, Guards = row.Playbook.Guards with { Hold = TimeSpan.FromMinutes(75) } } };
        world.PinAnswer = () => new PinOutcome.Pinned(new JsonObject { ["to"] = "good" }, "api:v2", "api:v1", [], [], []) { HasSuspect = true, Suspect = "u/bad", Leaves = "u/good", SuspectSince = world.DeployedAt };
        await world.FireAsync();
        await world.ClosedAsync(Outcome.RolledBack);
        await DeployAsync(world, "good", "v1");
        world.Time.Advance(TimeSpan.FromSeconds(1));
        return world;
    }

    private static Task DeployAsync(RollbackWorld world, string digest, string image) => world.Chronicle.ChangeAsync(
        _ => [Entry.Of("u", new WorkloadEvent.BecameCurrent(RollbackWorld.Service("rental-api").Workload!.Address, digest, 0, [image], world.Time.GetUtcNow()))], TestContext.Current.CancellationToken);

    private static string? Ended(RollbackState undone, WorkloadKnowledge known)
    {
        var watched = undone.Apply(9, Runs.At(6), new RollbackEvent.StabilisationStarted(Runs.At(36)));
        var told = Text(watched);
        Text(undone.Apply(9, Runs.At(6), new RollbackEvent.VerificationStarted(0, "healthy", Runs.At(20)))).ShouldBe(told, "the same while it is measured");
        return told;

        string? Text(RollbackState run) =>
            Next.For(run, Runs.BookOf(run) with { Workloads = Book.Empty.Workloads.Add("u", known) }, Runs.At(12)) is Move.Record { Events: var events }
                ? events.OfType<RollbackEvent.Closed>().ShouldHaveSingleItem().Text
                : null;
    }

    private static RollbackState Undone(params PlannedStep[] steps)
    {
        var run = Runs.Proposed("r")
            .Apply(2, Runs.At(1), new RollbackEvent.PlanMade(Plan.Of(0, "kubernetes", steps)))
            .Apply(3, Runs.At(2), new RollbackEvent.Started([], []))
            .Apply(4, Runs.At(2), new RollbackEvent.MethodStarted(0, "kubernetes", Runs.At(12)));
        foreach (var step in steps)
        {
            run = run.Apply(5, Runs.At(3), new RollbackEvent.StepStarted(step.Key, step.Action, 1))
                .Apply(6, Runs.At(5), new RollbackEvent.StepEnded(step.Key, step.Action, StepResult.Done, Reason.Applied, "done"));
        }

        return run;
    }

    private static WorkloadKnowledge Known() => new WorkloadKnowledge("u").Apply(Runs.At(-60), Became("bad", "v2", -60));

    private static WorkloadEvent.BecameCurrent Became(string digest, string image, double? at) => new("w", digest, 0, [image], at is { } minutes ? Runs.At(minutes) : null);
}
