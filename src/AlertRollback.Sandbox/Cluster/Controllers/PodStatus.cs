using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>A pod's status, as the fake node of the real test cluster reports it.</summary>
internal static class PodStatus
{
    public static JsonObject Of(StoredObject pod, bool started, string? address, string stamp)
    {
        var behaviours = pod.Json.Each("spec", "containers").Select(c => ImageTag.Behaviour(c.TextAt("image") ?? "")).ToList();
        var runs = started && !behaviours.Contains(ImageBehaviour.CannotBePulled);
        var ready = runs && !behaviours.Contains(ImageBehaviour.Crashes);
        var start = pod.Json.TextAt("status", "startTime") ?? stamp;
        var status = new JsonObject
        {
            ["phase"] = runs ? "Running" : "Pending",
            ["conditions"] = new JsonArray(
                Condition(pod, "Initialized", started, stamp), Condition(pod, "Ready", ready, stamp),
                Condition(pod, "ContainersReady", ready, stamp), Condition(pod, "PodScheduled", true, stamp)),
            ["hostIP"] = "127.0.0.1",
            ["startTime"] = start,
            ["containerStatuses"] = new JsonArray([.. pod.Json.Each("spec", "containers").Select(c => Container(pod, c, started, stamp))]),
            ["qosClass"] = "BestEffort",
        };
        if (address is null) return status;
        status["podIP"] = address;
        status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = address });
        return status;
    }

    /// <summary>All containers came to their end: with exit code 1 where the image's tag says so.</summary>
    public static JsonObject Ended(StoredObject pod, string stamp)
    {
        var status = pod.Json.ObjectAt("status")!.Clone();
        foreach (var container in status.Each("containerStatuses"))
        {
            var code = ImageTag.Fails(container.TextAt("image") ?? "") ? 1 : 0;
            container["ready"] = false;
            container["started"] = false;
            container["state"] = new JsonObject
            {
                ["terminated"] = new JsonObject
                {
                    ["exitCode"] = code,
                    ["reason"] = code == 0 ? "Completed" : "Error",
                    ["startedAt"] = container.TextAt("state", "running", "startedAt") ?? stamp,
                    ["finishedAt"] = stamp,
                },
            };
        }

        status["phase"] = status.Each("containerStatuses").All(c => c.CountAt("state", "terminated", "exitCode") == 0) ? "Succeeded" : "Failed";
        foreach (var condition in status.Each("conditions").Where(c => c.TextAt("type") is "Ready" or "ContainersReady"))
        {
            condition["status"] = "False";
            condition["reason"] = "PodCompleted";
        }

        return status;
    }

    private static JsonObject Condition(StoredObject pod, string type, bool holds, string stamp)
    {
        var status = holds ? "True" : "False";
        var before = pod.Json.Each("status", "conditions").FirstOrDefault(c => c.TextAt("type") == type && c.TextAt("status") == status);
        return new JsonObject
        {
            ["type"] = type,
            ["status"] = status,
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = before.TextAt("lastTransitionTime") ?? stamp,
        };
    }

    private static JsonObject Container(StoredObject pod, JsonObject container, bool started, string stamp)
    {
        var image = container.TextAt("image") ?? "";
        var behaviour = ImageTag.Behaviour(image);
        var runs = started && behaviour == ImageBehaviour.Runs;
        return new JsonObject
        {
            ["name"] = container.TextAt("name"),
            ["state"] = State(started, behaviour, image, stamp),
            ["lastState"] = new JsonObject(),
            ["ready"] = runs,
            ["restartCount"] = started && behaviour == ImageBehaviour.Crashes ? 3 : 0,
            ["image"] = image,
            ["imageID"] = runs ? "fake://" + image : "",
            ["containerID"] = runs ? "fake://" + pod.Uid : null,
            ["started"] = runs,
        };
    }

    private static JsonObject State(bool started, ImageBehaviour behaviour, string image, string stamp)
    {
        if (!started) return Waiting("ContainerCreating", null);
        return behaviour switch
        {
            ImageBehaviour.CannotBePulled => Waiting("ImagePullBackOff", $"Back-off pulling image \"{image}\""),
            ImageBehaviour.Crashes => Waiting("CrashLoopBackOff", "back-off restarting failed container"),
            _ => new JsonObject { ["running"] = new JsonObject { ["startedAt"] = stamp } },
        };
    }

    private static JsonObject Waiting(string reason, string? message)
    {
        var waiting = new JsonObject { ["reason"] = reason };
        if (message is not null) waiting["message"] = message;
        return new JsonObject { ["waiting"] = waiting };
    }
}
