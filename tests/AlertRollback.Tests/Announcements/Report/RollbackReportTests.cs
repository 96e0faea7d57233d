using System.Text.Json.Nodes;
using AlertRollback.Announcements.Report;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Captures;
using AlertRollback.Rollbacks;
using static AlertRollback.Tests.Announcements.Happenings;

namespace AlertRollback.Tests.Announcements.Report;

public sealed class RollbackReportTests
{
    [Fact]
    public void What_the_journal_knows_is_filled_in_and_the_rest_is_left_to_people()
    {
        var rollback = Fold([
            .. UntilActing(),
            new RollbackEvent.StepMarked("kubernetes/0", KeptEvidence.MarkName, new JsonObject { ["pods"] = new JsonArray() }, ""),
            .. UntilRolledBack().Skip(UntilActing().Count()),
            new RollbackEvent.Overran("execute", TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(9)),
        ]);
        Report(rollback, "INC-2026-014", Task("t1", "Root-cause analysis"), Task("t2", "Plan the fix", new TaskEvent.Done("ada", "in 1.9.1")), Task("t3", "Of another", of: "other")).ShouldBe("""
            # Incident INC-2026-014: rental-api, 2026-11-23

            ✅ rental-api: rolled back, verified and stable

            - **Rollback:** `rental-api-20261123-1200-abc123`
            - **Date:** 2026-11-23 (UTC)
            - **Duration:** 3m10s, from 2026-11-23 11:59:00 to 12:02:10 UTC
            - **Severity:** critical
            - **Service:** rental-api (team rental)
            - **Trigger:** automatic: alert RentalErrors — Errors at 12 %; row "critical band", playbook undo
            - **Rolled back:** from revision 7 (rental:2.0) to revision 6 (rental:1.9) (rollout_undo)
            - **Outcome:** rolled_back (applied): undone, verified and stable

            ## Time line

            - **Detection:** 11:59:00 UTC, heard of at 12:00:00
            - **Response:** 12:00:00 UTC decided; carried out from 12:00:30 on
            - **Mitigation:** 12:01:10 UTC the last step was over; 12:01:40 verification: pass — every check passed
            - **Resolution:** 12:02:00 UTC every alert had resolved; 12:02:10 UTC closed

            ## What was done

            - 12:00:00 RentalErrors is firing — Errors at 12 %: row "critical band" decides
            - 12:00:10 all 2 guards passed; deployed 20 min before the alert
            - 12:00:20 plan: rollout_undo revision 7 (rental:2.0) → revision 6 (rental:1.9)
            - 12:00:30 started; from here on its steps are carried out
            - 12:00:40 method kubernetes, until 12:10:00 UTC
            - 12:01:10 rollout_undo done: 3 of 3 pods run revision 6
            - 12:01:20 checks "healthy" are asked, until 12:06:00 UTC
            - 12:01:30 checks "healthy" pass: ✓ error rate: 0.02 % (expected below 0.1 %); ℹ requests: 210/s
            - 12:01:40 verification: pass — every check passed
            - 12:01:50 watched until 12:35 UTC, please deploy nothing
            - 12:02:00 RentalErrors (rental-api-7) resolved
            - 12:02:10 closed: rolled_back (applied) — undone, verified and stable
            - 12:02:20 overrun: execute took 9 min, target 5 min

            ## What was measured

            - ✓ error rate: 0.02 % (expected below 0.1 %)
            - ℹ requests: 210/s

            ## Root cause

            _to be filled in_

            - **Release:** deployed 20 min before the alert
            - **Kept of what was taken away:** `alertrollback evidence rental-api-20261123-1200-abc123`

            ## Impact

            - **Users affected:** _to be filled in_
            - **Functions affected:** _to be filled in_
            - **Downtime:** _to be filled in_; the alerts, which say no more than that something was wrong:
              - RentalErrors: since 11:59:00 UTC, resolved by 12:02:00 UTC
            - **Requests and data lost:** _to be filled in_
            - **Revenue lost:** _to be filled in_

            ## What must be done now

            Find out what was wrong with the release before it is deployed again: it is in quarantine.

            ## Checklist

            - [x] Trigger and severity are known: critical
            - [ ] Those concerned were told
            - [x] Logs and state of what was taken away were kept: alertrollback evidence rental-api-20261123-1200-abc123
            - [x] A way was chosen: kubernetes
            - [x] It was carried out: rollout_undo
            - [x] Health and function were verified: every check passed
            - [x] It was watched to the end: until 2026-11-23 12:35 UTC
            - [ ] Dashboards and documents are up to date
            - [ ] The root cause and the lessons are written down
            - [ ] A review is scheduled
            - [ ] The fix and its deployment are planned

            ## Follow-ups

            - [ ] Root-cause analysis (devops-lead, until 2026-11-23 16:00 UTC; `alertrollback task done t1`)
            - [x] Plan the fix (done by ada: in 1.9.1)
            - [ ] _to be filled in_

            ## Lessons

            - **What went well:** _to be filled in_
            - **What to improve:** _to be filled in_
              - overrun: execute took 9 min, target 5 min
            - **What we learned:** _to be filled in_

            Written by AlertRollback from its journal, 2026-11-23 13:00 UTC.

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_rollback_and_what_took_over_are_one_report_whichever_is_asked_for()
    {
        const string Second = "rental-api-restore";
        var failed = Fold([.. UntilMethodFailed(), new RollbackEvent.HandedOver(Second, "restore"), Closed(Outcome.Failed, Reason.CheckFailed, "error rate: 4.1 %")]);
        var over = Fold([Proposed(id: Second) with { After = Id, Why = "playbook undo failed" }, .. UntilRolledBack().Skip(1)]);
        var report = Report([failed, over], failed, null, Task("t1", "Tell the customers", of: Second));
        report.ShouldSatisfyAllConditions(
            () => report.ShouldBe(Report([failed, over], over, null, Task("t1", "Tell the customers", of: Second))),
            () => report.ShouldContain($"\n✅ rental-api: rolled back, verified and stable\n\n- **Rollback:** `{Id}`, then `{Second}`\n"),
            () => report.ShouldContain("- 12:01:50 playbook restore takes over as rental-api-restore\n- 12:02:00 closed: failed (check_failed) — error rate: 4.1 %\n- 12:00:00 playbook undo goes on after"),
            () => report.ShouldContain("- **Outcome:** rolled_back (applied): undone, verified and stable\n"),
            () => report.ShouldContain("- [ ] Tell the customers ("));
    }

    [Fact]
    public void What_took_over_and_was_refused_hides_nothing_of_what_was_before_it()
    {
        var failed = Fold([.. UntilMethodFailed(), new RollbackEvent.HandedOver("over", "restore"), Closed(Outcome.Failed, Reason.CheckFailed, "error rate: 4.1 %")]);
        var refused = Fold([Proposed(id: "over") with { After = Id }, Paged(Reason.NoCandidate, "no backup") with { Roles = [] }, Closed(Outcome.Refused, Reason.NoCandidate, "no backup")]);
        var report = Report([failed, refused], failed);
        report.ShouldSatisfyAllConditions(
            () => report.ShouldContain("- **Outcome:** refused (no_candidate): no backup\n"),
            () => report.ShouldContain("- **Mitigation:** 12:01:00 UTC the last step was over; 12:01:30 verification: fail — error rate: 4.1 %\n"),
            () => report.ShouldContain("## What was measured\n\n- ✗ error rate: 4.1 % (expected below 0.1 %)\n"),
            () => report.ShouldContain("- [x] Those concerned were told: called the channel\n"),
            () => report.ShouldContain("- [ ] Health and function were verified\n"));
    }

    [Fact]
    public void What_spoke_against_it_during_the_watch_is_what_was_measured()
    {
        var fires = new RollbackEvent.FiringAnswered("RentalSlow", Noon, Verdict.Fail, Answered(Verdict.Fail, "4.1 %").Results, "error rate: 4.1 %");
        Report(Fold([.. UntilStabilising(), fires])).ShouldContain("## What was measured\n\n- ✗ error rate: 4.1 % (expected below 0.1 %)\n- ℹ requests: 210/s\n\n##");
    }

    [Fact]
    public void What_a_person_started_begins_when_they_did_and_names_what_was_started_with_it()
    {
        var manual = ByAlice().Manual! with { Group = "g", Method = "kubernetes" };
        var rollback = Fold([ByAlice() with { Manual = manual }, .. UntilRolledBack().Skip(1).Where(e => e is not RollbackEvent.CauseResolved)]);
        var other = Fold([Proposed(id: "other") with { Manual = manual, Cause = null }]);
        var report = Report([rollback, other, Fold([Proposed(id: "unrelated")])], rollback);
        report.ShouldSatisfyAllConditions(
            () => report.ShouldStartWith("# Incident report: rental-api, 2026-11-23\n"),
            () => report.ShouldContain("- **Started together with:** `other` (each has a report of its own)\n"),
            () => report.ShouldContain("- **Trigger:** by hand: alice started undo by kubernetes: errors since noon\n"),
            () => report.ShouldContain("- **Duration:** 1m50s, from 2026-11-23 12:00:00 to 12:01:50 UTC\n"),
            () => report.ShouldContain("- **Detection:** 12:00:00 UTC, by a person\n"),
            () => report.ShouldContain("- **Resolution:** 12:01:50 UTC closed\n"),
            () => report.ShouldContain("- **Downtime:** _to be filled in_\n- **Requests"));
    }

    [Fact]
    public void What_is_not_over_says_so_and_measures_until_now()
    {
        var report = Report(Fold(UntilActing()));
        report.ShouldSatisfyAllConditions(
            () => report.ShouldContain("- **Duration:** 1h1m so far, from 2026-11-23 11:59:00 UTC\n"),
            () => report.ShouldContain("- **Outcome:** not over; this is how it stands at 2026-11-23 13:00 UTC\n"),
            () => report.ShouldContain("- **Mitigation:** no step is over\n- **Resolution:** not every alert was heard to have resolved; not closed\n"),
            () => report.ShouldContain("## What was measured\n\nNothing: whether it helped is for people to say.\n"),
            () => report.ShouldNotContain("**Rolled back:**"));
    }

    [Fact]
    public void Where_nothing_was_changed_the_report_claims_nothing()
    {
        var report = Report(Fold([Proposed(shadow: true), GuardsPass(), Closed(Outcome.Refused, Reason.NoCandidate, "no earlier revision")]));
        report.ShouldSatisfyAllConditions(
            () => report.ShouldStartWith("# [shadow] Incident report: "),
            () => report.ShouldContain("- **Outcome:** refused (no_candidate): no earlier revision\n"),
            () => report.ShouldContain("decided; nothing was changed\n- **Mitigation:** none by this rollback\n- **Resolution:** not every alert was heard to have resolved; 12:00:20 UTC closed\n"),
            () => report.ShouldContain("## What was measured\n\nNothing.\n"),
            () => report.ShouldContain("## Follow-ups\n\n- [ ] _to be filled in_\n"));
    }

    [Theory]
    [InlineData(StepResult.CannotTell, Reason.CannotTell, false, true)]
    [InlineData(StepResult.Failed, Reason.CommandFailed, false, false)]
    [InlineData(StepResult.Failed, Reason.CommandFailed, true, true)]
    [InlineData(null, Reason.CannotTell, false, true)]
    public void What_may_have_been_changed_is_said(StepResult? result, Reason reason, bool wrote, bool isSaid)
    {
        IEnumerable<RollbackEvent> written = wrote ? [new RollbackEvent.StepMarked("kubernetes/0", "accepted", [], "the API accepted it")] : [];
        IEnumerable<RollbackEvent> ended = result is { } how ? [StepEnded(how, reason, "no answer")] : [];
        var report = Report(Fold([.. UntilActing(), .. written, .. ended, Closed(Outcome.Inconclusive, reason, "no answer")]));
        report.Contains("- **May have been changed:** from revision 7 (rental:2.0) to revision 6 (rental:1.9) (rollout_undo)\n", StringComparison.Ordinal).ShouldBe(isSaid, report);
        report.ShouldNotContain("**Rolled back:**");
    }

    [Theory]
    [InlineData(StepResult.Done, false)]
    [InlineData(StepResult.Failed, true)]
    [InlineData(null, true)]
    public void What_was_changed_for_the_time_is_said_where_it_was_not_put_back(StepResult? result, bool isSaid)
    {
        var events = Meanwhile(new RollbackEvent.StepRestored("kubernetes/meanwhile/0", "scale", result ?? StepResult.Done, Reason.Applied, "3 of 3 pods run"));
        var closed = Closed(Outcome.Inconclusive, Reason.CannotTell, "no answer");
        var report = Report(Fold([.. result is null ? events.SkipLast(1) : events, closed]));
        report.Contains("- **Not put back:** from 3 replicas to 0 replicas (scale)\n", StringComparison.Ordinal).ShouldBe(isSaid, report);
        report.ShouldContain("- **Rolled back:** from revision 7");
        Report(Fold(events.SkipLast(1))).ShouldNotContain("Not put back", customMessage: "it is not over");
    }

    [Theory]
    [InlineData(StepResult.Superseded, false)]
    [InlineData(StepResult.Skipped, false)]
    [InlineData(StepResult.CannotTell, true)]
    public void What_was_never_changed_for_the_time_need_not_be_put_back(StepResult result, bool isSaid)
    {
        var scaled = new RollbackEvent.StepEnded("kubernetes/meanwhile/0", "scale", result, Reason.Superseded, "somebody scaled it");
        var report = Report(Fold([.. Meanwhile(scaled), Closed(Outcome.Superseded, Reason.Superseded, "somebody scaled it")]));
        report.Contains("- **Not put back:** from 3 replicas to 0 replicas (scale)\n", StringComparison.Ordinal).ShouldBe(isSaid, report);
    }

    [Fact]
    public void What_a_fallback_changed_is_said_too()
    {
        var report = Report(Fold([
            .. UntilMethodFailed(), new RollbackEvent.FallbackStarted(Reason.CheckFailed, "no way is left"), FallbackPlanned(0, "scale", "3 replicas", "0 replicas", changes: true),
            new RollbackEvent.StepStarted("on_failure/0", "scale", 1), new RollbackEvent.StepEnded("on_failure/0", "scale", StepResult.Done, Reason.Applied, "0 of 0 pods run"),
        ]));
        report.ShouldContain("- **Changed:** from 3 replicas to 0 replicas (scale)\n");
        report.ShouldContain("- [x] It was carried out: rollout_undo, scale\n");
    }

    [Fact]
    public void A_box_is_ticked_by_what_the_journal_shows_and_by_nothing_else()
    {
        const string Told = "Those concerned were told", Backup = "A backup was made", Done = "It was carried out", Verified = "Health and function were verified", Watched = "It was watched to the end";
        var save = new RollbackEvent.PlanMade(Plan.Of(0, "kubernetes", [new PlannedStep("kubernetes/0", "backup", [], "", "rental.dump", [], [], [], null, false, true)]));
        var refused = Report(Fold([Proposed(), Paged(Reason.NoCandidate, "no earlier revision"), Paged(Reason.NoCandidate, "once more") with { Unheard = "nobody is there" }, Closed(Outcome.Refused, Reason.NoCandidate, "no earlier revision")]));
        var unverified = Report(Fold([Proposed(), save, .. UntilActing().Skip(3), StepEnded(StepResult.Failed, Reason.CommandFailed, "disk full"), .. UntilMethodFailed().Skip(UntilVerifying().Count())]));
        refused.ShouldSatisfyAllConditions(
            () => refused.ShouldContain($"- [x] {Told}: called on-call\n"),
            () => refused.ShouldContain($"- [ ] A way was chosen\n- [ ] {Done}\n- [ ] {Verified}\n- [ ] {Watched}\n"));
        unverified.ShouldSatisfyAllConditions(
            () => unverified.ShouldContain($"- [ ] {Told}\n"),
            () => unverified.ShouldContain($"- [ ] {Backup}\n- [ ] {Done}\n- [ ] {Verified}\n- [ ] {Watched}\n"));
        Report(Fold([Proposed(), save, .. UntilRolledBack().Skip(3)])).ShouldContain($"- [x] {Backup}: rental.dump\n- [x] {Done}: backup\n");
        Report(Fold([.. UntilStabilising(), Closed(Outcome.RolledBack, Reason.WatchCutShort, "another began")])).ShouldContain($"- [ ] {Watched}\n");
    }

    [Fact]
    public void An_outage_of_thousands_is_a_few_lines()
    {
        var report = Report(Fold([Proposed(), .. Joins(10_000), Resolved()]));
        report.ShouldContain("  - RentalErrors, 10001 of them: since 11:59:00 UTC, 10000 fire\n");
        report.Split('\n').Length.ShouldBeLessThan(100);
    }

    [Theory]
    [InlineData(23, "23h1m so far, from 2026-11-23 11:59:00 UTC")]
    [InlineData(25, "3m, from 2026-11-23 11:59:00 to 12:02:00 UTC")]
    public void What_fires_on_after_the_end_lasts_for_as_long_as_it_is_noted_when_it_resolves(int hoursLater, string duration)
    {
        var rollback = Fold([.. UntilStabilising(), Paged(Reason.FiringAgain, "fires"), Closed(Outcome.Failed, Reason.FiringAgain, "the alert fires")]);
        RollbackReport.Of(Book.Empty, rollback, null, Noon + TimeSpan.FromHours(hoursLater)).ShouldContain($"- **Duration:** {duration}\n");
    }

    [Fact]
    public void An_alert_without_a_start_counts_since_it_was_heard_of() =>
        Report(Fold([Proposed() with { Cause = Cause() with { StartsAt = DateTimeOffset.MinValue } }])).ShouldContain("so far, from 2026-11-23 12:00:00 UTC\n");

    [Fact]
    public void What_alerts_and_people_write_is_text_and_nothing_else()
    {
        var report = Report(Fold([Proposed(summary: "a_b _c_ *d* `e`\n# f <img src=x> [g](http://h) &amp; | ~i~ \\"), Resolved(), Closed(Outcome.Withdrawn, Reason.Resolved, "every alert\nresolved")]), "INC <1>\n# 2");
        report.ShouldContain(@"alert RentalErrors — a_b \_c\_ \*d\* \`e\` # f \<img src=x\> \[g\](http://h) \&amp; \| \~i\~ \\; row");
        report.ShouldStartWith(@"# Incident INC \<1\> # 2: rental-api");
        report.ShouldContain("every alert resolved\n");
    }

    private static string Report(RollbackState rollback, string? incident = null, params TaskState[] tasks) => Report([rollback], rollback, incident, tasks);

    private static string Report(IEnumerable<RollbackState> known, RollbackState asked, string? incident = null, params TaskState[] tasks) => RollbackReport.Of(
        Book.Empty with
        {
            Rollbacks = Book.Empty.Rollbacks.AddRange(known.Select(r => KeyValuePair.Create(r.Id, r))),
            Tasks = Book.Empty.Tasks.AddRange(tasks.Select(t => KeyValuePair.Create(t.Given.Id, t))),
        },
        asked, incident, Noon + TimeSpan.FromHours(1));

    private static TaskState Task(string id, string text, TaskEvent.Done? done = null, string of = Id)
    {
        var given = new TaskEvent.Given(id, Proposed().Row, Proposed().Service, "critical", text, "devops-lead", null) { Of = of, Within = TimeSpan.FromHours(4) };
        return new TaskState(given, Noon, 1) { Done = done };
    }
}
