using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Controllers;

/// <summary>Runs a Job's pods until enough of them succeeded or too many failed. Unlike the real one, it tries again at once.</summary>
internal sealed class JobController(ObjectStore store) : IController
{
    public DateTimeOffset? Run()
    {
        DateTimeOffset? due = null;
        foreach (var job in store.All(ResourceKind.Job).Where(j => !j.BeingDeleted && !IsFinished(j) && !j.Json.FlagAt("spec", "suspend")).ToList())
            due = Due.Earlier(due, Sync(job));
        return due;
    }

    private DateTimeOffset? Sync(StoredObject job)
    {
        var pods = Pods.Of(store, job).ToList();
        var active = pods.Where(Pods.Active).ToList();
        var (succeeded, failed) = (Count(pods, "Succeeded"), Count(pods, "Failed"));
        var spec = job.Json.ObjectAt("spec")!;
        var deadline = Deadline(job);
        if (failed > spec.CountAt("backoffLimit"))
            return Fail(job, active, succeeded, failed, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
        if (deadline <= store.Now)
            return Fail(job, active, succeeded, failed, "DeadlineExceeded", "Job was active longer than specified deadline");
        if (succeeded >= spec.CountAt("completions"))
        {
            Report(job, 0, succeeded, failed, Condition("Complete", "", ""));
            Events.Tell(store, job, "Normal", "Completed", "Job completed", "job-controller");
            return null;
        }

        var wanted = Math.Min(spec.CountAt("parallelism"), spec.CountAt("completions") - succeeded);
        for (var i = active.Count; i < wanted; i++)
            Pods.Create(store, job, $"{job.Name}-{NameSuffix.Next(store.Version)}", spec.ObjectAt("template")!, []);
        Report(job, wanted, succeeded, failed, null);
        return deadline;
    }

    private static DateTimeOffset? Deadline(StoredObject job) =>
        job.Json.NumberAt("spec", "activeDeadlineSeconds") is { } seconds && ClusterJson.Time(job.Json.TextAt("status", "startTime")) is { } start
            ? start + TimeSpan.FromSeconds(seconds)
            : null;

    private DateTimeOffset? Fail(StoredObject job, List<StoredObject> active, int succeeded, int failed, string reason, string message)
    {
        foreach (var pod in active) Pods.Delete(store, pod);
        Report(job, 0, succeeded, failed, Condition("Failed", reason, message));
        Events.Tell(store, job, "Warning", reason, message, "job-controller");
        return null;
    }

    private void Report(StoredObject job, int active, int succeeded, int failed, JsonObject? end) => store.Update(job, json =>
    {
        var status = json.Need("status");
        status.Default("startTime", ClusterJson.Stamp(store.Now));
        Put(status, "active", active);
        Put(status, "succeeded", succeeded);
        Put(status, "failed", failed);
        if (end is null) return;
        status["conditions"] = new JsonArray(end);
        if (end.TextAt("type") == "Complete") status["completionTime"] = ClusterJson.Stamp(store.Now);
    });

    private JsonObject Condition(string type, string reason, string message)
    {
        var stamp = ClusterJson.Stamp(store.Now);
        var condition = new JsonObject { ["type"] = type, ["status"] = "True", ["lastProbeTime"] = stamp, ["lastTransitionTime"] = stamp };
        if (reason.Length == 0) return condition;
        condition["reason"] = reason;
        condition["message"] = message;
        return condition;
    }

    /// <summary>Zeroes are left out, as the API does.</summary>
    private static void Put(JsonObject status, string member, int count)
    {
        if (count > 0) status[member] = count;
        else status.Remove(member);
    }

    private static int Count(List<StoredObject> pods, string phase) => pods.Count(p => p.Json.TextAt("status", "phase") == phase);

    private static bool IsFinished(StoredObject job) =>
        job.Json.Each("status", "conditions").Any(c => c.TextAt("type") is "Complete" or "Failed" && c.TextAt("status") == "True");
}
