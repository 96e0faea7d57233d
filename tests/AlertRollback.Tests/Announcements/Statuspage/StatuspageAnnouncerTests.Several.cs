using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AlertRollback.Matrix;
using AlertRollback.Playbooks.StatusPages;
using AlertRollback.Rollbacks;
using AlertRollback.Storage;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Statuspage;

// What becomes of the component: of one that others speak of too, and of several rollbacks on one.
public sealed partial class StatuspageAnnouncerTests
{
    private const string Other = "rental-web-20261123-1203-def456";
    private const string Others = $"rollback/{Other}";

    [Fact]
    public async Task A_lesser_severity_is_a_partial_outage()
    {
        await using var world = await AnnouncementWorld.StartAsync([Proposed(severity: "high"), .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world));
        Component.ShouldBe("partial_outage");
    }

    [Theory]
    [InlineData("P0", true, "major_outage")]
    [InlineData("P0", null, "partial_outage")]
    [InlineData("critical", false, "partial_outage")]
    public async Task The_matrix_says_which_severity_is_a_major_outage(string severity, bool? major, string component)
    {
        var proposed = Proposed(severity: severity);
        await using var world = await AnnouncementWorld.StartAsync([proposed with { Severity = proposed.Severity with { MajorOutage = major } }, .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world));
        Component.ShouldBe(component);
    }

    [Theory]
    [InlineData("critical", "major_outage")]
    [InlineData("high", "partial_outage")]
    public async Task What_is_started_by_hand_is_as_bad_as_the_alerts_that_joined_it(string severity, string component)
    {
        var joined = new RollbackEvent.CauseAttached(Cause() with { Labels = new SortedDictionary<string, string> { ["severity"] = severity } });
        await using var world = await AnnouncementWorld.StartAsync([ByAlice(), joined, .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world));
        Component.ShouldBe(component);
    }

    [Theory]
    [InlineData("under_maintenance")]
    [InlineData("degraded_performance")]
    [InlineData("major_outage")]
    public async Task A_component_that_was_not_operational_before_is_left_alone(string before)
    {
        Component = before;
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        (Status, Component).ShouldBe(("identified", before));
        Incident["components"]!.AsArray().Count.ShouldBe(1, "customers see what it is about");
        await world.HappensAsync(After(UntilActing(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));
        (Status, Component).ShouldBe(("resolved", before));
    }

    [Fact]
    public async Task A_component_with_another_open_incident_is_not_called_operational()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        statuspage.Incidents.Add(new JsonObject
        {
            ["id"] = "hers",
            ["name"] = "Network",
            ["status"] = "identified",
            ["incident_updates"] = new JsonArray(),
            ["components"] = new JsonArray(statuspage.Components[0].DeepClone()),
        });
        await world.HappensAsync(After(UntilActing(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));
        ((string?)statuspage.Incidents[0]["status"], Component).ShouldBe(("resolved", "major_outage"));
    }

    [Fact]
    public async Task A_playbooks_notice_that_says_nothing_of_the_component_does_not_keep_it_from_being_restored()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await Notices(world).OpenAsync(Proposed().Service, new NewNotice("r-2/steps/0", "Outage", IncidentStatus.Investigating, "We look.", null), CancellationToken.None);
        Component.ShouldBe("major_outage");

        await world.HappensAsync(After(UntilActing(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));
        (StatusOf(0), StatusOf(1), Component).ShouldBe(("resolved", "investigating", "operational"));
        ((string?)statuspage.Incidents[0]["incident_updates"]![0]!["body"]).ShouldBe("Rental works again and has been stable since.");
    }

    [Fact]
    public async Task A_persons_word_on_a_component_is_not_taken_for_that_of_the_rollback_that_left_it_alone()
    {
        Component = "major_outage";
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(Others, [Proposed(id: Other), .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world), Others);
        await world.HappensAsync(After(UntilActing(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(Others, After(UntilActing(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world), Others);
        (StatusOf(0), StatusOf(1), Component).ShouldBe(("resolved", "resolved", "major_outage"));
    }

    [Theory]
    [InlineData("high", "critical", true, "major_outage")]
    [InlineData("critical", "high", true, "partial_outage")]
    [InlineData("high", "critical", false, "partial_outage")]
    [InlineData("critical", "high", false, "major_outage")]
    public async Task A_component_is_not_called_operational_while_another_rollback_of_ours_is_open_on_it(string first, string second, bool firstEndsFirst, string left)
    {
        await using var world = await AnnouncementWorld.StartAsync([Proposed(severity: first), .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(Others, [Proposed(severity: second, id: Other), .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world), Others);
        Component.ShouldBe("major_outage", "the worse of the two");
        string[] streams = firstEndsFirst ? [Journalled, Others] : [Others, Journalled];

        await world.HappensAsync(streams[0], After(UntilActing(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world), streams[0]);
        (StatusOf(0), StatusOf(1), Component).ShouldBe((firstEndsFirst ? "resolved" : "identified", firstEndsFirst ? "identified" : "resolved", left));

        await world.HappensAsync(streams[1], After(UntilActing(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world), streams[1]);
        (StatusOf(0), StatusOf(1), Component).ShouldBe(("resolved", "resolved", "operational"));
        logged.ShouldBeEmpty("nothing of it was a person's hand");
    }

    [Fact]
    public async Task A_lost_answer_does_not_keep_the_component_of_two_rollbacks_from_being_restored()
    {
        await using var world = await AnnouncementWorld.StartAsync([Proposed(severity: "high"), .. UntilActing().Skip(1)]);
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(Others, [Proposed(id: Other, publishAfter: TimeSpan.Zero), .. UntilActing().Skip(1)]);
        wire.Lose = 3;
        (await world.TellAsync(Announcer(world), Others)).Trouble.ShouldNotBeNull("the create");
        await world.HappensAsync(After(UntilActing(), UntilRolledBack()));
        await world.ToldAsync(Announcer(world));
        (StatusOf(0), Component).ShouldBe(("resolved", "major_outage"));

        await world.ToldAsync(Announcer(world), Others);
        await world.HappensAsync(Others, After(UntilActing(), UntilRolledBack()));
        wire.Lose = 4;
        (await world.TellAsync(Announcer(world), Others)).Trouble.ShouldNotBeNull("the update");
        await world.ToldAsync(Announcer(world), Others);
        (StatusOf(1), Component, statuspage.Incidents.Count).ShouldBe(("resolved", "operational", 2));
        logged.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_the_playbook_that_took_over_worked_nothing_is_left_open(bool publishedBefore)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        if (publishedBefore) await world.ToldAsync(Announcer(world));
        await world.HappensAsync(HandOver());
        await world.HappensAsync(Others, Proposed(id: Other) with { After = Id }, GuardsPass(), PlanMade());
        await ToldBothAsync(world);
        (Status, Component).ShouldBe(("investigating", "major_outage"), "nothing is undone before people agree");

        await world.HappensAsync(Others, After(UntilPlanned(), UntilActing()));
        Announcer(world).Topics(world.Chronicle.Book).ShouldContain((Journalled, world.Chronicle.Book.Rollbacks[Other].LastSequence));
        await ToldBothAsync(world);
        Status.ShouldBe("identified");

        await world.HappensAsync(Others, After(UntilActing(), UntilRolledBack()));
        await ToldBothAsync(world);
        (Status, Component).ShouldBe(("resolved", "operational"));
    }

    [Fact]
    public async Task What_a_person_starts_during_a_watch_is_told_on_in_the_same_incident()
    {
        await using var world = await PlannedByHandInTheWatchAsync();
        await ToldBothAsync(world);
        Status.ShouldBe("monitoring", "nothing was written yet");

        await world.HappensAsync(Closed(Outcome.RolledBack, Reason.WatchCutShort, "alice started another"));
        await world.HappensAsync(Others, [.. After(UntilPlanned(), UntilActing()).Select(EndingTheWatch)]);
        await ToldBothAsync(world);
        (Status, statuspage.Incidents.Count).ShouldBe(("identified", 1));

        await world.HappensAsync(Others, After(UntilActing(), UntilRolledBack()));
        await ToldBothAsync(world);
        (Status, Component).ShouldBe(("resolved", "operational"));
    }

    [Fact]
    public async Task What_a_person_starts_is_told_by_itself_where_somebody_else_ended_the_watch_and_it_is_over()
    {
        await using var world = await PlannedByHandInTheWatchAsync();
        await world.HappensAsync(Closed(Outcome.RolledBack, Reason.WatchCutShort, "bob started another for a service that writes to the same"));
        await ToldBothAsync(world);
        (Status, Component).ShouldBe(("resolved", "operational"));

        await world.HappensAsync(Others, After(UntilPlanned(), UntilActing()));
        world.Time.Advance(TimeSpan.FromMinutes(3));
        await ToldBothAsync(world);
        statuspage.Incidents.Select(i => (string?)i["status"]).ShouldBe(["resolved", "identified"]);
        Component.ShouldBe("partial_outage");
    }

    [Fact]
    public async Task Whether_it_helped_is_heard_of_whoever_cut_the_watch_short_and_speaks_for_itself()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync([.. After(UntilActing(), UntilStabilising()), Closed(Outcome.RolledBack, Reason.WatchCutShort, "alice started another")]);
        await world.ToldAsync(Announcer(world));
        Status.ShouldBe("monitoring");

        var proposed = ByHand();
        proposed = proposed with { Playbook = proposed.Playbook with { OnFailure = [new StepDefinition("statuspage", [])] } };
        await world.HappensAsync(Others, [proposed, .. UntilRolledBack().Skip(1).Select(EndingTheWatch), new RollbackEvent.FoundIneffective("still fires")]);
        await ToldBothAsync(world);
        (Status, statuspage.Incidents.Count).ShouldBe(("investigating", 1));
        world.Chronicle.Book.Rollbacks[Other].IncidentLeft.ShouldNotBeNull("whoever looks after it now is told that the incident is theirs");
    }

    [Fact]
    public async Task An_incident_that_was_published_for_the_run_that_took_over_is_told_to_its_end()
    {
        await using var world = await AnnouncementWorld.StartAsync([.. UntilActing(), .. HandOver()]);
        await world.HappensAsync(Others, [Proposed(id: Other) with { After = Id }, .. UntilRolledBack().Skip(1)]);
        statuspage.Incidents.Add(new JsonObject
        {
            ["id"] = "earlier",
            ["name"] = "Problems with Rental",
            ["status"] = "identified",
            ["incident_updates"] = new JsonArray(new JsonObject { ["id"] = "upd0", ["status"] = "identified", ["body"] = "We are working on it now." }),
            ["components"] = new JsonArray(),
        });
        await world.Journal.SaveCursorAsync(
            new AnnouncerCursor("statuspage", Others, 1, """{"Incident":"earlier","Name":"Problems with Rental","Status":1,"Update":"upd0","Component":null,"Sending":null,"LeftTo":null}"""),
            TestContext.Current.CancellationToken);
        await ToldBothAsync(world);
        Status.ShouldBe("resolved");
    }

    private static IEnumerable<RollbackEvent> HandOver() =>
    [
        new RollbackEvent.FallbackStarted(Reason.CheckFailed, ""),
        new RollbackEvent.HandedOver(Other, "container"),
        Closed(Outcome.Failed, Reason.CheckFailed, ""),
    ];

    // Announced and watched; what a person started for the same service is only planned.
    private async Task<AnnouncementWorld> PlannedByHandInTheWatchAsync()
    {
        var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync([.. After(UntilActing(), UntilRolledBack()).SkipLast(1)]);
        await world.HappensAsync(Others, [ByHand() with { Cause = null }, .. UntilPlanned().Skip(1)]);
        return world;
    }

    private static RollbackEvent.Proposed ByHand() =>
        Proposed(id: Other) with { Manual = new ManualStart("alice", "still odd", null, ImmutableSortedDictionary<string, string>.Empty, null) { EndsWatchOf = Id } };

    private static RollbackEvent EndingTheWatch(RollbackEvent e) => e is RollbackEvent.Started started ? started.Ending([Id]) : e;

    private async Task ToldBothAsync(AnnouncementWorld world)
    {
        await world.ToldAsync(Announcer(world));
        await world.ToldAsync(Announcer(world), Others);
    }

    private string? StatusOf(int incident) => (string?)statuspage.Incidents[incident]["status"];
}
