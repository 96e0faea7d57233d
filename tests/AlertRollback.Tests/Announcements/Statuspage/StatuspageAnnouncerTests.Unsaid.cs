using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Tests.Support.Stubs;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Statuspage;

// What was to be said of the component, and was not: refused, or nobody knows.
public sealed partial class StatuspageAnnouncerTests
{
    // What comes after two looks: at the component, and at what is open on it.
    private const int Create = 3;

    private static readonly StubFault Refused = new StubFault.Status(422, CarriedOut: false);
    private static readonly StubFault Lost = new StubFault.Status(502, CarriedOut: false);

    private static NewNotice Outage(ComponentStatus? said) => new(Notice, "Outage", IncidentStatus.Investigating, "We look.", said);

    [Fact]
    public async Task What_a_person_made_of_a_component_after_our_incident_was_refused_is_not_taken_for_our_own_word()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        world.Time.Advance(TimeSpan.FromMinutes(3));
        statuspage.FailAt(Create, Refused);
        (await world.TellAsync(Announcer(world))).Trouble.ShouldNotBeNull();
        Component = "major_outage";
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(After(UntilActing(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));

        (Status, Component).ShouldBe(("resolved", "major_outage"));
    }

    [Theory]
    [InlineData(422, "major_outage")]
    [InlineData(502, "operational")]
    public async Task A_component_is_a_persons_as_long_as_an_incident_of_ours_is_open_or_may_be(int answer, string component)
    {
        Component = "degraded_performance";
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        world.Time.Advance(TimeSpan.FromMinutes(3));
        statuspage.FailAt(Create, new StubFault.Status(answer, CarriedOut: false));
        (await world.TellAsync(Announcer(world))).Trouble.ShouldNotBeNull();
        Component = "operational";
        await world.ToldAsync(Announcer(world));

        (Status, Component).ShouldBe(("identified", component));
    }

    [Fact]
    public async Task A_component_is_restored_although_the_end_of_its_incident_was_refused_at_first()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(After(UntilActing(), UntilRolledBack()));
        statuspage.FailAt(5, Refused);
        (await world.TellAsync(Announcer(world))).Trouble.ShouldNotBeNull();
        (Status, Component).ShouldBe(("identified", "major_outage"));
        await world.ToldAsync(Announcer(world));

        (Status, Component).ShouldBe(("resolved", "operational"));
    }

    [Fact]
    public async Task A_playbooks_incident_that_was_refused_said_nothing_of_the_component()
    {
        Component = "degraded_performance";
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        statuspage.FailAt(Create, Refused);
        (await Notices(world).OpenAsync(Proposed().Service, Outage(ComponentStatus.PartialOutage), CancellationToken.None)).ShouldBeOfType<NoticeAnswer.Refused>();
        Component = "operational";
        await Notices(world).OpenAsync(Proposed().Service, Outage(ComponentStatus.PartialOutage), CancellationToken.None);

        Component.ShouldBe("partial_outage");
    }

    [Fact]
    public async Task A_notice_that_says_nothing_of_the_component_is_shown_on_it_and_does_not_settle_what_another_incident_made_of_it()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        world.Time.Advance(TimeSpan.FromMinutes(3));
        statuspage.FailAt(Create, Lost);
        (await world.TellAsync(Announcer(world))).Trouble.ShouldNotBeNull();
        await Notices(world).OpenAsync(Proposed().Service, Outage(null), CancellationToken.None);
        Incident["components"]!.AsArray().Select(c => (string?)c!["id"]).ShouldBe(["comp1"], "customers see what it is about");
        await world.ToldAsync(Announcer(world));

        (StatusOf(1), Component).ShouldBe(("identified", "major_outage"));
        logged.ShouldBeEmpty("nothing of it was a person's hand");
    }

    [Fact]
    public async Task What_a_person_put_on_our_incident_stays_on_it()
    {
        statuspage.AddComponent("comp2", "Search");
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        Incident["components"]!.AsArray().Add(statuspage.Components[1].DeepClone());
        await world.HappensAsync(After(UntilActing(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));

        (Status, Component).ShouldBe(("resolved", "operational"));
        Incident["components"]!.AsArray().Select(c => (string?)c!["id"]).ShouldBe(["comp1", "comp2"]);
    }
}
