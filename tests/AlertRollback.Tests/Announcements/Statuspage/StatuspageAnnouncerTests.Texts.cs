using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Statuspage;

// What customers read is true of what was done.
public sealed partial class StatuspageAnnouncerTests
{
    [Fact]
    public async Task Nothing_is_called_stable_that_was_not_watched()
    {
        var proposed = Proposed();
        await using var world = await AnnouncementWorld.StartAsync([proposed with { Playbook = proposed.Playbook with { Stabilise = TimeSpan.Zero } }, .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(After(UntilActing(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));
        Bodies()[0].ShouldBe("Rental works again.");
    }

    [Fact]
    public async Task A_change_that_was_not_undone_after_all_is_not_called_undone()
    {
        var undo = PlanMade().Plan.Steps[0];
        var flag = undo with { Key = "kubernetes/1", Action = "feature_flag", HasSuspect = false };
        await using var world = await AnnouncementWorld.StartAsync(
            [Proposed(), GuardsPass(), new RollbackEvent.PlanMade(Plan.Of(0, "kubernetes", [undo, flag])), .. After(UntilPlanned(), UntilActing())]);
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(
            [StepEnded(StepResult.Skipped), new RollbackEvent.StepEnded("kubernetes/1", "feature_flag", StepResult.Done, Reason.Applied, ""), .. After(UntilVerifying(), UntilStabilising())]);
        await world.ToldAsync(Announcer(world));
        Bodies()[0].ShouldBe("We have taken action and are watching whether Rental works well again.");
    }

    [Fact]
    public async Task Nothing_is_being_undone_while_people_are_asked_for_another_way()
    {
        var next = PlanMade(1, "docker");
        var asked = new RollbackEvent.ApprovalRequested(next.Plan.Digest, "method", "on-call", "method docker asks for it", null, OnSilence.Deny, false, Noon + TimeSpan.FromMinutes(15), 1);
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync([.. After(UntilActing(), UntilMethodFailed()), next, asked]);
        await world.ToldAsync(Announcer(world));
        (Status, Bodies()[0]).ShouldBe(("investigating", "The problem with Rental is not solved yet. Our team is working on it."));

        await world.HappensAsync([new RollbackEvent.ApprovalGiven(next.Plan.Digest, "method", "kim", null), new RollbackEvent.MethodStarted(1, "docker", Noon + TimeSpan.FromMinutes(20))]);
        await world.ToldAsync(Announcer(world));
        (Status, Bodies()[0]).ShouldBe(("identified", "You may see errors or slow answers in Rental. A recent change is the likely cause, and we are undoing it now."));
    }

    [Fact]
    public async Task Between_two_ways_the_first_is_not_called_the_cure()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilMethodFailed());
        await world.ToldAsync(Announcer(world));
        Bodies()[0].ShouldBe("You may see errors or slow answers in Rental. We are working on it now.");
    }

    [Theory]
    [InlineData(true, "This problem with Rental is solved, but another one is not over yet.", "Rental works again and has been stable since.")]
    [InlineData(false, "We have seen no more of this problem with Rental since we took action, but another one is not over yet.", "We have seen no more problems with Rental since we took action.")]
    public async Task A_component_is_not_called_well_while_another_incident_is_open_on_it(bool measured, string first, string last)
    {
        IEnumerable<RollbackEvent> rest = [.. After(UntilActing(), UntilRolledBack()).Where(e => measured || e is not RollbackEvent.CheckSetAnswered)];
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(Others, [Proposed(id: Other), .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world), Others);

        await world.HappensAsync(rest);
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(Others, rest);
        await world.ToldAsync(Announcer(world), Others);
        (StatusOf(0), StatusOf(1)).ShouldBe(("resolved", "resolved"));
        (NewestBody(0), NewestBody(1)).ShouldBe((first, last));
    }

    private string? NewestBody(int incident) => (string?)statuspage.Incidents[incident]["incident_updates"]![0]!["body"];
}
