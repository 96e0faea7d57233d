using AlertRollback.Announcements.Slack;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Tests.Support.Stubs;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Slack;

/// <summary>Slack was away while people were to be called, and is there again.</summary>
public sealed class LateCallTests : IDisposable
{
    private const string Mention = "<@U012AB3CD>";

    private readonly SlackStub slack = new();
    private readonly Wire wire = new();
    private readonly HttpClient http;
    private readonly StubChannel rental;

    public LateCallTests()
    {
        http = new HttpClient(wire);
        rental = slack.AddChannel("C1", "rental-ops");
    }

    public void Dispose()
    {
        http.Dispose();
        slack.Dispose();
    }

    public static TheoryData<string, bool> Ends => new()
    {
        { "still asked", true },
        { "said yes", false },
        { "said no", false },
        { "resolved", false },
        { "not answered, and for people now", true },
        { "asked once more", true },
        { "asked once more, resolved", false },
        { "asked once more, and not answered", true },
        { "still waits", true },
        { "waits for something else", true },
        { "waited, goes on", false },
        { "waited, resolved", false },
        { "waited, and is refused for it", true },
        { "an end", true },
        { "resolved, and another waits for no call as this one was made", true },
        { "waited to take over, goes on", true },
    };

    // So soon it may be why others are not called.
    [Fact]
    public async Task What_was_called_for_just_before_is_called_for_though_it_is_over()
    {
        await using var world = await AnnouncementWorld.StartAsync([.. Until("resolved")]);
        world.Time.Advance(TimeSpan.FromMinutes(14.9));
        await world.ToldAsync(new SlackAnnouncer(new SlackWebApi(http, () => SlackStub.Token, world.Time, slack.Root), AnnouncementWorld.Operators, world.Time));
        slack.Broadcasts.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(true, 1, true, false)]
    [InlineData(true, 1, false, true)]
    [InlineData(false, 23, true, true)]
    [InlineData(false, 25, true, false)]
    [InlineData(false, 25, false, true)]
    public async Task Who_sets_Slack_up_is_not_woken_for_a_bad_end_whose_alert_has_resolved_since(bool unheard, int hours, bool resolved, bool calls)
    {
        var page = Paged(Reason.CheckFailed, "4.1 %") with { Unheard = unheard ? "no Slack is configured" : null };
        await using var world = await AnnouncementWorld.StartAsync([.. UntilMethodFailed(), page, Closed(Outcome.Failed, Reason.CheckFailed, "4.1 %")]);
        world.Time.Advance(TimeSpan.FromHours(hours));
        if (resolved)
            await world.HappensAsync(Resolved());
        await world.ToldAsync(new SlackAnnouncer(new SlackWebApi(http, () => SlackStub.Token, world.Time, slack.Root), AnnouncementWorld.Operators, world.Time));

        slack.Broadcasts.Any().ShouldBe(calls);
        if (calls)
            rental.Messages.Single(m => m.Ts == slack.Broadcasts[0]).Text.ShouldContain("*\n`2026-11-23 12:00:00 UTC` 4.1 %\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_message_says_of_nobody_that_they_were_called_who_were_not(bool toldInTime)
    {
        var calling = Until("resolved").SkipLast(2).ToList();
        await using var world = await AnnouncementWorld.StartAsync(calling);
        var announcer = new SlackAnnouncer(new SlackWebApi(http, () => SlackStub.Token, world.Time, slack.Root), AnnouncementWorld.Operators, world.Time);
        if (toldInTime)
            await world.ToldAsync(announcer);
        await world.HappensAsync(Until("resolved").Skip(calling.Count));
        world.Time.Advance(TimeSpan.FromHours(1));
        await world.ToldAsync(announcer);
        rental.Messages[0].Blocks.ToJsonString().Contains("Called: on-call.", StringComparison.Ordinal).ShouldBe(toldInTime);

        // It was a line, and stays one, also when the message is edited.
        await world.HappensAsync(new RollbackEvent.IncidentLeft(null, "somebody wrote an update"));
        await world.ToldAsync(announcer);
        rental.Messages[0].Edits.ShouldBeGreaterThan(0);
        rental.Messages[0].Blocks.ToJsonString().Contains("Called: on-call.", StringComparison.Ordinal).ShouldBe(toldInTime);
    }

    // What calls them says by itself that nobody answered; of what waited until then none is to be read as if it still did.
    [Fact]
    public async Task Of_a_question_that_nobody_answered_at_last_people_are_called_once()
    {
        await using var world = await AnnouncementWorld.StartAsync([.. Until("asked once more, and not answered")]);
        world.Time.Advance(TimeSpan.FromMinutes(15));
        await world.ToldAsync(new SlackAnnouncer(new SlackWebApi(http, () => SlackStub.Token, world.Time, slack.Root), AnnouncementWorld.Operators, world.Time));

        rental.Messages.Single(m => m.Ts == slack.Broadcasts.ShouldHaveSingleItem()).Text.ShouldContain("not rolled back (approval_timed_out)*");
        rental.Messages.Count(m => m.Text.Contains(" had to be called, and what for is over: ", StringComparison.Ordinal)).ShouldBe(1);
    }

    // The answer to it was lost, and by the time that it was found it would have been none any more.
    [Fact]
    public async Task The_message_says_who_was_called_by_a_call_that_was_found_again()
    {
        var calling = Until("resolved").SkipLast(2).ToList();
        await using var world = await AnnouncementWorld.StartAsync(calling.SkipLast(1));
        slack.Now = world.Time.GetUtcNow();
        var announcer = new SlackAnnouncer(new SlackWebApi(http, () => SlackStub.Token, world.Time, slack.Root), AnnouncementWorld.Operators, world.Time);
        await world.ToldAsync(announcer);
        await world.HappensAsync(calling[^1]);
        wire.Lose = 1;
        (await world.TellAsync(announcer)).Trouble.ShouldNotBeNull();
        await world.HappensAsync(Until("resolved").Skip(calling.Count));
        world.Time.Advance(TimeSpan.FromHours(1));
        await world.ToldAsync(announcer);

        slack.Broadcasts.ShouldHaveSingleItem();
        rental.Messages[0].Blocks.ToJsonString().ShouldContain("Called: on-call.");
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Nobody_is_woken_for_what_waits_for_nobody_any_more(string end, bool calls)
    {
        await using var world = await AnnouncementWorld.StartAsync([.. Until(end)]);
        if (end.StartsWith("resolved, and another", StringComparison.Ordinal))
            await world.HappensAsync(RollbackState.Stream("other"), [.. UntilPlanned().Select(e => e is RollbackEvent.Proposed p ? p with { Id = "other" } : e), Asked(), new RollbackEvent.CallPutOff(["on-call"], Reason.ApprovalNeeded, "the playbook asks for it", Id, Noon, Noon.AddMinutes(5))]);
        world.Time.Advance(TimeSpan.FromMinutes(15));
        await world.ToldAsync(new SlackAnnouncer(new SlackWebApi(http, () => SlackStub.Token, world.Time, slack.Root), AnnouncementWorld.Operators, world.Time));
        await world.ToldAsync(new SlackTextAnnouncer(new SlackIncomingWebhook(http, () => slack.WebhookAddress, world.Time), AnnouncementWorld.Operators, world.Time));

        slack.Broadcasts.Any().ShouldBe(calls);
        rental.Messages.Any(m => m.Text.Contains(Mention, StringComparison.Ordinal)).ShouldBe(calls);
        slack.WebhookTexts.Any(t => t.Contains(Mention, StringComparison.Ordinal)).ShouldBe(calls);
        if (!calls)
        {
            rental.Messages.ShouldContain(m => m.Text.Contains("on-call had to be called, and what for is over: ", StringComparison.Ordinal));
            slack.WebhookTexts.ShouldContain(t => t.Contains("on-call had to be called, and what for is over: ", StringComparison.Ordinal) && !t.Contains("What you must do now", StringComparison.Ordinal));
        }
    }

    private static RollbackEvent.ApprovalRequested Asked() =>
        new(PlanMade().Plan.Digest, "playbook", "on-call", "the playbook asks for it", null, OnSilence.Deny, false, Noon + TimeSpan.FromMinutes(10), 1);

    private static IEnumerable<RollbackEvent> Until(string end)
    {
        var request = Asked();
        var digest = request.Digest;
        IEnumerable<RollbackEvent> asked = [.. UntilPlanned(), request, Paged(Reason.ApprovalNeeded, "the playbook asks for it")];
        IEnumerable<RollbackEvent> waits = [Proposed(), new RollbackEvent.Parked(Reason.KillSwitch, "anna: drill", null), Paged(Reason.KillSwitch, "anna: drill")];
        IEnumerable<RollbackEvent> escalated = [.. asked, new RollbackEvent.ApprovalLapsed(digest, "playbook", OnSilence.Escalate), Paged(Reason.ApprovalTimedOut, "nobody answered"), request with { Round = 2 }];
        var withdrawn = Closed(Outcome.Withdrawn, Reason.Resolved, "every alert resolved before anything was changed");
        return end switch
        {
            "still asked" => asked,
            "resolved, and another waits for no call as this one was made" => [.. asked, Resolved(), withdrawn],
            "waited to take over, goes on" => [Proposed() with { After = "earlier" }, .. waits.Skip(1), new RollbackEvent.Unparked("kill_switch is over"), .. UntilPlanned().Skip(1)],
            "said yes" => [.. asked, new RollbackEvent.ApprovalGiven(digest, "playbook", "ann", null), .. UntilActing().Skip(3)],
            "said no" => [.. asked, new RollbackEvent.ApprovalRejected(digest, "playbook", "ann", null), Closed(Outcome.Refused, Reason.RejectedByPerson, "ann said no")],
            "resolved" => [.. asked, Resolved(), withdrawn],
            "not answered, and for people now" =>
                [.. asked, new RollbackEvent.ApprovalLapsed(digest, "playbook", OnSilence.Deny), .. BadEnd(Outcome.Refused, Reason.ApprovalTimedOut, "nobody answered")],
            "asked once more" => escalated,
            "asked once more, resolved" => [.. escalated, Resolved(), withdrawn],
            "asked once more, and not answered" =>
                [.. escalated, new RollbackEvent.ApprovalLapsed(digest, "playbook", OnSilence.Deny), .. BadEnd(Outcome.Refused, Reason.ApprovalTimedOut, "nobody answered")],
            "still waits" => waits,
            "waits for something else" => [.. waits, new RollbackEvent.Unparked("off"), new RollbackEvent.Parked(Reason.Breaker, "tripped", null)],
            "waited, goes on" => [.. waits, new RollbackEvent.Unparked("kill_switch is over"), .. UntilPlanned().Skip(1)],
            "waited, resolved" => [.. waits, Resolved(), withdrawn],
            "waited, and is refused for it" => [.. waits, .. BadEnd(Outcome.Refused, Reason.KillSwitch, "anna: drill")],
            _ => [.. UntilMethodFailed(), .. BadEnd(Outcome.Failed, Reason.CheckFailed, "4.1 %"), Resolved()],
        };
    }
}
