using System.Globalization;
using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>One look at one StatefulSet, and the step that follows. A pod that never gets ready stops everything, as in the real one.</summary>
internal sealed class StatefulSetSync(ObjectStore store, StoredObject set)
{
    private const string RevisionLabel = "controller-revision-hash";
    private const string NameLabel = "statefulset.kubernetes.io/pod-name";

    private readonly ControllerRevisions revisions = new(store, set, "controller.kubernetes.io/hash");
    private readonly int replicas = set.Json.CountAt("spec", "replicas");
    private readonly int partition = set.Json.CountAt("spec", "updateStrategy", "rollingUpdate", "partition");
    private readonly bool ordered = set.Json.TextAt("spec", "podManagementPolicy") != "Parallel";

    private IEnumerable<StoredObject> MyPods => Pods.Of(store, set).OrderBy(Ordinal);

    public void Run()
    {
        var update = revisions.Current(new Dictionary<string, string>());
        var name = set.Json.TextAt("status", "currentRevision") ?? update.Name;
        var current = revisions.All.FirstOrDefault(r => r.Name == name) ?? update;
        if (Fill(current, update) && Condemn() && set.Json.TextAt("spec", "updateStrategy", "type") == "RollingUpdate") Replace(update);
        Report(current, update);
    }

    /// <summary>Creates what is missing; answers whether every pod is there and ready, so that more may be done.</summary>
    private bool Fill(StoredObject current, StoredObject update)
    {
        var pods = MyPods.ToDictionary(Ordinal);
        for (var ordinal = 0; ordinal < replicas; ordinal++)
        {
            if (!pods.TryGetValue(ordinal, out var pod))
            {
                Create(ordinal, ordinal < partition ? current : update);
                if (ordered) return false;
            }
            else if (ordered && !Healthy(pod))
            {
                return false;
            }
        }

        return true;
    }

    private bool Condemn()
    {
        foreach (var pod in MyPods.Where(p => Ordinal(p) >= replicas).Reverse())
        {
            if (!pod.BeingDeleted) Pods.Delete(store, pod);
            if (ordered) return false;
        }

        return true;
    }

    private void Replace(StoredObject update)
    {
        foreach (var pod in MyPods.Where(p => Ordinal(p) >= partition && Ordinal(p) < replicas).Reverse())
        {
            if (!pod.BeingDeleted && Revision(pod) != update.Name)
            {
                Pods.Delete(store, pod);
                return;
            }

            if (!Healthy(pod)) return;
        }
    }

    private void Create(int ordinal, StoredObject revision)
    {
        var name = $"{set.Name}-{ordinal}";
        var template = ControllerRevisions.Template(revision);
        template.Need("spec")["hostname"] = name;
        if (set.Json.TextAt("spec", "serviceName") is { Length: > 0 } service) template.Need("spec")["subdomain"] = service;
        Pods.Create(store, set, name, template, [KeyValuePair.Create(RevisionLabel, revision.Name), KeyValuePair.Create(NameLabel, name)]);
    }

    private void Report(StoredObject current, StoredObject update)
    {
        var active = MyPods.Where(Pods.Active).ToList();
        var ready = active.Count(Pods.Ready);
        var updated = active.Count(p => Revision(p) == update.Name);
        if (updated == replicas && ready == replicas && active.Count == replicas) current = update;
        var status = new JsonObject
        {
            ["observedGeneration"] = set.Json.CountAt("metadata", "generation"),
            ["replicas"] = active.Count,
        };
        Put(status, "readyReplicas", ready);
        Put(status, "currentReplicas", active.Count(p => Revision(p) == current.Name));
        Put(status, "updatedReplicas", updated);
        status["currentRevision"] = current.Name;
        status["updateRevision"] = update.Name;
        status["collisionCount"] = 0;
        Put(status, "availableReplicas", ready);
        store.Update(set, json => json["status"] = status);
        revisions.CleanUp(active.Select(Revision).Append(current.Name).Append(update.Name).OfType<string>().ToHashSet());
    }

    private static bool Healthy(StoredObject pod) => !pod.BeingDeleted && Pods.Ready(pod);

    private static string? Revision(StoredObject pod) => pod.Labels.GetValueOrDefault(RevisionLabel);

    private static int Ordinal(StoredObject pod) =>
        int.TryParse(pod.Name[(pod.Name.LastIndexOf('-') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : int.MaxValue;

    private static void Put(JsonObject status, string member, int count)
    {
        if (count > 0) status[member] = count;
    }
}
