using AlertRollback.Playbooks.StatusPages;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Statuspage;

// One component, several incidents of ours, and a person in between: in all orders.
public sealed partial class StatuspageAnnouncerTests
{
    private const string Notice = "rental-web-20261123-1204-aaa111/steps/0";

    [Theory]
    [InlineData("operational", true, true)]
    [InlineData("operational", true, false)]
    [InlineData("operational", false, true)]
    [InlineData("operational", false, false)]
    [InlineData("degraded_performance", true, false)]
    [InlineData("under_maintenance", false, true)]
    public async Task What_a_person_set_between_two_incidents_stays_until_both_are_over(string set, bool firstHeardOfIt, bool firstEndsFirst)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        Component = set;
        if (firstHeardOfIt)
        {
            await world.HappensAsync(After(UntilActing(), UntilStabilising()));
            await world.ToldAsync(Announcer(world));
        }

        await OpenOtherAsync(world);
        Component.ShouldBe(set, "it was set by hand while ours was open");
        await EndAsync(world, firstEndsFirst ? [Journalled, Others] : [Others, Journalled], firstHeardOfIt);

        (StatusOf(0), StatusOf(1), Component).ShouldBe(("resolved", "resolved", set));
        logged.ShouldHaveSingleItem().ShouldContain("is left to people: it is ");
    }

    [Fact]
    public async Task What_a_person_set_stays_theirs_when_only_the_second_incident_saw_it()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        Component = "operational";
        await OpenOtherAsync(world);
        Component = "major_outage";
        await EndAsync(world, [Journalled, Others]);
        (StatusOf(0), StatusOf(1), Component).ShouldBe(("resolved", "resolved", "major_outage"));
    }

    [Fact]
    public async Task A_component_that_was_left_to_people_is_ours_again_after_the_last_incident()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        Component = "operational";
        await world.HappensAsync(After(UntilActing(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));

        await OpenOtherAsync(world);
        Component.ShouldBe("major_outage");
        await EndAsync(world, [Others]);
        (StatusOf(1), Component).ShouldBe(("resolved", "operational"));
    }

    [Theory]
    [InlineData("resolved by hand")]
    [InlineData("deleted")]
    public async Task Of_an_incident_that_a_person_ended_nothing_is_left_on_the_component(string how)
    {
        await using var world = await AnnouncementWorld.StartAsync([Proposed(severity: "high"), .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world));
        await OpenOtherAsync(world);
        Component.ShouldBe("major_outage");
        if (how == "deleted") statuspage.Incidents.RemoveAt(1);
        else statuspage.Incidents[1]["status"] = "resolved";

        await world.HappensAsync(After(UntilActing(), UntilStabilising()));
        await world.ToldAsync(Announcer(world));
        (StatusOf(0), Component).ShouldBe(("monitoring", "partial_outage"), "the worst of what is still open");

        await world.HappensAsync(After(UntilStabilising(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));
        (StatusOf(0), Component).ShouldBe(("resolved", "operational"));
    }

    [Fact]
    public async Task An_incident_that_a_person_took_over_keeps_the_component_as_bad_as_it_said()
    {
        await using var world = await AnnouncementWorld.StartAsync([Proposed(severity: "high"), .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world));
        Incident["name"] = "Database trouble";
        await OpenOtherAsync(world);
        await EndAsync(world, [Others]);
        (StatusOf(0), StatusOf(1), Component).ShouldBe(("identified", "resolved", "partial_outage"));
    }

    [Theory]
    [InlineData(ComponentStatus.PartialOutage, true, "partial_outage")]
    [InlineData(ComponentStatus.PartialOutage, false, "major_outage")]
    [InlineData(ComponentStatus.MajorOutage, true, "major_outage")]
    [InlineData(ComponentStatus.MajorOutage, false, "major_outage")]
    public async Task A_playbooks_incident_and_ours_on_one_component_show_the_worse(ComponentStatus said, bool oursEndsFirst, string left)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        var notice = (NoticeAnswer.Is)await Notices(world).OpenAsync(Proposed().Service, new NewNotice(Notice, "Outage", IncidentStatus.Investigating, "We look.", said), CancellationToken.None);
        await world.ToldAsync(Announcer(world));
        Component.ShouldBe("major_outage");

        foreach (var ours in (bool[])[oursEndsFirst, !oursEndsFirst])
        {
            if (ours) await EndAsync(world, [Journalled]);
            else await Notices(world).ChangeAsync(Proposed().Service, notice.Notice.Id, new NoticeChange(IncidentStatus.Resolved, "Over.", ComponentStatus.Operational), CancellationToken.None);
            Component.ShouldBe(ours == oursEndsFirst ? left : "operational");
        }
    }

    [Fact]
    public async Task A_maintenance_neither_hides_an_outage_nor_is_forgotten_over_it()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        var (service, none) = (Proposed().Service, CancellationToken.None);
        var planned = new NewNotice(Notice, "Upgrade", IncidentStatus.Scheduled, "Soon.", null) { Planned = (Noon, Noon + TimeSpan.FromHours(1)) };
        var notice = ((NoticeAnswer.Is)await Notices(world).OpenAsync(service, planned, none)).Notice;
        await Notices(world).ChangeAsync(service, notice.Id, new NoticeChange(IncidentStatus.InProgress, "Begun.", ComponentStatus.UnderMaintenance), none);
        Component.ShouldBe("under_maintenance");

        await world.ToldAsync(Announcer(world));
        Component.ShouldBe("major_outage");
        await EndAsync(world, [Journalled]);
        Component.ShouldBe("under_maintenance");

        await Notices(world).ChangeAsync(service, notice.Id, new NoticeChange(IncidentStatus.Completed, "Done.", ComponentStatus.Operational), none);
        Component.ShouldBe("operational");
    }

    [Fact]
    public async Task What_a_person_put_on_a_playbooks_incident_stays_on_it()
    {
        statuspage.AddComponent("comp2", "Search");
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        var notice = (NoticeAnswer.Is)await Notices(world).OpenAsync(Proposed().Service, new NewNotice(Notice, "Outage", IncidentStatus.Investigating, "We look.", ComponentStatus.PartialOutage), CancellationToken.None);
        Incident["components"]!.AsArray().Add(statuspage.Components[1].DeepClone());
        await Notices(world).ChangeAsync(Proposed().Service, notice.Notice.Id, new NoticeChange(IncidentStatus.Resolved, "Over.", ComponentStatus.Operational), CancellationToken.None);
        Incident["components"]!.AsArray().Select(c => (string?)c!["id"]).ShouldBe(["comp1", "comp2"]);
    }

    [Fact]
    public async Task What_was_open_before_the_journal_knew_of_components_is_restored_too()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await OpenOtherAsync(world);
        await world.Journal.SaveDocumentAsync("statuspage/comp1", "null", TestContext.Current.CancellationToken);
        await EndAsync(world, [Journalled, Others]);
        (StatusOf(0), StatusOf(1), Component).ShouldBe(("resolved", "resolved", "operational"));
    }

    private async Task OpenOtherAsync(AnnouncementWorld world)
    {
        await world.HappensAsync(Others, [Proposed(id: Other), .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world), Others);
    }

    private async Task EndAsync(AnnouncementWorld world, IEnumerable<string> streams, bool firstIsStabilising = false)
    {
        foreach (var stream in streams)
        {
            await world.HappensAsync(stream, After(firstIsStabilising && stream == Journalled ? UntilStabilising() : UntilActing(), UntilRolledBack()));
            await world.ToldAsync(Announcer(world), stream);
        }
    }
}
