using System.Text.Json.Nodes;
using AlertRollback.Announcements.Wording;
using AlertRollback.Approvals;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;
using AlertRollback.Storage;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>A person's yes or no to one plan.</summary>
public sealed class ApprovalTests
{
    private static ApprovalDefinition Ask(OnSilence otherwise, bool byAnother = false, string? type = null) =>
        new("tech-lead", TimeSpan.FromMinutes(10), otherwise, type, null, byAnother);

    private static async Task<RollbackWorld> AskingAsync(ApprovalDefinition approval, Func<PlaybookDefinition, PlaybookDefinition>? change = null, bool tells = false)
    {
        var world = await RollbackWorld.StartAsync();
        if (tells)
        {
            await world.CrashAsync();
            world.Told = new Told(world.Time);
            await world.BootAsync();
        }

        var row = world.Row("critical", 0, "undo", methods: new MethodDefinition("switch", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]));
        var playbook = row.Playbook with { Approval = approval };
        world.Rows["critical"] = row with { Playbook = change?.Invoke(playbook) ?? playbook };
        await world.FireAsync();
        await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        return world;
    }

    // The first way did not work, and the second is asked about.
    private static async Task<RollbackWorld> AskingForSecondAsync()
    {
        var world = await RollbackWorld.StartAsync();
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.RolloutFailed, "did not work"));
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods:
        [
            new MethodDefinition("first", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]),
            new MethodDefinition("second", TimeSpan.FromMinutes(10), [FakeSwitch.Step("b")]) { Approval = Ask(OnSilence.Deny) },
        ]);
        await world.FireAsync();
        return world;
    }

    [Fact]
    public async Task Nothing_is_changed_before_somebody_says_yes()
    {
        await using var world = await AskingAsync(Ask(OnSilence.Deny));
        world.Log.ShouldBeEmpty();
        var asked = world.Chronicle.Book.Rollbacks.Values.Single();
        asked.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().Single().Roles.ShouldBe(["tech-lead"]);

        await world.AnswerAsync(asked.Id, yes: true);
        await world.UntilAsync(Phase.Stabilising);
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Fact]
    public async Task A_no_ends_it_without_a_change()
    {
        await using var world = await AskingAsync(Ask(OnSilence.Proceed));
        await world.AnswerAsync(world.Chronicle.Book.Rollbacks.Keys.Single(), yes: false);

        var closed = await world.ClosedAsync(Outcome.Refused);
        closed.Closed!.Reason.ShouldBe(Reason.RejectedByPerson);
        closed.Closed.Text.ShouldContain("carol");
        world.Log.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(OnSilence.Deny, true)]
    [InlineData(OnSilence.Drop, false)]
    public async Task Silence_ends_it_without_a_change(OnSilence otherwise, bool pages)
    {
        await using var world = await AskingAsync(Ask(otherwise));
        var closed = await world.AfterAsync(TimeSpan.FromMinutes(11), r => r.Closed is not null);
        closed.Closed!.Outcome.ShouldBe(Outcome.Refused);
        closed.Closed!.Reason.ShouldBe(Reason.ApprovalTimedOut);
        closed.Timeline.Count(t => t.Event is RollbackEvent.Paged).ShouldBe(pages ? 2 : 1);
        world.Log.ShouldBeEmpty();
    }

    [Fact]
    public async Task Silence_is_a_yes_where_the_time_is_one_for_a_veto()
    {
        await using var world = await AskingAsync(Ask(OnSilence.Proceed));
        await world.AfterAsync(TimeSpan.FromMinutes(11), r => r.Phase == Phase.Stabilising);
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Fact]
    public async Task Escalated_it_is_asked_once_more_and_then_denied()
    {
        await using var world = await AskingAsync(Ask(OnSilence.Escalate));
        var again = await world.AfterAsync(TimeSpan.FromMinutes(11), r => r.Approvals.Any(a => a is { IsOpen: true, Request.Round: 2 }));
        again.Timeline.Count(t => t.Event is RollbackEvent.Paged).ShouldBe(2);

        var closed = await world.AfterAsync(TimeSpan.FromMinutes(11), r => r.Closed is not null);
        closed.Closed!.Outcome.ShouldBe(Outcome.Refused);
        closed.Closed.Reason.ShouldBe(Reason.ApprovalTimedOut);
        world.Log.ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_is_asked_knows_whom_their_silence_calls()
    {
        StepDefinition Page(string role) => new("page", new JsonObject { ["role"] = role });
        await using var world = await AskingAsync(Ask(OnSilence.Escalate), p => p with { OnFailure = [Page("tech-lead"), Page("on-call")] });
        world.Chronicle.Book.Rollbacks.Values.Single().Approvals.ShouldHaveSingleItem().Request.AlsoCalled.ShouldBe(["on-call"]);

        var again = await world.AfterAsync(TimeSpan.FromMinutes(11), r => r.Approvals.Any(a => a is { IsOpen: true, Request.Round: 2 }));
        again.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().Last().Roles.ShouldBe(["tech-lead", "on-call"]);
    }

    [Fact]
    public async Task Two_questions_that_nobody_answers_are_escalated_by_one_call()
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        var lead = Ask(OnSilence.Escalate);
        world.Rows["critical"] = row with { Severity = row.Severity with { Approval = lead with { Role = "on-call" } }, Playbook = row.Playbook with { Approval = lead } };
        await world.FireAsync();
        await world.UntilAsync(r => r.Approvals.Count(a => a.IsOpen) == 2);

        var again = await world.AfterAsync(TimeSpan.FromMinutes(11), r => r.Approvals.Count(a => a is { IsOpen: true, Request.Round: 2 }) == 2);
        var called = again.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().Where(p => p.Reason == Reason.ApprovalTimedOut).ShouldHaveSingleItem();
        called.Roles.ShouldBe(["on-call", "tech-lead"]);
        called.Text.ShouldBe("nobody of on-call and tech-lead answered; the plan still waits for a yes or no");
    }

    [Theory]
    [InlineData(OnSilence.Drop, false)]
    [InlineData(OnSilence.Deny, true)]
    public async Task What_ends_it_by_silence_ends_it_before_another_question_is_escalated(OnSilence otherwise, bool pages)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Severity = row.Severity with { Approval = Ask(OnSilence.Escalate) }, Playbook = row.Playbook with { Approval = Ask(otherwise) } };
        await world.FireAsync();
        await world.UntilAsync(r => r.Approvals.Count(a => a.IsOpen) == 2);

        var closed = await world.AfterAsync(TimeSpan.FromMinutes(11), r => r.Closed is not null);
        closed.Closed!.Reason.ShouldBe(Reason.ApprovalTimedOut);
        closed.Approvals.ShouldAllBe(a => a.Request.Round == 1);
        closed.Timeline.Count(t => t.Event is RollbackEvent.Paged { Reason: Reason.ApprovalTimedOut }).ShouldBe(pages ? 1 : 0);
    }

    [Fact]
    public async Task A_plan_that_changed_meanwhile_is_asked_about_again()
    {
        await using var world = await AskingAsync(Ask(OnSilence.Deny));
        var first = world.Chronicle.Book.Rollbacks.Values.Single();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        world.PinChange = "another";
        await world.AnswerAsync(first.Id, yes: true);

        var second = await world.UntilAsync(r => r.CurrentPlan!.Digest != first.CurrentPlan!.Digest && r.Approvals.Any(a => a.IsOpen));
        world.Log.ShouldBeEmpty();
        await world.AnswerAsync(second.Id, yes: true);
        await world.UntilAsync(Phase.Stabilising);
    }

    [Fact]
    public async Task S8_attribution_is_judged_again_right_before_the_first_write()
    {
        await using var world = await AskingAsync(Ask(OnSilence.Deny), p => p with { Methods = [RollbackWorld.Method("kubernetes")] });
        await world.FireAsync(pod: "b", startsAt: world.Time.GetUtcNow() - TimeSpan.FromHours(2));
        await world.AnswerAsync(world.Chronicle.Book.Rollbacks.Keys.Single(), yes: true);

        (await world.ClosedAsync(Outcome.Refused)).Closed!.Reason.ShouldBe(Reason.DeployedAfterAlert);
        world.Writes.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_marked_as_irreversible_while_people_are_asked_is_asked_about_anew()
    {
        await using var world = await AskingAsync(Ask(OnSilence.Deny));
        var id = world.Chronicle.Book.Rollbacks.Keys.Single();
        world.Irreversible = "it dropped a column";
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.AnswerAsync(id, yes: true);

        var asked = (await world.UntilAsync(r => r.Approvals.Count == 2)).Approvals[1];
        (asked.IsOpen, asked.Request.Why).ShouldBe((true, "playbook undo asks for it; it can hardly be taken back: it dropped a column"));
        world.Log.ShouldBeEmpty();
    }

    [Fact]
    public async Task S18_evidence_is_taken_also_when_people_took_long_to_agree()
    {
        await using var world = await AskingAsync(Ask(OnSilence.Deny), p => p with { Before = [FakeSwitch.Step("evidence")] });
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.AnswerAsync(world.Chronicle.Book.Rollbacks.Keys.Single(), yes: true);

        await world.UntilAsync(Phase.Stabilising);
        world.Log.ShouldBe(["rental-api evidence", "rental-api a"]);
    }

    [Fact]
    public async Task What_can_hardly_be_taken_back_is_always_asked()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Irreversible = "it dropped a column";
        var row = world.Row("critical", 0, "undo", methods: new MethodDefinition("switch", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]));
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Manual = new ManualDefinition(["on-call"], [], false) } };
        await world.FireAsync();

        var asked = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        asked.Approvals.Single().Request.Why.ShouldContain("dropped a column");
        asked.Approvals.Single().Request.Role.ShouldBe("on-call");
        world.Log.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_can_hardly_be_taken_back_is_not_done_where_nobody_could_agree()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Irreversible = "it dropped a column";
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods: new MethodDefinition("switch", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]));
        await world.FireAsync();

        (await world.ClosedAsync(Outcome.Refused)).Closed!.Reason.ShouldBe(Reason.Irreversible);
        world.Log.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_rung_with_an_approval_of_its_own_waits_for_it()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.ApplyAnswers.Enqueue(new AlertRollback.Playbooks.StepOutcome.Failed(Reason.RolloutFailed, "did not work"));
        world.Rows["critical"] = world.Row("critical", 0, "undo", methods:
        [
            new MethodDefinition("first", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]),
            new MethodDefinition("second", TimeSpan.FromMinutes(10), [FakeSwitch.Step("b")]) { Approval = Ask(OnSilence.Deny) },
        ]);
        await world.FireAsync();
        var asked = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        world.Log.ShouldBe(["rental-api a"]);
        asked.Approvals.Single().Request.Ask.ShouldBe(PlanApprovals.Method);

        await world.AnswerAsync(asked.Id, yes: true);
        await world.UntilAsync(Phase.Stabilising);
        world.Log.ShouldBe(["rental-api a", "rental-api b"]);
    }

    [Fact]
    public async Task A_no_to_a_rung_calls_people_to_what_the_one_before_it_changed()
    {
        await using var world = await AskingForSecondAsync();
        await world.AnswerAsync((await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen))).Id, yes: false);

        var closed = await world.ClosedAsync(Outcome.Failed);
        closed.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().Select(p => p.Reason).ShouldBe([Reason.ApprovalNeeded, Reason.RejectedByPerson]);
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Fact]
    public async Task Silence_to_a_rung_calls_people_to_what_the_one_before_it_changed_though_every_alert_has_resolved()
    {
        await using var world = await AskingForSecondAsync();
        await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        await world.ResolveAsync();

        (await world.ClosedAsync(Outcome.Failed, after: TimeSpan.FromMinutes(10))).Closed!.Reason.ShouldBe(Reason.ApprovalTimedOut);
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Fact]
    public async Task A_yes_to_a_rung_counts_for_no_other_plan_of_it()
    {
        await using var world = await AskingForSecondAsync();
        var asked = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        world.PinChange = "another world";
        await world.AnswerAsync(asked.Id, yes: true);

        var again = await world.UntilAsync(r => r.Approvals.Count > 1 || r.Phase == Phase.Stabilising);
        again.Approvals[^1].Request.Digest.ShouldNotBe(asked.Approvals[^1].Request.Digest);
        world.Log.ShouldBe(["rental-api a"]);

        await world.AnswerAsync(again.Id, yes: true);
        await world.UntilAsync(Phase.Stabilising);
        world.Log.ShouldBe(["rental-api a", "rental-api b"]);
    }

    [Fact]
    public async Task What_severity_and_playbook_ask_for_is_asked_of_both_roles()
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo", methods: new MethodDefinition("switch", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]));
        world.Rows["critical"] = row with
        {
            Severity = row.Severity with { Approval = Ask(OnSilence.Deny) with { Role = "manager" } },
            Playbook = row.Playbook with { Approval = Ask(OnSilence.Deny) },
        };
        await world.FireAsync();
        var asked = await world.UntilAsync(r => r.Approvals.Count(a => a.IsOpen) == 2);
        asked.Approvals.Select(a => (a.Request.Ask, a.Request.Role)).ShouldBe([(PlanApprovals.Severity, "manager"), (PlanApprovals.Playbook, "tech-lead")]);

        var digest = asked.CurrentPlan!.Digest;
        await world.Chronicle.ChangeAsync(asked.Id, (r, _) => new PersonsAnswer("carol", ["tech-lead"], true, digest).To(r).Events, TestContext.Current.CancellationToken);
        (await world.UntilAsync(r => r.Approvals.Count(a => a.IsOpen) == 1)).HasActed.ShouldBeFalse();
        world.Log.ShouldBeEmpty();
        await world.Chronicle.ChangeAsync(asked.Id, (r, _) => new PersonsAnswer("mary", ["manager"], true, digest).To(r).Events, TestContext.Current.CancellationToken);
        await world.UntilAsync(Phase.Stabilising);
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("another", 2)]
    public async Task Agreed_now_and_run_when_the_window_opens_unless_the_plan_is_another_one_by_then(string? changed, int questions)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo", methods: new MethodDefinition("switch", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]));
        world.Rows["critical"] = row with
        {
            Severity = row.Severity with { Approval = Ask(OnSilence.Drop) },
            Row = row.Row with { Window = new WindowDefinition("maintenance", [DayOfWeek.Monday], new TimeOnly(14, 0), new TimeOnly(15, 0), "UTC") },
        };
        await world.FireAsync();
        var asked = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        await world.AnswerAsync(asked.Id, yes: true);
        (await world.UntilAsync(Phase.Parked)).Parking!.Reason.ShouldBe(Reason.OutsideWindow);
        world.PinChange = changed;
        world.StillFiring = true;
        var after = await world.AfterAsync(TimeSpan.FromHours(2), r => r.Phase == Phase.Stabilising || r.Approvals.Count(a => a.IsOpen) == 1);
        after.Approvals.Count.ShouldBe(questions);
        world.Log.Count.ShouldBe(changed is null ? 1 : 0);
    }

    [Fact]
    public async Task A_crash_while_people_are_asked_forgets_nothing()
    {
        await using var world = await AskingAsync(Ask(OnSilence.Deny));
        await world.CrashAsync();
        await world.BootAsync();
        var asked = await world.UntilAsync(r => r.Approvals.Count(a => a.IsOpen) == 1);

        await world.AnswerAsync(asked.Id, yes: true);
        await world.UntilAsync(Phase.Stabilising);
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Theory]
    [InlineData(OnSilence.Proceed)]
    [InlineData(OnSilence.Drop)]
    public async Task Silence_while_nobody_could_answer_says_nothing_so_people_are_asked_once_more(OnSilence otherwise)
    {
        await using var world = await AskingAsync(Ask(otherwise));
        await world.CrashAsync();
        world.Time.Advance(TimeSpan.FromMinutes(11));
        await world.BootAsync();
        var deadline = world.Time.GetUtcNow() + TimeSpan.FromMinutes(10);

        var again = await world.UntilAsync(r => r.Approvals.Any(a => a.Request.Deadline == deadline) || r.HasActed || !r.IsOpen);
        again.Approvals.ShouldHaveSingleItem().IsOpen.ShouldBeTrue();
        again.Timeline.Count(t => t.Event is RollbackEvent.Paged).ShouldBe(2);
        world.Log.ShouldBeEmpty();

        world.StillFiring = true;
        await world.AfterAsync(TimeSpan.FromMinutes(11), r => otherwise == OnSilence.Proceed ? r.Phase == Phase.Stabilising : r.Closed?.Reason == Reason.ApprovalTimedOut);
        world.Log.Count.ShouldBe(otherwise == OnSilence.Proceed ? 1 : 0);
    }

    [Theory]
    [InlineData(OnSilence.Proceed)]
    [InlineData(OnSilence.Drop)]
    public async Task Silence_says_nothing_while_nobody_could_be_told_of_the_question(OnSilence otherwise)
    {
        await using var world = await AskingAsync(Ask(otherwise), tells: true);
        world.StillFiring = true;
        var asked = world.Chronicle.Book.Rollbacks.Values.Single();
        world.Told!.Note(asked.StreamName, asked.LastSequence - 1);
        world.Time.Advance(TimeSpan.FromMinutes(60));
        (await FakeTime.IdleAsync(world.Time, world.Chronicle, TimeSpan.FromMinutes(2))).Rollbacks[asked.Id].LastSequence.ShouldBe(asked.LastSequence);

        world.Told.Note(asked.StreamName, asked.LastSequence);
        var told = world.Time.GetUtcNow();
        var again = await world.AfterAsync(TimeSpan.FromSeconds(10), r => r.Approvals.Single().Request.Deadline > told);
        again.Approvals.Single().Request.Deadline.ShouldBeInRange(told.AddMinutes(10), told.AddMinutes(10.5));
        again.Approvals.Single().Request.Why.ShouldBe($"asked anew, as nobody could be told for most of the time: {asked.Approvals.Single().Request.Why}");
        again.Timeline.Count(t => t.Event is RollbackEvent.Paged).ShouldBe(1, "who is called now is called to this question");
        world.Log.ShouldBeEmpty();

        world.Told.Note(asked.StreamName, again.LastSequence);
        await world.AfterAsync(TimeSpan.FromMinutes(11), r => otherwise == OnSilence.Proceed ? r.Phase == Phase.Stabilising : r.Closed?.Reason == Reason.ApprovalTimedOut);
    }

    [Theory]
    // minutes after which people were told, of ten
    [InlineData(4, true)]
    [InlineData(6, false)]
    public async Task Silence_is_a_yes_where_people_were_told_for_half_of_the_time(int minutes, bool isYes)
    {
        await using var world = await AskingAsync(Ask(OnSilence.Proceed), tells: true);
        var asked = world.Chronicle.Book.Rollbacks.Values.Single();
        world.Time.Advance(TimeSpan.FromMinutes(minutes));
        world.Told!.Note(asked.StreamName, asked.LastSequence);

        var after = await world.AfterAsync(TimeSpan.FromMinutes(10.5 - minutes), r => r.Phase == Phase.Stabilising || r.LastSequence > asked.LastSequence);
        after.Approvals.Single().IsOpen.ShouldBe(!isYes);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(400)]
    public async Task Whatever_is_told_besides_a_question_counts_as_told_when_it_was(int news)
    {
        await using var world = await AskingAsync(Ask(OnSilence.Proceed), tells: true);
        var asked = world.Chronicle.Book.Rollbacks.Values.Single();
        world.Told!.Note(asked.StreamName, asked.LastSequence);
        world.Time.Advance(TimeSpan.FromMinutes(5.5));
        for (var i = 1; i <= news; i++)
        {
            world.Time.Advance(TimeSpan.FromSeconds(0.5));
            world.Told.Note(asked.StreamName, asked.LastSequence + i);
        }

        var done = await world.AfterAsync(TimeSpan.FromMinutes(5), r => r.Phase == Phase.Stabilising || r.LastSequence > asked.LastSequence + 1);
        done.Approvals.Single().Request.Why.ShouldBe(asked.Approvals.Single().Request.Why);
    }

    [Theory]
    [InlineData(false, "could be told")]
    [InlineData(true, "answered")]
    public async Task Silence_that_denies_denies_also_where_nobody_was_told_and_says_so(bool told, string what)
    {
        await using var world = await AskingAsync(Ask(OnSilence.Deny), tells: true);
        var asked = world.Chronicle.Book.Rollbacks.Values.Single();
        if (told)
            world.Told!.Note(asked.StreamName, asked.LastSequence);
        var denied = await world.AfterAsync(TimeSpan.FromMinutes(11), r => r.Closed is not null);
        denied.Closed!.Reason.ShouldBe(Reason.ApprovalTimedOut);
        denied.Closed.Text.ShouldBe($"nobody of tech-lead {what} in time");
        denied.Timeline.Select(TimelineLine.For).ShouldContain($"nobody {what} in time: it is not done");
    }

    [Theory]
    [InlineData(OnSilence.Proceed)]
    [InlineData(OnSilence.Drop)]
    public async Task Silence_says_nothing_where_a_no_could_not_be_written_down(OnSilence otherwise)
    {
        await using var world = await AskingAsync(Ask(otherwise));
        var first = world.Chronicle.Book.Rollbacks.Values.Single();
        world.Time.Advance(TimeSpan.FromMinutes(2));
        using (world.HoldJournal())
            await Should.ThrowAsync<JournalUnavailableException>(() => world.AnswerAsync(first.Id, yes: false));

        var again = await world.AfterAsync(TimeSpan.FromMinutes(9), r => r.Closed is not null || r.HasActed || r.Approvals.Single().Request.Deadline > first.Approvals.Single().Request.Deadline);
        (again.Closed, again.Approvals.Single().IsOpen).ShouldBe((null, true));
        again.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().Last().Text.ShouldStartWith("asked once more, as no answer could be written down for a while before the time was over: ");
        world.Log.ShouldBeEmpty();

        world.StillFiring = true;
        await world.AfterAsync(TimeSpan.FromMinutes(11), r => otherwise == OnSilence.Proceed ? r.Phase == Phase.Stabilising : r.Closed?.Reason == Reason.ApprovalTimedOut);
    }

    [Fact]
    public async Task Silence_says_nothing_where_nobody_could_answer_as_the_machine_stood_still()
    {
        await using var world = await AskingAsync(Ask(OnSilence.Proceed));
        var first = world.Chronicle.Book.Rollbacks.Values.Single();
        world.Presence = new Presence(world.Journal, world.Time);

        var again = await world.AfterAsync(TimeSpan.FromHours(2), r => r.Closed is not null || r.HasActed || r.Approvals.Single().Request.Deadline > first.Approvals.Single().Request.Deadline);
        (again.Closed, again.Approvals.Single().IsOpen).ShouldBe((null, true));
        again.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>().Last().Text.ShouldStartWith("asked once more, as AlertRollback stood still with its machine before the time was over: ");
        world.Log.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("carol", "tech-lead", null, true, "type")]
    [InlineData("carol", "tech-lead", "wrong", true, "type")]
    [InlineData("carol", "tech-lead", "rental-api", true, null)]
    [InlineData("carol", "on-call", "rental-api", true, "only people of the role tech-lead")]
    [InlineData("alice", "tech-lead", "rental-api", true, "must not agree to it as well")]
    [InlineData("alice", "tech-lead", null, false, null)]
    public async Task Who_may_say_yes_and_with_what(string by, string role, string? typed, bool yes, string? objection)
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.StartTogetherAsync(
            world.Row("x", 0, "restore", methods: new MethodDefinition("switch", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")])).Playbook with
            {
                Approval = Ask(OnSilence.Deny, byAnother: true, type: "the service's name"),
            },
            "rental-api");
        var asked = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        var answer = new PersonsAnswer(by, [role], yes, asked.CurrentPlan!.Digest[..12], typed);
        var (events, said) = answer.To(asked);

        if (objection is null)
            (said, events.Count).ShouldBe((null, 1));
        else
        {
            said.ShouldNotBeNull().Text.ShouldContain(objection);
            events.ShouldBeEmpty();
        }

        (answer with { Digest = "0123456789ab" }).To(asked).Objection.ShouldNotBeNull().Text.ShouldContain("that digest is of no plan of this rollback");
        (answer with { Digest = asked.CurrentPlan.Digest[..7] }).To(asked).Objection.ShouldNotBeNull().Kind.ShouldBe(ObjectionKind.Unfit);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_later_method_that_can_hardly_be_taken_back_is_asked_about_too(bool yes)
    {
        await using var world = await SecondIsIrreversibleAsync("on-call");
        var asked = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen) || r.Closed is not null);
        asked.Approvals.ShouldHaveSingleItem().Request.Ask.ShouldBe(PlanApprovals.Irreversible);
        asked.CurrentPlan!.MethodName.ShouldBe("second");
        world.Log.ShouldBe(["rental-api a"]);

        await world.AnswerAsync(asked.Id, yes);
        if (yes)
            await world.UntilAsync(Phase.Stabilising);
        else
            (await world.ClosedAsync(Outcome.Failed)).Closed!.Reason.ShouldBe(Reason.RejectedByPerson);
        world.Log.ShouldBe(yes ? ["rental-api a", "rental-api b"] : ["rental-api a"]);
    }

    [Theory]
    [InlineData(OnSilence.Deny, PlanApprovals.Method)]
    [InlineData(OnSilence.Escalate, PlanApprovals.Method)]
    [InlineData(OnSilence.Proceed, PlanApprovals.Method, PlanApprovals.Irreversible)]
    public async Task People_are_asked_once_about_a_method_that_they_are_asked_about_anyway(OnSilence silence, params string[] asks)
    {
        await using var world = await SecondIsIrreversibleAsync(role: null, new ApprovalDefinition("on-call", TimeSpan.FromMinutes(5), silence, null, null, false));

        var asked = (await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen))).Approvals;
        asked.Select(a => a.Request.Ask).ShouldBe(asks);
        asked[^1].Request.Role.ShouldBe("on-call");
        asked[^1].Request.Why.ShouldEndWith("it can hardly be taken back: it dropped a column");
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Fact]
    public async Task A_later_method_that_can_hardly_be_taken_back_is_not_begun_where_nobody_could_agree()
    {
        await using var world = await SecondIsIrreversibleAsync(role: null);

        (await world.ClosedAsync(Outcome.Failed)).Closed!.Text.ShouldBe(
            "too slow; the next method is not possible: it can hardly be taken back, and the playbook names nobody who could agree: it dropped a column");
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("wrong", false)]
    [InlineData("rental", false)]
    public async Task A_later_method_that_can_lose_data_for_good_is_typed_for_by_who_sees_its_plan(string? typed, bool crashes)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.DestroysData = "restore";
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.RolloutFailed, "did not work"));
        var row = world.Row("critical", 0, "undo", methods:
            [new MethodDefinition("undo", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]), new MethodDefinition("restore", TimeSpan.FromMinutes(10), [FakeSwitch.Step("restore")])]);
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = Ask(OnSilence.Deny, type: "the database's name") with { Answer = "rental" } } };
        await world.FireAsync();
        await world.AnswerAsync((await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen))).Id, yes: true);

        var asked = await world.UntilAsync(r => r.Approvals.Count(a => a.IsOpen) == 1 && r.HasActed);
        asked.CurrentPlan!.MethodName.ShouldBe("restore");
        var request = asked.Approvals[^1].Request;
        (request.Ask, request.Role, request.Answer, request.Digest).ShouldBe((PlanApprovals.Playbook, "tech-lead", "rental", asked.CurrentPlan.Digest));
        request.Why.ShouldBe("playbook undo asks for it: fake_switch can lose data for good");
        asked.Timeline[^1].Event.ShouldBeOfType<RollbackEvent.Paged>().Roles.ShouldBe(["tech-lead"]);
        if (crashes)
        {
            await world.CrashAsync();
            await world.BootAsync();
        }

        await world.Chronicle.ChangeAsync(asked.Id, (r, _) => new PersonsAnswer("carol", ["tech-lead"], true, request.Digest, typed).To(r).Events, TestContext.Current.CancellationToken);
        var after = typed == "rental"
            ? await world.UntilAsync(Phase.Stabilising)
            : (await FakeTime.IdleAsync(world.Time, world.Chronicle, TimeSpan.FromMinutes(2))).Rollbacks[asked.Id];
        world.Log.ShouldBe(typed == "rental" ? ["rental-api a", "rental-api restore"] : ["rental-api a"]);
        after.Approvals.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_yes_to_what_was_not_known_to_lose_data_is_none_to_that()
    {
        await using var world = await AskingForSecondAsync();
        var asked = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        world.DestroysData = "b";
        await world.AnswerAsync(asked.Id, yes: true);

        var again = await world.UntilAsync(r => r.Approvals.Count > 1 || r.Phase == Phase.Stabilising);
        (again.Approvals[^1].Request.Ask, again.Approvals[^1].Request.Answer).ShouldBe((PlanApprovals.DestroysData, "rental-api"));
        world.Log.ShouldBe(["rental-api a"]);

        await world.AnswerAsync(again.Id, yes: true);
        await world.UntilAsync(Phase.Stabilising);
        world.Log.ShouldBe(["rental-api a", "rental-api b"]);
    }

    private static async Task<RollbackWorld> SecondIsIrreversibleAsync(string? role, ApprovalDefinition? approval = null)
    {
        var world = await RollbackWorld.StartAsync(_ => [new PageAction()]);
        var row = world.Row("critical", 0, "undo", methods:
            [new MethodDefinition("first", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]), new MethodDefinition("second", TimeSpan.FromMinutes(10), [FakeSwitch.Step("b")]) { Approval = approval }]);
        world.Rows["critical"] = role is null ? row : row with { Playbook = row.Playbook with { OnFailure = [new StepDefinition("page", new JsonObject { ["role"] = role })] } };
        world.BeforeApply = _ => Task.FromResult(world.Irreversible = "it dropped a column");
        world.ApplyAnswers.Enqueue(new StepOutcome.Failed(Reason.TimedOut, "too slow"));
        await world.FireAsync();
        return world;
    }
}
