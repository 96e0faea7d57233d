using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

public sealed partial class RolloutStatus
{
    // Argo's controller judges by itself (phase, message) since its version 1.0. Right after an undo that is the judgement of
    // the version before: an abort, or a deadline that was missed, counts only after something else was seen (S4).
    private RolloutProgress Argo(KubernetesObject live, DateTimeOffset now)
    {
        var desired = live.Number("spec", "replicas") ?? 1;
        if (desired == 0)
            return Zero("its replicas are 0");
        var (updated, available) = (Status(live, "updatedReplicas"), Status(live, "availableReplicas"));
        var percent = Percent(Math.Min(updated, available), desired);
        var message = live.Text("status", "message") is { Length: > 0 } said ? said : "Argo's controller is at work";
        switch (live.Text("status", "phase"))
        {
            case "Degraded" when otherReasonSeen || now - expected.Since >= Deadline(live):
                return new(RolloutVerdict.Failed, 0, message);
            case "Degraded":
                return Waiting(percent, $"{message}, as before");
            case null or "":
                return new(RolloutVerdict.Inconclusive, 0, "its controller says no phase: Argo Rollouts before 1.0");
            case "Paused" when IsPausedFor(live, "InconclusiveAnalysisRun"):
                return new(RolloutVerdict.Inconclusive, percent, "Argo's analysis could not tell, and waits for people");
            case "Healthy" when !IsRestarted(live):
                return Waiting(percent, "its pods are still being started anew");
            case "Healthy" when !ArgoRollout.IsUnderWay(live) && updated >= desired && available >= updated:
                return Complete(desired);
        }

        otherReasonSeen = true;
        return Waiting(percent, message);
    }

    // Set to what was asked for once every pod is newer.
    private bool IsRestarted(KubernetesObject live) => expected.RestartedAt is not { } asked || live.Time("status", "restartedAt") >= asked;

    private static bool IsPausedFor(KubernetesObject live, string reason) =>
        (live.At("status", "pauseConditions") as JsonArray)?.Any(c => c?["reason"]?.ToString() == reason) == true;
}
