using AlertRollback.Kubernetes;
using AlertRollback.Playbooks.Actions;
using AlertRollback.Tests.Playbooks.Contract;

namespace AlertRollback.Tests.Playbooks.Actions;

internal sealed class RolloutRestartUse : ActionUse
{
    public override Type Action => typeof(RolloutRestartAction);

    public override bool OnRealCluster => true;

    public override (string Method, string Path)? KubernetesWrite => ("PATCH", "deployments/rental-api");

    public override async Task<ActionWorld> ArrangeAsync(bool real)
    {
        var (cluster, workload) = await KubernetesWorld.TwoReleasesAsync(real);
        return new ObjectWorld(cluster, workload, "{}", w => new RolloutRestartAction(w.Clusters, TimeProvider.System))
        {
            States = ("as it ran", "started anew"),
            Look = async w => (await w.LiveAsync()).Text("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt") is null ? "as it ran" : "started anew",
            Hand = w => w.PatchAsync(ResourceKind.Deployment, "rental-api", """{"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": null} } } } }"""),
        };
    }
}
