using AlertRollback.Matrix;
using AlertRollback.Rollbacks;
using AlertRollback.Telemetry;
using AlertRollback.Tests.Rollbacks;

namespace AlertRollback.Tests.Telemetry;

/// <summary>What is counted of rollbacks, each time from the journal alone.</summary>
public sealed class RollbackMetricsTests
{
    private const string RolledBack = "alertrollback_rollbacks_total{team=\"rental\",service=\"rental-api\",outcome=\"rolled_back\",reason=\"applied\",shadow=\"false\"}";

    private static Scrape Look(RollbackWorld world) => Scrape.Of(RollbackMetrics.Of(new Totals(world.Chronicle.Book), world.Chronicle.Book.Global, world.Time.GetUtcNow()));

    private static string Open(string state) => $"alertrollback_rollbacks_open{{state=\"{state}\"}}";

    private static string Phases(string phase) => $"alertrollback_rollback_phase_seconds_count{{phase=\"{phase}\"}}";

    private static double Took(Scrape scrape, string phase) => scrape[$"alertrollback_rollback_phase_seconds_sum{{phase=\"{phase}\"}}"];

    [Fact]
    public async Task A_rollback_is_open_where_it_is_and_then_counted_once_by_its_end_also_after_a_restart()
    {
        await using var world = await RollbackWorld.StartAsync();
        Look(world).Named("alertrollback_rollbacks_total").ShouldBeEmpty();
        world.CheckTakes = TimeSpan.FromSeconds(7);
        await world.FireAsync(startsAt: world.Time.GetUtcNow() - TimeSpan.FromSeconds(20));
        await world.UntilAsync(Phase.Verifying);
        await world.AfterAsync(TimeSpan.FromSeconds(7), r => r.Phase == Phase.Stabilising);

        var open = Look(world);
        open[Open("stabilising")].ShouldBe(1);
        open.Named("alertrollback_rollbacks_open").Sum(s => open[s]).ShouldBe(1);
        (open[Phases("decide")], open[Phases("start")], open[Phases("execute")], open[Phases("verify")], open[Phases("total")]).ShouldBe((1, 1, 1, 1, 1));
        Took(open, "decide").ShouldBe(20);
        (Took(open, "start"), Took(open, "execute")).ShouldBe((0, 0));
        Took(open, "verify").ShouldBeGreaterThanOrEqualTo(7);
        Took(open, "total").ShouldBe(20 + Took(open, "verify"));

        await world.ResolveAsync();
        await world.ClosedAsync(Outcome.RolledBack, after: TimeSpan.FromMinutes(31));
        Look(world)[RolledBack].ShouldBe(1);
        Look(world).Named("alertrollback_rollbacks_open").ShouldAllBe(s => Look(world)[s] == 0);

        var before = Look(world).Series;
        await world.CrashAsync();
        await world.BootAsync();
        Look(world).Series.ShouldBe(before);
    }

    // What joins it later must not take back what was counted.
    [Fact]
    public async Task An_older_alert_that_joins_changes_no_time_that_was_counted()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync(startsAt: world.Time.GetUtcNow() - TimeSpan.FromSeconds(20));
        await world.UntilAsync(Phase.Stabilising);
        await world.FireAsync(pod: "b", startsAt: world.Time.GetUtcNow() - TimeSpan.FromMinutes(30));
        await world.UntilAsync(r => r.Causes.Count == 2);

        Took(Look(world), "decide").ShouldBe(20);
        Look(world)[Phases("decide")].ShouldBe(1);
    }

    [Fact]
    public async Task What_is_only_planned_is_counted_as_such_and_took_no_time()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Rows["critical"] = world.Row("critical", 0, "undo", shadow: true);
        await world.FireAsync();
        await world.ClosedAsync(Outcome.Shadowed);

        var scrape = Look(world);
        scrape["alertrollback_rollbacks_total{team=\"rental\",service=\"rental-api\",outcome=\"shadowed\",reason=\"shadow\",shadow=\"true\"}"].ShouldBe(1);
        PhaseTimes.All.ShouldAllBe(p => scrape[Phases(p)] == 0);
    }

    [Theory]
    [InlineData(OnSilence.Deny, true)]
    [InlineData(OnSilence.Escalate, true)]
    [InlineData(OnSilence.Proceed, false)]
    [InlineData(OnSilence.Drop, false)]
    public async Task The_time_that_is_left_is_told_of_what_needs_an_answer(OnSilence otherwise, bool needsOne)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = new("tech-lead", TimeSpan.FromMinutes(10), otherwise, null, null, false) } };
        await world.FireAsync();
        await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        world.Time.Advance(TimeSpan.FromMinutes(4));
        Look(world).Series.TryGetValue("alertrollback_approval_least_time_left_ratio", out var left).ShouldBe(needsOne);
        left.ShouldBe(needsOne ? 0.6 : 0, tolerance: 1e-6);
    }

    [Fact]
    public async Task A_question_to_people_is_as_old_as_the_first_time_that_it_was_asked()
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = new("tech-lead", TimeSpan.FromMinutes(10), OnSilence.Escalate, null, null, false) } };
        await world.FireAsync();
        var asked = await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen));
        (Look(world)[Open("waiting_for_approval")], Look(world)[Open("planned")]).ShouldBe((1, 0));
        Look(world)["alertrollback_approval_oldest_age_seconds"].ShouldBe(0);

        Look(world)["alertrollback_approval_least_time_left_ratio"].ShouldBe(1);

        var again = await world.AfterAsync(TimeSpan.FromMinutes(11), r => r.Approvals.Any(a => a is { IsOpen: true, Request.Round: 2 }));
        Look(world)["alertrollback_approval_least_time_left_ratio"].ShouldBe((again.Approvals[^1].Request.Deadline - world.Time.GetUtcNow()).TotalSeconds / 600, tolerance: 1e-6);
        Look(world)["alertrollback_approval_oldest_age_seconds"].ShouldBe((world.Time.GetUtcNow() - asked.Approvals[0].At).TotalSeconds);
        Look(world)["alertrollback_approval_oldest_age_seconds"].ShouldBeGreaterThanOrEqualTo(660);

        await world.AnswerAsync(asked.Id, yes: false);
        await world.ClosedAsync(Outcome.Refused);
        Look(world)["alertrollback_approval_oldest_age_seconds"].ShouldBe(0);
    }

    [Fact]
    public async Task Brakes_are_shown_and_what_they_park_by_its_reason()
    {
        await using var world = await RollbackWorld.StartAsync();
        (Brake("kill_switch"), Brake("breaker_tripped"), Brake("services_frozen")).ShouldBe((0, 0, 0));
        await world.KillSwitchAsync(on: true);
        await HappensAsync(new GlobalEvent.BreakerTripped("too many"));
        await HappensAsync(new GlobalEvent.Frozen("rental-web", world.Time.GetUtcNow() + TimeSpan.FromHours(1), "anna", "sale"));
        await world.FireAsync();
        await world.UntilAsync(Phase.Parked);

        (Brake("kill_switch"), Brake("breaker_tripped"), Brake("services_frozen")).ShouldBe((1, 1, 1));
        (Look(world)[Open("parked")], Look(world)["alertrollback_rollbacks_parked{reason=\"kill_switch\"}"]).ShouldBe((1, 1));

        world.Time.Advance(TimeSpan.FromHours(1));
        await world.KillSwitchAsync(on: false);
        await HappensAsync(new GlobalEvent.BreakerReset("anna", "looked"));
        (Brake("kill_switch"), Brake("breaker_tripped"), Brake("services_frozen")).ShouldBe((0, 0, 0));

        double Brake(string name) => Look(world)[$"alertrollback_{name}"];
        Task HappensAsync(GlobalEvent e) => world.Chronicle.ChangeAsync(_ => [Entry.Of(e)], TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("r1")]
    [InlineData(null)]
    public async Task Open_tasks_are_counted_with_their_age_until_somebody_did_them(string? leftBy)
    {
        await using var world = await RollbackWorld.StartAsync();
        await TaskAsync(new TaskEvent.Given("t1", world.Rows["critical"].Row, RollbackWorld.Service("rental-api"), "low", "look", null, null) { Within = TimeSpan.FromHours(1), Of = leftBy });
        world.Time.Advance(TimeSpan.FromHours(1));
        Tasks().ShouldBe((1, 0, 3600));
        world.Time.Advance(TimeSpan.FromSeconds(1));
        Tasks().ShouldBe((1, leftBy is null ? 0 : 1, 3601));
        await TaskAsync(new TaskEvent.Done("anna", null));
        Tasks().ShouldBe((0, 0, 0));

        Task TaskAsync(TaskEvent e) => world.Chronicle.ChangeAsync(_ => [Entry.Of("t1", e)], TestContext.Current.CancellationToken);
        (double, double, double) Tasks() => (Look(world)["alertrollback_tasks_open"], Look(world)["alertrollback_tasks_overdue"], Look(world)["alertrollback_task_oldest_age_seconds"]);
    }

    [Fact]
    public async Task Nothing_is_counted_anew_while_no_rollback_and_no_task_changed()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        var totals = new Totals(world.Chronicle.Book);

        await world.KillSwitchAsync(on: true);
        totals.AreOf(world.Chronicle.Book).ShouldBeTrue();
        await world.ResolveAsync();
        totals.AreOf(world.Chronicle.Book).ShouldBeFalse();
    }
}
