using AlertRollback.Announcements;
using AlertRollback.Announcements.Slack;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Storage;
using AlertRollback.Tests.Rollbacks;
using AlertRollback.Tests.Support.Stubs;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Slack;

public sealed partial class SlackTextAnnouncerTests : IDisposable
{
    private readonly SlackStub slack = new();
    private readonly Wire wire = new();
    private readonly HttpClient http;

    public SlackTextAnnouncerTests() => http = new HttpClient(wire);

    public void Dispose()
    {
        http.Dispose();
        slack.Dispose();
    }

    private SlackTextAnnouncer Announcer(AnnouncementWorld world) =>
        new(new SlackIncomingWebhook(http, () => slack.WebhookAddress, world.Time), AnnouncementWorld.Operators, world.Time);

    [Fact]
    public async Task Each_turn_is_told_as_it_was_at_its_moment_also_when_it_is_told_late()
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilRolledBack());
        await world.ToldAsync(Announcer(world));

        slack.WebhookTexts.Count.ShouldBe(7);
        slack.WebhookTexts[0].ShouldBe("*⏪ rental-api: rollback is being planned*\n`2026-11-23 12:00:00 UTC` `rental-api-20261123-1200-abc123` RentalErrors is firing — Errors at 12 %: row \"critical band\" decides");
        slack.WebhookTexts[2].ShouldStartWith("*⏪ rental-api: rolling back*\n`2026-11-23 12:00:00 UTC` `rental-api-20261123-1200-abc123` started");
        slack.WebhookTexts[^1].ShouldBe("*✅ rental-api: rolled back, verified and stable*\n`2026-11-23 12:00:00 UTC` `rental-api-20261123-1200-abc123` closed: rolled_back (applied) — undone, verified and stable\n*What you must do now:* Find out what was wrong with the release before it is deployed again: it is in quarantine.");
    }

    [Fact]
    public async Task What_needs_no_words_is_noted_once_and_not_told_again()
    {
        await using var world = await AnnouncementWorld.StartAsync([Proposed(), .. Joins(50)]);
        var journal = new CountingJournal();
        var keeper = new CursorKeeper(new AnnouncerCursor("slack-text", Journalled, 0, ""), journal);
        await Announcer(world).TellAsync(world.Chronicle.Book, keeper, TestContext.Current.CancellationToken);

        (slack.WebhookTexts.Count, journal.Saved, keeper.Cursor.Sequence).ShouldBe((1, 3, world.Chronicle.Book.Rollbacks[Id].LastSequence));
    }

    [Fact]
    public async Task What_cannot_be_told_is_told_once_however_often_it_is_asked_again()
    {
        await using var world = await AnnouncementWorld.StartAsync([Proposed()]);
        foreach (var text in new[] { "no answer", "no answer", "no answer", "refused", "no answer" })
        {
            await world.HappensAsync(CannotBeTold(1, text));
            await world.ToldAsync(Announcer(world));
        }

        await world.HappensAsync(BadEnd(Outcome.Refused, Reason.CannotTell, "no answer"));
        await world.ToldAsync(Announcer(world));

        slack.WebhookTexts.Count(t => t.Contains("waits (cannot_tell)", StringComparison.Ordinal)).ShouldBe(2);
        slack.WebhookTexts.Count.ShouldBe(4, "that it begins, both answers, and the call to its end");
    }

    [Fact]
    public async Task Whoever_takes_over_hears_that_an_incident_is_open()
    {
        await using var world = await AnnouncementWorld.StartAsync(
            [.. UntilActing(), .. BadEnd(Outcome.Failed, Reason.CheckFailed, "text"), new RollbackEvent.IncidentLeft("https://stspg.io/1", "nothing comes there by itself any more, close it when it is over")]);
        await world.ToldAsync(Announcer(world));
        slack.WebhookTexts[^1].ShouldEndWith("The incident on the status page (https://stspg.io/1) is yours now: nothing comes there by itself any more, close it when it is over.");
    }

    [Fact]
    public async Task What_is_asked_anew_without_a_call_is_told_with_its_new_deadline()
    {
        var asked = new RollbackEvent.ApprovalRequested(PlanMade().Plan.Digest, "playbook", "tech-lead", "playbook undo asks for it", null, OnSilence.Proceed, false, Noon.AddMinutes(10), 1);
        await using var world = await AnnouncementWorld.StartAsync([.. UntilPlanned(), asked, Paged(Reason.ApprovalNeeded, "playbook undo asks for it")]);
        world.Time.Advance(TimeSpan.FromMinutes(12));
        await world.ToldAsync(Announcer(world));
        var told = slack.WebhookTexts.Count;
        await world.HappensAsync(asked with { Deadline = Noon.AddMinutes(22) });
        await world.ToldAsync(Announcer(world));

        slack.WebhookTexts.Skip(told).ShouldHaveSingleItem().ShouldContain("tech-lead is asked until 12:22:00 UTC");
        slack.WebhookTexts.Count(t => t.Contains("tech-lead is asked", StringComparison.Ordinal)).ShouldBe(1, "the first was told by its call");
    }

    private sealed class CountingJournal : MemoryJournal
    {
        public int Saved { get; private set; }

        public override Task SaveCursorAsync(AnnouncerCursor cursor, CancellationToken cancellation)
        {
            Saved++;
            return base.SaveCursorAsync(cursor, cancellation);
        }
    }

    [Fact]
    public async Task What_a_rollback_leaves_to_do_is_one_text_and_one_for_each_that_is_done()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        await SlackAnnouncerTests.GiveItemsAsync(world);
        await ToldAllAsync(world);
        await world.HappensAsync(TaskState.Stream("r1-1"), new TaskEvent.Done("ann", null));
        await ToldAllAsync(world);
        await ToldAllAsync(world);

        slack.WebhookTexts.ShouldBe(
        [
            "<@U012AB3CD> *📋 rental-api: what is left to do after the rollback* `r1`\n☐ Root-cause analysis (`r1-1`, within 4h, <@U012AB3CD>)\n☐ Post-mortem (`r1-2`, within 7d)\nIts report: `alertrollback report r1`",
            "*☑️ rental-api: done by ann* — Root-cause analysis",
        ]);
    }

    private async Task ToldAllAsync(AnnouncementWorld world)
    {
        var announcer = Announcer(world);
        foreach (var (stream, _) in announcer.Topics(world.Chronicle.Book).ToList())
            await world.ToldAsync(announcer, stream);
    }

    [Fact]
    public async Task A_repeat_that_cannot_be_excluded_is_called_one()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        wire.Lose = 1;
        (await world.TellAsync(Announcer(world))).Trouble.ShouldNotBeNull();
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(new RollbackEvent.Parked(Reason.Hold, "hold until 12:15", null));
        await world.ToldAsync(Announcer(world));

        slack.WebhookTexts.Count.ShouldBe(3);
        slack.WebhookTexts[0].ShouldNotContain("possibly told before");
        slack.WebhookTexts[1].ShouldBe($"_(possibly told before)_ {slack.WebhookTexts[0]}");
        slack.WebhookTexts[2].ShouldNotContain("possibly told before");
    }

    [Fact]
    public async Task A_post_that_certainly_did_not_go_out_is_no_repeat()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        wire.Down = true;
        (await world.TellAsync(Announcer(world))).Trouble.ShouldNotBeNull();
        wire.Down = false;
        await world.ToldAsync(Announcer(world));
        slack.WebhookTexts.ShouldHaveSingleItem().ShouldNotContain("possibly");
    }

    [Fact]
    public async Task A_call_mentions_who_the_operator_granted()
    {
        await using var world = await AnnouncementWorld.StartAsync([.. UntilActing(), .. BadEnd(Outcome.Stopped, Reason.StoppedByPerson, "the kill switch was set")]);
        await world.ToldAsync(Announcer(world));
        slack.WebhookTexts[^1].ShouldStartWith("<@U012AB3CD> *🔴 rental-api: rollback STOPPED*");
    }

    [Fact]
    public async Task A_question_says_how_it_is_answered()
    {
        var asked = new RollbackEvent.ApprovalRequested(
            PlanMade().Plan.Digest, "severity", "on-call", "severity critical asks for it", null, OnSilence.Escalate, false, Noon + TimeSpan.FromMinutes(5), 1);
        await using var world = await AnnouncementWorld.StartAsync([.. UntilPlanned(), asked, Paged(Reason.ApprovalNeeded, asked.Why)]);
        await world.ToldAsync(Announcer(world));
        slack.WebhookTexts[^1].ShouldContain($"alertrollback approve {Id} --digest");
        slack.WebhookTexts[^1].ShouldContain("until 12:05 UTC (on-call is called once more if nobody answers)");

        world.Time.Advance(TimeSpan.FromMinutes(5));
        await world.HappensAsync(
            new RollbackEvent.ApprovalLapsed(asked.Digest, asked.Ask, OnSilence.Escalate),
            Paged(Reason.ApprovalTimedOut, "nobody of on-call answered; the plan still waits for a yes or no"),
            asked with { Otherwise = OnSilence.Deny, Deadline = Noon + TimeSpan.FromMinutes(10), Round = 2 });
        await world.ToldAsync(Announcer(world));
        slack.WebhookTexts[^1].ShouldStartWith("<@U012AB3CD> *❓ rental-api: a rollback waits for a yes or no*\n`2026-11-23 12:05:00 UTC`");
        slack.WebhookTexts[^1].ShouldContain("until 12:10 UTC (it is not done if nobody answers)");
    }

    [Theory]
    [InlineData(Outcome.Failed, Reason.FiringAgain, "🔴 rental-api: rollback FAILED (firing_again)")]
    [InlineData(Outcome.Inconclusive, Reason.Inconclusive, "🔴 rental-api: undone, result UNKNOWN")]
    public async Task A_call_about_a_bad_end_does_not_say_that_it_worked(Outcome outcome, Reason reason, string headline)
    {
        await using var world = await AnnouncementWorld.StartAsync(UntilStabilising());
        world.Time.Advance(TimeSpan.FromMinutes(3));
        await world.HappensAsync(BadEnd(outcome, reason, "RentalErrors began to fire again"));
        await world.ToldAsync(Announcer(world));

        var call = slack.WebhookTexts.Single(t => t.StartsWith("<@U012AB3CD>", StringComparison.Ordinal));
        call.ShouldStartWith($"<@U012AB3CD> *{headline}*");
        call.ShouldNotContain("verified");
        call.ShouldContain("*What you must do now:* Take over now");
    }

    [Fact]
    public async Task Why_the_watch_goes_on_although_an_alert_began_to_fire_is_told()
    {
        await using var world = await AnnouncementWorld.StartAsync(
            [.. UntilStabilising(), new RollbackEvent.FiringAnswered("RentalSlow", Noon, Verdict.Pass, Answered(Verdict.Pass, "0.02 %").Results, "")]);
        await world.ToldAsync(Announcer(world));
        slack.WebhookTexts[^1].ShouldContain("RentalSlow began to fire; asked again, pass: ✓ error rate: 0.02 % (expected below 0.1 %)");
    }

    [Fact]
    public async Task The_next_way_is_announced_only_when_there_is_one()
    {
        await using var world = await AnnouncementWorld.StartAsync([.. UntilActing(), new RollbackEvent.MethodFailed(0, Reason.RolloutFailed, "1 of 3 pods ready")]);
        await world.ToldAsync(Announcer(world));
        slack.WebhookTexts[^1].ShouldContain("this way did not work, the next begins");

        await world.HappensAsync(
            PlanMade(1, "docker"), new RollbackEvent.MethodStarted(1, "docker", Noon + TimeSpan.FromMinutes(10)), new RollbackEvent.MethodFailed(1, Reason.RolloutFailed, "no image"));
        await world.ToldAsync(Announcer(world));
        slack.WebhookTexts[^1].ShouldContain("this way did not work, there is no other");
        slack.WebhookTexts[^2].ShouldContain("this way did not work, the next begins", customMessage: "the plan of that one");
    }

    [Fact]
    public async Task What_was_changed_meanwhile_is_told_again_when_it_is_put_back()
    {
        await using var world = await AnnouncementWorld.StartAsync(Meanwhile(new RollbackEvent.StepRestored("kubernetes/meanwhile/0", "scale", StepResult.Done, Reason.Applied, "3 replicas again")));
        await world.ToldAsync(Announcer(world));
        slack.WebhookTexts[^1].ShouldEndWith("scale put back: 3 replicas again");
    }

    [Fact]
    public async Task A_step_after_the_failure_is_told_of_when_it_was_not_done()
    {
        await using var world = await AnnouncementWorld.StartAsync(
            [.. UntilMethodFailed(), new RollbackEvent.FallbackStarted(Reason.CheckFailed, "error rate: 4.1 %"), NotDone(), new RollbackEvent.FallbackStepEnded(1, "page", true, "")]);
        await world.ToldAsync(Announcer(world));
        slack.WebhookTexts[^1].ShouldEndWith("scale: not done: two holds two/a");
    }

    [Fact]
    public async Task A_task_calls_people_once_however_many_alerts_join_or_resolve()
    {
        var stream = TaskState.Stream("t1");
        await using var world = await AnnouncementWorld.StartAsync();
        await world.HappensAsync(stream, new TaskEvent.Given("t1", Proposed().Row, Proposed().Service, "high", "Monitor and assess", "on-call", Cause()));
        await world.ToldAsync(Announcer(world), stream);
        foreach (var e in new TaskEvent[] { new TaskEvent.CauseAttached(Cause(fingerprint: "f2")), new TaskEvent.CauseResolved("f1"), new TaskEvent.CauseResolved("f2") })
        {
            await world.HappensAsync(stream, e);
            await world.ToldAsync(Announcer(world), stream);
        }

        slack.WebhookTexts.ShouldHaveSingleItem().ShouldBe("<@U012AB3CD> *📋 rental-api: Monitor and assess* (high)\nRentalErrors (rental-api-7) since 11:59:00 UTC, firing: Errors at 12 %");
        await world.HappensAsync(stream, new TaskEvent.Done("ann", null));
        await world.ToldAsync(Announcer(world), stream);
        slack.WebhookTexts.Count.ShouldBe(2);
        slack.WebhookTexts[^1].ShouldContain("done by ann");
    }

    [Fact]
    public async Task What_is_never_answered_is_repeated_some_times_and_does_not_hold_up_what_comes_after_for_ever()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed(), new RollbackEvent.Parked(Reason.Hold, "hold until 12:15", null));
        await world.TriedAsync(Announcer(world), TimeSpan.FromMinutes(20), () => wire.LoseAll = true);

        slack.WebhookTexts.Count.ShouldBe(8);
        slack.WebhookTexts[1..4].ShouldAllBe(t => t == $"_(possibly told before)_ {slack.WebhookTexts[0]}");
        slack.WebhookTexts[5..].ShouldAllBe(t => t == $"_(possibly told before)_ {slack.WebhookTexts[4]}");
    }

    [Fact]
    public async Task What_may_have_failed_is_repeated_ever_more_rarely_until_it_is_certain()
    {
        await using var world = await AnnouncementWorld.StartAsync(Proposed());
        await world.TriedAsync(Announcer(world), TimeSpan.FromMinutes(5), () => slack.Fail(new StubFault.Status(500, CarriedOut: false)));
        slack.Calls.Count.ShouldBeInRange(2, 5);
        await world.ToldAsync(Announcer(world));
        slack.WebhookTexts.ShouldHaveSingleItem().ShouldStartWith("_(possibly told before)_ *⏪ rental-api");
    }

    [Fact]
    public async Task News_says_when_it_happened()
    {
        await using var world = await AnnouncementWorld.StartAsync();
        await world.HappensAsync(Book.GlobalStream, new GlobalEvent.KillSwitchSet(true, false, "ann", "database is being moved"));
        await ToldAllAsync(world);
        slack.WebhookTexts.ShouldHaveSingleItem().ShouldStartWith("*🛑 Kill switch is ON*\n`2026-11-23 12:00:00 UTC` Set by ann");
    }
}
