using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>Scheduler and node in one: starts pods, lets their image tags decide what becomes of them, and ends them.</summary>
internal sealed class Kubelet(ObjectStore store, SandboxClusterOptions options) : IController
{
    public const string NodeName = "sandbox-1";

    /// <summary>Since when a pod is starting or ending; the API's own times have only whole seconds.</summary>
    private readonly Dictionary<(string Uid, bool Ending), DateTimeOffset> since = [];
    private int addresses;

    public DateTimeOffset? Run()
    {
        DateTimeOffset? due = null;
        foreach (var pod in store.All(ResourceKind.Pod).ToList()) due = Due.Earlier(due, pod.BeingDeleted ? End(pod) : Start(pod));
        return due;
    }

    private DateTimeOffset? End(StoredObject pod)
    {
        var gone = Since(pod, ending: true) + options.TerminationDelay;
        if (gone > store.Now) return gone;
        since.Remove((pod.Uid, true));
        since.Remove((pod.Uid, false));
        store.Remove(pod);
        return null;
    }

    private DateTimeOffset? Start(StoredObject pod)
    {
        if (!Pods.Active(pod)) return null;
        var settled = Since(pod, ending: false) + options.ReadyDelay;
        var started = settled <= store.Now;
        if (!IsSettled(pod) || ImageChanged(pod)) Report(pod, started);
        if (!started) return settled;
        var end = settled + options.ReadyDelay;
        if (!Ends(pod) || end > store.Now) return Ends(pod) ? end : null;
        var running = store.Find(ResourceKind.Pod, pod.Namespace, pod.Name)!;
        store.Update(running, json => json["status"] = PodStatus.Ended(running, ClusterJson.Stamp(store.Now)));
        return null;
    }

    /// <summary>A Job's containers run to their end, once their images are there.</summary>
    private static bool Ends(StoredObject pod) => pod.Json.Each("metadata", "ownerReferences").Any(o => o.TextAt("kind") == "Job")
        && pod.Json.Each("spec", "containers").All(c => ImageTag.Behaviour(c.TextAt("image") ?? "") != ImageBehaviour.CannotBePulled);

    private DateTimeOffset Since(StoredObject pod, bool ending)
    {
        if (since.TryGetValue((pod.Uid, ending), out var time)) return time;
        return since[(pod.Uid, ending)] = store.Now;
    }

    private static bool IsSettled(StoredObject pod) => pod.Json.TextAt("status", "podIP") is not null;

    private static bool ImageChanged(StoredObject pod) => !pod.Json.Each("spec", "containers").Select(c => c.TextAt("image"))
        .SequenceEqual(pod.Json.Each("status", "containerStatuses").Select(c => c.TextAt("image")));

    private void Report(StoredObject pod, bool started)
    {
        var address = pod.Json.TextAt("status", "podIP") ?? (started ? $"10.244.{++addresses / 250}.{(addresses % 250) + 1}" : null);
        var status = PodStatus.Of(pod, started, address, ClusterJson.Stamp(store.Now));
        if (JsonNode.DeepEquals(status, pod.Json["status"])) return;
        var reported = store.Update(pod, json =>
        {
            json.Need("spec")["nodeName"] = NodeName;
            json["status"] = status;
        });
        if (started) Tell(reported);
    }

    private void Tell(StoredObject pod)
    {
        foreach (var container in pod.Json.Each("spec", "containers"))
        {
            var image = container.TextAt("image") ?? "";
            var (type, reason, message) = ImageTag.Behaviour(image) switch
            {
                ImageBehaviour.CannotBePulled => ("Warning", "Failed", $"Failed to pull image \"{image}\": not found"),
                ImageBehaviour.Crashes => ("Warning", "BackOff", "Back-off restarting failed container"),
                _ => ("Normal", "Started", $"Started container {container.TextAt("name")}"),
            };
            Events.Tell(store, pod, type, reason, message, "kubelet");
        }
    }
}
