using System.Text.Json.Nodes;
using AlertRollback.Alerts;
using AlertRollback.Announcements.Slack;
using AlertRollback.Announcements.Wording;
using AlertRollback.Matrix;
using AlertRollback.Playbooks;
using AlertRollback.Rollbacks;

namespace AlertRollback.Tests.Rollbacks.Running;

/// <summary>What belongs to an episode that is closed already, and what is a new one (S10).</summary>
public sealed class EpisodeTests
{
    private static readonly Func<PinOutcome> Paused = () => new PinOutcome.Refused(Reason.Paused, "paused");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S9_an_alert_without_a_start_is_not_younger_on_the_next_day_unless_it_resolved(bool resolves)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = Paused;
        await world.FireAsync(startsAt: DateTimeOffset.MinValue);
        var first = await world.ClosedAsync(Outcome.Refused);
        world.PinAnswer = null;
        world.Time.Advance(TimeSpan.FromHours(24.2));
        if (resolves)
            await world.ResolveAsync();
        world.DeployedAt = world.Time.GetUtcNow();
        world.Time.Advance(TimeSpan.FromMinutes(20));
        await world.FireAsync(startsAt: DateTimeOffset.MinValue);

        var second = await world.UntilAsync(r => r.Id != first.Id && (r.Phase == Phase.Stabilising || r.Closed is not null));
        second.Closed?.Reason.ShouldBe(Reason.DeployedAfterAlert);
        second.HasActed.ShouldBe(resolves);
    }

    [Fact]
    public async Task S10_an_alert_of_another_service_of_the_same_workload_is_told_as_that()
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => new PinOutcome.CannotTell("the API is away");
        await world.FireAsync();
        var act = world.Row("high", 1, "undo");
        world.Rows["high"] = act with { Service = act.Service with { Name = "rental-worker" } };
        await world.FireAsync("high", pod: "b");
        await world.FireAsync(pod: "c");

        var run = world.Chronicle.Book.Rollbacks.ShouldHaveSingleItem().Value;
        run.Timeline.Select(TimelineLine.For).Where(l => l?.Contains(" joins", StringComparison.Ordinal) == true)
            .ShouldBe(["HighErrors of rental-worker joins (b)", "HighErrors joins (c)"]);
        Condensed.Lines(run.Timeline.FindAll(t => t.Event is RollbackEvent.CauseAttached)).Last().Text.ShouldBe("2 more alerts join: HighErrors of rental-worker (b), HighErrors (c)");
        new SlackSummary(run, world.Operators).Message().Blocks[1].ToString().ShouldContain("HighErrors and 2 more, also of rental-worker (critical)");
    }

    [Theory]
    [InlineData("HighErrors", false, 1)]
    [InlineData("HighErrors", true, 2)]
    [InlineData("SlowRequests", false, 2)]
    public async Task S10_what_is_new_does_not_join_a_run_that_was_refused_long_before(string alertName, bool released, int runs)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = Paused;
        await world.FireAsync();
        await world.ClosedAsync(Outcome.Refused);
        world.PinAnswer = null;
        world.Time.Advance(TimeSpan.FromHours(13));
        if (released)
            await ReleaseAsync(world);
        world.Time.Advance(TimeSpan.FromMinutes(5));
        await FireAsync(world, alertName);

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(runs);
        if (runs > 1)
            await world.UntilAsync(r => r.Guards.Any(g => g.Guard == "attribution"));
    }

    [Theory]
    // the address of what was released | whether something was known of it before | whether that was seen to happen | runs
    [InlineData("deployment/production/rental-api", true, false, 2)]
    [InlineData("deployment/production/rental-api", false, false, 1)]
    [InlineData("container/unix:///run/docker.sock/rental-api", true, true, 2)]
    [InlineData("container/unix:///run/docker.sock/rental-api", true, false, 2)]
    [InlineData("deployment/production/admission", true, true, 1)]
    public async Task S10_a_release_that_nobody_saw_come_and_one_of_a_container_make_an_alert_new_as_well(string address, bool known, bool seen, int runs)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.Container = "container/unix:///run/docker.sock/rental-api";
        if (known)
            await ReleaseAsync(world, address, "before", seen);
        world.PinAnswer = Paused;
        await world.FireAsync();
        await world.ClosedAsync(Outcome.Refused);
        world.Time.Advance(TimeSpan.FromHours(6));
        await ReleaseAsync(world, address, "after", seen);
        world.Time.Advance(TimeSpan.FromMinutes(5));
        await world.FireAsync(pod: "b");

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(runs);
    }

    [Theory]
    // minutes until another alert of the row begins | whether a person had said no | whether something was released since | runs
    [InlineData(2, false, false, 1)]
    [InlineData(20, false, false, 2)]
    [InlineData(20, true, false, 1)]
    [InlineData(2, true, true, 2)]
    public async Task S10_what_is_of_the_same_outage_or_was_said_no_to_is_not_asked_about_again(int minutes, bool saidNo, bool released, int runs)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        if (saidNo)
            world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = new ApprovalDefinition("on-call", TimeSpan.FromMinutes(5), OnSilence.Proceed, null, null, false) } };
        else
            world.PinAnswer = Paused;
        await world.FireAsync();
        if (saidNo)
            await world.AnswerAsync((await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen))).Id, yes: false);
        await world.ClosedAsync(Outcome.Refused);
        world.Time.Advance(TimeSpan.FromMinutes(minutes - 1));
        if (released)
            await ReleaseAsync(world);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await FireAsync(world, "SlowRequests");

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(runs);
    }

    [Theory]
    // when the alert began, in minutes after a person said no | what was released 5 minutes after it | runs
    [InlineData(1, "newer", 1)]
    [InlineData(7, "newer", 2)]
    [InlineData(7, "release", 1)]
    public async Task S10_what_a_run_stands_for_is_its_own_whatever_is_released_since_and_a_restart_is_no_release(int began, string release, int runs)
    {
        await using var world = await RollbackWorld.StartAsync();
        var row = world.Row("critical", 0, "undo");
        world.Rows["critical"] = row with { Playbook = row.Playbook with { Approval = new ApprovalDefinition("on-call", TimeSpan.FromMinutes(5), OnSilence.Proceed, null, null, false) } };
        await ReleaseAsync(world, row.Service.Workload!.Address, "bad", seen: true, "release");
        await world.FireAsync();
        await world.AnswerAsync((await world.UntilAsync(r => r.Approvals.Any(a => a.IsOpen))).Id, yes: false);
        await world.ClosedAsync(Outcome.Refused);
        var closed = world.Time.GetUtcNow();
        world.Time.Advance(TimeSpan.FromMinutes(2));
        if (began < 2)
            await world.FireAsync(pod: "b", startsAt: closed.AddMinutes(began));
        world.Time.Advance(TimeSpan.FromMinutes(3));
        await ReleaseAsync(world, row.Service.Workload!.Address, "other", seen: true, release);
        world.Time.Advance(TimeSpan.FromMinutes(3));
        await world.FireAsync(pod: "b", startsAt: closed.AddMinutes(began));

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(runs);
    }

    [Theory]
    // what fires how long after a run that failed | what was released meanwhile | runs
    [InlineData("HighErrors", 720, "newer", 2)]
    [InlineData("HighErrors", 720, "good", 1)]
    [InlineData("HighErrors", 720, null, 1)]
    [InlineData("SlowRequests", 720, null, 2)]
    [InlineData("SlowRequests", 10, null, 1)]
    public async Task S10_what_is_new_does_not_join_a_run_that_failed_long_before_either(string alertName, int minutes, string? released, int runs)
    {
        await using var world = await RollbackWorld.StartAsync();
        world.PinAnswer = () => new PinOutcome.Pinned(new JsonObject { ["to"] = "good" }, "api:v2", "api:v1", [], [], []) { HasSuspect = true, Suspect = "uid/bad", Leaves = "uid/good", SuspectSince = world.DeployedAt };
        world.Health = Verdict.Fail;
        await world.FireAsync();
        var first = await world.ClosedAsync(Outcome.Failed, after: TimeSpan.FromMinutes(6));
        world.Time.Advance(TimeSpan.FromMinutes(minutes - 5));
        if (released is not null)
            await ReleaseAsync(world, RollbackWorld.Service("rental-api").Workload!.Address, released, seen: true);
        world.Time.Advance(TimeSpan.FromMinutes(5));
        await FireAsync(world, alertName);

        world.Chronicle.Book.Rollbacks.Count.ShouldBe(runs);
        if (runs > 1)
            await world.UntilAsync(r => r.Id != first.Id && r.Guards.Any(g => g.Guard == "attribution"));
    }

    [Fact]
    public async Task S10_a_new_alert_joins_a_run_that_is_open_and_one_that_has_acted_and_one_that_only_planned()
    {
        await using var world = await RollbackWorld.StartAsync();
        await world.FireAsync();
        await world.UntilAsync(Phase.Stabilising);
        await FireAsync(world, "SlowRequests");
        await world.AfterAsync(TimeSpan.FromMinutes(31), r => r.Closed is not null);
        await FireAsync(world, "FewOrders");
        world.Chronicle.Book.Rollbacks.ShouldHaveSingleItem();

        world.Rows["low"] = world.Row("low", 1, "undo", shadow: true);
        await world.FireAsync("low");
        await world.UntilAsync(r => r.Closed?.Outcome == Outcome.Shadowed);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await FireAsync(world, "SlowRequests", "low");
        world.Chronicle.Book.Rollbacks.Count.ShouldBe(2);
    }

    private static Task ReleaseAsync(RollbackWorld world) => ReleaseAsync(world, RollbackWorld.Service("rental-api").Workload!.Address, "digest", seen: true);

    private static Task ReleaseAsync(RollbackWorld world, string address, string digest, bool seen, string? release = null) => world.Chronicle.ChangeAsync(
        _ => [new Entry(WorkloadKnowledge.Stream("uid"), new WorkloadEvent.BecameCurrent(address, digest, 3, [], seen ? world.Time.GetUtcNow() : null) { Release = release })],
        TestContext.Current.CancellationToken);

    private static Task FireAsync(RollbackWorld world, string alertName, string severity = "critical")
    {
        var labels = LabelSet.Of(("alertname", alertName), ("severity", severity), ("service", "rental-api"), ("pod", "b"));
        return world.ReceiveAsync(new Alert(AlertStatus.Firing, labels, LabelSet.Empty, world.Time.GetUtcNow(), null, "", labels.Fingerprint));
    }
}
