using System.Text.Json.Nodes;
using AlertRollback.Alerts;
using AlertRollback.Announcements.Slack;
using AlertRollback.Announcements.Wording;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Running;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>An alert that comes and goes is decided anew each time (S12), and people are not called each time for the same.</summary>
public sealed class CalledBeforeTests
{
    private static readonly Func<PinOutcome> NoCandidate = () => new PinOutcome.Refused(Reason.NoCandidate, "nothing to go back to");

    private static async Task<RollbackWorld> RefusingAsync()
    {
        var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = Calling(world.Row("critical", 0, "undo"));
        world.Rows["high"] = Calling(world.Row("high", 1, "careful"));
        world.PinAnswer = NoCandidate;
        return world;
    }

    private static Decision.Act Calling(Decision.Act act, string role = "devops-lead") =>
        act with { Playbook = act.Playbook with { OnFailure = [new StepDefinition("page", new JsonObject { ["role"] = role })] } };

    private static async Task<RollbackState> ClosedAsync(RollbackWorld world, string severity = "critical")
    {
        var before = world.Chronicle.Book.Rollbacks.Keys.ToHashSet();
        await world.FireAsync(severity);
        return await world.UntilAsync(r => !before.Contains(r.Id) && r.Closed is not null);
    }

    private static async Task FlapAsync(RollbackWorld world, string severity = "critical")
    {
        world.Time.Advance(TimeSpan.FromSeconds(30));
        await world.ResolveAsync(severity);
        while (world.Chronicle.Book.Open.FirstOrDefault() is { } open)
            await world.UntilAsync(r => r.Id == open.Id && !r.IsOpen);
        world.Time.Advance(TimeSpan.FromSeconds(30));
    }

    private static Task ReleaseAsync(RollbackWorld world, string digest) => world.Chronicle.ChangeAsync(
        _ => [new Entry(WorkloadKnowledge.Stream("uid"), new WorkloadEvent.BecameCurrent(RollbackWorld.Service("rental-api").Workload!.Address, digest, 3, [], world.Time.GetUtcNow()))],
        TestContext.Current.CancellationToken);

    private static List<RollbackEvent.Paged> Calls(RollbackState r) => [.. r.Timeline.Select(t => t.Event).OfType<RollbackEvent.Paged>()];

    private static Decision.Act Asking(Decision.Act act) =>
        act with { Playbook = act.Playbook with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(10), OnSilence.Deny, null, null, false) } };

    // Whoever said yes believes that it goes on.
    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Who_said_yes_is_called_when_the_same_is_asked_once_more(bool answered, bool called)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = Asking(world.Row("critical", 0, "undo"));
        await world.FireAsync();
        var first = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        if (answered)
        {
            await world.KillSwitchAsync(true);
            await world.AnswerAsync(first.Id, yes: true);
            await world.UntilAsync(Phase.Parked);
        }

        await world.ResolveAsync();
        await world.UntilAsync(r => r.Closed is not null);
        await world.KillSwitchAsync(false);
        world.Time.Advance(TimeSpan.FromMinutes(2));
        await world.FireAsync();

        Calls(await world.UntilAsync(r => r.Id != first.Id && r.Approvals.Any(a => a.IsOpen))).Any().ShouldBe(called);
    }

    // An earlier call was for the same, and what was said since is the last word on it.
    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Who_said_yes_to_a_question_whose_call_was_put_off_is_called_when_the_same_is_asked_once_more(bool answered, bool called)
    {
        await using var world = await AskingAsync(OnSilence.Deny);
        await AskedAsync(world);
        await FlapAsync(world);
        var second = await AskedAsync(world);
        Calls(second).ShouldBeEmpty();
        if (answered)
        {
            await world.KillSwitchAsync(true);
            await world.AnswerAsync(second.Id, yes: true);
            await world.UntilAsync(r => r.Id == second.Id && r.Phase == Phase.Parked);
        }

        await FlapAsync(world);
        await world.KillSwitchAsync(false);
        Calls(await AskedAsync(world)).Any().ShouldBe(called);
    }

    [Fact]
    public async Task Who_said_yes_when_it_was_asked_again_is_called_when_the_same_is_asked_once_more()
    {
        await using var world = await AskingAsync(OnSilence.Escalate);
        var first = await AskedAsync(world);
        await world.AfterAsync(TimeSpan.FromMinutes(10), r => r.Approvals.Any(a => a is { IsOpen: true, Request.Round: 2 }));
        await world.KillSwitchAsync(true);
        await world.AnswerAsync(first.Id, yes: true);
        await world.UntilAsync(Phase.Parked);
        await FlapAsync(world);
        await world.KillSwitchAsync(false);

        Calls(await AskedAsync(world)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Who_was_told_that_nothing_is_done_any_more_of_what_did_not_call_is_called_when_that_edit_is_taken_back()
    {
        await using var world = await AskingAsync(OnSilence.Deny);
        var first = await AskedAsync(world);
        await FlapAsync(world);
        var second = await AskedAsync(world);
        Calls(second).ShouldBeEmpty();
        var row = world.Rows["critical"];
        world.Rows["critical"] = row with { Row = row.Row with { Shadow = true } };
        await world.DecideAnewAsync();
        await world.UntilAsync(r => r.Id == second.Id && r.Closed is { NothingInstead: true });
        world.Time.Advance(TimeSpan.FromMinutes(1));
        world.Rows["critical"] = row;
        await world.DecideAnewAsync();
        await world.FireAsync(startsAt: second.Causes[0].StartsAt);

        Calls(await world.UntilAsync(r => r.Id != first.Id && r.Id != second.Id && !r.Shadow && r.Approvals.Any(a => a.IsOpen))).ShouldHaveSingleItem();
    }

    // The last they heard is that it is over.
    [Theory]
    [InlineData("question")]
    [InlineData("kill switch")]
    public async Task Who_was_told_that_nothing_is_done_any_more_is_called_when_an_edit_of_the_matrix_is_taken_back(string waits)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        row = waits == "question" ? Asking(row) : row;
        await world.KillSwitchAsync(waits != "question");
        bool Waits(RollbackState r) => r.Phase == Phase.Parked || r.Approvals.Any(a => a.IsOpen);
        world.Rows["critical"] = row;
        await world.FireAsync();
        var first = await world.UntilAsync(Waits);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        world.Rows["critical"] = row with { Row = row.Row with { Shadow = true } };
        await world.DecideAnewAsync();
        await world.UntilAsync(r => r.Id == first.Id && r.Closed is { NothingInstead: true });
        world.Time.Advance(TimeSpan.FromMinutes(1));
        world.Rows["critical"] = row;
        await world.DecideAnewAsync();
        await world.FireAsync(startsAt: first.Causes[0].StartsAt);

        Calls(await world.UntilAsync(r => r.Id != first.Id && !r.Shadow && Waits(r))).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_alert_that_comes_and_goes_for_half_an_hour_is_refused_each_time_and_calls_every_quarter_of_an_hour()
    {
        await using var world = await RefusingAsync();
        for (var i = 0; i < 31; i++)
        {
            await ClosedAsync(world);
            await FlapAsync(world);
        }

        var runs = world.Chronicle.Book.Rollbacks.Values.OrderBy(r => r.ProposedAt).ToList();
        runs.Count.ShouldBe(31);
        runs.ShouldAllBe(r => r.Closed!.Reason == Reason.NoCandidate);
        runs.Select((r, i) => (Calls(r).Count, i)).Where(c => c.Count > 0).Select(c => c.i).ShouldBe([0, 15, 30]);
    }

    [Fact]
    public async Task S11_what_begins_to_wait_once_more_calls_when_it_waits_on()
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(60), OnSilence.Deny, null, null, false) } };
        await world.KillSwitchAsync(on: true);
        await world.FireAsync();
        var run = await world.UntilAsync(Phase.Parked);
        world.Time.Advance(TimeSpan.FromMinutes(4));
        await world.KillSwitchAsync(on: false);
        await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        world.Time.Advance(TimeSpan.FromMinutes(4));
        await world.KillSwitchAsync(on: true);
        await world.AnswerAsync(run.Id, yes: true);

        var again = await world.UntilAsync(Phase.Parked);
        again.CallToCome.ShouldNotBeNull().Until.ShouldBe(run.Timeline.Last(t => t.Event is RollbackEvent.Paged).At + CalledBefore.Lately);
        world.Time.Advance(TimeSpan.FromMinutes(6));
        Calls(await world.AfterAsync(TimeSpan.FromMinutes(2), r => r.CallToCome is null)).Count(c => c.Reason == Reason.KillSwitch).ShouldBe(2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_is_called_in_another_channel_is_somebody_else(bool killed)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        row = row with { Playbook = row.Playbook with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(30), OnSilence.Deny, null, null, false) } };
        world.Rows["critical"] = row with { Service = row.Service with { Slack = "#wrong" } };
        await world.KillSwitchAsync(killed);
        await world.FireAsync();
        var wrong = await world.UntilAsync(r => Calls(r).Count > 0);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        world.Rows["critical"] = row;
        await world.DecideAnewAsync();

        Calls(await world.UntilAsync(r => r.Id != wrong.Id && (r.CallToCome is not null || Calls(r).Count > 0))).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task What_comes_and_goes_under_the_kill_switch_calls_once_and_what_then_waits_on_calls_after_all()
    {
        await using var world = await RefusingAsync();
        await world.KillSwitchAsync(true);
        for (var i = 0; i < 3; i++)
        {
            await world.FireAsync();
            await world.UntilAsync(r => r.Phase == Phase.Parked);
            await FlapAsync(world);
        }

        world.Chronicle.Book.Rollbacks.Values.Select(Calls).Sum(c => c.Count).ShouldBe(1);
        await world.FireAsync();
        var waiting = await world.UntilAsync(r => r.Phase == Phase.Parked);
        Calls(waiting).ShouldBeEmpty();
        await world.AfterAsync(TimeSpan.FromMinutes(13), r => r.Id == waiting.Id && Calls(r).Count == 1);
        world.Chronicle.Book.Rollbacks[waiting.Id].CallToCome.ShouldBeNull();
    }

    [Theory]
    [InlineData("#rental-ops", 1)]
    [InlineData("#other", 2)]
    public async Task One_kill_switch_calls_once_in_a_channel_for_all_services_there_and_for_each_of_them_in_time(string channel, int calls)
    {
        await using var world = await RefusingAsync();
        var other = Calling(world.Row("high", 1, "careful", workload: "rental-db"));
        world.Rows["critical"] = world.Rows["critical"] with { Service = world.Rows["critical"].Service with { Slack = "#rental-ops" } };
        world.Rows["high"] = other with { Service = other.Service with { Slack = channel } };
        await world.KillSwitchAsync(true);
        await world.FireAsync();
        var first = await world.UntilAsync(r => r.Phase == Phase.Parked);
        await world.FireAsync("high");
        var second = await world.UntilAsync(r => r.Id != first.Id && r.Phase == Phase.Parked);

        second.Target.ShouldNotBe(first.Target);
        (Calls(first).Count + Calls(second).Count).ShouldBe(calls);
        await world.AfterAsync(TimeSpan.FromMinutes(15.5), r => r.Id == second.Id && Calls(r).Count == 1);
    }

    [Fact]
    public async Task Three_services_under_one_kill_switch_call_one_after_the_other_a_quarter_of_an_hour_apart()
    {
        await using var world = await RefusingAsync();
        world.Rows["high"] = Calling(world.Row("high", 1, "careful", workload: "rental-db"));
        world.Rows["low"] = Calling(world.Row("low", 2, "assess", workload: "rental-ui"));
        await world.KillSwitchAsync(true);
        foreach (var severity in new[] { "low", "critical", "high" })
        {
            await world.FireAsync(severity);
            await world.UntilAsync(r => r.Row.Name == severity && r.Phase == Phase.Parked);
        }

        var begin = world.Time.GetUtcNow();
        await FakeTime.PassAsync(world.Time, TimeSpan.Zero, world.Chronicle, b => b.Rollbacks.Values.All(r => Calls(r).Count == 1));
        var times = world.Chronicle.Book.Rollbacks.Values.SelectMany(r => r.Timeline).Where(t => t.Event is RollbackEvent.Paged).Select(t => (int)(t.At - begin).TotalMinutes).Order().ToList();
        times.ShouldBe([0, 15, 30]);
    }

    [Fact]
    public async Task A_call_that_nobody_could_hear_puts_off_none()
    {
        await using var world = await RefusingAsync();
        world.Obstacle = "no Slack is configured";
        Calls(await ClosedAsync(world)).ShouldHaveSingleItem().Unheard.ShouldBe(world.Obstacle);
        await FlapAsync(world);
        world.Obstacle = null;

        Calls(await ClosedAsync(world)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Another_alert_that_is_refused_for_the_same_calls_in_time_although_the_first_fires_on()
    {
        await using var world = await RefusingAsync();
        var first = await ClosedAsync(world);
        var labels = LabelSet.Of(("alertname", "DiskFull"), ("severity", "high"), ("service", "rental-api"));
        await world.ReceiveAsync(new Alert(AlertStatus.Firing, labels, LabelSet.Empty, world.Time.GetUtcNow(), null, "", labels.Fingerprint));
        var second = await world.UntilAsync(r => r.Id != first.Id && r.Closed is not null);
        Calls(second).ShouldBeEmpty();

        var called = await world.AfterAsync(TimeSpan.FromMinutes(15.5), r => r.Id == second.Id && Calls(r).Count > 0);
        Calls(called).Single().Text.ShouldEndWith("that was about another alert, and this one fires on)");
    }

    [Fact]
    public async Task What_fires_on_after_the_call_was_put_off_calls_after_all()
    {
        await using var world = await RefusingAsync();
        var first = await ClosedAsync(world);
        await FlapAsync(world);
        var second = await ClosedAsync(world);
        Calls(second).ShouldBeEmpty();

        await world.CrashAsync();
        await world.BootAsync();
        var called = await world.AfterAsync(TimeSpan.FromMinutes(14), r => r.Id == second.Id && Calls(r).Count > 0);
        var call = Calls(called).ShouldHaveSingleItem();
        (call.Reason, call.Roles.Single()).ShouldBe((Reason.NoCandidate, "devops-lead"));
        call.Text.ShouldContain($"by {first.Id}: that alert has resolved since, and this one fires on");
        called.LastEventAt.ShouldBeInRange(first.ClosedAt!.Value.AddMinutes(15), first.ClosedAt.Value.AddMinutes(16));
    }

    [Fact]
    public async Task What_resolves_before_the_call_is_due_calls_nobody()
    {
        await using var world = await RefusingAsync();
        await ClosedAsync(world);
        await FlapAsync(world);
        var second = await ClosedAsync(world);
        await world.ResolveAsync();

        world.Time.Advance(TimeSpan.FromMinutes(20));
        await FakeTime.PassAsync(world.Time, TimeSpan.FromMinutes(20), world.Chronicle, _ => true);
        Calls(world.Chronicle.Book.Rollbacks[second.Id]).ShouldBeEmpty();
        world.Chronicle.Book.Rollbacks[second.Id].CallToCome.ShouldBeNull();
    }

    [Fact]
    public async Task A_weaker_rows_run_that_is_refused_for_the_same_calls_only_when_the_stronger_rows_alert_has_resolved()
    {
        await using var world = await RefusingAsync();
        var critical = await ClosedAsync(world);
        var high = await ClosedAsync(world, "high");
        Calls(high).ShouldBeEmpty();
        world.Time.Advance(TimeSpan.FromMinutes(40));
        (await world.UntilAsync(r => r.Id == high.Id)).CallToCome.ShouldNotBeNull().By.ShouldBe(critical.Id);

        await world.ResolveAsync();
        Calls(await world.UntilAsync(r => r.Id == high.Id && Calls(r).Count > 0)).ShouldHaveSingleItem();
    }

    // hours in which nobody is there
    [Theory]
    [InlineData(0, true)]
    [InlineData(30, true)]
    [InlineData(50, false)]
    public async Task What_fires_on_for_a_day_beside_what_was_called_for_calls_before_nobody_stands_for_it_any_more(int away, bool calls)
    {
        await using var world = await RefusingAsync();
        var critical = await ClosedAsync(world);
        var high = await ClosedAsync(world, "high");
        if (away > 0)
        {
            await world.CrashAsync();
            world.Time.Advance(TimeSpan.FromHours(away));
            await world.BootAsync();
        }

        if (!calls)
        {
            world.Next.For(world.Chronicle.Book.Rollbacks[high.Id], world.Chronicle.Book, world.Time.GetUtcNow()).ShouldBeOfType<Move.Rest>();
            return;
        }

        var called = await world.AfterAsync(away > 0 ? TimeSpan.Zero : TimeSpan.FromHours(24), r => r.Id == high.Id && Calls(r).Count > 0);
        Calls(called).ShouldHaveSingleItem().Text.ShouldEndWith($"by {critical.Id}: both have fired on for a day since)");
    }

    [Theory]
    [InlineData("another reason")]
    [InlineData("another role")]
    [InlineData("a release since")]
    [InlineData("a stronger row")]
    [InlineData("long ago")]
    [InlineData("another service")]
    public async Task What_is_not_the_same_calls_at_once(string what)
    {
        await using var world = await RefusingAsync();
        await ClosedAsync(world, what == "a stronger row" ? "high" : "critical");
        if (what != "a stronger row")
            await FlapAsync(world);
        switch (what)
        {
            case "another reason":
                world.PinAnswer = () => new PinOutcome.Refused(Reason.Paused, "paused");
                break;
            case "another role":
                world.Rows["critical"] = Calling(world.Row("critical", 0, "undo"), "dba");
                break;
            case "a release since":
                await ReleaseAsync(world, "before");
                world.Time.Advance(TimeSpan.FromSeconds(10));
                await ReleaseAsync(world, "after");
                world.Time.Advance(TimeSpan.FromSeconds(10));
                break;
            case "long ago":
                world.Time.Advance(TimeSpan.FromMinutes(15));
                break;
            case "another service":
                world.Rows["critical"] = Calling(world.Row("critical", 0, "undo", workload: "rental-db"));
                break;
        }

        Calls(await ClosedAsync(world)).ShouldHaveSingleItem();
    }

    private static async Task<RollbackWorld> AskingAsync(OnSilence otherwise)
    {
        var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo", methods: new MethodDefinition("switch", TimeSpan.FromMinutes(10), [FakeSwitch.Step("a")]));
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = new ApprovalDefinition("tech-lead", TimeSpan.FromMinutes(10), otherwise, null, null, false) } };
        return world;
    }

    private static async Task<RollbackState> AskedAsync(RollbackWorld world)
    {
        var before = world.Chronicle.Book.Rollbacks.Keys.ToHashSet();
        await world.FireAsync();
        return await world.UntilAsync(r => !before.Contains(r.Id) && r.Approvals.Any(a => a.IsOpen));
    }

    [Theory]
    [InlineData(OnSilence.Deny, false)]
    [InlineData(OnSilence.Escalate, false)]
    [InlineData(OnSilence.Proceed, true)]
    [InlineData(OnSilence.Drop, true)]
    public async Task S12_each_firing_is_asked_about_anew_and_calls_again_where_silence_would_be_an_answer(OnSilence otherwise, bool calls)
    {
        await using var world = await AskingAsync(otherwise);
        var first = await AskedAsync(world);
        Calls(first).ShouldHaveSingleItem();
        await FlapAsync(world);
        var second = await AskedAsync(world);

        world.Chronicle.Book.Rollbacks[first.Id].Closed!.Outcome.ShouldBe(Outcome.Withdrawn);
        Calls(second).Count.ShouldBe(calls ? 1 : 0);
        world.Log.ShouldBeEmpty();
        await world.AnswerAsync(second.Id, yes: true);
        await world.UntilAsync(r => r.Id == second.Id && r.Phase == Phase.Stabilising);
        world.Log.ShouldBe(["rental-api a"]);
    }

    [Fact]
    public async Task A_question_that_still_stands_calls_while_half_of_its_time_is_left()
    {
        await using var world = await AskingAsync(OnSilence.Deny);
        await AskedAsync(world);
        await FlapAsync(world);
        var second = await AskedAsync(world);

        var called = await world.AfterAsync(TimeSpan.FromMinutes(5), r => r.Id == second.Id && Calls(r).Count > 0);
        Calls(called).ShouldHaveSingleItem().Text.ShouldEndWith("it still waits for a yes or no)");
        called.Approvals.Single().IsOpen.ShouldBeTrue();
        called.Timeline.Single(t => t.Event is RollbackEvent.Paged).At.ShouldBeInRange(second.ProposedAt.AddMinutes(5), second.ProposedAt.AddMinutes(6));
    }

    [Fact]
    public async Task Another_plan_is_called_for_at_once()
    {
        await using var world = await AskingAsync(OnSilence.Deny);
        await AskedAsync(world);
        await FlapAsync(world);
        world.PinChange = "another world";

        Calls(await AskedAsync(world)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_message_says_who_was_called_when_and_mentions_nobody()
    {
        await using var world = await RefusingAsync();
        var first = await ClosedAsync(world);
        await FlapAsync(world);
        var second = await ClosedAsync(world);

        var operators = world.Operators with { Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() { Channels = ["#rental-ops"], Roles = new Dictionary<string, string> { ["devops-lead"] = "@here" } } } };
        var topic = SlackTopic.Of(second.StreamName, world.Chronicle.Book, operators, world.Time.GetUtcNow()).ShouldNotBeNull();
        var lines = topic.LinesAfter(0).ToList();
        lines.ShouldAllBe(l => !l.Calls && !l.Text.ToString().Contains("<!here>"));
        lines.ShouldContain(l => l.Text.ToString().Contains($"devops-lead, called at 12:00:00 UTC by {first.Id} for the same (no_candidate), not called again for now"));
        SlackBlock.ToJson(topic.Summary.Blocks).ToJsonString().ShouldContain("Not called again for now: devops-lead, called at 12:00:00 UTC for the same in");
        Headline.For(second).ShouldContain("not rolled back (no_candidate)");
    }

    [Fact]
    public async Task In_one_message_the_stronger_rows_alerts_are_decided_first()
    {
        await using var world = await RefusingAsync();
        Alert Firing(string severity, string pod)
        {
            var labels = LabelSet.Of(("alertname", "HighErrors"), ("severity", severity), ("service", "rental-api"), ("pod", pod));
            return new Alert(AlertStatus.Firing, labels, LabelSet.Empty, world.Time.GetUtcNow(), null, "", labels.Fingerprint);
        }

        await world.ReceiveAsync(Firing("high", "a"), Firing("critical", "b"), Firing("high", "c"));
        await FakeTime.PassAsync(world.Time, TimeSpan.Zero, world.Chronicle, b => b.Rollbacks.Values.All(r => !r.IsOpen));

        var runs = world.Chronicle.Book.Rollbacks.Values.ToList();
        runs.Select(r => (r.Row.Name, r.Closed!.Outcome, r.Causes.Count)).ShouldBe([("critical", Outcome.Refused, 1), ("high", Outcome.Refused, 2)], ignoreOrder: true);
        runs.Sum(r => Calls(r).Count).ShouldBe(1);
    }
}
