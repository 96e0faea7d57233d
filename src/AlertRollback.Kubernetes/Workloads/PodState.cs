using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>A pod that does not do what it should, and why.</summary>
/// <param name="Container">The container at fault; null when it is the pod as a whole.</param>
/// <param name="Reason">Kubernetes' own word, e.g. <c>CrashLoopBackOff</c>.</param>
public sealed record FailingPod(string Name, string Uid, string? Container, string Reason, long Restarts)
{
    public override string ToString() =>
        $"{Name}{(Container is null ? "" : $" ({Container})")}: {Reason}{(Restarts > 0 ? $", {Restarts} restarts" : "")}";
}

/// <summary>What a pod's status says. Pure.</summary>
public static class PodState
{
    public static bool IsReady(KubernetesObject pod) =>
        (pod.At("status", "conditions") as JsonArray)?.OfType<JsonObject>()
            .Any(c => c["type"]?.ToString() == "Ready" && c["status"]?.ToString() == "True") ?? false;

    /// <summary>Since when it is not ready; null when it is.</summary>
    public static DateTimeOffset? UnreadySince(KubernetesObject pod)
    {
        if (IsReady(pod))
            return null;
        var condition = (pod.At("status", "conditions") as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => c["type"]?.ToString() == "Ready");
        return condition is null ? pod.CreationTimestamp : new KubernetesObject(condition).Time("lastTransitionTime") ?? pod.CreationTimestamp;
    }

    /// <summary>Not merely on its way: a container of it cannot run, or no node takes it.</summary>
    public static bool IsAtFault(KubernetesObject pod) => Statuses(pod).Any(s => Fault(s) is not null) || Unscheduled(pod) is not null;

    /// <summary>None of its containers runs, and none will again: it only waits to be removed.</summary>
    public static bool IsOver(KubernetesObject pod) => pod.Text("status", "phase") is "Succeeded" or "Failed";

    /// <summary>What is wrong with a pod; null when it is ready, or on its way out.</summary>
    public static FailingPod? Failure(KubernetesObject pod)
    {
        if (pod.BeingDeleted || IsReady(pod) || pod.Text("status", "phase") == "Succeeded")
            return null;

        var container = Statuses(pod).FirstOrDefault(s => Fault(s) is not null);
        if (container is not null)
            return new FailingPod(pod.Name, pod.Uid, container["name"]?.ToString(), Fault(container)!, Restarts(container));

        var reason = pod.Text("status", "reason") ?? Unscheduled(pod) ?? "NotReady";
        var first = Statuses(pod).FirstOrDefault(s => s["ready"]?.ToString() != "true");
        return new FailingPod(pod.Name, pod.Uid, first?["name"]?.ToString(), reason, first is null ? 0 : Restarts(first));
    }

    /// <summary>All containers, those that prepare the pod first, and how often each was started again.</summary>
    public static IReadOnlyList<(string Name, long Restarts)> Containers(KubernetesObject pod) =>
        [.. Statuses(pod).Where(s => s["name"] is not null).Select(s => (s["name"]!.ToString(), Restarts(s)))];

    private static IEnumerable<JsonObject> Statuses(KubernetesObject pod) =>
        new[] { "initContainerStatuses", "containerStatuses" }
            .SelectMany(list => (pod.At("status", list) as JsonArray)?.OfType<JsonObject>() ?? []);

    private static string? Fault(JsonObject status)
    {
        if (status["state"]?["waiting"]?["reason"]?.ToString() is { } waiting && waiting is not ("ContainerCreating" or "PodInitializing"))
            return waiting;
        return status["state"]?["terminated"] is JsonObject ended && ended["exitCode"]?.ToString() != "0"
            ? ended["reason"]?.ToString() ?? "Error"
            : null;
    }

    private static string? Unscheduled(KubernetesObject pod) =>
        (pod.At("status", "conditions") as JsonArray)?.OfType<JsonObject>()
            .FirstOrDefault(c => c["type"]?.ToString() == "PodScheduled" && c["status"]?.ToString() == "False")?["reason"]?.ToString();

    private static long Restarts(JsonObject status) =>
        status["restartCount"] is JsonValue value && value.TryGetValue(out long restarts) ? restarts : 0;
}
