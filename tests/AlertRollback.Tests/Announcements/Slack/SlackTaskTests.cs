using AlertRollback.Announcements;
using AlertRollback.Announcements.Slack;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Support.Stubs;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Slack;

/// <summary>What people are told of a task while it is open: never lost, never without a word.</summary>
public sealed class SlackTaskTests : IDisposable
{
    private static readonly string Stream = TaskState.Stream("t1");

    private readonly SlackStub slack = new() { Now = Noon };
    private readonly Wire wire = new();
    private readonly HttpClient http;
    private readonly StubChannel rental;

    public SlackTaskTests()
    {
        http = new HttpClient(wire);
        rental = slack.AddChannel("C1", "rental-ops");
    }

    private StubMessage Summary => rental.Messages.Single(m => m.ThreadTs is null);

    private string Body => Summary.Blocks[1]!["text"]!["text"]!.GetValue<string>();

    private string Footer => Summary.Blocks[2]!["elements"]![0]!["text"]!.GetValue<string>();

    private List<StubMessage> Replies => [.. rental.Messages.Where(m => m.ThreadTs is not null)];

    public void Dispose()
    {
        http.Dispose();
        slack.Dispose();
    }

    [Fact]
    public async Task Its_message_names_its_alerts_since_when_and_whether_they_fire()
    {
        await using var world = await GivenAsync();
        Body.ShouldBe("<@U012AB3CD> *Monitor and assess* (high)\nRentalErrors (rental-api-7) since 11:59:00 UTC, firing: Errors at 12 %");
        Footer.ShouldStartWith("Open. Say `alertrollback task done t1`");

        await HappensAsync(world, 3, new TaskEvent.CauseAttached(Cause(fingerprint: "f2", summary: null)), new TaskEvent.CauseResolved("f1"));
        Body.ShouldEndWith("\n2 × RentalErrors since 11:59:00 UTC, 1 firing, 1 resolved");
        await HappensAsync(world, 3, new TaskEvent.CauseResolved("f2"));
        Body.ShouldEndWith("\n2 × RentalErrors since 11:59:00 UTC, resolved: Errors at 12 %");
        Footer.ShouldStartWith("Open, though none of its alerts fires now. Say ");
        Replies.ShouldBeEmpty();

        await HappensAsync(world, 20, new TaskEvent.CauseAttached(Cause(fingerprint: "f2") with { StartsAt = Noon.AddDays(1) }), new TaskEvent.Done("ann", null));
        Body.ShouldContain("\n2 × RentalErrors since 2026-11-24 12:00:00 UTC, 1 firing when it was done, 1 resolved");
        Footer.ShouldBe("Done by ann");
    }

    [Fact]
    public async Task It_says_within_what_time_to_begin_where_its_severity_does()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        await HappensAsync(world, 0, Given() with { Within = TimeSpan.FromMinutes(15) });
        Body.ShouldStartWith("<@U012AB3CD> *Monitor and assess* (high, begin within 15m)\n");
    }

    [Fact]
    public async Task Alerts_by_the_thousand_are_a_few_lines()
    {
        await using var world = await GivenAsync();
        await HappensAsync(world, 0, Joins(2000).OfType<RollbackEvent.CauseAttached>().Select(j => new TaskEvent.CauseAttached(j.Cause)));
        Body.ShouldEndWith("\n2001 × RentalErrors since 11:59:00 UTC, firing: Errors at 12 %");
        await HappensAsync(world, 0, Enumerable.Range(0, 6).Select(i => new TaskEvent.CauseAttached(Cause($"Other{i}", null, $"o{i}"))));
        Body.Split('\n').Length.ShouldBe(7);
        Body.ShouldEndWith("\n… and 2 more of 2 other names, firing");
        Replies.ShouldHaveSingleItem().Text.ShouldContain("\n… and 2002 more of 2 other names, firing\n");
    }

    [Fact]
    public async Task What_is_only_planned_for_gives_a_task_that_says_so_and_calls_nobody()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        await HappensAsync(world, 0, Given() with { Row = Given().Row with { Shadow = true } });
        await HappensAsync(world, 3, new TaskEvent.CauseResolved("f1"));
        await HappensAsync(world, 41, new TaskEvent.CauseAttached(Cause("DataCorrupt", null, "f2") with { StartsAt = Noon.AddMinutes(43) }));

        Summary.Text.ShouldContain("[shadow] rental-api: Monitor and assess");
        Body.ShouldStartWith("*Monitor and assess* (high)");
        Replies.ShouldHaveSingleItem().Text.ShouldStartWith("*📋 [shadow] rental-api: Monitor and assess*");
    }

    [Fact]
    public async Task An_alert_after_all_had_resolved_calls_the_role_again_in_the_thread()
    {
        await using var world = await GivenAsync();
        await HappensAsync(world, 3, new TaskEvent.CauseResolved("f1"));
        await HappensAsync(world, 41, new TaskEvent.CauseAttached(Cause("DataCorrupt", "rows <differ>", "f2") with { StartsAt = Noon.AddMinutes(43) }));
        await HappensAsync(world, 40, new TaskEvent.CauseResolved("f2"));
        await HappensAsync(world, 1, new TaskEvent.CauseAttached(Cause() with { StartsAt = Noon.AddMinutes(85) }));

        Replies.Select(r => r.Text).ShouldBe(
        [
            "<@U012AB3CD> *📋 rental-api: Monitor and assess*\nDataCorrupt (rental-api-7) since 12:43:00 UTC, firing: rows &lt;differ&gt;\nThis task did not have it before.\n*What you must do now:* Look at it as part of the task, and say `alertrollback task done t1` when all of it is done.",
            "<@U012AB3CD> *📋 rental-api: Monitor and assess*\nRentalErrors (rental-api-7) since 13:25:00 UTC, firing: Errors at 12 %\nAll alerts of this open task had resolved, and it fires again.\n*What you must do now:* Look at it as part of the task, and say `alertrollback task done t1` when all of it is done.",
        ]);
        slack.Broadcasts.ShouldBe(Replies.Select(r => r.Ts));
        Body.ShouldEndWith("\nRentalErrors (rental-api-7) since 13:25:00 UTC, firing: Errors at 12 %\nDataCorrupt (rental-api-7) since 12:43:00 UTC, resolved: rows &lt;differ&gt;");
    }

    [Fact]
    public async Task A_call_that_has_to_wait_is_made_at_its_time_also_when_the_service_dies_meanwhile()
    {
        await using var world = await GivenAsync();
        world.Time.Advance(TimeSpan.FromMinutes(5));
        await world.HappensAsync(Stream, new TaskEvent.CauseAttached(Cause("DataCorrupt", null, "f2")));
        var waits = await world.TellAsync(Announcer(world), Stream);
        waits.ShouldBe(new Telling(Noon.AddMinutes(15), null));
        Replies.ShouldBeEmpty();
        Body.ShouldContain("DataCorrupt", Case.Sensitive, "whoever looks sees it at once");
        (await world.Journal.CursorsAsync("slack", TestContext.Current.CancellationToken)).Single().Sequence
            .ShouldBeLessThan(world.Chronicle.Book.Tasks["t1"].LastSequence, "it has to be told after a start");

        world.Time.Advance(TimeSpan.FromMinutes(10));
        wire.Lose = 1;
        (await world.TellAsync(Announcer(world), Stream)).Trouble.ShouldNotBeNull();
        await world.ToldAsync(Announcer(world), Stream);
        Replies.ShouldHaveSingleItem().Text.ShouldContain("DataCorrupt");
        await HappensAsync(world, 1, new TaskEvent.CauseResolved("f2"));
        Replies.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Who_says_that_it_is_done_hears_of_an_alert_that_nobody_was_called_for()
    {
        await using var world = await GivenAsync();
        await HappensAsync(world, 5, new TaskEvent.CauseAttached(Cause("DataCorrupt", null, "f2")), new TaskEvent.Done("ann", null));
        Replies.ShouldHaveSingleItem().Text.ShouldEndWith("Look whether ann knew of it: the task is said to be done, and is not given again while it fires.");
    }

    [Fact]
    public async Task What_was_told_before_calls_were_made_of_it_is_no_call_now()
    {
        await using var world = await GivenAsync();
        var place = (await world.Journal.CursorsAsync("slack", TestContext.Current.CancellationToken)).Single();
        world.Time.Advance(TimeSpan.FromMinutes(40));
        await world.HappensAsync(Stream, new TaskEvent.CauseAttached(Cause("DataCorrupt", null, "f2")));
        await world.Journal.SaveCursorAsync(place with { Sequence = world.Chronicle.Book.Tasks["t1"].LastSequence }, TestContext.Current.CancellationToken);
        await HappensAsync(world, 1, new TaskEvent.CauseResolved("f2"));
        Replies.ShouldBeEmpty();
    }

    [Fact]
    public async Task Calls_that_could_not_be_told_for_hours_are_one()
    {
        await using var world = await GivenAsync();
        foreach (var name in new[] { "One", "Two", "Three" })
        {
            world.Time.Advance(TimeSpan.FromMinutes(30));
            await world.HappensAsync(Stream, new TaskEvent.CauseAttached(Cause(name, null, name)));
        }

        await world.ToldAsync(Announcer(world), Stream);
        var call = Replies.ShouldHaveSingleItem().Text;
        new[] { "One (", "Two (", "Three (" }.ShouldAllBe(name => call.Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task By_text_alone_people_are_called_again_too_and_not_for_each_flap()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        var announcer = new SlackTextAnnouncer(new SlackIncomingWebhook(http, () => slack.WebhookAddress, world.Time), AnnouncementWorld.Operators, world.Time);
        await world.HappensAsync(Stream, Given());
        await world.ToldAsync(announcer, Stream);
        for (var i = 0; i < 5; i++)
        {
            world.Time.Advance(TimeSpan.FromMinutes(1));
            await world.HappensAsync(Stream, new TaskEvent.CauseResolved("f1"));
            await world.HappensAsync(Stream, new TaskEvent.CauseAttached(Cause()));
            (await world.TellAsync(announcer, Stream)).Again.ShouldBe(Noon.AddMinutes(15));
        }

        slack.WebhookTexts.ShouldHaveSingleItem();
        await world.ToldAsync(announcer, Stream);
        await world.ToldAsync(announcer, Stream);
        slack.WebhookTexts.Count.ShouldBe(2);
        slack.WebhookTexts[^1].ShouldStartWith("<@U012AB3CD> *📋 rental-api: Monitor and assess*\nRentalErrors (rental-api-7) since 11:59:00 UTC, firing: Errors at 12 %\nAll alerts of this open task had resolved, and it fires again.");
    }

    private static TaskEvent.Given Given() => new("t1", Proposed().Row, Proposed().Service, "high", "Monitor and assess", "on-call", Cause());

    private async Task<AnnouncementWorld> GivenAsync()
    {
        var world = await AnnouncementWorld.StartAsync();
        await HappensAsync(world, 0, Given());
        return world;
    }

    private async Task HappensAsync(AnnouncementWorld world, int minutesLater, params IEnumerable<TaskEvent> events)
    {
        world.Time.Advance(TimeSpan.FromMinutes(minutesLater));
        await world.HappensAsync(Stream, events);
        await world.ToldAsync(Announcer(world), Stream);
    }

    private SlackAnnouncer Announcer(AnnouncementWorld world) =>
        new(new SlackWebApi(http, () => SlackStub.Token, world.Time, slack.Root), AnnouncementWorld.Operators, world.Time);
}
