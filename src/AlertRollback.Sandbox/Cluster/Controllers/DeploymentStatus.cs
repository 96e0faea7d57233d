using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>A Deployment's status: its counts, and whether it progresses, by the rules of the real controller.</summary>
internal static class DeploymentStatus
{
    private const string Complete = "NewReplicaSetAvailable";
    private const string Overdue = "ProgressDeadlineExceeded";

    public static JsonObject Of(StoredObject deployment, IReadOnlyList<StoredObject> sets, StoredObject? current, RolloutNumbers numbers, DateTimeOffset now)
    {
        var before = deployment.Json.ObjectAt("status");
        var status = Counts(deployment, sets, current);
        var conditions = new Conditions(before, now);
        var enough = status.CountAt("availableReplicas") >= numbers.Replicas - numbers.MaxUnavailable;
        if (enough) conditions.Set("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.");
        else conditions.Set("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.");
        if (!deployment.Json.FlagAt("spec", "paused")) Progress(deployment, before ?? [], status, conditions, current, now);
        status["conditions"] = conditions.Json;
        return status;
    }

    public static bool IsComplete(StoredObject deployment) => IsComplete(deployment, deployment.Json.ObjectAt("status"));

    /// <summary>When the progress deadline passes, unless something moves.</summary>
    public static DateTimeOffset? DeadlineDue(StoredObject deployment)
    {
        var progressing = deployment.Json.Each("status", "conditions").FirstOrDefault(c => c.TextAt("type") == "Progressing");
        if (progressing is null || progressing.TextAt("reason") is Complete or Overdue or "DeploymentPaused") return null;
        return Deadline(deployment, progressing);
    }

    private static JsonObject Counts(StoredObject deployment, IReadOnlyList<StoredObject> sets, StoredObject? current)
    {
        var status = new JsonObject { ["observedGeneration"] = deployment.Json.CountAt("metadata", "generation") };
        var available = sets.Sum(s => s.Json.CountAt("status", "availableReplicas"));
        Put(status, "replicas", sets.Sum(s => s.Json.CountAt("status", "replicas")));
        Put(status, "updatedReplicas", current?.Json.CountAt("status", "replicas") ?? 0);
        Put(status, "readyReplicas", sets.Sum(s => s.Json.CountAt("status", "readyReplicas")));
        Put(status, "availableReplicas", available);
        Put(status, "unavailableReplicas", Math.Max(0, sets.Sum(s => s.Json.CountAt("spec", "replicas")) - available));
        return status;
    }

    private static void Progress(
        StoredObject deployment, JsonObject before, JsonObject after, Conditions conditions, StoredObject? current, DateTimeOffset now)
    {
        if (deployment.Json.NumberAt("spec", "progressDeadlineSeconds") is not (> 0 and < int.MaxValue))
        {
            conditions.Remove("Progressing");
            return;
        }

        var progressing = conditions.Find("Progressing");
        if (after.CountAt("replicas") == after.CountAt("updatedReplicas") && progressing.TextAt("reason") == Complete) return;
        var what = current is null ? $"Deployment \"{deployment.Name}\"" : $"ReplicaSet \"{current.Name}\"";
        if (IsComplete(deployment, after)) conditions.Set("Progressing", "True", Complete, $"{what} has successfully progressed.");
        else if (Moved(before, after)) conditions.Renew("Progressing", "True", "ReplicaSetUpdated", $"{what} is progressing.");
        else if (TimedOut(deployment, progressing, now)) conditions.Set("Progressing", "False", Overdue, $"{what} has timed out progressing.");
    }

    private static bool IsComplete(StoredObject deployment, JsonObject? status)
    {
        var replicas = deployment.Json.CountAt("spec", "replicas");
        return status.CountAt("updatedReplicas") == replicas && status.CountAt("replicas") == replicas && status.CountAt("availableReplicas") == replicas
            && status.CountAt("observedGeneration") >= deployment.Json.CountAt("metadata", "generation");
    }

    private static bool Moved(JsonObject before, JsonObject after) =>
        after.CountAt("updatedReplicas") > before.CountAt("updatedReplicas")
        || after.CountAt("replicas") - after.CountAt("updatedReplicas") < before.CountAt("replicas") - before.CountAt("updatedReplicas")
        || after.CountAt("readyReplicas") > before.CountAt("readyReplicas")
        || after.CountAt("availableReplicas") > before.CountAt("availableReplicas");

    private static bool TimedOut(StoredObject deployment, JsonObject? progressing, DateTimeOffset now) =>
        progressing is not null && progressing.TextAt("reason") != Complete
        && (progressing.TextAt("reason") == Overdue || Deadline(deployment, progressing) <= now);

    private static DateTimeOffset? Deadline(StoredObject deployment, JsonObject progressing) =>
        ClusterJson.Time(progressing.TextAt("lastUpdateTime")) + TimeSpan.FromSeconds(deployment.Json.CountAt("spec", "progressDeadlineSeconds"));

    private static void Put(JsonObject status, string member, int count)
    {
        if (count > 0) status[member] = count;
    }
}
