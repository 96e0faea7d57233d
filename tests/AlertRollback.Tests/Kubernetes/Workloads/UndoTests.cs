using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using Microsoft.Extensions.Time.Testing;

namespace AlertRollback.Tests.Kubernetes.Workloads;

public sealed partial class UndoTests
{
    private const string id = "rb-1";
    private readonly FakeTimeProvider time = new();
    private readonly Shop shop = Shop.WithReleases("shop/api:v1", "shop/api:bad2");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_alert_to_patch_it_needs_no_more_calls_than_kubectls_four()
    {
        var undo = new Undo(shop.Cluster, time);

        var outcome = await undo.ApplyAsync(await PinAsync(undo), id, outcomeUnknown: false, () => Task.FromResult(true), Cancellation);

        outcome.ShouldBeOfType<UndoOutcome.Applied>().Generation.ShouldBe(3);
        shop.RunningImage.ShouldBe("shop/api:v1");
        shop.Cluster.Calls.Select(c => c.Split('/')[0] + " " + c.Split('/')[^1]).ShouldBe(
            ["GET apis api", "LIST apis replicasets", "DRY PATCH apis api", "PATCH apis api"]);
    }

    [Fact]
    public async Task Pinning_changes_nothing()
    {
        var before = shop.Live.Json.ToJsonString();

        var pin = await PinAsync(new Undo(shop.Cluster, time));

        shop.Live.Json.ToJsonString().ShouldBe(before);
        pin.Origin.ToString().ShouldBe("shop/api:bad2 (revision 2)");
        pin.Target.ToString().ShouldBe("shop/api:v1 (revision 1)");
        pin.Diff.ShouldBe(["containers[app].image: shop/api:bad2 -> shop/api:v1"]);
    }

    [Fact]
    public async Task The_patch_keeps_the_replicas_and_leaves_our_mark_and_no_hash_label()
    {
        await ApplyAsync(await PinAsync());

        shop.Live.Number("spec", "replicas").ShouldBe(2);
        shop.Live.Annotation("alertrollback.io/rollback").ShouldBe(id);
        shop.Live.Annotation("alertrollback.io/undone-to").ShouldNotBeNull();
        shop.Live.Text("spec", "template", "metadata", "labels", "pod-template-hash").ShouldBeNull();
    }

    [Fact]
    public void S1_every_write_is_bound_to_the_object_as_it_was_read()
    {
        var patch = UndoRequest.Preconditions(shop.Live).Select(o => $"{o!["op"]} {o["path"]} {o["value"]}");

        patch.ShouldBe([$"replace /metadata/resourceVersion {shop.Live.ResourceVersion}", $"replace /metadata/uid {shop.Live.Uid}"]);
        new UndoRequest(shop.Live, Revision.Of(shop.Cluster[Shop.ReplicaSetRef(1)])!).Patch(id).Take(2).Select(o => $"{o!["op"]} {o["path"]} {o["value"]}").ShouldBe(patch);
    }

    [Fact]
    public async Task A_pin_survives_the_journal_and_a_restart()
    {
        var pin = UndoPin.FromJson((JsonObject)JsonNode.Parse((await PinAsync()).ToJson().ToJsonString())!);

        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Applied>();
        shop.RunningImage.ShouldBe("shop/api:v1");
    }

    [Fact]
    public async Task A_pin_holds_no_environment_value()
    {
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["template"] = JsonNode.Parse(Shop.Template("shop/api:bad2", null, env: "hunter2")));

        (await PinAsync()).ToJson().ToJsonString().ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task Applying_twice_equals_once()
    {
        var pin = await PinAsync();
        await ApplyAsync(pin);

        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.AlreadyAtTarget>();
        shop.Cluster.Patches.ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_autoscaler_in_between_costs_a_409_and_keeps_its_replicas(bool pinnedByThisProcess)
    {
        var undo = new Undo(shop.Cluster, time);
        var pin = await PinAsync(undo);
        shop.Cluster.BeforePatch = n =>
        {
            if (n == 1)
                shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["replicas"] = 7);
        };

        var outcome = await (pinnedByThisProcess ? undo : new Undo(shop.Cluster, time)).ApplyAsync(pin, id, false, () => Task.FromResult(true), Cancellation);

        outcome.ShouldBeOfType<UndoOutcome.Applied>();
        shop.RunningImage.ShouldBe("shop/api:v1");
        shop.Live.Number("spec", "replicas").ShouldBe(7);
        shop.Cluster.Patches.ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_pipeline_that_deploys_in_between_is_not_overwritten(bool pinnedByThisProcess)
    {
        var undo = new Undo(shop.Cluster, time);
        var pin = await PinAsync(undo);
        shop.Cluster.BeforePatch = n =>
        {
            if (n == 1)
                shop.Release("shop/api:v3");
        };

        var outcome = await (pinnedByThisProcess ? undo : new Undo(shop.Cluster, time)).ApplyAsync(pin, id, false, () => Task.FromResult(true), Cancellation);

        outcome.ShouldBeOfType<UndoOutcome.Superseded>().Text.ShouldContain("shop/api:v3");
        shop.RunningImage.ShouldBe("shop/api:v3");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_is_asked_before_every_write_whether_it_may_be_made(bool pinnedByThisProcess)
    {
        var undo = new Undo(shop.Cluster, time);
        var pin = await PinAsync(undo);
        var mayWrite = true;
        shop.Cluster.BeforePatch = _ =>
        {
            shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["replicas"] = 7);
            mayWrite = false;
        };

        (await (pinnedByThisProcess ? undo : new Undo(shop.Cluster, time)).ApplyAsync(pin, id, false, () => Task.FromResult(mayWrite), Cancellation))
            .ShouldBeOfType<UndoOutcome.Withheld>();
        shop.RunningImage.ShouldBe("shop/api:bad2");
        shop.Cluster.Patches.ShouldBe(1, "the second one, after the 409, was not sent");
    }

    [Fact]
    public async Task What_went_through_before_a_crash_is_found_without_a_write()
    {
        var pin = await PinAsync();
        await ApplyAsync(pin);

        (await new Undo(shop.Cluster, time).ApplyAsync(pin, id, true, () => Task.FromResult(false), Cancellation)).ShouldBeOfType<UndoOutcome.Applied>();
        shop.Cluster.Patches.ShouldBe(1);
    }

    [Fact]
    public async Task An_object_that_never_stands_still_is_given_up()
    {
        var pin = await PinAsync();
        shop.Cluster.BeforePatch = n => shop.Cluster.Change(Shop.Api.Object, o => o["status"]!["readyReplicas"] = n);

        var applying = ApplyAsync(pin);
        while (!applying.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        (await applying).ShouldBeOfType<UndoOutcome.NotDone>();
        shop.RunningImage.ShouldBe("shop/api:bad2");
        shop.Cluster.Patches.ShouldBe(8);
    }

    [Fact]
    public async Task A_lost_answer_of_an_accepted_patch_is_read_back_and_not_sent_again()
    {
        var pin = await PinAsync();
        shop.Cluster.AfterPatch = _ => throw new KubernetesException(KubernetesFault.OutcomeUnknown, "connection reset");

        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Applied>();
        shop.Cluster.Patches.ShouldBe(1);
    }

    [Fact]
    public async Task A_lost_answer_of_a_patch_that_never_arrived_is_sent_again()
    {
        var pin = await PinAsync();
        shop.Cluster.BeforePatch = n =>
        {
            if (n == 1)
                throw new KubernetesException(KubernetesFault.OutcomeUnknown, "connection reset");
        };

        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Applied>();
        shop.Cluster.Patches.ShouldBe(2);
    }

    [Fact]
    public async Task A_lost_answer_that_cannot_be_read_back_is_unknown()
    {
        var pin = await PinAsync();
        shop.Cluster.AfterPatch = _ =>
        {
            shop.Cluster.BeforeRead = _ => throw new KubernetesException(KubernetesFault.Unavailable, "no route");
            throw new KubernetesException(KubernetesFault.OutcomeUnknown, "connection reset");
        };

        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Unknown>();
    }

    [Fact]
    public async Task After_a_crash_an_undo_that_was_accepted_is_done()
    {
        var pin = await PinAsync();
        await ApplyAsync(pin);

        (await ApplyAsync(pin, outcomeUnknown: true)).ShouldBeOfType<UndoOutcome.Applied>();
        shop.Cluster.Patches.ShouldBe(1);
    }

    [Fact]
    public async Task After_a_crash_an_undo_that_was_never_sent_is_sent()
    {
        (await ApplyAsync(await PinAsync(), outcomeUnknown: true)).ShouldBeOfType<UndoOutcome.Applied>();
        shop.RunningImage.ShouldBe("shop/api:v1");
    }

    [Fact]
    public async Task A_template_put_back_by_hand_while_we_were_dead_stays()
    {
        var pin = await PinAsync();
        await ApplyAsync(pin);
        shop.CountUp(1, 3);
        shop.Release("shop/api:bad2");

        (await ApplyAsync(pin, outcomeUnknown: true)).ShouldBeOfType<UndoOutcome.Superseded>();
        shop.RunningImage.ShouldBe("shop/api:bad2");
    }

    [Fact]
    public async Task A_template_put_back_without_our_mark_is_known_by_the_targets_number()
    {
        var pin = await PinAsync();
        shop.CountUp(1, 3);

        (await ApplyAsync(pin, outcomeUnknown: true)).ShouldBeOfType<UndoOutcome.Superseded>();
        shop.Cluster.Patches.ShouldBe(0);
    }

    [Fact]
    public async Task Our_mark_on_the_origin_means_that_somebody_put_it_back()
    {
        var pin = await PinAsync();
        shop.Cluster.Change(Shop.Api.Object, o => o["metadata"]!["annotations"]!["alertrollback.io/rollback"] = id);

        (await ApplyAsync(pin, outcomeUnknown: true)).ShouldBeOfType<UndoOutcome.Superseded>();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S2_the_next_method_of_the_same_rollback_may_undo_once_more_and_knows_its_own_write_from_the_first(bool crashes)
    {
        var three = Shop.WithReleases("shop/api:v1", "shop/api:v2", "shop/api:bad3");
        await ApplyAsync(three, await PinAsync(three, 2));
        three.CountUp(2, 4);
        var further = await PinAsync(three, 1);

        (await ApplyAsync(three, further, outcomeUnknown: crashes)).ShouldBeOfType<UndoOutcome.Applied>();
        three.RunningImage.ShouldBe("shop/api:v1");
        (await ApplyAsync(three, further, outcomeUnknown: true)).ShouldBeOfType<UndoOutcome.Applied>("this write is the one that was asked about");
        three.Release("shop/api:v2");
        (await ApplyAsync(three, further, outcomeUnknown: true)).ShouldBeOfType<UndoOutcome.Superseded>().Text.ShouldContain("again by somebody else");
        three.Cluster.Patches.ShouldBe(2);
    }

    [Fact]
    public async Task The_mark_of_an_earlier_rollback_is_no_obstacle()
    {
        shop.Cluster.Change(Shop.Api.Object, o => o["metadata"]!["annotations"]!["alertrollback.io/rollback"] = "rb-0");

        (await ApplyAsync(await PinAsync(), outcomeUnknown: true)).ShouldBeOfType<UndoOutcome.Applied>();
    }

    [Fact]
    public async Task A_target_that_was_pruned_is_not_rebuilt_from_memory()
    {
        var pin = await PinAsync();
        shop.Cluster.Remove(Shop.ReplicaSetRef(1));

        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Refused>().Refusal.ShouldBe(UndoRefusal.TargetPruned);
    }

    [Fact]
    public async Task A_target_that_is_not_what_was_pinned_is_refused()
    {
        var pin = await PinAsync();
        shop.Cluster.Change(Shop.ReplicaSetRef(1), o => o["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "evil");

        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Refused>().Refusal.ShouldBe(UndoRefusal.TargetPruned);
    }

    [Fact]
    public async Task A_workload_created_again_under_the_same_name_is_another_one()
    {
        var pin = await PinAsync();
        shop.Cluster.Change(Shop.Api.Object, o => o["metadata"]!["uid"] = "other");

        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Superseded>();
    }

    [Fact]
    public async Task A_workload_paused_after_pinning_is_refused_unless_we_paused_it()
    {
        var pin = await PinAsync();
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["paused"] = true);
        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Refused>().Refusal.ShouldBe(UndoRefusal.Paused);

        shop.Cluster.Change(Shop.Api.Object, o => o["metadata"]!["annotations"]!["alertrollback.io/pause"] = "rb-0");
        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Refused>("another rollback paused it").Refusal.ShouldBe(UndoRefusal.Paused);

        shop.Cluster.Change(Shop.Api.Object, o => o["metadata"]!["annotations"]!["alertrollback.io/pause"] = id);
        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Applied>();
    }

    [Fact]
    public async Task A_rejection_by_the_server_is_a_refusal()
    {
        var pin = await PinAsync();
        shop.Cluster.BeforePatch = _ => throw new KubernetesException(KubernetesFault.Invalid, "denied by policy");

        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Refused>().Refusal.ShouldBe(UndoRefusal.Rejected);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_an_admission_webhook_adds_is_ours_also_after_a_crash(bool crashes)
    {
        shop.Cluster.Admission = o => o["spec"]!["template"]!["metadata"]!["labels"]!["tier"] = "web";

        var pin = await PinAsync();
        pin.Warnings.ShouldContain("The API server, or an admission webhook, changes the template of shop/api:v1 (revision 1) while it is written: metadata.labels.tier: added (***).");
        (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.Applied>().Digest.ShouldBe(pin.ExpectedDigest);
        if (crashes)
            (await ApplyAsync(pin, outcomeUnknown: true)).ShouldBeOfType<UndoOutcome.Applied>();
        else
            (await ApplyAsync(pin)).ShouldBeOfType<UndoOutcome.AlreadyAtTarget>();
        shop.Cluster.Patches.ShouldBe(1);
    }

    [Theory]
    [InlineData(true, 3, true)]
    [InlineData(false, 2, true)]
    [InlineData(false, 3, false)]
    public async Task S1_without_knowing_what_an_admission_webhook_adds_nothing_is_planned(bool onlyStatus, int inBetween, bool planned)
    {
        var left = inBetween;
        shop.Cluster.Admission = o => o["spec"]!["template"]!["metadata"]!["labels"]!["tier"] = "web";
        shop.Cluster.BeforeDryRun = () =>
        {
            if (left-- <= 0)
                return;
            if (!onlyStatus)
                throw new KubernetesException(KubernetesFault.Conflict, "it is another object by now");
            shop.Cluster.Change(Shop.Api.Object, o => o["status"]!["readyReplicas"] = left);
        };

        var plan = await PlanAsync(isHeld: false);

        if (planned)
            plan.ShouldBeOfType<UndoPlan.Pinned>().Pin.WrittenDigest.ShouldNotBeNull();
        else
            plan.ShouldBeOfType<UndoPlan.CannotTell>();
    }

    [Fact]
    public async Task A_target_of_which_an_admission_webhook_makes_what_runs_already_is_refused()
    {
        shop.Cluster.Admission = o => o["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "shop/api:bad2";

        (await PlanAsync(isHeld: false)).ShouldBeOfType<UndoPlan.Refused>().Refusal.ShouldBe(UndoRefusal.NothingWouldChange);
    }

    [Fact]
    public async Task A_webhook_that_lets_only_a_restart_through_makes_it_no_undo()
    {
        shop.Cluster.Admission = o =>
        {
            o["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "shop/api:bad2";
            o["spec"]!["template"]!["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/restartedAt"] = "2026-11-23T21:00:40Z" };
        };

        (await PlanAsync(isHeld: false)).ShouldBeOfType<UndoPlan.Refused>().Refusal.ShouldBe(UndoRefusal.NothingWouldChange);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S4_a_target_that_was_only_started_anew_since_is_written_no_more(bool byUs)
    {
        var pin = await PinAsync();
        if (byUs)
            await ApplyAsync(pin);
        else
            shop.Release("shop/api:v1");
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["template"]!["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/restartedAt"] = "2026-11-23T21:00:40Z" });
        var patches = shop.Cluster.Patches;

        var outcome = await ApplyAsync(pin, outcomeUnknown: true);

        if (byUs)
            outcome.ShouldBeOfType<UndoOutcome.Applied>().Digest.ShouldBe(LiveTemplate.Digest(shop.Live));
        else
            outcome.ShouldBeOfType<UndoOutcome.AlreadyAtTarget>();
        shop.Cluster.Patches.ShouldBe(patches);
    }

    [Fact]
    public async Task A_pin_of_an_earlier_version_knows_only_the_template_itself()
    {
        var json = (await PinAsync()).ToJson();
        json.Remove("release_digest").ShouldBeTrue();
        var pin = UndoPin.FromJson(json);
        await ApplyAsync(pin);
        shop.Cluster.Change(Shop.Api.Object, o => o["spec"]!["template"]!["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/restartedAt"] = "2026-11-23T21:00:40Z" });

        (await ApplyAsync(pin, outcomeUnknown: true)).ShouldBeOfType<UndoOutcome.Superseded>();
    }

    [Fact]
    public async Task Why_the_release_that_is_left_is_irreversible_is_no_note_of_the_target()
    {
        shop.Cluster.Change(Shop.Api.Object, o => o["metadata"]!["annotations"]![Marks.Irreversible] = "orders are paid out");

        var pin = await PinAsync();
        pin.Diff.ShouldContain($"metadata.annotations.{Marks.Irreversible}: *** -> nothing");
        await ApplyAsync(pin);

        Irreversibility.Of(shop.Live).ShouldBeNull();
    }

    [Fact]
    public async Task A_workload_that_is_not_there_is_refused() =>
        (await new Undo(shop.Cluster, time).PinAsync(Shop.Api with { Name = "nothing" }, new UndoTarget.Previous(), _ => RevisionKnowledge.None, _ => false, id, Cancellation))
            .ShouldBeOfType<UndoPlan.Refused>().Refusal.ShouldBe(UndoRefusal.NotFound);

    [Fact]
    public async Task A_workload_of_argo_cd_is_refused_by_name_unless_its_service_says_how()
    {
        shop.Cluster.Change(Shop.Api.Object, o => o["metadata"]!["annotations"]!["argocd.argoproj.io/tracking-id"] = "rental:apps/Deployment:shop/api");

        (await PlanAsync(isHeld: false)).ShouldBeOfType<UndoPlan.Refused>().Text.ShouldContain("Argo CD application rental");
        (await PlanAsync(isHeld: true)).ShouldBeOfType<UndoPlan.Pinned>();
    }

    private async Task<UndoPin> PinAsync(Shop other, long revision) =>
        (await new Undo(other.Cluster, time).PinAsync(Shop.Api, new UndoTarget.RevisionNumber(revision), _ => RevisionKnowledge.None, _ => false, id, Cancellation))
            .ShouldBeOfType<UndoPlan.Pinned>().Pin;

    private Task<UndoOutcome> ApplyAsync(Shop other, UndoPin pin, bool outcomeUnknown = false) =>
        new Undo(other.Cluster, time).ApplyAsync(pin, id, outcomeUnknown, () => Task.FromResult(true), Cancellation);

    private Task<UndoPlan> PlanAsync(bool isHeld) =>
        new Undo(shop.Cluster, time).PinAsync(Shop.Api, new UndoTarget.Previous(), _ => RevisionKnowledge.None, _ => isHeld, id, Cancellation);

    private async Task<UndoPin> PinAsync(Undo? undo = null) =>
        (await (undo ?? new Undo(shop.Cluster, time)).PinAsync(Shop.Api, new UndoTarget.Previous(), _ => RevisionKnowledge.None, _ => false, id, Cancellation))
            .ShouldBeOfType<UndoPlan.Pinned>().Pin;

    // A process of its own: it knows nothing but the pin.
    private Task<UndoOutcome> ApplyAsync(UndoPin pin, bool outcomeUnknown = false) =>
        new Undo(shop.Cluster, time).ApplyAsync(pin, id, outcomeUnknown, () => Task.FromResult(true), Cancellation);
}
