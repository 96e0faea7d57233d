using System.Diagnostics;
using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Tests.Support;

namespace AlertRollback.Tests.Sandbox.Cluster;

/// <summary>What the pretend cluster has in common with a real one: each scenario runs on both.</summary>
public sealed class ClusterContractTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_release_makes_a_second_revision_and_an_undo_numbers_the_first_anew(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await cluster.CreateAsync("web", "web:v1");
        (await cluster.CompleteAsync("web", "web:v1")).Annotation("deployment.kubernetes.io/revision").ShouldBe("1");
        await cluster.ReleaseAsync("web", "web:v2");
        (await cluster.CompleteAsync("web", "web:v2")).Annotation("deployment.kubernetes.io/revision").ShouldBe("2");
        await cluster.ReleaseAsync("web", "web:v1");
        var undone = await cluster.WaitAsync("web", d => Workloads.IsComplete(d) && d.Annotation("deployment.kubernetes.io/revision") == "3");

        Workloads.Condition(undone, "Progressing")!["reason"]!.ToString().ShouldBe("NewReplicaSetAvailable");
        Workloads.Condition(undone, "Available")!["status"]!.ToString().ShouldBe("True");
        var sets = await cluster.Api.ListAsync(ResourceKind.ReplicaSet, cluster.Namespace, "app in (web),pod-template-hash", Cancellation);
        sets.Count.ShouldBe(2);
        sets.ShouldAllBe(s => s.ControllerUid == undone.Uid);
        var first = sets.Single(s => Workloads.Image(s) == "web:v1");
        first.Annotation("deployment.kubernetes.io/revision").ShouldBe("3");
        first.Annotation("deployment.kubernetes.io/revision-history").ShouldBe("1");
        sets.Single(s => s != first).Number("spec", "replicas").ShouldBe(0);
        first.Label("pod-template-hash").ShouldBe(first.Text("spec", "template", "metadata", "labels", "pod-template-hash"));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_release_that_cannot_be_pulled_stops_with_the_old_pods_serving(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await cluster.CreateAsync("web", "web:v1", replicas: 3);
        await cluster.CompleteAsync("web", "web:v1");
        await cluster.ReleaseAsync("web", "web:v2-bad");
        var stuck = await cluster.WaitAsync("web", d => d.Number("status", "updatedReplicas") == 1 && d.Number("status", "replicas") == 4);

        // A real controller that counts the first new pod together with its set has seen no progress since: then the set's reason stays.
        Workloads.Condition(stuck, "Progressing")?["reason"]?.ToString().ShouldBeOneOf("NewReplicaSetCreated", "ReplicaSetUpdated");

        stuck.Number("status", "availableReplicas").ShouldBe(3);
        stuck.Number("status", "unavailableReplicas").ShouldBe(1);
        await cluster.ReleaseAsync("web", "web:v1");
        (await cluster.CompleteAsync("web", "web:v1")).Number("status", "replicas").ShouldBe(3);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Preconditions_in_a_JSON_patch_conflict_when_the_object_moved_on(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var created = await cluster.CreateAsync("web", "web:v1");
        await cluster.CompleteAsync("web", "web:v1");

        var stale = await RefusalAsync(cluster, Workloads.Replace("/metadata/resourceVersion", created.ResourceVersion));
        stale.Fault.ShouldBe(KubernetesFault.Conflict);
        stale.Message.ShouldContain("the object has been modified; please apply your changes to the latest version and try again");
        var other = await RefusalAsync(cluster, Workloads.Replace("/metadata/uid", "another-uid"));
        other.Fault.ShouldBe(KubernetesFault.Invalid);
        other.Message.ShouldContain("metadata.uid");
        var test = await RefusalAsync(cluster, new JsonObject { ["op"] = "test", ["path"] = "/spec/replicas", ["value"] = 9 });
        (test.Fault, test.Status).ShouldBe((KubernetesFault.Invalid, System.Net.HttpStatusCode.UnprocessableEntity));
        var mismatch = await RefusalAsync(cluster, Workloads.Replace("/spec/template/metadata/labels/app", "other"));
        mismatch.Message.ShouldContain("spec.template.metadata.labels");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_change_of_spec_or_annotations_moves_the_generation_and_a_dry_run_nothing(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await cluster.CreateAsync("web", "web:v1");
        var before = await cluster.CompleteAsync("web", "web:v1");
        JsonArray scale = [Workloads.Replace("/spec/replicas", 1)];
        var dry = await cluster.Api.JsonPatchAsync(cluster.Deployment("web"), scale, new WriteOptions(DryRun: true), Cancellation);
        dry.Number("spec", "replicas").ShouldBe(1);
        (await cluster.Api.GetAsync(cluster.Deployment("web"), Cancellation))!.ResourceVersion.ShouldBe(before.ResourceVersion);

        var annotated = await cluster.Api.MergePatchAsync(
            cluster.Deployment("web"), JsonNode.Parse("""{"metadata":{"annotations":{"a":"b"}}}""")!.AsObject(), new WriteOptions(), Cancellation);
        annotated.Generation.ShouldBe(before.Generation + 1);
        var scaled = await cluster.Api.JsonPatchAsync(cluster.Deployment("web"), scale, new WriteOptions(), Cancellation);
        scaled.Generation.ShouldBe(before.Generation + 2);
        (await cluster.CompleteAsync("web", "web:v1")).Annotation("deployment.kubernetes.io/revision").ShouldBe("1");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Creating_twice_or_in_no_namespace_or_with_a_bad_name_is_refused(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await cluster.CreateAsync("web", "web:v1");
        (await Should.ThrowAsync<KubernetesException>(() => cluster.CreateAsync("web", "web:v1"))).Message.ShouldContain("already exists");
        var body = Workloads.Deployment("web", "web:v1");
        var homeless = await Should.ThrowAsync<KubernetesException>(() =>
            cluster.Api.CreateAsync(ResourceKind.Deployment, "sbx-nowhere", body, new WriteOptions(), Cancellation));
        homeless.Message.ShouldContain("namespaces \"sbx-nowhere\" not found");
        var named = await Should.ThrowAsync<KubernetesException>(() => cluster.CreateAsync("Web_1", "web:v1"));
        named.Fault.ShouldBe(KubernetesFault.Invalid);
        named.Message.ShouldContain("metadata.name");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Pods_crash_by_tag_log_why_and_are_evicted_only_by_their_own_uid(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await cluster.CreateAsync("web", "web:v1-broken", replicas: 1);
        await cluster.WaitAsync("web", d => d.Number("status", "updatedReplicas") == 1);
        var pod = await PodAsync(cluster, p => p.Json.ToJsonString().Contains("CrashLoopBackOff", StringComparison.Ordinal));

        var log = await cluster.Api.ReadLogAsync(cluster.Namespace, pod.Name, "app", new LogOptions(Previous: true, TailLines: 1), Cancellation);
        log!.ShouldStartWith("ERROR crashed on start:");
        (await cluster.Api.EvictAsync(cluster.Namespace, pod.Name, "another-uid", Cancellation)).ShouldBeFalse();
        (await cluster.Api.EvictAsync(cluster.Namespace, pod.Name, pod.Uid, Cancellation)).ShouldBeTrue();
        (await PodAsync(cluster, p => p.Uid != pod.Uid)).Name.ShouldNotBe(pod.Name);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Kubectl_sees_the_rollout_undoes_it_and_reads_the_logs(bool real)
    {
        Need.Program("kubectl");
        await using var cluster = await TestCluster.StartAsync(real);
        await cluster.CreateAsync("web", "web:v1");
        (await KubectlAsync(cluster, "rollout", "status", "deployment/web", "--timeout=30s")).ShouldContain("successfully rolled out");
        await cluster.ReleaseAsync("web", "web:v2");
        (await KubectlAsync(cluster, "rollout", "status", "deployment/web", "--timeout=30s")).ShouldContain("successfully rolled out");
        (await KubectlAsync(cluster, "rollout", "undo", "deployment/web")).ShouldContain("rolled back");
        (await KubectlAsync(cluster, "rollout", "status", "deployment/web", "--timeout=30s")).ShouldContain("successfully rolled out");
        (await KubectlAsync(cluster, "get", "deployment", "web", "-o", "jsonpath={..image}")).ShouldBe("web:v1");
        (await KubectlAsync(cluster, "rollout", "history", "deployment/web")).ShouldContain("3");

        // Of a pod that still ends, kubectl may ask the log a moment too late.
        var replicas = int.Parse(await KubectlAsync(cluster, "get", "deployment", "web", "-o", "jsonpath={.spec.replicas}"), System.Globalization.CultureInfo.InvariantCulture);
        while ((await KubectlAsync(cluster, "get", "pods", "-l", "app=web", "-o", "name")).Split('\n').Length > replicas)
            Cancellation.ThrowIfCancellationRequested();
        (await KubectlAsync(cluster, "logs", "deployment/web")).ShouldContain("INFO ready");
        (await KubectlAsync(cluster, "scale", "deployment/web", "--replicas=1")).ShouldContain("scaled");
        await cluster.WaitAsync("web", d => Workloads.IsComplete(d) && d.Number("status", "replicas") == 1);
        (await KubectlAsync(cluster, "get", "pods", "-l", "app=web", "-o", "name")).ShouldStartWith("pod/web-");
    }

    private static async Task<KubernetesObject> PodAsync(TestCluster cluster, Func<KubernetesObject, bool> wanted)
    {
        await foreach (var change in cluster.Api.WatchAsync(ResourceKind.Pod, cluster.Namespace, "app=web", null, Cancellation))
        {
            if (change.Type != WatchEventType.Deleted && wanted(change.Object)) return change.Object;
        }

        throw new InvalidOperationException("the watch ended");
    }

    private static Task<KubernetesException> RefusalAsync(TestCluster cluster, JsonObject operation) => Should.ThrowAsync<KubernetesException>(() =>
        cluster.Api.JsonPatchAsync(cluster.Deployment("web"), [operation], new WriteOptions(), Cancellation));

    private static async Task<string> KubectlAsync(TestCluster cluster, params string[] words)
    {
        var start = new ProcessStartInfo("kubectl", ["--kubeconfig", cluster.Kubeconfig, "-n", cluster.Namespace, .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var kubectl = Process.Start(start)!;
        var error = kubectl.StandardError.ReadToEndAsync(Cancellation);
        var output = await kubectl.StandardOutput.ReadToEndAsync(Cancellation);
        await kubectl.WaitForExitAsync(Cancellation);
        kubectl.ExitCode.ShouldBe(0, await error);
        return output.Trim();
    }
}
