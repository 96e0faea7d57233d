using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>Keeps one pod of each DaemonSet on the one node.</summary>
internal sealed class DaemonSetController(ObjectStore store) : IController
{
    public const string TemplateGeneration = "deprecated.daemonset.template.generation";
    private const string RevisionLabel = "controller-revision-hash";

    public DateTimeOffset? Run()
    {
        foreach (var set in store.All(ResourceKind.DaemonSet).Where(s => !s.BeingDeleted).ToList()) Sync(set);
        return null;
    }

    private void Sync(StoredObject set)
    {
        var generation = set.Annotation(TemplateGeneration) ?? "1";
        var revisions = new ControllerRevisions(store, set, RevisionLabel);
        var current = revisions.Current(new Dictionary<string, string> { [TemplateGeneration] = generation });
        var hash = ControllerRevisions.Hash(current);
        var pod = Pods.Of(store, set).FirstOrDefault();
        if (pod is null) Create(set, current, hash, generation);
        else if (!pod.BeingDeleted && Hash(pod) != hash && set.Json.TextAt("spec", "updateStrategy", "type") != "OnDelete") Pods.Delete(store, pod);
        Report(set, hash);
        var live = Pods.Of(store, set).Select(p => $"{set.Name}-{Hash(p)}").Append(current.Name).ToHashSet();
        revisions.CleanUp(live);
    }

    private void Create(StoredObject set, StoredObject revision, string hash, string generation) => Pods.Create(
        store,
        set,
        $"{set.Name}-{NameSuffix.Next(store.Version)}",
        ControllerRevisions.Template(revision),
        [KeyValuePair.Create(RevisionLabel, hash), KeyValuePair.Create("pod-template-generation", generation)]);

    private void Report(StoredObject set, string hash)
    {
        var pod = Pods.Of(store, set).FirstOrDefault(Pods.Active);
        var ready = pod is not null && Pods.Ready(pod);
        var status = new JsonObject
        {
            ["currentNumberScheduled"] = pod is null ? 0 : 1,
            ["numberMisscheduled"] = 0,
            ["desiredNumberScheduled"] = 1,
            ["numberReady"] = ready ? 1 : 0,
            ["observedGeneration"] = set.Json.CountAt("metadata", "generation"),
        };
        if (pod is not null && Hash(pod) == hash) status["updatedNumberScheduled"] = 1;
        status[ready ? "numberAvailable" : "numberUnavailable"] = 1;
        store.Update(set, json => json["status"] = status);
    }

    private static string? Hash(StoredObject pod) => pod.Labels.GetValueOrDefault(RevisionLabel);
}
