using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class ScaleUse : ActionUse
{
    public override Type Action => typeof(ScaleAction);

    public override bool OnRealCluster => true;

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "deployments/rental-api");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        return new World(cluster, workload);
    }

    private sealed class World(TestCluster cluster, WorkloadRef workload) : KubernetesWorld(cluster, workload, """{"replicas": 0}""")
    {
        public override string After => "rental-api:v2 x0";

        public override IAction Create() => new ScaleAction(Clusters, TimeProvider.System);
    }
}
