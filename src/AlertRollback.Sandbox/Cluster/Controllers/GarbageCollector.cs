using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>Removes what a deleted owner or namespace leaves behind.</summary>
internal sealed class GarbageCollector(ObjectStore store) : IController
{
    public DateTimeOffset? Run()
    {
        foreach (var ending in store.All(ResourceKind.Namespace).Where(n => n.BeingDeleted).ToList()) Empty(ending);
        var uids = store.Everything.Select(o => o.Uid).ToHashSet();
        foreach (var orphan in store.Everything.Where(o => o.ControllerUid is { } owner && !uids.Contains(owner))) Collect(orphan);
        return null;
    }

    private void Empty(StoredObject ending)
    {
        foreach (var inside in store.Everything.Where(o => o.Kind.Namespaced && o.Namespace == ending.Name)) store.Remove(inside);
        store.Remove(ending);
    }

    private void Collect(StoredObject orphan)
    {
        if (orphan.Kind != ResourceKind.Pod) store.Remove(orphan);
        else if (!orphan.BeingDeleted) Pods.Delete(store, orphan);
    }
}
