using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class SetImageUse : ActionUse
{
    public override Type Action => typeof(SetImageAction);

    public override bool OnRealCluster => true;

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "deployments/rental-api");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        return new ObjectWorld(cluster, workload, """{"image": "rental-api:v1.9"}""", w => new SetImageAction(w.Clusters, new FakeRevisionLedger(), TimeProvider.System))
        {
            States = ("rental-api:v2 x2", "rental-api:v1.9 x2"),
            Look = w => w.Cluster.WorldAsync(w.Workload),
            Hand = w => w.Cluster.SetImageAsync(w.Workload, "rental-api:v2"),
        };
    }
}
