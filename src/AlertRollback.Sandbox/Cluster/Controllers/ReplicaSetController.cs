using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>Keeps as many pods as a ReplicaSet asks for, and counts them.</summary>
internal sealed class ReplicaSetController(ObjectStore store) : IController
{
    public DateTimeOffset? Run()
    {
        DateTimeOffset? due = null;
        foreach (var set in store.All(ResourceKind.ReplicaSet).Where(s => !s.BeingDeleted).ToList())
        {
            Adjust(set);
            due = Due.Earlier(due, Count(set));
        }

        return due;
    }

    private void Adjust(StoredObject set)
    {
        var active = Pods.Of(store, set).Where(Pods.Active).ToList();
        var missing = set.Json.CountAt("spec", "replicas") - active.Count;
        for (var i = 0; i < missing; i++)
            Pods.Create(store, set, $"{set.Name}-{NameSuffix.Next(store.Version)}", set.Json.ObjectAt("spec", "template")!, []);

        // Those that do not run go first, then the youngest.
        var surplus = active.OrderBy(Pods.Ready).ThenByDescending(p => p.Json.TextAt("metadata", "creationTimestamp"), StringComparer.Ordinal);
        foreach (var pod in surplus.Take(-missing)) Pods.Delete(store, pod);
    }

    private DateTimeOffset? Count(StoredObject set)
    {
        var wait = set.Json.CountAt("spec", "minReadySeconds");
        var active = Pods.Of(store, set).Where(Pods.Active).ToList();
        var ready = active.Count(Pods.Ready);
        var available = active.Count(p => Pods.Available(p, wait, store.Now));
        var status = new JsonObject { ["replicas"] = active.Count };
        if (active.Count > 0) status["fullyLabeledReplicas"] = active.Count;
        if (ready > 0) status["readyReplicas"] = ready;
        if (available > 0) status["availableReplicas"] = available;
        status["observedGeneration"] = set.Json.CountAt("metadata", "generation");
        store.Update(set, json => json["status"] = status);
        return ready > available ? store.Now + TimeSpan.FromSeconds(1) : null;
    }
}
