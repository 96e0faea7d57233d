using System.CommandLine;
using AlertRollback.Announcements.Wording;
using AlertRollback.CommandLine;
using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Wording;

/// <summary>Whoever is called learns what they, and nobody else, have to do.</summary>
public sealed class AdviceTests
{
    [Fact]
    public void Everybody_who_has_to_agree_is_told_until_when_and_what_has_to_be_typed()
    {
        var digest = PlanMade().Plan.Digest;
        var manager = new RollbackEvent.ApprovalRequested(digest, "severity", "manager", "severity critical asks for it", null, OnSilence.Proceed, false, Noon + TimeSpan.FromMinutes(5), 1);
        var admin = new RollbackEvent.ApprovalRequested(digest, "playbook", "database-admin", "playbook undo asks for it", "0042", OnSilence.Deny, false, Noon + TimeSpan.FromMinutes(15), 1);

        Advice.For(Fold([.. UntilPlanned(), manager, admin])).ShouldBe(
            "manager: say yes or no until 12:05 UTC (it is done if nobody answers); "
            + "database-admin, with --type …: say yes or no until 12:15 UTC (it is not done if nobody answers): "
            + $"alertrollback approve {Id} --digest {digest[..12]} [--type …], or alertrollback reject {Id} --digest {digest[..12]}");
        Advice.For(Fold([.. UntilPlanned(), manager, admin, new RollbackEvent.ApprovalGiven(digest, "severity", "kim", null)])).ShouldBe(
            "database-admin: say yes or no until 12:15 UTC (it is not done if nobody answers): "
            + $"alertrollback approve {Id} --digest {digest[..12]} --type …, or alertrollback reject {Id} --digest {digest[..12]}");
    }

    [Fact]
    public void What_has_to_be_typed_is_said_in_words()
    {
        var plan = PlanMade().Plan.Digest;
        RollbackEvent.ApprovalRequested Asked(string ask, string role, string? answer, string? words) =>
            new(plan, ask, role, "why", answer, OnSilence.Deny, false, Noon + TimeSpan.FromMinutes(15), 1) { Type = words };
        var admin = Asked("playbook", "database-admin", "0042", "the backup's time stamp");

        Advice.For(Fold([.. UntilPlanned(), admin])).ShouldContain($"alertrollback approve {Id} --digest {plan[..12]} --type \"<the backup's time stamp>\", or ");
        var two = Advice.For(Fold([.. UntilPlanned(), admin, Asked("method", "tech-lead", "rental", "the service's name")]));
        two.ShouldContain("database-admin, with --type \"<the backup's time stamp>\": say yes");
        two.ShouldContain("tech-lead, with --type \"<the service's name>\": say yes");
        two.ShouldContain($"--digest {plan[..12]} --type …, or ");
    }

    [Fact]
    public void A_command_to_be_typed_stands_last()
    {
        var asked = new RollbackEvent.ApprovalRequested(PlanMade().Plan.Digest, "playbook", "devops-lead", "playbook undo asks for it", null, OnSilence.Deny, false, Noon + TimeSpan.FromMinutes(15), 1);
        var advice = Advice.For(Fold([.. UntilPlanned(), asked, new RollbackEvent.IncidentLeft("https://stspg.io/1", "somebody wrote an update")]));
        advice.ShouldStartWith("The incident on the status page (https://stspg.io/1) is yours now: somebody wrote an update. devops-lead: say yes or no");
        advice.ShouldEndWith($"alertrollback reject {Id} --digest {asked.Digest[..12]}");
    }

    [Fact]
    public void What_a_step_leaves_for_people_to_do_is_said_at_every_end_as_soon_as_it_was_done()
    {
        var planned = PlanMade();
        var plan = planned with { Plan = planned.Plan with { Steps = [planned.Plan.Steps[0] with { Afterwards = "Resume it: flux resume kustomization rental -n flux-system" }] } };
        RollbackState Fold(params IEnumerable<RollbackEvent> events) => Happenings.Fold([.. events.Select(e => e is RollbackEvent.PlanMade ? plan : e)]);
        var left = new RollbackEvent.IncidentLeft(null, "somebody wrote an update");

        Advice.For(Fold(UntilRolledBack())).ShouldEndWith("in quarantine. Resume it: flux resume kustomization rental -n flux-system");
        Advice.For(Fold([.. UntilRolledBack(), left])).ShouldEndWith("in quarantine. The incident on the status page is yours now: somebody wrote an update. Resume it: flux resume kustomization rental -n flux-system");
        Advice.For(Fold([.. UntilActing(), StepEnded(), .. BadEnd(Outcome.Failed, Reason.CheckFailed, "500")])).ShouldEndWith(" Resume it: flux resume kustomization rental -n flux-system");
        Advice.For(Fold([.. UntilActing(), StepEnded()])).ShouldNotContain("flux", Case.Sensitive, "while it runs it has to stay as it is");
        Advice.For(Fold([.. UntilActing(), StepEnded(StepResult.Failed, Reason.TimedOut, "late"), .. BadEnd(Outcome.Failed, Reason.CheckFailed, "500")])).ShouldNotContain("flux", Case.Sensitive, "it was not done");
    }

    [Fact]
    public void What_was_not_needed_is_rolled_back_by_nobody_when_the_alert_has_resolved()
    {
        IEnumerable<RollbackEvent> skipped = [.. UntilActing(), StepEnded(StepResult.Skipped, Reason.ConditionNotMet, "not needed: http: 200")];
        var end = Closed(Outcome.Refused, Reason.ConditionNotMet, "nothing was changed, not needed: http: 200");
        Advice.For(Fold([.. skipped, Resolved(), end])).ShouldBe("Nothing: it was not needed.");
        Advice.For(Fold([.. skipped, end])).ShouldBe("Decide yourself and, if it is right, roll back by hand.");
    }

    [Fact]
    public void A_question_that_is_open_for_days_says_until_which_day()
    {
        var asked = new RollbackEvent.ApprovalRequested(PlanMade().Plan.Digest, "playbook", "devops-lead", "playbook undo asks for it", null, OnSilence.Deny, false, Noon + TimeSpan.FromDays(2), 1);
        Advice.For(Fold([.. UntilPlanned(), asked])).ShouldStartWith("devops-lead: say yes or no until 2026-11-25 12:00 UTC");
    }

    [Fact]
    public void Whoever_started_it_is_told_that_somebody_else_has_to_agree()
    {
        var asked = new RollbackEvent.ApprovalRequested(PlanMade().Plan.Digest, "playbook", "devops-lead", "playbook undo asks for it", null, OnSilence.Escalate, true, Noon + TimeSpan.FromMinutes(15), 1);

        Advice.For(Fold([ByAlice(), PlanMade(), asked])).ShouldStartWith("devops-lead, other than alice: say yes or no until 12:15 UTC (devops-lead is called once more if nobody answers): ");
        Advice.For(Fold([.. UntilPlanned(), asked])).ShouldStartWith("devops-lead: say yes or no until 12:15 UTC");
    }

    [Fact]
    public void Whom_an_escalation_calls_is_named()
    {
        var asked = new RollbackEvent.ApprovalRequested(PlanMade().Plan.Digest, "playbook", "devops-lead", "playbook undo asks for it", null, OnSilence.Escalate, false, Noon + TimeSpan.FromMinutes(15), 1) { AlsoCalled = ["on-call"] };

        Advice.For(Fold([.. UntilPlanned(), asked])).ShouldStartWith("devops-lead: say yes or no until 12:15 UTC (devops-lead and on-call are called if nobody answers): ");
        TimelineLine.For(new TimelineEntry(1, Noon, asked)).ShouldBe("devops-lead is asked until 12:15:00 UTC (devops-lead and on-call are called if nobody answers): playbook undo asks for it");
        TimelineLine.For(new TimelineEntry(1, Noon, new RollbackEvent.ApprovalLapsed(asked.Digest, asked.Ask, OnSilence.Escalate))).ShouldBe("nobody answered in time: it is asked once more");
    }

    [Theory]
    [InlineData(Reason.ApprovalTimedOut, "Decide yourself: there was no answer in time, and nothing was changed. If it is right, roll back by hand.")]
    [InlineData(Reason.CanaryUnderWay, "Promote or abort the version that is on its way first. Then roll back by hand if it is still right.")]
    public void A_playbook_is_named_for_a_start_by_hand_only_where_people_may_start_it(Reason reason, string otherwise)
    {
        var (alert, ended) = (Proposed(), BadEnd(Outcome.Refused, reason, "text"));
        var open = alert with { Playbook = alert.Playbook with { Manual = new ManualDefinition(["on-call"], [new InputDefinition("pod", null), new InputDefinition("note", "none")], SeveralServices: false) } };

        Advice.For(Fold([alert, .. ended])).ShouldBe(otherwise);
        Advice.For(Fold([open, .. ended])).ShouldEndWith(" It can be started by hand: alertrollback trigger undo --service rental-api --input pod=… --reason …");
    }

    [Theory]
    [InlineData(Reason.DeployedAfterAlert, "Look whether the newest release is the fix. If it is not, ")]
    [InlineData(Reason.DeployTimeUnknown, "Look when the running release was deployed. If it is the cause, ")]
    [InlineData(Reason.StaleAlert, "Look whether the problem is still there. If it is, ")]
    public void Whoever_is_to_roll_back_by_hand_is_told_how_where_the_playbook_may_be_started_so(Reason reason, string look)
    {
        var (alert, ended) = (Proposed(), BadEnd(Outcome.Refused, reason, "text"));
        Advice.For(Fold([alert, .. ended])).ShouldBe($"{look}roll back by hand.");
        Advice.For(Fold([ByHand(alert), .. ended])).ShouldBe($"{look}start it by hand: alertrollback trigger undo --service rental-api --reason …");
    }

    [Theory]
    [InlineData(Reason.DeployedAfterAlert, "Look whether the newest release is the fix. If it is not, roll back by hand: in shadow mode nothing is changed.")]
    [InlineData(Reason.DeployTimeUnknown, "Look when the running release was deployed. If it is the cause, roll back by hand: in shadow mode nothing is changed.")]
    [InlineData(Reason.CanaryUnderWay, "Promote or abort the version that is on its way first. Then roll back by hand if it is still right.")]
    [InlineData(Reason.DatabaseChangeUnknown, "Look whether the release changed the database. If it did, take both back; if it did not, roll back by hand.")]
    public void Nobody_is_sent_to_start_what_would_only_be_planned(Reason reason, string advice)
    {
        var alert = Proposed(shadow: true);
        Advice.For(Fold([ByHand(alert), Closed(Outcome.Refused, reason, "text")])).ShouldBe(advice);
    }

    [Fact]
    public void Where_the_row_alone_is_in_shadow_mode_people_are_told_how_to_start_what_it_would_have_done()
    {
        var alert = ByHand(Proposed(shadow: true));
        var planned = Closed(Outcome.Shadowed, Reason.Shadow, "shadow mode: nothing was changed");

        Advice.For(Fold([alert, planned])).ShouldBe("If you agree, roll back by hand: in shadow mode nothing is changed.");
        Advice.For(Fold([alert with { Row = alert.Row with { ShadowAlone = true } }, planned])).ShouldBe(
            "If you agree, start it by hand: alertrollback trigger undo --service rental-api --reason …");
    }

    // Started by hand without it, the same would be refused for the same reason.
    [Fact]
    public void Whoever_knows_that_the_database_did_not_change_is_told_how_to_say_so()
    {
        const string look = "Look whether the release changed the database. If it did, take both back; if it did not, ";
        var (alert, ended) = (Proposed(), BadEnd(Outcome.Refused, Reason.DatabaseChangeUnknown, "text"));
        Advice.For(Fold([alert, .. ended])).ShouldBe($"{look}roll back by hand.");
        Advice.For(Fold([ByHand(alert), .. ended])).ShouldBe(
            $"{look}say so and start it by hand: kubectl annotate deployment rental-api --namespace production alertrollback.io/database-change=none --overwrite && alertrollback trigger undo --service rental-api --reason …");
    }

    [Theory]
    [InlineData(Reason.Irreversible)]
    [InlineData(Reason.CannotTell)]
    [InlineData(Reason.NotGranted)]
    [InlineData(Reason.Ineffective)]
    public void Nobody_is_sent_to_start_what_the_same_guard_would_refuse_or_what_did_not_help(Reason reason) =>
        Advice.For(Fold([ByHand(Proposed()), .. BadEnd(Outcome.Refused, reason, "text")])).ShouldNotContain("alertrollback trigger");

    [Fact]
    public void What_was_undone_and_runs_again_can_be_undone_by_hand()
    {
        RollbackEvent[] ended = [.. UntilStabilising().Skip(1), .. BadEnd(Outcome.Superseded, Reason.DeployedAgain, "rental:2.0 was deployed again")];
        Advice.For(Fold([ByHand(Proposed()), .. ended])).ShouldBe("Stop whoever deploys it: what was undone runs again. Then start it by hand: alertrollback trigger undo --service rental-api --reason …");
    }

    private static RollbackEvent.Proposed ByHand(RollbackEvent.Proposed alert) =>
        alert with { Playbook = alert.Playbook with { Manual = new ManualDefinition(["on-call"], [], SeveralServices: false) } };

    [Theory]
    [InlineData(Outcome.Refused, Reason.DeployedTooLongAgo, "not rolled back (deployed_too_long_ago), the alert has resolved since", "The alert has resolved since, and nothing was changed: see that it stays so.")]
    [InlineData(Outcome.Shadowed, Reason.Shadow, "would be rolled back, the alert has resolved since", "The alert has resolved since, and nothing was changed: see that it stays so.")]
    [InlineData(Outcome.Ineffective, Reason.Ineffective, "not rolled back again, the earlier rollback did not help, the alert has resolved since", "The alert has resolved since, and nothing was changed: see that it stays so.")]
    [InlineData(Outcome.Stopped, Reason.StoppedByPerson, "rollback STOPPED, the alert has resolved since", "The alert has resolved since. Look at what was left half done, then finish or revert it by hand.")]
    [InlineData(Outcome.Superseded, Reason.Superseded, "somebody deployed meanwhile, left alone, the alert has resolved since", "The alert has resolved since: look whether what was deployed meanwhile is the fix.")]
    public void Nobody_is_sent_after_an_alert_that_has_resolved_since_the_end(Outcome outcome, Reason reason, string headline, string advice)
    {
        RollbackEvent[] ended = [.. outcome is Outcome.Stopped or Outcome.Superseded ? UntilActing() : UntilPlanned(), .. BadEnd(outcome, reason, "text")];

        (Headline.Text(Fold([.. ended, Resolved()])), Advice.For(Fold([.. ended, Resolved()]))).ShouldBe((headline, advice));
        Headline.Text(Fold([.. ended, Resolved(), new RollbackEvent.CauseAttached(Cause())])).ShouldNotContain("resolved", customMessage: "it fires anew");
    }

    [Fact]
    public void Of_what_gave_way_nothing_is_said_when_its_alert_resolves()
    {
        var replaced = Fold([.. UntilPlanned(), Closed(Outcome.Replaced, Reason.ReplacedByStrongerRow, "the stronger row takes over"), Resolved()]);
        (Headline.Text(replaced), Advice.For(replaced)).ShouldBe(("a stronger row took over", "Nothing."));
    }

    [Fact]
    public void What_resolved_before_the_end_does_not_make_a_bad_end_less_urgent() =>
        Advice.For(Fold([.. UntilStabilising(), Resolved(), .. BadEnd(Outcome.Failed, Reason.CheckFailed, "not healthy any more")]))
            .ShouldBe("Take over now: the rollback did not make the service healthy.");

    [Fact]
    public void What_was_undone_and_is_deployed_again_is_not_called_the_fix()
    {
        var ended = Fold([.. UntilStabilising(), .. BadEnd(Outcome.Superseded, Reason.DeployedAgain, "rental:2.0 was deployed again")]);
        Headline.For(ended).ShouldBe("🔴 rental-api: what was undone was deployed again, left alone");
        Advice.For(ended).ShouldBe("Stop whoever deploys it, and roll back by hand: what was undone runs again.");
    }

    [Fact]
    public void Whoever_started_what_waits_is_told_that_it_does_not_wait_for_ever()
    {
        Advice.For(Fold([ByAlice(), new RollbackEvent.Parked(Reason.KillSwitch, "on", null)])).ShouldBe(
            "After a long wait it has to be started again. Decide yourself: the kill switch is on. It goes on by itself when the switch is turned off: alertrollback kill-switch off --why …");
        Advice.For(Fold([Proposed(), new RollbackEvent.Parked(Reason.KillSwitch, "on", null)])).ShouldStartWith("Decide yourself: the kill switch is on. ");
        Advice.For(Fold([ByAlice(), new RollbackEvent.Parked(Reason.Freeze, "frozen", null)])).ShouldBe("Decide yourself, or lift the freeze: it goes on by itself then. After a long wait it has to be started again.");
        Advice.For(Fold([Proposed(), new RollbackEvent.Parked(Reason.Freeze, "frozen", null)])).ShouldBe("Decide yourself, or lift the freeze: it goes on by itself then.");
    }

    [Theory]
    [InlineData(Reason.KillSwitch, "alertrollback kill-switch off --why …")]
    [InlineData(Reason.Breaker, "alertrollback breaker reset --why …")]
    [InlineData(Reason.Freeze, "alertrollback freeze rental-worker off --why …")]
    [InlineData(Reason.NoCandidate, "alertrollback revisions rental-api")]
    [InlineData(Reason.NoKnownGood, "alertrollback revisions rental-api")]
    public void What_stands_in_the_way_is_told_with_the_command_that_moves_it_last(Reason reason, string command)
    {
        RollbackEvent[] stopped = reason is Reason.NoCandidate or Reason.NoKnownGood
            ? [Proposed(), .. BadEnd(Outcome.Refused, reason, "text")]
            : [Proposed(), new RollbackEvent.Parked(reason, "text", null) { Service = reason == Reason.Freeze ? "rental-worker" : null }];

        Advice.For(Fold(stopped)).ShouldEndWith($": {command}");
        var left = Advice.For(Fold([.. stopped, new RollbackEvent.IncidentLeft(null, "somebody wrote an update")]));
        left.ShouldStartWith("The incident on the status page is yours now: somebody wrote an update. ");
        left.ShouldEndWith($": {command}");
        CommandsFit(command);
    }

    [Fact]
    public void Of_what_has_no_revisions_none_are_shown() =>
        Advice.For(Fold([Proposed() with { Service = Proposed().Service with { Workload = null } }, .. BadEnd(Outcome.Refused, Reason.NoCandidate, "text")]))
            .ShouldBe("Choose the version to go back to, and deploy it by hand.");

    [Theory]
    [InlineData("2.0-rc_1", "kubernetes", "alertrollback trigger undo --service rental-api --method kubernetes --input version=2.0-rc_1 --reason …")]
    // It would do something else in a shell, or not be shown as it is.
    [InlineData("2.0; rm -rf /", null, "alertrollback trigger undo --service rental-api --input version=… --reason …")]
    [InlineData("_2.0_", null, "alertrollback trigger undo --service rental-api --input version=… --reason …")]
    public void What_waited_for_too_long_is_started_again_as_it_was(string version, string? method, string command)
    {
        var started = ByAlice();
        var manual = new ManualDefinition(["on-call"], [new InputDefinition("version", null), new InputDefinition("note", "none")], SeveralServices: false);
        started = started with
        {
            Playbook = started.Playbook with { Manual = manual },
            Manual = started.Manual! with { Method = method, Inputs = started.Manual.Inputs.Add("version", version).Add("note", "none") },
        };
        Advice.For(Fold([started, .. BadEnd(Outcome.Refused, Reason.StaleStart, "text")])).ShouldBe($"Look whether it is still wanted; start it again if it is: {command}");
        CommandsFit(command);
    }

    // As people type it, with something in the place of what they have to fill in.
    private static void CommandsFit(string command)
    {
        var root = new RootCommand();
        foreach (var one in OperatorCommands.Create())
            root.Subcommands.Add(one);
        root.Parse(command["alertrollback ".Length..].Replace("…", "x", StringComparison.Ordinal)).Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Outcome.Refused, Reason.ApprovalTimedOut, "did NOT take over (approval_timed_out)", "There was no answer in time.")]
    [InlineData(Outcome.Refused, Reason.NoCandidate, "did NOT take over (no_candidate)", "Choose the version to go back to, and deploy it by hand. What there is: alertrollback revisions rental-api")]
    [InlineData(Outcome.Ineffective, Reason.Ineffective, "not rolled back again, the earlier rollback did not help", "Look for the cause: the alert still fires. Nothing more is done automatically.")]
    public void What_was_to_take_over_and_did_not_calls_to_what_failed_before_it(Outcome outcome, Reason reason, string headline, string then)
    {
        var ended = Fold([Proposed() with { After = "first" }, GuardsPass(), PlanMade(), .. BadEnd(outcome, reason, "text")]);
        Headline.Text(ended).ShouldBe(headline);
        Advice.For(ended).ShouldBe($"Take over now: first failed and what it changed stays. {then}");
    }

    [Fact]
    public void What_took_over_and_found_nothing_to_do_calls_to_what_failed_before_it_too()
    {
        var skipped = StepEnded(StepResult.Skipped, Reason.ConditionNotMet, "the flag is off");
        var ended = Fold([Proposed() with { After = "first" }, .. UntilActing().Skip(1), skipped, .. BadEnd(Outcome.Refused, Reason.ConditionNotMet, "nothing was changed, the flag is off")]);
        ended.HasActed.ShouldBeTrue();
        Headline.Text(ended).ShouldBe("did NOT take over (condition_not_met)");
        Advice.For(ended).ShouldStartWith("Take over now: first failed and what it changed stays.");
    }

    [Fact]
    public void What_is_to_take_over_and_waits_calls_to_what_failed_before_it()
    {
        var hold = new RollbackEvent.Parked(Reason.Hold, "the same playbook acted 5 min ago", null);
        Advice.For(Fold([Proposed() with { After = "first" }, hold])).ShouldBe("first failed, and what was to take over waits: look at what first left changed.");
        Advice.For(Fold([Proposed(), hold])).ShouldBe("Watch the alert: if it still fires when this time is over, people are called.");
        Advice.For(Fold([Proposed(), hold with { Reason = Reason.Cooldown }])).ShouldBe("Watch the alert: it is decided anew when this time is over.");
    }

    [Fact]
    public void Nobody_is_sent_for_another_cause_where_something_was_deployed_since() =>
        Advice.For(Fold([.. UntilStabilising(), Closed(Outcome.RolledBack, Reason.Applied, "undone"), new RollbackEvent.FoundIneffective("fires") { Overtaken = true }]))
            .ShouldBe("Look at what was deployed after the undo: it may be why the alert fires. Nothing more is done automatically.");
}
