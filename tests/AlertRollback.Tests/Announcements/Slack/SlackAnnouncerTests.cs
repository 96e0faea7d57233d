using AlertRollback.Announcements.Slack;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Support.Stubs;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Slack;

public sealed class SlackAnnouncerTests : IDisposable
{
    private readonly SlackStub slack = new();
    private readonly Wire wire = new();
    private readonly HttpClient http;
    private readonly StubChannel rental;
    private readonly StubChannel ops;

    public SlackAnnouncerTests()
    {
        http = new HttpClient(wire);
        slack.Now = Noon;
        rental = slack.AddChannel("C1", "rental-ops");
        ops = slack.AddChannel("C2", "ops");
    }

    private StubMessage Summary => rental.Messages.Single(m => m.ThreadTs is null);

    private string Footer => Summary.Blocks[^1]!["elements"]![0]!["text"]!.GetValue<string>();

    private string Body => Summary.Blocks[1]!["text"]!["text"]!.GetValue<string>();

    private List<StubMessage> Replies => [.. rental.Messages.Where(m => m.ThreadTs is not null)];

    private int Updates => slack.Calls.Count(c => c == "chat.update");

    public void Dispose()
    {
        http.Dispose();
        slack.Dispose();
    }

    private SlackAnnouncer Announcer(AnnouncementWorld world) =>
        new(new SlackWebApi(http, () => SlackStub.Token, world.Time, slack.Root), AnnouncementWorld.Operators, world.Time);

    [Fact]
    public async Task One_message_is_edited_in_place_and_its_timeline_follows_as_replies_in_order()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(UntilRolledBack().Skip(UntilActing().Count()));
        await world.ToldAsync(Announcer(world));

        Summary.Text.ShouldContain("rolled back, verified and stable");
        Summary.Edits.ShouldBe(1);
        Replies.ShouldAllBe(r => r.ThreadTs == Summary.Ts);
        var thread = string.Join('\n', Replies.Select(r => r.Text));
        int[] places = [.. new[] { "is firing", "guards passed", "plan:", "started", "3 of 3 pods", "verification: pass", "closed: rolled_back" }.Select(t => thread.IndexOf(t, StringComparison.Ordinal))];
        places.ShouldAllBe(p => p >= 0);
        places.ShouldBeInOrder();
    }

    [Fact]
    public async Task A_call_does_not_wait_behind_the_alerts_that_join_by_the_thousand()
    {
        await using var world = await AnnouncementWorld.StartAsync(
            [Proposed(), .. Joins(2000), GuardsPass(), PlanMade(), Paged(Reason.ApprovalNeeded, "playbook undo asks for it")]);
        await world.ToldAsync(Announcer(world));

        Replies.Count.ShouldBe(2);
        Replies[0].Text.ShouldContain("2000 more alerts join: RentalErrors (rental-api-0), RentalErrors (rental-api-1), RentalErrors (rental-api-2), RentalErrors (rental-api-3), RentalErrors (rental-api-4), …");
        Replies[1].Text.ShouldStartWith("<@U012AB3CD>");

        await world.HappensAsync(Joins(2));
        await world.ToldAsync(Announcer(world));
        Replies[2].Text.ShouldEndWith("2 more alerts join: RentalErrors (rental-api-0), RentalErrors (rental-api-1)");
        await world.HappensAsync(Resolved());
        await world.ToldAsync(Announcer(world));
        Replies[3].Text.ShouldEndWith("RentalErrors (rental-api-7) resolved");
    }

    [Fact]
    public async Task What_cannot_be_told_is_one_line_of_the_thread_however_often_it_is_asked_again()
    {
        await using var world = await AnnouncementWorld.StartAsync([Proposed()]);
        for (var times = 0; times < 4; times++)
        {
            await world.HappensAsync(CannotBeTold(1, "no answer").Take(2));
            await world.ToldAsync(Announcer(world));
            world.Time.Advance(TimeSpan.FromSeconds(5));
            await world.HappensAsync(CannotBeTold(1, "no answer").Skip(2));
        }

        await world.HappensAsync(CannotBeTold(1, "no answer").Take(2));
        await world.ToldAsync(Announcer(world));

        Replies.SelectMany(r => r.Text.Split('\n')).Select(l => l[(l.IndexOf("` ", StringComparison.Ordinal) + 2)..]).Skip(1)
            .ShouldBe(["all 2 guards passed; deployed 20 min before the alert", "waits (cannot_tell): no answer"]);
        Updates.ShouldBe(0, "the message says the same as before");
    }

    [Theory]
    [InlineData(3000)]
    [InlineData(9000)]
    public async Task A_call_says_what_to_do_however_much_there_is_to_say_before(int length)
    {
        await using var world = await AnnouncementWorld.StartAsync([.. UntilMethodFailed(), .. BadEnd(Outcome.Failed, Reason.CheckFailed, new string('x', length))]);
        await world.ToldAsync(Announcer(world));
        var call = rental.Messages.Single(m => m.Ts == slack.Broadcasts.Single());
        ((string?)call.Blocks[0]!["text"]!["text"]).ShouldEndWith("*What you must do now:* Take over now: the rollback did not make the service healthy.");

        await world.ToldAsync(new SlackTextAnnouncer(new SlackIncomingWebhook(http, () => slack.WebhookAddress, world.Time), AnnouncementWorld.Operators, world.Time));
        slack.WebhookTexts.Single(t => t.StartsWith("<@U012AB3CD>", StringComparison.Ordinal)).ShouldEndWith("Take over now: the rollback did not make the service healthy.");
    }

    [Fact]
    public async Task A_call_is_a_reply_of_its_own_shown_in_the_channel_with_the_granted_member()
    {
        await using var world = await AnnouncementWorld.StartAsync([.. UntilPlanned(), .. BadEnd(Outcome.Refused, Reason.DeployedAfterAlert, "deployed 2 min after the alert")]);
        await world.ToldAsync(Announcer(world));

        var call = Replies.Single(r => r.Text.Contains("<@U012AB3CD>", StringComparison.Ordinal));
        call.Text.ShouldBe("<@U012AB3CD> *✋ rental-api: not rolled back (deployed_after_alert)*\n`2026-11-23 12:00:00 UTC` deployed 2 min after the alert\n*What you must do now:* Look whether the newest release is the fix. If it is not, roll back by hand.");
        slack.Broadcasts.ShouldBe([call.Ts]);
    }

    [Fact]
    public async Task Progress_only_edits_and_not_more_often_than_Slack_allows()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        var announcer = Announcer(world);
        await world.ToldAsync(announcer);
        var posts = rental.Messages.Count;
        for (var percent = 1; percent <= 60; percent++)
        {
            await world.HappensAsync(new RollbackEvent.StepProgressed("kubernetes/0", percent, $"{percent} of 100"));
            await world.TellAsync(announcer);
            world.Time.Advance(TimeSpan.FromMilliseconds(200));
        }

        await world.ToldAsync(announcer);
        rental.Messages.Count.ShouldBe(posts);
        Updates.ShouldBeInRange(3, 6);
        Summary.Text.ShouldContain("60 %");
    }

    [Fact]
    public async Task What_reads_the_same_is_not_sent_again()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(new RollbackEvent.StepMarked("kubernetes/0", "accepted", [], "the API accepted the undo"));
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.ToldAsync(Announcer(world));

        Updates.ShouldBe(0);
        Replies[^1].Text.ShouldContain("the API accepted the undo");
    }

    [Theory]
    [InlineData(1, "the message")]
    [InlineData(2, "its first reply")]
    public async Task A_post_whose_answer_was_lost_is_found_and_not_repeated(int number, string what)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        wire.Lose = number;
        (await world.TellAsync(Announcer(world))).Trouble.ShouldNotBeNull(what);
        rental.Messages.Count.ShouldBe(number, "it was carried out");
        await world.HappensAsync(StepEnded());
        await world.ToldAsync(Announcer(world));

        rental.Messages.Count(m => m.ThreadTs is null).ShouldBe(1);
        AssertEachLineOnce();
    }

    [Fact]
    public async Task A_lost_reply_loses_no_later_line_and_repeats_none()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(StepEnded());
        wire.Lose = 1;
        (await world.TellAsync(Announcer(world))).Trouble.ShouldNotBeNull();
        await world.HappensAsync(UntilRolledBack().Skip(UntilActing().Count() + 1));
        await world.ToldAsync(Announcer(world));

        AssertEachLineOnce();
        rental.Messages.ShouldAllBe(m => !m.Text.Contains("possibly told before"));
    }

    [Fact]
    public async Task An_edit_that_was_not_made_before_a_crash_is_made_after_it()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.HappensAsync(StepEnded(), new RollbackEvent.VerificationStarted(0, "healthy", Noon + TimeSpan.FromMinutes(6)));
        slack.FailNext("chat.update", new StubFault.Status(500, CarriedOut: false));
        (await world.TellAsync(Announcer(world))).Trouble.ShouldNotBeNull();
        (await world.CursorAsync(Announcer(world))).Sequence.ShouldBeLessThan(world.Chronicle.Book.Rollbacks[Id].LastSequence);

        await world.ToldAsync(Announcer(world));
        Summary.Text.ShouldContain("being verified");
    }

    [Fact]
    public async Task When_it_may_not_look_a_repeat_is_called_one()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        wire.Lose = 1;
        await world.TellAsync(Announcer(world));
        slack.FailNext("conversations.history", new StubFault.Error("missing_scope"));
        (await world.TellAsync(Announcer(world))).Trouble.ShouldBeNull();

        var second = rental.Messages.Last(m => m.ThreadTs is null);
        second.Blocks.ToJsonString().ShouldContain("possibly told before");
        await world.ToldAsync(Announcer(world));
        second.Edits.ShouldBe(0, "it says what it is to say");

        await world.HappensAsync(UntilRolledBack().Skip(UntilActing().Count()));
        await world.ToldAsync(Announcer(world));
        second.Text.ShouldContain("rolled back, verified and stable");
        second.Edits.ShouldBe(1);
        second.Blocks.ToJsonString().ShouldContain("possibly told before", customMessage: "both still stand there");
        rental.Messages.Where(m => m.ThreadTs is not null).ShouldAllBe(m => !m.Text.Contains("possibly told before"));
    }

    [Fact]
    public async Task Where_it_may_not_look_it_repeats_ever_more_rarely()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        await world.TriedAsync(Announcer(world), TimeSpan.FromMinutes(5), () =>
        {
            slack.FailNext("conversations.history", new StubFault.Error("missing_scope"));
            slack.FailNext("chat.postMessage", new StubFault.Status(500, CarriedOut: true));
        });
        rental.Messages.Count.ShouldBeInRange(2, 5);
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("500")]
    [InlineData("limit")]
    public async Task After_an_outage_it_catches_up_in_order(string outage)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        wire.Down = outage == "refused";
        if (outage == "500") slack.FailNext("chat.postMessage", new StubFault.Status(500, CarriedOut: false));
        if (outage == "limit") slack.FailNext("chat.postMessage", new StubFault.RateLimit(30));
        var announcer = Announcer(world);
        var telling = await world.TellAsync(announcer);
        telling.Trouble.ShouldNotBeNull();
        if (outage == "limit") telling.Again.ShouldBe(world.Time.GetUtcNow() + TimeSpan.FromSeconds(30));
        rental.Messages.ShouldBeEmpty();

        wire.Down = false;
        world.Time.Advance(telling.Again!.Value - world.Time.GetUtcNow());
        await world.HappensAsync(UntilRolledBack().Skip(UntilActing().Count()));
        await world.ToldAsync(announcer);
        AssertEachLineOnce();
        Summary.Text.ShouldContain("rolled back, verified and stable");
    }

    [Fact]
    public async Task A_message_that_a_person_deleted_is_posted_anew_only_when_there_is_something_new()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilActing());
        await world.ToldAsync(Announcer(world));
        rental.Messages.Clear();
        await world.HappensAsync(new RollbackEvent.StepProgressed("kubernetes/0", 50, ""));
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.ToldAsync(Announcer(world));
        rental.Messages.ShouldBeEmpty();

        await world.HappensAsync(StepEnded());
        await world.ToldAsync(Announcer(world));
        Replies.ShouldHaveSingleItem().Text.ShouldContain("3 of 3 pods");
    }

    [Fact]
    public async Task Text_from_alerts_can_neither_mention_nor_link_nor_format()
    {
        const string evil = "<!channel> <@U012AB3CD> @here *bold* `code` <https://evil|click> & #general";
        await using var world = await AnnouncementWorld.StartAsync(
            Proposed(summary: evil, alert: evil), new RollbackEvent.CauseAttached(Cause(evil, evil, "f2")), new RollbackEvent.Parked(Reason.Hold, evil, null));
        await world.ToldAsync(Announcer(world));

        foreach (var message in rental.Messages)
        {
            var all = message.Text + message.Blocks.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            all.ShouldNotContain("<!channel>");
            all.ShouldNotContain("<@U012AB3CD>");
            all.ShouldNotContain("<https://evil");
            all.ShouldNotContain("*bold*");
            message.Parse.ShouldBe("none");
        }
    }

    [Fact]
    public async Task Without_a_granted_channel_the_operators_is_used()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed() with { Service = Proposed().Service with { Slack = "#board" } });
        await world.ToldAsync(Announcer(world));
        rental.Messages.ShouldBeEmpty();
        ops.Messages.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task News_goes_to_the_operators_channel_one_message_each()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        await world.HappensAsync(
            Book.GlobalStream,
            new GlobalEvent.KillSwitchSet(true, true, "ann", "database is being moved"),
            new GlobalEvent.MatrixTrouble("the decision matrix is faulty"),
            new GlobalEvent.KillSwitchSet(false, false, "ann", "done"));
        var announcer = Announcer(world);
        foreach (var (stream, _) in announcer.Topics(world.Chronicle.Book).ToList())
            await world.ToldAsync(announcer, stream);

        ops.Messages.Select(m => m.Text).ShouldBe(["🛑 Kill switch is ON", "⚠️ Decision matrix cannot be used", "▶️ Kill switch is off"]);
        ops.Messages[0].Blocks.ToJsonString().ShouldContain("database is being moved");
        Updates.ShouldBe(0);
    }

    [Fact]
    public async Task A_task_is_one_message_that_says_when_it_is_done()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        var given = new TaskEvent.Given("t1", Proposed().Row, Proposed().Service, "high", "Monitor and assess", "on-call", Cause());
        await world.HappensAsync(TaskState.Stream("t1"), given);
        await world.ToldAsync(Announcer(world), TaskState.Stream("t1"));
        Summary.Blocks.ToJsonString().ShouldContain("\\u003C@U012AB3CD\\u003E");

        await world.HappensAsync(TaskState.Stream("t1"), new TaskEvent.Done("ann", "was noise"));
        await world.ToldAsync(Announcer(world), TaskState.Stream("t1"));
        Summary.Text.ShouldBe("☑️ rental-api: done — Monitor and assess");
    }

    [Fact]
    public async Task What_a_rollback_leaves_to_do_is_one_message_in_which_items_are_ticked_off()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        await GiveItemsAsync(world);
        await ToldAllAsync(world);
        Summary.Text.ShouldBe("📋 rental-api: 2 of 2 items of the rollback are open");
        Body.ShouldBe("<@U012AB3CD>\n☐ Root-cause analysis (`r1-1`, within 4h, <@U012AB3CD>)\n☐ Post-mortem (`r1-2`, within 7d)");
        Footer.ShouldBe("Of `r1` (high), whose report is `alertrollback report r1`. Say `alertrollback task done ID` when one is done. Nothing is changed automatically.");

        await world.HappensAsync(TaskState.Stream("r1-2"), new TaskEvent.Done("ann", "held on Monday"));
        await ToldAllAsync(world);
        Summary.Text.ShouldBe("📋 rental-api: 1 of 2 items of the rollback are open");
        Body.ShouldEndWith("☑️ Post-mortem — ann: held on Monday");
        await world.HappensAsync(TaskState.Stream("r1-1"), new TaskEvent.Done("kim", null));
        await ToldAllAsync(world);
        Summary.Text.ShouldBe("☑️ rental-api: all 2 items of the rollback are done");
        Footer.ShouldBe("Of `r1` (high), whose report is `alertrollback report r1`.");
    }

    [Fact]
    public async Task What_took_people_longer_than_a_week_is_told_as_done_all_the_same()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        await GiveItemsAsync(world);
        await ToldAllAsync(world);
        world.Time.Advance(TimeSpan.FromDays(8));
        foreach (var id in new[] { "r1-1", "r1-2" })
            await world.HappensAsync(TaskState.Stream(id), new TaskEvent.Done("ann", null));
        await ToldAllAsync(world);
        Summary.Text.ShouldBe("☑️ rental-api: all 2 items of the rollback are done");

        world.Time.Advance(TimeSpan.FromDays(8));
        Announcer(world).Topics(world.Chronicle.Book).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_task_that_took_longer_than_a_week_is_told_as_done_and_its_alert_does_not_bring_it_back()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        await world.HappensAsync(TaskState.Stream("t1"), new TaskEvent.Given("t1", Proposed().Row, Proposed().Service, "high", "Monitor and assess", "on-call", Cause()));
        await ToldAllAsync(world);
        world.Time.Advance(TimeSpan.FromDays(8));
        await world.HappensAsync(TaskState.Stream("t1"), new TaskEvent.Done("ann", null));
        await ToldAllAsync(world);
        Summary.Text.ShouldBe("☑️ rental-api: done — Monitor and assess");

        world.Time.Advance(TimeSpan.FromDays(8));
        await world.HappensAsync(TaskState.Stream("t1"), new TaskEvent.CauseResolved("f1"));
        Announcer(world).Topics(world.Chronicle.Book).ShouldBeEmpty();
    }

    private async Task ToldAllAsync(AnnouncementWorld world)
    {
        var announcer = Announcer(world);
        foreach (var (stream, _) in announcer.Topics(world.Chronicle.Book).ToList())
            await world.ToldAsync(announcer, stream);
    }

    internal static async Task GiveItemsAsync(AnnouncementWorld world)
    {
        foreach (var (id, text, within, role) in new[] { ("r1-1", "Root-cause analysis", TimeSpan.FromHours(4), "on-call"), ("r1-2", "Post-mortem", TimeSpan.FromDays(7), null) })
            await world.HappensAsync(TaskState.Stream(id), new TaskEvent.Given(id, Proposed().Row, Proposed().Service, "high", text, role, null) { Of = "r1", Within = within });
    }

    [Fact]
    public async Task A_rollback_of_last_month_is_history_and_not_news()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilRolledBack());
        Announcer(world).Topics(world.Chronicle.Book).ShouldHaveSingleItem();
        world.Time.Advance(TimeSpan.FromDays(30));
        Announcer(world).Topics(world.Chronicle.Book).ShouldBeEmpty();
    }

    private void AssertEachLineOnce()
    {
        var thread = string.Join('\n', Replies.Select(r => r.Text));
        foreach (var text in new[] { "is firing", "plan: rollout", "3 of 3 pods" })
            (thread.Split(text).Length - 1).ShouldBe(1, $"{text} in\n{thread}");
        thread.IndexOf("is firing", StringComparison.Ordinal).ShouldBeLessThan(thread.IndexOf("3 of 3 pods", StringComparison.Ordinal));
    }
}
