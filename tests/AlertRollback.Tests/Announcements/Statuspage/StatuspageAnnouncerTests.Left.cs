using AlertRollback.Announcements.Wording;
using AlertRollback.Rollbacks;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Statuspage;

// What is left to people, and how they hear of it.
public sealed partial class StatuspageAnnouncerTests
{
    [Theory]
    [InlineData("operational")]
    [InlineData("partial_outage")]
    [InlineData("under_maintenance")]
    public async Task A_component_that_somebody_else_set_stays_so_and_the_incident_is_told_on(string set)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        Component = set;
        await world.HappensAsync(After(UntilActing(), UntilStabilising()));
        await world.ToldAsync(Announcer(world));
        (Status, Component).ShouldBe(("monitoring", set));

        Component = "major_outage";
        await world.HappensAsync(After(UntilStabilising(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));
        (Status, Component).ShouldBe(("resolved", "major_outage"), "from then on it is theirs");
        logged.ShouldHaveSingleItem().ShouldContain("is left to people: it is ");
        Left(world).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Outcome.Failed, Reason.CheckFailed)]
    [InlineData(Outcome.Inconclusive, Reason.Inconclusive)]
    [InlineData(Outcome.Superseded, Reason.Superseded)]
    [InlineData(Outcome.Stopped, Reason.StoppedByPerson)]
    public async Task Whoever_takes_over_is_told_that_an_incident_is_open(Outcome outcome, Reason reason)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(BadEnd(outcome, reason, "text"));
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(Resolved());
        await world.ToldAsync(Announcer(world));

        var left = Left(world).ShouldHaveSingleItem();
        left.ShouldBe(new RollbackEvent.IncidentLeft((string)Incident["shortlink"]!, "nothing comes there by itself any more, close it when it is over"));
        Advice.For(world.Chronicle.Book.Rollbacks[Id]).ShouldEndWith($" The incident on the status page ({left.Link}) is yours now: nothing comes there by itself any more, close it when it is over.");
        Status.ShouldBe("investigating");
    }

    [Fact]
    public async Task That_it_did_not_help_after_all_leaves_the_incident_to_people_too()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync([.. After(UntilActing(), UntilStabilising()), Closed(Outcome.RolledBack, Reason.Applied, "")]);
        await world.ToldAsync(Announcer(world));
        Left(world).ShouldBeEmpty("only the end of the hold tells");

        await world.HappensAsync(new RollbackEvent.FoundIneffective("still fires"));
        await world.ToldAsync(Announcer(world));
        Left(world).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Whoever_takes_over_is_told_while_the_page_cannot_be_reached()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(BadEnd(Outcome.Failed, Reason.CheckFailed, "text"));
        wire.Down = true;
        (await world.TellAsync(Announcer(world))).Trouble.ShouldNotBeNull();
        Left(world).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_a_person_changed_is_told_to_who_looks_after_the_rollback()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        Incident["name"] = "Database trouble";
        await world.HappensAsync(After(UntilActing(), UntilStabilising()));
        await world.ToldAsync(Announcer(world));
        Left(world).ShouldHaveSingleItem().Why.ShouldBe("its name was changed");

        await world.HappensAsync(BadEnd(Outcome.Failed, Reason.FiringAgain, "text"));
        await world.ToldAsync(Announcer(world));
        Left(world).ShouldHaveSingleItem("once");
        TimelineLine.For(world.Chronicle.Book.Rollbacks[Id].Timeline.Single(t => t.Event is RollbackEvent.IncidentLeft))
            .ShouldBe($"the incident on the status page is left to people: its name was changed {(string?)Incident["shortlink"]}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nobody_is_sent_to_an_incident_that_a_person_has_resolved_unless_it_was_too_soon(bool tooSoon)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(After(UntilActing(), UntilStabilising()));
        await world.ToldAsync(Announcer(world));
        Incident["status"] = "resolved";
        await world.HappensAsync(tooSoon ? [Closed(Outcome.RolledBack, Reason.Applied, "")] : After(UntilStabilising(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));
        Left(world).ShouldBeEmpty();
        Advice.For(world.Chronicle.Book.Rollbacks[Id]).ShouldNotContain("status page");
        if (!tooSoon)
            return;

        await world.HappensAsync(new RollbackEvent.FoundIneffective("still fires"));
        await world.ToldAsync(Announcer(world));
        Left(world).ShouldHaveSingleItem().Why.ShouldBe("its status is Resolved and not Monitoring");
        Status.ShouldBe("resolved", "it is theirs");
    }

    [Fact]
    public async Task That_a_person_resolved_it_before_a_bad_end_is_told_to_who_takes_over()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        Incident["status"] = "resolved";
        await world.HappensAsync(After(UntilActing(), UntilStabilising()));
        await world.ToldAsync(Announcer(world));
        Left(world).ShouldBeEmpty("all goes well");

        await world.HappensAsync(BadEnd(Outcome.Failed, Reason.FiringAgain, "text"));
        await world.ToldAsync(Announcer(world));
        Left(world).ShouldHaveSingleItem().Why.ShouldBe("its status is Resolved and not Identified");
        Advice.For(world.Chronicle.Book.Rollbacks[Id]).ShouldEndWith(" is yours now: its status is Resolved and not Identified.");
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("never published")]
    [InlineData("resolved by itself when what was deployed turns out to be the fix")]
    [InlineData("another playbook takes over")]
    public async Task No_incident_is_left_to_people_that_is(string what)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        if (what != "never published")
            await world.ToldAsync(Announcer(world));
        if (what == "deleted")
            statuspage.Incidents.Clear();
        await world.HappensAsync(what switch
        {
            "never published" => [Resolved(), .. BadEnd(Outcome.Failed, Reason.CheckFailed, "text")],
            "another playbook takes over" => HandOver(),
            "deleted" => BadEnd(Outcome.Failed, Reason.CheckFailed, "text"),
            _ => [.. After(UntilActing(), UntilStabilising()), .. BadEnd(Outcome.Superseded, Reason.Superseded, "text")],
        });
        if (what == "another playbook takes over")
            await world.HappensAsync(Others, [Proposed(id: Other) with { After = Id }, .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world));
        Left(world).ShouldBeEmpty();
    }

    private static List<RollbackEvent.IncidentLeft> Left(AnnouncementWorld world) =>
        [.. world.Chronicle.Book.Rollbacks.Values.SelectMany(r => r.Timeline).Select(t => t.Event).OfType<RollbackEvent.IncidentLeft>()];
}
