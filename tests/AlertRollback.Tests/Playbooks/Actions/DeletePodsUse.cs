using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class DeletePodsUse : ActionUse
{
    public override Type Action => typeof(DeletePodsAction);

    public override bool OnRealCluster => true;

    // Pods come and go by themselves: nobody's hand can be told from their controller's.
    public override bool SeesOthers => false;

    public override (string Method, string Path)? KubernetesWrite => ("POST", "/eviction");

    public override Task<ActionWorld> ArrangeAsync(bool real) => ArrangeAsync(real, """{"selector": "app=rental-api", "which": "all"}""");

    public static async Task<ActionWorld> ArrangeAsync(bool real, string parameters)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        var first = (await PodsAsync(cluster)).Select(p => p.Uid).ToHashSet();
        return new ObjectWorld(cluster, workload, parameters, w => new DeletePodsAction(w.Clusters, TimeProvider.System))
        {
            States = ("2 ready, 2 of them from before", "2 ready, 0 of them from before"),
            Look = async w =>
            {
                var pods = await PodsAsync(w.Cluster);
                return $"{pods.Count(PodState.IsReady)} ready, {pods.Count(p => first.Contains(p.Uid))} of them from before";
            },
            WritesToApply = 2,
            Refusals = ObjectWorld.WithoutWorkload,
        };
    }

    // Those that still end belong to no release any more.
    private static async Task<List<KubernetesObject>> PodsAsync(TestCluster cluster) =>
        [.. (await cluster.Api.ListAsync(ResourceKind.Pod, cluster.Namespace, "app=rental-api", TestContext.Current.CancellationToken)).Where(p => !p.BeingDeleted)];
}

internal sealed class DeletePodsByForceUse : ActionUse
{
    public override Type Action => typeof(DeletePodsAction);

    public override string Way => " (force)";

    public override bool OnRealCluster => true;

    public override bool SeesOthers => false;

    public override (string Method, string Path)? KubernetesWrite => ("DELETE", "/pods/");

    public override IReadOnlyList<string> Rights => ["pods"];

    public override Task<ActionWorld> ArrangeAsync(bool real) => DeletePodsUse.ArrangeAsync(real, """{"which": "all", "force": true}""");
}
