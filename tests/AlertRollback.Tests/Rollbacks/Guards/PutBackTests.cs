using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Matrix;
using AlertRollback.Operators;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Rollbacks;
using AlertRollback.Rollbacks.Guards;
using AlertRollback.Tests.Kubernetes.Workloads;
using AlertRollback.Tests.Playbooks.Actions;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Rollbacks.Guards;

/// <summary>A release that was put back is no new one, whoever went away from what came after it (S9).</summary>
public sealed class PutBackTests
{
    private readonly FakeTimeProvider _time = new(Runs.At(-2 * 24 * 60));
    private readonly Chronicle _chronicle;
    private readonly RevisionLedger _ledger;

    public PutBackTests()
    {
        _chronicle = new Chronicle(new MemoryJournal(), _time);
        _ledger = new RevisionLedger(_chronicle, new OperatorConfiguration { Matrix = "", Journal = "" }, _time);
    }

    [Theory]
    // known to be good before | put back by a rollback | in quarantine | restarted since | refused
    [InlineData(true, false, false, false, true)]
    [InlineData(true, false, false, true, true)]
    [InlineData(false, false, false, false, false)]
    [InlineData(false, true, false, false, true)]
    [InlineData(false, true, false, true, true)]
    [InlineData(true, false, true, false, false)]
    public async Task S9_what_was_put_back_is_no_suspect(bool good, bool byRollback, bool quarantined, bool restarted, bool refused)
    {
        await RunsAsync("v1", -24 * 60, good);
        if (quarantined)
            await _ledger.QuarantineAsync(Shop.Uid, "w", await DigestOfAsync("v1"), ["v1"], "earlier", Cancellation);
        await RunsAsync("v2", -60, good: true);
        await BackAtV1Async(0, byRollback);
        if (restarted)
            await RestartedAsync(2);

        var result = await JudgeAsync(restarted);
        result.Refusal.ShouldBe(refused ? Reason.NoNewRelease : null, result.Text);
        if (refused)
            result.Text.ShouldEndWith(" had run here before and came back 5 min before the alert: it is no new release");
    }

    [Fact]
    public async Task S9_what_was_rolled_back_from_and_is_released_again_is_a_suspect_however_good_it_once_was()
    {
        await RunsAsync("v1", -24 * 60, good: true);
        await _ledger.QuarantineAsync(Shop.Uid, "w", await DigestOfAsync("v1"), ["v1"], "earlier", Cancellation);
        await RunsAsync("v2", -60, good: true);
        await AppendAsync(new WorkloadEvent.Unpinned("w", await DigestOfAsync("v1"), "bob", "try it again"));
        await BackAtV1Async(0, byRollback: false);

        (await JudgeAsync()).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task S9_what_proved_good_after_it_was_rolled_back_from_is_no_suspect_when_it_is_put_back()
    {
        await RunsAsync("v1", -40 * 60, good: true);
        await _ledger.QuarantineAsync(Shop.Uid, "w", await DigestOfAsync("v1"), ["v1"], "earlier", Cancellation);
        await AppendAsync(new WorkloadEvent.Unpinned("w", await DigestOfAsync("v1"), "bob", "it was a false alarm"));
        await RunsAsync("v1", -24 * 60, good: true);
        await RunsAsync("v2", -60, good: true);
        await BackAtV1Async(0, byRollback: false);

        (await JudgeAsync()).Refusal.ShouldBe(Reason.NoNewRelease);
    }

    [Fact]
    public async Task S9_what_a_rollback_went_back_to_once_is_a_suspect_when_it_is_released_again()
    {
        await RunsAsync("v1", -24 * 60);
        await RunsAsync("v2", -180);
        await BackAtV1Async(-120, byRollback: true);
        await RunsAsync("v3", -60);
        await BackAtV1Async(0, byRollback: false);

        (await JudgeAsync()).Refusal.ShouldBeNull();
    }

    [Theory]
    // runs now | where the undo went is known | put back
    [InlineData("v3", true, false)]
    [InlineData("v3", false, true)]
    [InlineData("v1", true, true)]
    public async Task S9_what_was_deployed_at_the_moment_of_an_undo_is_what_it_went_back_to_only_as_long_as_nothing_else_is_known(string runs, bool known, bool putBack)
    {
        await RunsAsync("v1", -24 * 60);
        await RunsAsync("v2", -60);
        At(0);
        var plan = Plan.Of(0, "kubernetes", [Runs.PlanOf(Runs.At(-60)).Steps[0] with { Leaves = known ? WorkloadChange.Release(Shop.Uid, await DigestOfAsync("v1")) : null }]);
        var run = RollbackState.Stream("undo");
        await _chronicle.ChangeAsync(_ => [new Entry(run, Runs.Proposed("undo").Timeline[0].Event), new Entry(run, new RollbackEvent.PlanMade(plan)), new Entry(run, new RollbackEvent.Started([], []))], Cancellation);
        await AppendAsync(new WorkloadEvent.BecameCurrent("w", await DigestOfAsync("v1"), 4, ["v1"], Runs.At(0)));
        await _ledger.QuarantineAsync(Shop.Uid, "w", await DigestOfAsync("v2"), ["v2"], "undo", Cancellation);
        if (runs != "v1")
            await AppendAsync(new WorkloadEvent.BecameCurrent("w", await DigestOfAsync(runs), 5, [runs], Runs.At(0.2)));

        _ledger.WasPutBack(Shop.Uid, await DigestOfAsync(runs), Runs.At(0.2)).ShouldBe(putBack);
    }

    [Fact]
    public async Task Who_starts_it_by_hand_decides_it()
    {
        await RunsAsync("v1", -24 * 60, good: true);
        await RunsAsync("v2", -60, good: true);
        await BackAtV1Async(0, byRollback: false);

        (await JudgeAsync(byHand: true)).Passed.ShouldBeTrue();
    }

    private async Task<GuardResult> JudgeAsync(bool restarted = false, bool byHand = false)
    {
        var service = Acting.Service() with { Workload = new WorkloadDefinition("deployment", Shop.Api.Namespace, Shop.Api.Name) };
        var action = new RolloutUndoAction(new Clusters(BackAtV1(restarted).Cluster), _ledger, _time);
        var parameters = Acting.Json("""{"to": "previous"}""");
        var pinned = (await action.PinAsync(Acting.Context(service), parameters, TestContext.Current.CancellationToken)).ShouldBeOfType<PinOutcome.Pinned>();
        var run = Runs.Proposed("r", at: 5);
        return Attribution.Judge(byHand ? run.ByHand(changesNothing: false) : run, Plan.Of(0, "kubernetes", [PlannedStep.Of("kubernetes/0", action, parameters, pinned)]), Runs.BookOf(run), Runs.At(6));
    }

    private static Shop BackAtV1(bool restarted)
    {
        var shop = restarted ? Shop.WithReleases("v1", "v0", "v2", "v1") : Shop.WithReleases("v1", "v0", "v2");
        shop.Release("v1");
        shop.CountUp(1, 4);
        shop.Cluster.Change(Shop.ReplicaSetRef(1), o => o["metadata"]!["annotations"]!["deployment.kubernetes.io/revision-history"] = "1");
        if (restarted)
        {
            shop.CountUp(4, 5);
            foreach (var marked in (ObjectRef[])[Shop.ReplicaSetRef(4), Shop.Api.Object])
                shop.Cluster.Change(marked, o => o["spec"]!["template"]!["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/restartedAt"] = "2026-11-23T12:02:00Z" });
        }

        return shop;
    }

    private static async Task<string> DigestOfAsync(string image) =>
        image == "v3" ? "v3" : (await BackAtV1(restarted: false).ReadAsync())!.Revisions.Single(r => r.Images[0].Image == image).Digest;

    private async Task RunsAsync(string image, double minutes, bool good = false)
    {
        At(minutes);
        var digest = await DigestOfAsync(image);
        await AppendAsync(new WorkloadEvent.BecameCurrent("w", digest, 0, [image], Runs.At(minutes)));
        At(minutes + 30);
        if (good)
            await AppendAsync(new WorkloadEvent.KnownGood("w", digest, 0, [image]));
    }

    private async Task BackAtV1Async(double minutes, bool byRollback)
    {
        At(minutes);
        if (byRollback)
        {
            var run = RollbackState.Stream("undo");
            await _chronicle.ChangeAsync(_ => [new Entry(run, Runs.Proposed("undo").Timeline[0].Event), new Entry(run, new RollbackEvent.Started([], []))], Cancellation);
        }

        await AppendAsync(new WorkloadEvent.BecameCurrent("w", await DigestOfAsync("v1"), 4, ["v1"], Runs.At(minutes)));
        if (byRollback)
            await _ledger.QuarantineAsync(Shop.Uid, "w", await DigestOfAsync("v2"), ["v2"], "undo", Cancellation);
    }

    private async Task RestartedAsync(double minutes)
    {
        At(minutes);
        var restarted = (await BackAtV1(restarted: true).ReadAsync())!;
        await AppendAsync(new WorkloadEvent.BecameCurrent("w", restarted.Digest, 5, ["v1"], Runs.At(minutes)));
    }

    private Task AppendAsync(WorkloadEvent e) => _chronicle.ChangeAsync(_ => [Entry.Of(Shop.Uid, e)], Cancellation);

    private void At(double minutes) => _time.SetUtcNow(Runs.At(minutes));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
