using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Playbooks.Checks;
using AlertRollback.Tests.Kubernetes.Workloads;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

public sealed class RolloutUndoActionTests
{
    [Fact]
    public async Task From_the_plan_to_the_patch_it_asks_the_API_four_times_as_kubectl_does()
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var workload = await cluster.TwoReleasesAsync();
        var service = Acting.Service() with { Workload = new("deployment", workload.Namespace, workload.Name) };
        var undo = new RolloutUndoAction(new Clusters(cluster.Api), new FakeRevisionLedger(), TimeProvider.System);
        var before = cluster.Sandbox!.Requests.All.Count;

        var pin = await undo.PinAsync(Acting.Context(service), Acting.Json("""{"to": "previous"}"""));
        (await undo.ApplyAsync(Acting.Context(service), pin)).ShouldBeOfType<StepOutcome.Done>();

        cluster.Sandbox.Requests.All.Skip(before).Select(r => $"{r.Method}{(r.Path.Contains("dryRun", StringComparison.Ordinal) ? " dry run" : "")}").Take(4)
            .ShouldBe(["GET", "GET", "PATCH dry run", "PATCH"]);
    }

    [Fact]
    public async Task What_an_admission_webhook_adds_is_waited_for_and_taken_for_ours()
    {
        var shop = Shop.WithReleases("v1", "v2");
        shop.Cluster.Admission = o => o["spec"]!["template"]!["metadata"]!["labels"]!["tier"] = "web";
        shop.Cluster.AfterPatch = _ => shop.Cluster.Change(Shop.Api.Object, o => o["status"]!["observedGeneration"] = 3);
        var service = Acting.Service() with { Workload = new("deployment", Shop.Api.Namespace, Shop.Api.Name) };
        var clusters = new Clusters(shop.Cluster);
        var undo = new RolloutUndoAction(clusters, new FakeRevisionLedger(), TimeProvider.System);
        var context = Acting.Context(service, deadline: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(10));
        var planned = (PinOutcome.Pinned)await undo.PinAsync(context, Acting.Json("""{"to": "previous"}"""), TestContext.Current.CancellationToken);
        var pin = planned.Pin;

        (await undo.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        planned.Leaves.ShouldBe(WorkloadChange.Release(Shop.Uid, LiveTemplate.Digest(shop.Live)), "by it the undo knows what it left");
        var check = new CheckContext("r-1", service, Acting.Started, TimeProvider.System.GetUtcNow(), new Dictionary<string, JsonObject> { ["steps/0"] = pin });
        (await new RolloutStatusCheck(clusters, TimeProvider.System).AskAsync(check, [], TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Verdict.ShouldBe(Verdict.Pass);
    }

    [Fact]
    public async Task S4_a_restart_while_it_waits_neither_ends_it_nor_spoils_what_is_verified()
    {
        var shop = Shop.WithReleases("v1", "v2");
        shop.Cluster.AfterPatch = _ => shop.Cluster.Change(Shop.Api.Object, o =>
        {
            o["spec"]!["template"]!["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/restartedAt"] = "2026-11-23T21:00:40Z" };
            o["status"]!["observedGeneration"] = 4;
        });
        var service = Acting.Service() with { Workload = new("deployment", Shop.Api.Namespace, Shop.Api.Name) };
        var clusters = new Clusters(shop.Cluster);
        var undo = new RolloutUndoAction(clusters, new FakeRevisionLedger(), TimeProvider.System);
        var context = Acting.Context(service, deadline: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(10));
        var pin = await undo.PinAsync(context, Acting.Json("""{"to": "previous"}"""));

        (await undo.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
        var check = new CheckContext("r-1", service, Acting.Started, TimeProvider.System.GetUtcNow(), new Dictionary<string, JsonObject> { ["steps/0"] = pin });
        (await new RolloutStatusCheck(clusters, TimeProvider.System).AskAsync(check, [], TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Verdict.ShouldBe(Verdict.Pass);
    }

    [Fact]
    public async Task S16_what_is_complete_when_we_come_back_too_late_has_not_failed()
    {
        await using var cluster = await TestCluster.SandboxAsync();
        var workload = await cluster.TwoReleasesAsync();
        var service = Acting.Service() with { Workload = new("deployment", workload.Namespace, workload.Name) };
        var undo = new RolloutUndoAction(new Clusters(cluster.Api), new FakeRevisionLedger(), TimeProvider.System);
        var context = Acting.Context(service);
        var pin = await undo.PinAsync(context, Acting.Json("""{"to": "previous"}"""));
        await undo.ApplyAsync(context, pin);

        var late = context with { Attempt = 2, Deadline = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1) };
        (await undo.ApplyAsync(late, pin)).ShouldBeOfType<StepOutcome.Done>();
    }

    [Fact]
    public async Task S2_after_a_crash_a_release_that_somebody_went_away_from_and_came_back_to_is_left_alone()
    {
        var (shop, context, undo) = TwoReleases(new FakeRevisionLedger());
        var pin = await undo.PinAsync(context, Acting.Json("""{"to": "previous"}"""));
        shop.CountUp(1, 3);

        (await undo.ApplyAsync(context with { Attempt = 2 }, pin)).ShouldBeOfType<StepOutcome.Superseded>();
        shop.Cluster.Patches.ShouldBe(0);
    }

    [Fact]
    public async Task A_crash_between_the_patch_and_the_quarantine_does_not_leave_out_the_quarantine()
    {
        var (shop, context, undo) = TwoReleases(new FakeRevisionLedger());
        var pin = await undo.PinAsync(context, Acting.Json("""{"to": "previous"}"""));
        await undo.ApplyAsync(context, pin);
        context.Journal.Marks.Keys.ShouldContain("patched");
        var ledger = new FakeRevisionLedger();

        (await new RolloutUndoAction(new Clusters(shop.Cluster), ledger, TimeProvider.System).ApplyAsync(context with { Attempt = 2 }, pin)).ShouldBeOfType<StepOutcome.Done>();
        ledger.Quarantined.ShouldBe(["v2"]);
        shop.Cluster.Patches.ShouldBe(1);
    }

    [Fact]
    public async Task S4_an_older_state_that_the_watch_shows_late_is_nobodys_change()
    {
        var (shop, context, undo) = TwoReleases(new FakeRevisionLedger());
        var before = shop.Live;
        shop.Cluster.AfterPatch = _ =>
        {
            var complete = (JsonObject)shop.Live.Json.DeepClone();
            complete["status"]!["observedGeneration"] = 3;
            shop.Cluster.Tell(WatchEventType.Modified, before);
            shop.Cluster.Tell(WatchEventType.Modified, new KubernetesObject(Acting.Json(complete.ToJsonString())));
        };
        var pin = await undo.PinAsync(context, Acting.Json("""{"to": "previous"}"""));

        (await undo.ApplyAsync(context, pin)).ShouldBeOfType<StepOutcome.Done>();
    }

    [Fact]
    public async Task S4_the_deadline_of_a_stuck_undo_is_counted_from_its_patch_also_after_a_crash()
    {
        var (shop, context, undo) = TwoReleases(new FakeRevisionLedger());
        var pin = await undo.PinAsync(context, Acting.Json("""{"to": "previous"}"""));
        await undo.ApplyAsync(context, pin);
        context.Journal.Marks["patched"]["at"] = (TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(601)).ToString("O", CultureInfo.InvariantCulture);
        shop.Cluster.Change(Shop.Api.Object, o =>
        {
            o["status"]!["availableReplicas"] = 0;
            o["status"]!["conditions"] = new JsonArray(new JsonObject { ["type"] = "Progressing", ["status"] = "False", ["reason"] = "ProgressDeadlineExceeded" });
        });

        var late = context with { Attempt = 2, Deadline = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(1) };
        (await undo.ApplyAsync(late, pin)).ShouldBeOfType<StepOutcome.Failed>().Reason.ShouldBe(Reason.RolloutFailed);
    }

    private static (Shop Shop, StepContext Context, RolloutUndoAction Undo) TwoReleases(FakeRevisionLedger ledger)
    {
        var shop = Shop.WithReleases("v1", "v2");
        shop.Cluster.AfterPatch = _ => shop.Cluster.Change(Shop.Api.Object, o => o["status"]!["observedGeneration"] = 3);
        var service = Acting.Service() with { Workload = new("deployment", Shop.Api.Namespace, Shop.Api.Name) };
        return (shop, Acting.Context(service, deadline: TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(10)), new RolloutUndoAction(new Clusters(shop.Cluster), ledger, TimeProvider.System));
    }
}
