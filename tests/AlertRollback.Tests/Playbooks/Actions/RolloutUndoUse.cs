using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class RolloutUndoUse : ActionUse
{
    public override Type Action => typeof(RolloutUndoAction);

    public override bool OnRealCluster => true;

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "deployments/rental-api");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        return new World(cluster, workload);
    }

    private sealed class World(TestCluster cluster, WorkloadRef workload) : KubernetesWorld(cluster, workload, """{"to": "previous"}""")
    {
        public override string After => "rental-api:v1 x2";

        public override IAction Create() => new RolloutUndoAction(Clusters, new FakeRevisionLedger(), TimeProvider.System);
    }
}
