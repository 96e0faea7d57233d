using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>What one look says of a rollout; inconclusive: it proves nothing either way.</summary>
public enum RolloutVerdict { Progressing, Complete, Failed, Superseded, Inconclusive }

/// <summary>How far a rollout is.</summary>
/// <param name="Percent">0 to 100; 100 only when it is complete.</param>
/// <param name="Text">What it waits for, or why it ended, for people.</param>
public sealed record RolloutProgress(RolloutVerdict Verdict, int Percent, string Text)
{
    /// <summary>Inconclusive because no pod is wanted that could prove anything.</summary>
    public bool NothingRuns { get; init; }
}

/// <summary>Which rollout is meant: the template that was written, and when.</summary>
/// <param name="Generation">The workload's generation with that template.</param>
/// <param name="Since">When it was written.</param>
public sealed record RolloutExpectation(WorkloadRef Workload, string Uid, ExpectedTemplate Target, long Generation, DateTimeOffset Since)
{
    /// <summary>All pods of an Argo Rollout have to be newer than this, as its controller says; null: their age does not matter.</summary>
    public DateTimeOffset? RestartedAt { get; init; }
}

/// <summary>
/// Whether a rollout is complete, by kubectl's conditions, except where they mislead right after an undo (S4). Pure, apart
/// from remembering which conditions were seen: use one instance for one rollout.
/// </summary>
public sealed partial class RolloutStatus(RolloutExpectation expected)
{
    private bool otherReasonSeen;

    public RolloutProgress Judge(KubernetesObject? live, DateTimeOffset now)
    {
        if (live is null || live.Uid != expected.Uid)
            return new(RolloutVerdict.Superseded, 0, $"{expected.Workload} was deleted");
        if (live.Generation < expected.Generation)
            return Waiting(0, "the API server has not shown the change yet");

        var template = LiveTemplate.Of(live);
        if (!expected.Target.Is(template))
            return new(RolloutVerdict.Superseded, 0, $"{expected.Workload} was changed again, to {string.Join(", ", PodTemplate.Images(template).Select(i => i.Image))}");
        if (live.ObservedGeneration < live.Generation)
            return Waiting(0, "its controller has not seen the change yet");

        return expected.Workload.Kind switch
        {
            WorkloadKind.Deployment => Deployment(live, now),
            WorkloadKind.StatefulSet => StatefulSet(live),
            WorkloadKind.Rollout => Argo(live, now),
            _ => DaemonSet(live),
        };
    }

    private RolloutProgress Deployment(KubernetesObject live, DateTimeOffset now)
    {
        if (DeadlineExceeded(live, now))
            return new(RolloutVerdict.Failed, 0, $"no progress within {Deadline(live).TotalSeconds:0} s: {CreationFailures.In(live) ?? "pods do not become available"}");

        var desired = live.Number("spec", "replicas") ?? 1;
        if (desired == 0)
            return Zero("its replicas are 0");

        var (updated, available, all) = (Status(live, "updatedReplicas"), Status(live, "availableReplicas"), Status(live, "replicas"));
        var percent = Percent(Math.Min(updated, available), desired);
        if (live.Flag("spec", "paused"))
            return Waiting(percent, "it is paused");
        if (updated < desired)
            return Waiting(percent, CreationFailures.In(live) ?? $"{updated} of {desired} pods are updated");
        if (all > updated)
            return Waiting(percent, $"{all - updated} old pods still have to end");
        return available < updated ? Waiting(percent, $"{available} of {updated} updated pods are available") : Complete(desired);
    }

    private static RolloutProgress StatefulSet(KubernetesObject live)
    {
        if (live.Text("spec", "updateStrategy", "type") == "OnDelete")
            return new(RolloutVerdict.Inconclusive, 0, "its pods are replaced only when somebody deletes them (OnDelete)");

        var desired = (live.Number("spec", "replicas") ?? 1) - (live.Number("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0);
        if (desired <= 0)
            return Zero("its replicas, less its partition, are 0");

        // kubectl compares currentRevision with updateRevision only. After the undo of a rollout that never ended they are
        // equal at once, although pods of the undone revision are still there.
        var (updated, ready) = (Status(live, "updatedReplicas"), Status(live, "readyReplicas"));
        var percent = Percent(Math.Min(updated, ready), desired);
        if (updated < desired)
            return Waiting(percent, $"{updated} of {desired} pods are updated");
        if (ready < (live.Number("spec", "replicas") ?? 1))
            return Waiting(percent, $"{ready} of {live.Number("spec", "replicas") ?? 1} pods are ready");
        return live.Number("spec", "updateStrategy", "rollingUpdate", "partition") is null or 0
            && live.Text("status", "currentRevision") != live.Text("status", "updateRevision")
            ? Waiting(percent, "its controller has not closed the update yet")
            : Complete(desired);
    }

    private static RolloutProgress DaemonSet(KubernetesObject live)
    {
        if (live.Text("spec", "updateStrategy", "type") == "OnDelete")
            return new(RolloutVerdict.Inconclusive, 0, "its pods are replaced only when somebody deletes them (OnDelete)");

        var desired = Status(live, "desiredNumberScheduled");
        if (desired == 0)
            return Zero("no node is meant to run it");

        var (updated, available) = (Status(live, "updatedNumberScheduled"), Status(live, "numberAvailable"));
        var percent = Percent(Math.Min(updated, available), desired);
        if (updated < desired)
            return Waiting(percent, $"{updated} of {desired} pods are updated");
        return available < desired ? Waiting(percent, $"{available} of {desired} updated pods are available") : Complete(desired);
    }

    // The undo of a stuck rollout still shows the old condition at first (S4).
    private bool DeadlineExceeded(KubernetesObject live, DateTimeOffset now)
    {
        if (Condition(live, "Progressing")?["reason"]?.ToString() is not { } reason)
            return false;
        if (reason != "ProgressDeadlineExceeded")
        {
            otherReasonSeen = true;
            return false;
        }

        return otherReasonSeen || now - expected.Since >= Deadline(live);
    }

    private static TimeSpan Deadline(KubernetesObject live) => TimeSpan.FromSeconds(live.Number("spec", "progressDeadlineSeconds") ?? 600);

    private static JsonObject? Condition(KubernetesObject live, string type) =>
        (live.At("status", "conditions") as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => c["type"]?.ToString() == type);

    private static long Status(KubernetesObject live, string member) => live.Number("status", member) ?? 0;

    // 100 is said only when it is complete.
    private static int Percent(long done, long desired) => (int)Math.Clamp(done * 100 / desired, 0, 99);

    private static RolloutProgress Waiting(int percent, string text) => new(RolloutVerdict.Progressing, percent, text);

    private static RolloutProgress Zero(string why) => new(RolloutVerdict.Inconclusive, 0, $"nothing runs that could prove it: {why}") { NothingRuns = true };

    private static RolloutProgress Complete(long desired) => new(RolloutVerdict.Complete, 100, $"{desired} of {desired} pods are updated and ready");
}
