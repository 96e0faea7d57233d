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
}
