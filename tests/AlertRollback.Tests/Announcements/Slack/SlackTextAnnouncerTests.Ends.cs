using AlertRollback.Rollbacks;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Slack;

// What people are told of an end: once, and that it is past.
public sealed partial class SlackTextAnnouncerTests
{
    [Theory]
    [InlineData("called to", 1)]
    [InlineData("not called again for now", 1)]
    [InlineData("called to by its playbook", 1)]
    [InlineData("no help after all", 1)]
    [InlineData("waits", 1)]
    [InlineData("nobody is called", 1)]
    [InlineData("says more than the call", 2)]
    [InlineData("what the call was for is over", 2)]
    public async Task An_end_is_told_once_where_the_call_to_it_has_said_it_all(string end, int texts)
    {
        var fallback = new RollbackEvent.FallbackStarted(Reason.CheckFailed, "4.1 %");
        IEnumerable<RollbackEvent> before = end switch
        {
            "called to by its playbook" or "says more than the call" => [.. UntilMethodFailed(), fallback, FallbackPlanned(0, "page", "", "call on-call", changes: false)],
            "no help after all" => [.. UntilStabilising(), Closed(Outcome.RolledBack, Reason.Applied, "undone")],
            "waits" => [Proposed()],
            _ => UntilPlanned(),
        };
        IEnumerable<RollbackEvent> page = [Paged(Reason.CheckFailed, "4.1 %"), new RollbackEvent.StepEnded("on_failure/0", "page", StepResult.Done, Reason.Applied, "called on-call"), new RollbackEvent.FallbackStepEnded(0, "page", true, "")];
        await using var world = await AnnouncementWorld.StartAsync(before);
        await world.ToldAsync(Announcer(world));
        var told = slack.WebhookTexts.Count;
        await world.HappensAsync(end switch
        {
            "called to" => BadEnd(Outcome.Refused, Reason.DeployedTooLongAgo, "4.1 %"),
            "not called again for now" => [new RollbackEvent.CallPutOff(["on-call"], Reason.DeployedTooLongAgo, "4.1 %", "other", Noon, Noon.AddMinutes(5)), Closed(Outcome.Refused, Reason.DeployedTooLongAgo, "4.1 %")],
            "called to by its playbook" => [.. page, Closed(Outcome.Failed, Reason.CheckFailed, "4.1 %")],
            "says more than the call" => [.. page, Closed(Outcome.Failed, Reason.CheckFailed, "4.1 %; scale: not done")],
            "no help after all" => [new RollbackEvent.FoundIneffective("4.1 %"), Paged(Reason.Ineffective, "4.1 %")],
            "waits" => [Paged(Reason.KillSwitch, "4.1 %"), new RollbackEvent.Parked(Reason.KillSwitch, "4.1 %", null)],
            "nobody is called" => [Closed(Outcome.Refused, Reason.ConditionNotMet, "4.1 %")],
            _ => [.. BadEnd(Outcome.Refused, Reason.DeployedTooLongAgo, "4.1 %").Select(e => e is RollbackEvent.Paged p ? p with { Unheard = "no Slack is configured" } : e)],
        });
        if (end == "what the call was for is over")
        {
            world.Time.Advance(TimeSpan.FromHours(1));
            await world.HappensAsync(Resolved());
        }

        await world.ToldAsync(Announcer(world));
        var said = slack.WebhookTexts.Skip(told).ToList();
        said.Count.ShouldBe(texts, string.Join('\n', said));
        said[0].ShouldContain("4.1 %");
        said[^1].ShouldContain("*What you must do now:* ");
    }

    [Theory]
    [InlineData("a bad end")]
    [InlineData("a refusal")]
    [InlineData("no help")]
    [InlineData("agreed to, still firing")]
    public async Task Whoever_was_called_hears_once_that_the_alert_has_resolved_since(string end)
    {
        await using var world = await AnnouncementWorld.StartAsync([.. Ended(end), new RollbackEvent.CauseAttached(Cause(fingerprint: "f2"))]);
        await world.ToldAsync(Announcer(world));
        var told = slack.WebhookTexts.Count;
        world.Time.Advance(TimeSpan.FromMinutes(6));
        await world.HappensAsync(Resolved());
        await world.ToldAsync(Announcer(world));
        slack.WebhookTexts.Count.ShouldBe(told, "the other one fires on");

        world.Time.Advance(TimeSpan.FromMinutes(2));
        await world.HappensAsync(Resolved() with { Fingerprint = "f2" });
        await world.ToldAsync(Announcer(world));
        await world.HappensAsync(new RollbackEvent.IncidentLeft(null, "close it"));
        await world.ToldAsync(Announcer(world));

        var past = slack.WebhookTexts.Skip(told).SkipLast(1).ShouldHaveSingleItem();
        past.ShouldBe(end switch
        {
            "a bad end" => $"*🔴 rental-api: rollback FAILED (check_failed), the alert has resolved since*\n`2026-11-23 12:08:00 UTC` `{Id}` RentalErrors (rental-api-7) resolved\n"
                + "*What you must do now:* The alert has resolved since, but the rollback did not end with a service that was measured to be healthy: look whether it is, and at what was left changed.",
            "a refusal" => $"*✋ rental-api: not rolled back (deployed_too_long_ago), the alert has resolved since*\n`2026-11-23 12:08:00 UTC` `{Id}` RentalErrors (rental-api-7) resolved\n"
                + "*What you must do now:* The alert has resolved since, and nothing was changed: see that it stays so.",
            "no help" => $"*🟡 rental-api: rolled back, the alert fired on after the hold and has resolved since*\n`2026-11-23 12:08:00 UTC` `{Id}` RentalErrors (rental-api-7) resolved\n"
                + "*What you must do now:* Look why it took so long: the alert fired on after the hold and has resolved since, by what was done or by something else. Find out what was wrong with the release before it is deployed again.",
            _ => $"*✅ rental-api: rolled back, verified and stable*\n`2026-11-23 12:08:00 UTC` `{Id}` RentalErrors (rental-api-7) resolved\n"
                + "*What you must do now:* Find out what was wrong with the release before it is deployed again: it is in quarantine.",
        });
    }

    [Theory]
    [InlineData("nobody was called")]
    [InlineData("resolved before its end")]
    [InlineData("withdrawn")]
    public async Task Of_a_resolution_that_changes_nothing_for_anybody_there_are_no_words(string end)
    {
        await using var world = await AnnouncementWorld.StartAsync(Ended(end));
        await world.ToldAsync(Announcer(world));
        var told = slack.WebhookTexts.Count;
        world.Time.Advance(TimeSpan.FromMinutes(6));
        if (end == "nobody was called")
            await world.HappensAsync(Resolved());
        await world.ToldAsync(Announcer(world));
        slack.WebhookTexts.Count.ShouldBe(told);
        slack.WebhookTexts.ShouldNotContain(t => t.Contains("(rental-api-7) resolved", StringComparison.Ordinal));
    }

    private static IEnumerable<RollbackEvent> Ended(string end) => end switch
    {
        "a bad end" => [.. UntilMethodFailed(), .. BadEnd(Outcome.Failed, Reason.CheckFailed, "4.1 %")],
        "a refusal" => [.. UntilPlanned(), .. BadEnd(Outcome.Refused, Reason.DeployedTooLongAgo, "deployed 3 days ago")],
        "no help" => [.. UntilStabilising(), Closed(Outcome.RolledBack, Reason.Applied, "undone"), new RollbackEvent.FoundIneffective("still fires"), Paged(Reason.Ineffective, "still fires")],
        "agreed to, still firing" => [.. UntilPlanned(), Paged(Reason.ApprovalNeeded, "asked"), .. UntilStabilising().Skip(UntilPlanned().Count()), Closed(Outcome.RolledBack, Reason.Applied, "undone")],
        "nobody was called" => [.. UntilStabilising(), Closed(Outcome.RolledBack, Reason.Applied, "undone")],
        "resolved before its end" => [.. UntilStabilising(), Resolved(), .. BadEnd(Outcome.Failed, Reason.CheckFailed, "4.1 %")],
        _ => [.. UntilPlanned(), Paged(Reason.ApprovalNeeded, "asked"), Resolved(), Closed(Outcome.Withdrawn, Reason.Resolved, "every alert resolved before anything was changed")],
    };
}
