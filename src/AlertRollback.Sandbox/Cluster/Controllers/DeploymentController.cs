using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>Rolls Deployments from ReplicaSet to ReplicaSet.</summary>
internal sealed class DeploymentController(ObjectStore store) : IController
{
    public DateTimeOffset? Run()
    {
        DateTimeOffset? due = null;
        foreach (var deployment in store.All(ResourceKind.Deployment).Where(d => !d.BeingDeleted).ToList())
            due = Due.Earlier(due, new DeploymentSync(store, deployment).Run());
        return due;
    }
}
