using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using static AlertRollback.Tests.Rollbacks.Guards.Runs;

namespace AlertRollback.Tests.Rollbacks.Guards;

public sealed class PureGuardsTests
{
    private static readonly PureGuards Guards = new(new OperatorConfiguration
    {
        Matrix = "unused",
        Journal = "unused",
        Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() { Namespaces = ["production"] } },
    }, _ => false);

    private static readonly RollbackState New = Proposed("new", at: 60);

    [Fact]
    public void S8_the_guards_are_asked_in_this_order() =>
        Guards.Judge(New, BookOf(New), At(60)).Select(g => g.Guard).ShouldBe(
            ["kill_switch", "shadow", "declared_workload", "episode", "hold", "cooldown", "freeze", "limit"]);

    [Fact]
    public void S8_the_first_refusal_is_the_reason_and_the_others_are_told_too()
    {
        var book = BookOf(New, Proposed("old").Acted(55))
            .With(new GlobalEvent.KillSwitchSet(true, false, "anna", "drill"))
            .With(new GlobalEvent.Frozen("rental", At(90), "anna", "sale"));
        Guards.Judge(New, book, At(60)).Where(g => !g.Passed).Select(g => g.Refusal!.Value).ShouldBe(
            [Reason.KillSwitch, Reason.RunUnderWay, Reason.Hold, Reason.Freeze]);
        Guards.Refusal(New, book, At(60))!.Refusal.ShouldBe(Reason.KillSwitch);
    }

    [Fact]
    public void An_alert_alone_passes() => Guards.Refusal(New, BookOf(New), At(60)).ShouldBeNull();

    [Theory]
    [InlineData(true, Reason.KillSwitch)]
    [InlineData(false, null)]
    public void The_kill_switch_parks_until_a_person_switches_it(bool on, Reason? refusal) =>
        ShouldPark(BookOf(New).With(new GlobalEvent.KillSwitchSet(on, false, "anna", "drill")), refusal, until: null);

    [Fact]
    public void Shadow_mode_refuses_nothing_and_says_so()
    {
        var shadow = Proposed("shadow", shadow: true);
        Guards.Judge(shadow, BookOf(shadow), At(0)).Single(g => g.Guard == "shadow").Text.ShouldContain("nothing will be changed");
        Guards.Refusal(shadow, BookOf(shadow), At(0)).ShouldBeNull();
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    public void What_began_before_shadow_mode_was_switched_on_is_not_carried_out(bool everywhere, bool ofTheTeam, bool inTheMatrix)
    {
        var guards = new PureGuards(new OperatorConfiguration
        {
            Matrix = "unused",
            Journal = "unused",
            Shadow = everywhere,
            Teams = new Dictionary<string, TeamGrants> { ["rental"] = new() { Namespaces = ["production"], Shadow = ofTheTeam } },
        }, _ => inTheMatrix);
        var (live, planned) = (New.ByHand(changesNothing: false), Proposed("planned", shadow: true));
        var refusal = guards.Refusal(live, BookOf(live), At(60)).ShouldNotBeNull();
        (refusal.Refusal, refusal.Parks).ShouldBe((Reason.Shadow, false));
        guards.Refusal(planned, BookOf(planned), At(60)).ShouldBeNull();
    }

    [Theory]
    [InlineData(null, "production", "rental", null)]
    [InlineData("rental-api", "kube-system", "rental", Reason.NotGranted)]
    [InlineData("rental-api", "production", "stranger", Reason.NotGranted)]
    [InlineData("rental-api", "production", "rental", null)]
    public void S15_only_a_declared_workload_in_a_granted_namespace_is_touched(string? workload, string @namespace, string team, Reason? refusal)
    {
        var rollback = Proposed("r", workload, team: team, @namespace: @namespace);
        var result = Guards.Judge(rollback, BookOf(rollback), At(0)).Single(g => g.Guard == "declared_workload");
        result.Refusal.ShouldBe(refusal);
        result.Parks.ShouldBeFalse("waiting does not grant anything");
    }

    public static TheoryData<string, RollbackState, Reason?> OthersOnTheWorkload => new()
    {
        { "acting, weaker", Proposed("other", rank: 9, playbook: "assess").Acted(59), Reason.RunUnderWay },
        { "stabilising", Proposed("other", rank: 9, playbook: "assess").Acted(30).Stabilising(31), Reason.RunUnderWay },
        { "closed", Proposed("other", playbook: "assess").Acted(0).Closed(5), null },
        { "stronger, has not acted", Proposed("other", rank: 1, playbook: "assess", at: 61), Reason.RunUnderWay },
        { "weaker, has not acted", Proposed("other", rank: 9, playbook: "assess"), null },
        { "as strong, earlier", Proposed("other", rank: 5, playbook: "assess", at: 59), Reason.RunUnderWay },
        { "as strong, later", Proposed("other", rank: 5, playbook: "assess", at: 61), null },
        { "as strong, at the same time: both would wait for ever", Proposed("other", rank: 5, playbook: "assess", at: 60), null },
        { "another workload", Proposed("other", workload: "admission", playbook: "assess").Acted(59), null },
        { "stronger, changes nothing", Proposed("other", rank: 1, playbook: "assess").ByHand(changesNothing: true).Acted(59), null },
        { "stronger, waits for its window", Outside(Proposed("other", rank: 1, playbook: "assess")), null },
        { "stronger, began in its window", Outside(Proposed("other", rank: 1, playbook: "assess")).Acted(59), Reason.RunUnderWay },
        { "stronger, held", Waiting(Proposed("other", rank: 1, playbook: "assess"), Reason.Hold), null },
        { "stronger, cooling down", Waiting(Proposed("other", rank: 1, playbook: "assess"), Reason.Cooldown), null },
        { "stronger, frozen", Waiting(Proposed("other", rank: 1, playbook: "assess"), Reason.Freeze), null },
        { "stronger, cannot tell yet", Waiting(Proposed("other", rank: 1, playbook: "assess"), Reason.CannotTell), Reason.RunUnderWay },
        { "stronger, only planned", Proposed("other", rank: 1, playbook: "assess", shadow: true), null },
    };

    private static RollbackState Outside(RollbackState r) =>
        r with { Row = r.Row with { Window = new WindowDefinition("maintenance", [DayOfWeek.Sunday], new TimeOnly(2, 0), new TimeOnly(4, 0), "UTC") } };

    private static RollbackState Waiting(RollbackState r, Reason reason) => r.Apply(2, At(1), new RollbackEvent.Parked(reason, "", null));

    [Theory]
    [MemberData(nameof(OthersOnTheWorkload))]
    public void S10_one_run_at_a_time_and_the_stronger_row_first(string which, RollbackState other, Reason? refusal)
    {
        var mine = Proposed("mine", rank: 5, at: 60);
        Guards.Judge(mine, BookOf(mine, other), At(60)).Single(g => g.Guard == "episode").Refusal.ShouldBe(refusal, which);
    }

    [Fact]
    public void What_is_only_planned_waits_for_no_other_run()
    {
        var mine = Proposed("mine", rank: 5, at: 60, shadow: true);
        Guards.Refusal(mine, BookOf(mine, Proposed("other", playbook: "assess").Acted(59)), At(60)).ShouldBeNull();
    }

    [Fact]
    public void What_a_person_starts_that_changes_nothing_waits_for_no_other_run()
    {
        var mine = Proposed("mine", rank: 5, at: 60).ByHand(changesNothing: true);
        var book = BookOf(mine, Proposed("one", playbook: "assess").Acted(59), Proposed("two", "two").Acted(59)).With(new GlobalEvent.BreakerTripped("too many"));
        Guards.Refusal(mine, book, At(60)).ShouldBeNull();
    }

    [Fact]
    public void What_a_person_starts_that_changes_nothing_counts_neither_as_a_write_nor_for_the_limit()
    {
        var mine = Proposed("mine", at: 60, guards: GuardSettings.Default with { Cooldown = TimeSpan.FromMinutes(20) });
        RollbackState[] looking = [.. Enumerable.Range(1, 6).Select(i => Proposed($"look {i}", i == 1 ? "rental-api" : $"w{i}").ByHand(changesNothing: true).Acted(59))];
        Guards.Refusal(mine, BookOf([mine, .. looking]), At(60)).ShouldBeNull();
    }

    public static TheoryData<string, RollbackState, double, Reason?> Holds => new()
    {
        { "inside", Proposed("old").Acted(50).Closed(51), 60, Reason.Hold },
        { "a moment before its end", Proposed("old").Acted(50).Closed(51), 64.99, Reason.Hold },
        { "at its end", Proposed("old").Acted(50).Closed(51), 65, null },
        { "another playbook", Proposed("old", playbook: "assess").Acted(50).Closed(51), 60, null },
        { "another workload", Proposed("old", workload: "admission").Acted(50).Closed(51), 60, null },
        { "never acted", Proposed("old").Closed(51), 60, null },
        { "a longer hold of its own", Proposed("old", guards: GuardSettings.Default with { Hold = TimeSpan.FromHours(2) }).Acted(0).Closed(51), 60, Reason.Hold },
    };

    [Theory]
    [MemberData(nameof(Holds))]
    public void S10_the_hold_blocks_the_same_playbook_on_the_same_workload(string which, RollbackState old, double now, Reason? refusal) =>
        ShouldPark(BookOf(New, old), refusal, old.HoldUntil, now, which, mine: Proposed("new", at: now));

    [Fact]
    public void S11_still_firing_after_the_hold_is_ineffective_and_no_second_undo()
    {
        var held = New.Apply(2, At(60), new RollbackEvent.Parked(Reason.Hold, "held", At(65))).Apply(3, At(65), new RollbackEvent.Unparked("over"));
        var refusal = Guards.Refusal(held, BookOf(held, Proposed("old").Acted(50).Closed(51)), At(66)).ShouldNotBeNull();
        refusal.Refusal.ShouldBe(Reason.Ineffective);
        refusal.Parks.ShouldBeFalse();
    }

    [Theory]
    [InlineData(Reason.Superseded)]
    [InlineData(Reason.DeployedAgain)]
    public void What_was_deployed_after_the_last_undo_is_for_people_to_judge_during_its_hold(Reason why)
    {
        var overtaken = Proposed("old").Acted(50).Apply(5, At(52), new RollbackEvent.Closed(Outcome.Superseded, why, "deployed"));
        var refusal = Guards.Refusal(Proposed("new", at: 55), BookOf(Proposed("new", at: 55), overtaken), At(56)).ShouldNotBeNull();
        (refusal.Refusal, refusal.Parks).ShouldBe((why, false));
        refusal.Text.ShouldEndWith("was overtaken by somebody else's change: deployed");
        Guards.Refusal(Proposed("new", at: 66), BookOf(Proposed("new", at: 66), overtaken), At(67)).ShouldBeNull();
    }

    [Theory]
    [InlineData(30, false, Reason.Ineffective)]
    [InlineData(64.9, false, Reason.Ineffective)]
    [InlineData(64.9, true, null)]
    [InlineData(65, false, null)]
    public void S11_what_began_before_the_hold_was_over_fires_after_it_also_when_it_never_waited_for_it(double startsAt, bool resolved, Reason? refusal)
    {
        var mine = Proposed("new", at: startsAt);
        if (resolved)
            mine = mine.Apply(2, At(70), new RollbackEvent.CauseResolved("f-new", null)).Apply(3, At(71), new RollbackEvent.CauseAttached(mine.Causes[0] with { Fingerprint = "f-other", StartsAt = At(71) }));
        (Guards.Refusal(mine, BookOf(mine, Proposed("old").Acted(50).Closed(51)), At(120))?.Refusal).ShouldBe(refusal);
    }

    [Theory]
    [InlineData(0, 60, null)]
    [InlineData(20, 60, Reason.Cooldown)]
    [InlineData(20, 69.9, Reason.Cooldown)]
    [InlineData(20, 70, null)]
    public void The_cooldown_counts_writes_of_any_playbook(int cooldownMinutes, double now, Reason? refusal)
    {
        var mine = Proposed("mine", at: 60, guards: GuardSettings.Default with { Cooldown = TimeSpan.FromMinutes(cooldownMinutes) });
        ShouldPark(BookOf(mine, Proposed("old", playbook: "assess").Acted(50).Closed(51)), refusal, At(70), now, mine: mine);
    }

    [Fact]
    public void What_takes_over_does_not_cool_down_after_the_run_that_failed()
    {
        var mine = Proposed("mine", at: 60, guards: GuardSettings.Default with { Cooldown = TimeSpan.FromMinutes(20) }) with { After = "old" };
        Guards.Refusal(mine, BookOf(mine, Proposed("old", playbook: "assess").Acted(50).Closed(60)), At(60)).ShouldBeNull();
    }

    [Theory]
    [InlineData("rental", 30, Reason.Freeze)]
    [InlineData("rental", 60, Reason.Freeze)]
    [InlineData("rental", 90, null)]
    [InlineData("admission", 30, null)]
    public void A_freeze_holds_for_its_service_until_its_end(string service, double now, Reason? refusal) =>
        ShouldPark(BookOf(New).With(new GlobalEvent.Frozen(service, At(90), "anna", "sale")), refusal, At(90), now);

    public static TheoryData<string, Func<PlaybookDefinition, StepDefinition, PlaybookDefinition>, bool> Reaches => new()
    {
        { "a method", (p, s) => p with { Methods = [new MethodDefinition("m", TimeSpan.FromMinutes(1), [s])] }, true },
        { "a method for people only", (p, s) => p with { Methods = [new MethodDefinition("m", TimeSpan.FromMinutes(1), [s]) { OnlyManual = true }] }, false },
        { "meanwhile", (p, s) => p with { Meanwhile = [s] }, true },
        { "on_failure", (p, s) => p with { OnFailure = [s] }, true },
    };

    [Theory]
    [MemberData(nameof(Reaches))]
    public void A_freeze_holds_for_every_service_that_a_step_reaches_for(string where, Func<PlaybookDefinition, StepDefinition, PlaybookDefinition> with, bool reaches)
    {
        var mine = Reaching(with, "production");
        var book = BookOf(mine).With(new GlobalEvent.Frozen("payment", At(90), "anna", "sale")).With(new GlobalEvent.Frozen("rental", At(70), "bert", "stocktaking"));
        var refusal = Guards.Refusal(mine, book, At(60)).ShouldNotBeNull(where);
        refusal.Refusal.ShouldBe(Reason.Freeze, where);
        refusal.LapsesAt.ShouldBe(reaches ? At(90) : At(70), "the longest");
        refusal.Text.ShouldBe(reaches ? "payment: frozen by anna until 13:30 UTC: sale" : "frozen by bert until 13:10 UTC: stocktaking");
        refusal.Service.ShouldBe(reaches ? "payment" : "rental");
    }

    [Theory]
    [MemberData(nameof(Reaches))]
    public void S15_every_service_that_a_step_reaches_for_is_in_a_granted_namespace(string where, Func<PlaybookDefinition, StepDefinition, PlaybookDefinition> with, bool reaches)
    {
        var mine = Reaching(with, "kube-system");
        var refusal = Guards.Refusal(mine, BookOf(mine), At(60));
        (refusal?.Refusal).ShouldBe(reaches ? Reason.NotGranted : null, where);
        (refusal?.Text).ShouldBe(reaches ? "payment: namespace kube-system is not granted to team rental" : null, where);
    }

    private static RollbackState Reaching(Func<PlaybookDefinition, StepDefinition, PlaybookDefinition> with, string @namespace)
    {
        var mine = Proposed("mine", at: 60);
        var payment = mine.Service with { Name = "payment", Workload = new WorkloadDefinition("deployment", @namespace, "payment") };
        return mine with { Playbook = with(mine.Playbook, new StepDefinition("fake_undo", []) { Services = [mine.Service, payment] }) };
    }

    [Fact]
    public void What_waits_for_days_says_until_which_day()
    {
        var frozen = BookOf(New).With(new GlobalEvent.Frozen("rental", At(48 * 60), "anna", "sale"));
        Guards.Refusal(New, frozen, At(0)).ShouldNotBeNull().Text.ShouldBe("frozen by anna until 2026-11-25 12:00 UTC: sale");
        var cooling = Proposed("mine", at: 60, guards: GuardSettings.Default with { Cooldown = TimeSpan.FromDays(1) });
        Guards.Refusal(cooling, BookOf(cooling, Proposed("old", playbook: "assess").Acted(50).Closed(51)), At(60)).ShouldNotBeNull()
            .Text.ShouldEndWith("cooling down until 2026-11-24 12:50:00 UTC");
    }

    [Fact]
    public void A_lifted_freeze_is_none() => ShouldPark(
        BookOf(New).With(new GlobalEvent.Frozen("rental", At(90), "anna", "sale")).With(new GlobalEvent.Frozen("rental", null, "anna", "over")), null, null);

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(1, 0, null)]
    [InlineData(2, 0, Reason.Limit)]
    [InlineData(1, 3, null)]
    [InlineData(2, 3, Reason.Limit)]
    public void At_most_two_act_at_once_and_those_that_are_only_watched_do_not_count(int acting, int stabilising, Reason? refusal)
    {
        var others = Enumerable.Range(0, acting).Select(i => Proposed($"a{i}", $"a{i}").Acted(1))
            .Concat(Enumerable.Range(0, stabilising).Select(i => Proposed($"s{i}", $"s{i}").Acted(1).Stabilising(2)));
        ShouldPark(BookOf([New, .. others]), refusal, until: null);
    }

    [Theory]
    [InlineData("together", "together", null)]
    [InlineData("together", "another time", Reason.Limit)]
    public void What_a_person_started_together_counts_once(string group, string other, Reason? refusal)
    {
        var byHand = Proposed("any").ByHand(changesNothing: false).Manual!;
        var (a, b) = (Proposed("a", "a") with { Manual = byHand with { Group = group } }, Proposed("b", "b") with { Manual = byHand with { Group = other } });
        ShouldPark(BookOf(New, a.Acted(59), b.Acted(59)), refusal, until: null);
    }

    [Theory]
    [InlineData(4, 59, null)]
    [InlineData(5, 59, Reason.Breaker)]
    [InlineData(5, 50, Reason.Breaker)]
    [InlineData(5, 49.9, null)]
    public void More_than_five_targets_within_ten_minutes_trip_the_breaker(int others, double startedAt, Reason? refusal) =>
        ShouldPark(BookOf([New, .. Targets(others, startedAt)]), refusal, until: null);

    [Fact]
    public void Many_runs_on_one_target_are_one_target()
    {
        var others = Enumerable.Range(0, 9).Select(i => Proposed($"r{i}", "admission").Acted(59).Closed(60));
        ShouldPark(BookOf([New, .. others]), null, null);
    }

    [Theory]
    [InlineData(4, null)]
    [InlineData(5, Reason.Breaker)]
    public void An_earlier_run_on_the_same_target_makes_it_no_target_more(int others, Reason? refusal)
    {
        var earlier = Proposed("earlier", playbook: "assess").Acted(55).Closed(56);
        ShouldPark(BookOf([New, earlier, .. Targets(others, 59)]), refusal, until: null);
    }

    [Fact]
    public void A_tripped_breaker_stays_open_for_as_long_as_nobody_resets_it()
    {
        var tripped = BookOf(New).With(new GlobalEvent.BreakerTripped("too much"), 0);
        ShouldPark(tripped, Reason.Breaker, until: null, now: 24 * 60);
        ShouldPark(tripped.With(new GlobalEvent.BreakerReset("anna", "seen"), 60), null, null, now: 61);
    }

    [Theory]
    [InlineData(59.5, null)]
    [InlineData(58.5, Reason.Breaker)]
    public void Targets_before_the_reset_do_not_count_again(double resetAt, Reason? refusal) =>
        ShouldPark(BookOf([New, .. Targets(5, 59)]).With(new GlobalEvent.BreakerReset("anna", "seen"), resetAt), refusal, until: null);

    private static IEnumerable<RollbackState> Targets(int count, double startedAt) =>
        Enumerable.Range(0, count).Select(i => Proposed($"t{i}", $"t{i}").Acted(startedAt).Closed(startedAt));

    private static void ShouldPark(
        Book book, Reason? refusal, DateTimeOffset? until, double now = 60, string? which = null, RollbackState? mine = null)
    {
        var first = Guards.Refusal(mine ?? New, book, At(now));
        first?.Refusal.ShouldBe(refusal, which);
        (first is null).ShouldBe(refusal is null, which);
        if (first is null)
            return;
        first.Parks.ShouldBeTrue("it can lapse");
        first.LapsesAt.ShouldBe(until, which);
    }
}
