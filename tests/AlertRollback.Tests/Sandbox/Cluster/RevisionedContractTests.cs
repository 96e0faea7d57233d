using AlertRollback.Kubernetes;

namespace AlertRollback.Tests.Sandbox.Cluster;

/// <summary>StatefulSets and DaemonSets, whose history is made of ControllerRevisions: on the pretend cluster and on a real one.</summary>
public sealed class RevisionedContractTests
{
    private static readonly ResourceKind Set = ResourceKind.StatefulSet;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_StatefulSet_updates_to_the_new_revision_and_back_to_the_old_one_under_a_new_number(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await CreateAsync(cluster, "db:v1");
        var first = await CompleteAsync(cluster, "db:v1");
        await cluster.ReleaseAsync(Set, "db", "db:v2");
        var second = await CompleteAsync(cluster, "db:v2");
        second.Text("status", "currentRevision").ShouldNotBe(first.Text("status", "currentRevision"));
        await cluster.ReleaseAsync(Set, "db", "db:v1");
        var third = await CompleteAsync(cluster, "db:v1");

        third.Text("status", "currentRevision").ShouldBe(first.Text("status", "currentRevision"));
        third.Number("status", "currentReplicas").ShouldBe(2);
        (await NumbersAsync(cluster)).ShouldBe([2, 3]);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_StatefulSet_with_a_broken_pod_does_not_heal_until_that_pod_is_evicted(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        await CreateAsync(cluster, "db:v1");
        await CompleteAsync(cluster, "db:v1");
        await cluster.ReleaseAsync(Set, "db", "db:v2-broken");
        await cluster.WaitAsync(Set, "db", s => s.Number("status", "updatedReplicas") == 1 && s.Number("status", "readyReplicas") == 1);
        await cluster.ReleaseAsync(Set, "db", "db:v1");
        var stuck = await cluster.WaitAsync(Set, "db", s => s.Number("status", "observedGeneration") == s.Generation);
        stuck.Number("status", "readyReplicas").ShouldBe(1);
        stuck.Text("status", "updateRevision").ShouldBe(stuck.Text("status", "currentRevision"));

        var broken = (await cluster.Api.GetAsync(new ObjectRef(ResourceKind.Pod, cluster.Namespace, "db-1"), Cancellation))!;
        broken.Label("controller-revision-hash").ShouldNotBe(stuck.Text("status", "updateRevision"));
        (await cluster.Api.EvictAsync(cluster.Namespace, "db-1", broken.Uid, Cancellation)).ShouldBeTrue();
        (await CompleteAsync(cluster, "db:v1")).Number("status", "updatedReplicas").ShouldBe(2);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_DaemonSet_keeps_its_templates_in_revisions_and_replaces_a_bad_pod_by_itself(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var kind = ResourceKind.DaemonSet;
        await cluster.Api.CreateAsync(kind, cluster.Namespace, Workloads.DaemonSet("agent", "agent:v1"), new WriteOptions(), Cancellation);
        await cluster.WaitAsync(kind, "agent", Available);
        await cluster.ReleaseAsync(kind, "agent", "agent:v2-bad");
        var bad = await cluster.WaitAsync(kind, "agent", s => s.Number("status", "observedGeneration") == 2
            && s.Number("status", "updatedNumberScheduled") == 1 && s.Number("status", "numberUnavailable") == 1);
        bad.Number("status", "numberReady").ShouldBe(0);
        await cluster.ReleaseAsync(kind, "agent", "agent:v1");
        var healed = await cluster.WaitAsync(kind, "agent", s => s.Generation == 3 && Available(s));

        healed.Annotation("deprecated.daemonset.template.generation").ShouldBe("3");
        (await NumbersAsync(cluster)).ShouldBe([2, 3]);
        var pod = (await cluster.Api.ListAsync(ResourceKind.Pod, cluster.Namespace, "app=agent", Cancellation)).ShouldHaveSingleItem();
        pod.Label("pod-template-generation").ShouldBe("3");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_revision_holds_the_whole_template_marked_for_replacement(bool real)
    {
        await using var cluster = await TestCluster.StartAsync(real);
        var set = await CreateAsync(cluster, "db:v1");
        await CompleteAsync(cluster, "db:v1");
        var revision = (await cluster.Api.ListAsync(ResourceKind.ControllerRevision, cluster.Namespace, "app=db", Cancellation)).ShouldHaveSingleItem();
        revision.ControllerUid.ShouldBe(set.Uid);
        revision.Text("data", "spec", "template", "$patch").ShouldBe("replace");
        revision.Label("controller.kubernetes.io/hash").ShouldBe(revision.Name["db-".Length..]);
        revision.At("data", "spec", "template", "spec")!.ToJsonString().ShouldContain("/dev/termination-log");
    }

    private static Task<KubernetesObject> CreateAsync(TestCluster cluster, string image) =>
        cluster.Api.CreateAsync(Set, cluster.Namespace, Workloads.StatefulSet("db", image), new WriteOptions(), Cancellation);

    private static Task<KubernetesObject> CompleteAsync(TestCluster cluster, string image) => cluster.WaitAsync(Set, "db", s => Workloads.Image(s) == image
        && s.Number("status", "observedGeneration") == s.Generation && s.Number("status", "readyReplicas") == 2
        && s.Number("status", "updatedReplicas") == 2 && s.Text("status", "currentRevision") == s.Text("status", "updateRevision"));

    private static bool Available(KubernetesObject set) => set.Number("status", "observedGeneration") == set.Generation
        && set.Number("status", "numberAvailable") == 1 && set.Number("status", "updatedNumberScheduled") == 1;

    private static async Task<IEnumerable<long>> NumbersAsync(TestCluster cluster) =>
        (await cluster.Api.ListAsync(ResourceKind.ControllerRevision, cluster.Namespace, null, Cancellation)).Select(r => r.Number("revision")!.Value).Order();
}
