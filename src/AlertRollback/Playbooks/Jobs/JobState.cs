using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Playbooks.Jobs;

/// <summary>What a Job's status says. Pure.</summary>
/// <param name="Finished">Null: it runs, or waits for its pods.</param>
public sealed record JobState(JobFinish? Finished, long Active, long Succeeded, long Failed)
{
    public static JobState Of(KubernetesObject job) => new(
        Finish(job), job.Number("status", "active") ?? 0, job.Number("status", "succeeded") ?? 0, job.Number("status", "failed") ?? 0);

    public override string ToString() => Finished is { } end ? end.ToString()
        : Active == 0 && Failed == 0 ? "no pod of it runs yet"
        : $"{Active} running{(Succeeded > 0 ? $", {Succeeded} succeeded" : "")}{(Failed > 0 ? $", {Failed} failed" : "")}";

    // SuccessCriteriaMet and FailureTarget come before the end: its pods may still run then.
    private static JobFinish? Finish(KubernetesObject job) => (job.At("status", "conditions") as JsonArray)?.OfType<JsonObject>()
        .FirstOrDefault(c => c["status"]?.ToString() == "True" && c["type"]?.ToString() is "Complete" or "Failed") is { } end
            ? new JobFinish(
                end["type"]!.ToString() == "Complete", end["reason"]?.ToString(), end["message"]?.ToString(),
                job.Time("status", "completionTime") ?? Time(end["lastTransitionTime"]), job.Time("status", "startTime"))
            : null;

    private static DateTimeOffset? Time(JsonNode? stamp) =>
        DateTimeOffset.TryParse(stamp?.ToString(), System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}

/// <summary>How a Job ended.</summary>
/// <param name="Reason">Kubernetes' own word, e.g. <c>BackoffLimitExceeded</c>.</param>
public sealed record JobFinish(bool Succeeded, string? Reason, string? Message, DateTimeOffset? At, DateTimeOffset? StartedAt)
{
    /// <summary>Kubernetes ended it, because it took too long.</summary>
    public bool TookTooLong => Reason == "DeadlineExceeded";

    public override string ToString() => Succeeded
        ? $"completed{(At - StartedAt is { } took && took >= TimeSpan.Zero ? $" after {Durations.Format(took)}" : "")}"
        : $"failed{(Reason is null ? "" : $" ({Reason})")}{(string.IsNullOrEmpty(Message) ? "" : $": {Texts.Clip(Message, 160)}")}";
}
