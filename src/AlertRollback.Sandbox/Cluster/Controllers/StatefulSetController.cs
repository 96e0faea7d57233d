using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>Keeps StatefulSets: pods in their order, updates from the highest ordinal down, each only when all others are ready.</summary>
internal sealed class StatefulSetController(ObjectStore store) : IController
{
    public DateTimeOffset? Run()
    {
        foreach (var set in store.All(ResourceKind.StatefulSet).Where(s => !s.BeingDeleted).ToList()) new StatefulSetSync(store, set).Run();
        return null;
    }
}
