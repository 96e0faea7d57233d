using AlertRollback.Rollbacks;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Statuspage;

// After a restart: what happened while nobody was here is heard of first.
public sealed partial class StatuspageAnnouncerTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task After_a_restart_what_is_over_is_published_only_when_its_resolution_could_have_come(bool ineffective, bool resolved)
    {
        RollbackEvent[] events = ineffective
            ? [.. UntilStabilising(), Closed(Outcome.RolledBack, Reason.Applied, ""), new RollbackEvent.FoundIneffective("still fires")]
            : [.. UntilActing(), .. BadEnd(Outcome.Failed, Reason.RolloutFailed, "")];
        await using var world = await AnnouncementWorld.StartAsync(events);
        world.Time.Advance(TimeSpan.FromHours(3));
        var announcer = Announcer(world);

        (await world.TellAsync(announcer)).Again.ShouldBe(Noon + TimeSpan.FromHours(3) + TimeSpan.FromMinutes(5));
        statuspage.Calls.ShouldBeEmpty();

        if (resolved)
            await world.HappensAsync(Resolved());
        await world.ToldAsync(announcer);
        statuspage.Incidents.Count.ShouldBe(resolved ? 0 : 1);
    }
}
