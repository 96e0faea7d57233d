using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Kubernetes.Workloads;

/// <summary>
/// The same on a real API server, named by <c>KUBECONFIG</c>. Its node decides by the image's tag whether a pod becomes
/// ready; containers never run. The pretend cluster of the sandbox runs the same tests by deriving from this class.
/// </summary>
public class WorkloadsOnClusterTests : IAsyncLifetime
{
    private const string id = "rb-cluster";
    private readonly string space = $"alertrollback-{Guid.NewGuid():n}"[..24];
    private KubernetesApi api = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        api = new KubernetesConnection(await KubeconfigAsync()).Connect(TimeProvider.System, () => 0.5).Api.ShouldNotBeNull();
        await api.CreateAsync(ResourceKind.Namespace, "", (JsonObject)JsonNode.Parse($$"""{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{{space}}"} }""")!, new WriteOptions(), Cancellation);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (api is not null)
            await ClusterNamespaces.RemoveAsync(space);
    }

    protected virtual Task<string> KubeconfigAsync() => Task.FromResult(Need.Cluster());

    [Theory]
    [InlineData(WorkloadKind.Deployment, "shop/api:bad2")]
    [InlineData(WorkloadKind.Deployment, "shop/api:broken2")]
    [InlineData(WorkloadKind.Deployment, "shop/api:v2")]
    [InlineData(WorkloadKind.StatefulSet, "shop/api:bad2")]
    [InlineData(WorkloadKind.StatefulSet, "shop/api:broken2")]
    [InlineData(WorkloadKind.StatefulSet, "shop/api:v2")]
    [InlineData(WorkloadKind.DaemonSet, "shop/api:bad2")]
    public async Task A_release_is_undone_and_the_rollout_completes(WorkloadKind kind, string release)
    {
        var workload = await CreateAsync(kind, "shop/api:v1");
        await CompleteAsync(workload);
        await ReleaseAsync(workload, release);
        if (!release.EndsWith("v2", StringComparison.Ordinal))
            await FailingAsync(release);
        var undo = new Undo(api, TimeProvider.System);
        var pin = await PinAsync(undo, workload);

        var applied = (await undo.ApplyAsync(pin, id, false, () => Task.FromResult(true), Cancellation)).ShouldBeOfType<UndoOutcome.Applied>();
        var end = await FollowAsync(pin, applied.Generation);

        end.Last.Verdict.ShouldBe(RolloutVerdict.Complete, end.Last.Text);
        var after = (await new WorkloadReader(api).ReadAsync(workload, Cancellation))!;
        after.Current!.Digest.ShouldBe(pin.Target.Digest);
        after.Current.Number.ShouldBe(3);
        after.Current.TimeIsReliable.ShouldBeFalse();
        (await new Undo(api, TimeProvider.System).ApplyAsync(pin, id, true, () => Task.FromResult(true), Cancellation)).ShouldBeOfType<UndoOutcome.Applied>();
        (await api.GetAsync(workload.Object, Cancellation))!.Generation.ShouldBe(applied.Generation);
    }

    [Theory]
    [InlineData(WorkloadKind.Deployment, "shop/api:bad2")]
    [InlineData(WorkloadKind.StatefulSet, "shop/api:broken2")]
    public async Task S4_a_restart_while_the_target_is_waited_for_is_no_other_release(WorkloadKind kind, string release)
    {
        var workload = await CreateAsync(kind, "shop/api:v1");
        await CompleteAsync(workload);
        await ReleaseAsync(workload, release);
        await FailingAsync(release);
        var undo = new Undo(api, TimeProvider.System);
        var pin = await PinAsync(undo, workload);
        var applied = (await undo.ApplyAsync(pin, id, false, () => Task.FromResult(true), Cancellation)).ShouldBeOfType<UndoOutcome.Applied>();
        await PatchAsync(workload, """{"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-11-23T21:00:40Z"} } } } }""");

        var end = await FollowAsync(pin, applied.Generation);

        end.Last.Verdict.ShouldBe(RolloutVerdict.Complete, end.Last.Text);
        (await new Undo(api, TimeProvider.System).ApplyAsync(pin, id, true, () => Task.FromResult(true), Cancellation)).ShouldBeOfType<UndoOutcome.Applied>("after a crash, too, it is what we wrote");
    }

    [Theory]
    [InlineData(WorkloadKind.Deployment, "breaking", "none")]
    [InlineData(WorkloadKind.StatefulSet, "breaking", "none")]
    [InlineData(WorkloadKind.DaemonSet, "breaking", "none")]
    [InlineData(WorkloadKind.Deployment, null, "none")]
    [InlineData(WorkloadKind.StatefulSet, null, "none")]
    [InlineData(WorkloadKind.Deployment, "breaking", null)]
    public async Task What_the_workload_said_of_the_target_goes_back_with_it(WorkloadKind kind, string? first, string? second)
    {
        var workload = await CreateAsync(kind, "shop/api:v1", first);
        await CompleteAsync(workload);
        await ReleaseAsync(workload, "shop/api:v2", $$$"""{"{{{Marks.DatabaseChange}}}": {{{(second is null ? "null" : $"\"{second}\"")}}}}""");
        await CompleteAsync(workload);
        var undo = new Undo(api, TimeProvider.System);
        var pin = await PinAsync(undo, workload);

        // What keeps a Deployment's revisions follows what it says; of the others nobody knows what they last said, and people are asked.
        var said = kind == WorkloadKind.Deployment ? first : null;
        pin.Diff.ShouldContain($"metadata.annotations.{Marks.DatabaseChange}: {second ?? "nothing"} -> {said ?? "nothing"}");
        var applied = (await undo.ApplyAsync(pin, id, false, () => Task.FromResult(true), Cancellation)).ShouldBeOfType<UndoOutcome.Applied>();
        await FollowAsync(pin, applied.Generation);

        var after = (await new WorkloadReader(api).ReadAsync(workload, Cancellation))!;
        ReleaseNotes.DatabaseChange(after.Live).ShouldBe(said);
        after.Current!.DatabaseChange.ShouldBe(first, "its controller keeps it");
        after.Live.Annotation(Marks.Rollback).ShouldBe(id);
    }

    [Fact]
    public async Task An_origin_put_back_after_our_undo_is_left_alone()
    {
        var workload = await CreateAsync(WorkloadKind.Deployment, "shop/api:v1");
        await CompleteAsync(workload);
        await ReleaseAsync(workload, "shop/api:v2");
        var undo = new Undo(api, TimeProvider.System);
        var pin = await PinAsync(undo, workload);
        var applied = (await undo.ApplyAsync(pin, id, false, () => Task.FromResult(true), Cancellation)).ShouldBeOfType<UndoOutcome.Applied>();
        await FollowAsync(pin, applied.Generation);
        await ReleaseAsync(workload, "shop/api:v2");

        (await new Undo(api, TimeProvider.System).ApplyAsync(pin, id, true, () => Task.FromResult(true), Cancellation)).ShouldBeOfType<UndoOutcome.Superseded>();
    }

    [Fact]
    public async Task Pinning_changes_nothing_and_a_change_in_between_decides()
    {
        var workload = await CreateAsync(WorkloadKind.Deployment, "shop/api:v1");
        await CompleteAsync(workload);
        await ReleaseAsync(workload, "shop/api:v2");
        await CompleteAsync(workload);
        var undo = new Undo(api, TimeProvider.System);
        var before = (await api.GetAsync(workload.Object, Cancellation))!.ResourceVersion;
        var pin = await PinAsync(undo, workload);
        (await api.GetAsync(workload.Object, Cancellation))!.ResourceVersion.ShouldBe(before);

        await ReleaseAsync(workload, "shop/api:v3");

        (await undo.ApplyAsync(pin, id, false, () => Task.FromResult(true), Cancellation)).ShouldBeOfType<UndoOutcome.Superseded>().Text.ShouldContain("shop/api:v3");
    }

    [Fact]
    public async Task Replicas_changed_between_pin_and_apply_stay()
    {
        var workload = await CreateAsync(WorkloadKind.Deployment, "shop/api:v1");
        await CompleteAsync(workload);
        await ReleaseAsync(workload, "shop/api:v2");
        var undo = new Undo(api, TimeProvider.System);
        var pin = await PinAsync(undo, workload);
        await PatchAsync(workload, """{"spec": {"replicas": 5}}""");

        (await undo.ApplyAsync(pin, id, false, () => Task.FromResult(true), Cancellation)).ShouldBeOfType<UndoOutcome.Applied>();
        (await api.GetAsync(workload.Object, Cancellation))!.Number("spec", "replicas").ShouldBe(5);
    }

    [Fact]
    public async Task A_paused_deployment_is_refused()
    {
        var workload = await CreateAsync(WorkloadKind.Deployment, "shop/api:v1");
        await CompleteAsync(workload);
        await ReleaseAsync(workload, "shop/api:v2");
        await PatchAsync(workload, """{"spec": {"paused": true}}""");

        (await new Undo(api, TimeProvider.System).PinAsync(workload, new UndoTarget.Previous(), _ => RevisionKnowledge.None, _ => false, id, Cancellation))
            .ShouldBeOfType<UndoPlan.Refused>().Refusal.ShouldBe(UndoRefusal.Paused);
    }

    [Fact]
    public async Task A_stuck_rollout_is_undone_although_its_deadline_still_shows()
    {
        var workload = await CreateAsync(WorkloadKind.Deployment, "shop/api:v1");
        await CompleteAsync(workload);
        await PatchAsync(workload, """{"spec": {"progressDeadlineSeconds": 1}}""");
        await ReleaseAsync(workload, "shop/api:bad2");
        await foreach (var e in api.WatchAsync(workload.Resource, space, null, $"metadata.name={workload.Name}", Cancellation))
        {
            if (e.Object.Json.ToJsonString().Contains("ProgressDeadlineExceeded", StringComparison.Ordinal))
                break;
        }

        await PatchAsync(workload, """{"spec": {"progressDeadlineSeconds": 60}}""");
        var undo = new Undo(api, TimeProvider.System);
        var pin = await PinAsync(undo, workload);
        var applied = (await undo.ApplyAsync(pin, id, false, () => Task.FromResult(true), Cancellation)).ShouldBeOfType<UndoOutcome.Applied>();

        (await FollowAsync(pin, applied.Generation)).Last.Verdict.ShouldBe(RolloutVerdict.Complete);
    }

    [Fact]
    public async Task Evidence_names_the_crashing_pod_with_both_logs()
    {
        var workload = await CreateAsync(WorkloadKind.Deployment, "shop/api:v1");
        await CompleteAsync(workload);
        await ReleaseAsync(workload, "shop/api:broken2");
        await FailingAsync("shop/api:broken2");
        var reader = new EvidenceReader(api, TimeProvider.System);

        var evidence = await reader.CaptureAsync((await new WorkloadReader(api).ReadAsync(workload, Cancellation))!, new EvidenceScope(), TimeSpan.FromSeconds(30), Cancellation);

        var pod = evidence.Pods.ShouldHaveSingleItem(string.Join(", ", evidence.Missing));
        pod.Fault!.Reason.ShouldBe("CrashLoopBackOff");
        pod.Logs.Single().Log.ShouldNotBeNull().ShouldContain("ERROR");
        pod.Logs.Single().PreviousLog.ShouldNotBeNullOrEmpty();
    }

    private async Task<WorkloadRef> CreateAsync(WorkloadKind kind, string image, string? databaseChange = null)
    {
        var workload = new WorkloadRef(kind, space, "api");
        var spec = kind == WorkloadKind.DaemonSet ? "" : "\"replicas\": 2,";
        await api.CreateAsync(workload.Resource, space, (JsonObject)JsonNode.Parse($$"""
            {"apiVersion": "apps/v1", "kind": "{{kind}}", "metadata": {"name": "api", "annotations": {{(databaseChange is null ? "{}" : $"{{\"{Marks.DatabaseChange}\": \"{databaseChange}\"}}")}} },
             "spec": { {{spec}} "selector": {"matchLabels": {"app": "api"} }, "template": {"metadata": {"labels": {"app": "api"} },
               "spec": {"tolerations": [{"operator": "Exists"}], "containers": [{"name": "app", "image": "{{image}}"}]} } } }
            """)!, new WriteOptions(), Cancellation);
        return workload;
    }

    // Until the controller has made the revision: right after the patch there is none yet.
    private async Task ReleaseAsync(WorkloadRef workload, string image, string annotations = "{}")
    {
        await PatchAsync(workload, $$"""{"metadata": {"annotations": {{annotations}} }, "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "{{image}}"}]} } } }""");
        await foreach (var _ in api.WatchAsync(workload.RevisionResource, space, null, null, Cancellation))
        {
            if ((await new WorkloadReader(api).ReadAsync(workload, Cancellation))!.Current is not null)
                return;
        }
    }

    // The undo of a StatefulSet is stuck only when a broken pod is there already.
    private async Task FailingAsync(string image)
    {
        await foreach (var e in api.WatchAsync(ResourceKind.Pod, space, null, null, Cancellation))
        {
            if (e.Object.At("spec", "containers")![0]!["image"]!.ToString() == image && PodState.Failure(e.Object)?.Reason.EndsWith("BackOff", StringComparison.Ordinal) == true)
                return;
        }
    }

    private Task PatchAsync(WorkloadRef workload, string patch) =>
        api.MergePatchAsync(workload.Object, (JsonObject)JsonNode.Parse(patch)!, new WriteOptions(), Cancellation);

    private async Task CompleteAsync(WorkloadRef workload)
    {
        var live = (await api.GetAsync(workload.Object, Cancellation))!;
        var end = await new RolloutWatch(api, TimeProvider.System).FollowAsync(
            new RolloutExpectation(workload, live.Uid, ExpectedTemplate.Of(LiveTemplate.Of(live)), live.Generation, TimeProvider.System.GetUtcNow()),
            TimeProvider.System.GetUtcNow().AddSeconds(60), _ => Task.CompletedTask, null, Cancellation);
        end.Last.Verdict.ShouldBe(RolloutVerdict.Complete, end.Last.Text);
    }

    private async Task<UndoPin> PinAsync(Undo undo, WorkloadRef workload)
    {
        var plan = await undo.PinAsync(workload, new UndoTarget.Previous(), _ => RevisionKnowledge.None, _ => false, id, Cancellation);
        return plan.ShouldBeOfType<UndoPlan.Pinned>(plan.ToString()).Pin;
    }

    private Task<RolloutEnd> FollowAsync(UndoPin pin, long generation) => new RolloutWatch(api, TimeProvider.System).FollowAsync(
        new RolloutExpectation(pin.Workload, pin.Uid, pin.Expected, generation, TimeProvider.System.GetUtcNow()),
        TimeProvider.System.GetUtcNow().AddSeconds(60),
        _ => Task.CompletedTask,
        c => new StatefulSetHealing(api, TimeProvider.System).HealAsync(pin.Workload, pin.Uid, pin.Expected, c),
        Cancellation);
}
