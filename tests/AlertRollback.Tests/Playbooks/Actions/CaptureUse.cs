using AlertRollback.Kubernetes.Workloads;
using AlertRollback.Playbooks;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class CaptureUse : ActionUse
{
    public override Type Action => typeof(CaptureAction);

    public override bool Writes => false;

    public override bool OnRealCluster => true;

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        return new World(cluster, workload);
    }

    private sealed class World(TestCluster cluster, WorkloadRef workload) : KubernetesWorld(cluster, workload, """{}""")
    {
        public override string After => Before;

        public override IEnumerable<(AlertRollback.Matrix.ServiceDefinition Service, Reason Reason)> Refused => [(Service with { Workload = null }, Reason.WorkloadNotDeclared)];

        public override IAction Create() => new CaptureAction(Clusters, new PrometheusSource(new HttpClient(), Acting.Granting(new()), TimeProvider.System), TimeProvider.System);
    }
}
