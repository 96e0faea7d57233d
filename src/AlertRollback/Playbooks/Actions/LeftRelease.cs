using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Actions;

/// <summary>The release that a step takes away: kept in its pin, and put into quarantine once the step has written (S3).</summary>
internal static class LeftRelease
{
    private const string Key = "origin";

    /// <param name="after">What runs afterwards; none where that is not known.</param>
    public static void Keep(JsonObject pin, WorkloadSnapshot snapshot, IReadOnlyList<ContainerImage> after) => pin[Key] = Of(snapshot, after);

    /// <summary>What is kept of it.</summary>
    public static JsonObject Of(WorkloadSnapshot snapshot, IReadOnlyList<ContainerImage> after) => new()
    {
        ["uid"] = snapshot.Uid,
        ["digest"] = snapshot.Digest,

        // An image that runs on, as an unchanged sidecar's, is not what was bad.
        ["images"] = new JsonArray([.. PodTemplate.Images(snapshot.Template).Select(i => i.Image).Except(after.Select(i => i.Image)).Select(i => JsonValue.Create(i))]),
    };

    /// <summary>Whether a container runs another image afterwards, or is gone: other changes make no release bad.</summary>
    public static bool IsLeft(WorkloadSnapshot snapshot, IReadOnlyList<ContainerImage> after) => PodTemplate.Images(snapshot.Template).Except(after).Any();

    /// <summary>Its template's digest; null when the step takes away none that could be known again.</summary>
    public static string? DigestIn(JsonObject pin) => (pin[Key] as JsonObject)?["digest"]?.GetValue<string>();

    /// <summary>Safe to repeat; nothing where the pin keeps none.</summary>
    public static async Task QuarantineAsync(IRevisionLedger ledger, StepContext context, JsonObject pin, CancellationToken cancellation)
    {
        if (pin[Key] is not JsonObject left || context.Service.Workload is not { } workload)
            return;
        var why = await ledger.QuarantineAsync(
            left["uid"]!.GetValue<string>(), workload.Address, left["digest"]!.GetValue<string>(),
            [.. ((JsonArray)left["images"]!).Select(i => i!.GetValue<string>())], context.RollbackId, cancellation);
        if (why is not null && !context.Journal.Marks.ContainsKey(IRevisionLedger.NotQuarantined))
            await context.Journal.MarkAsync(IRevisionLedger.NotQuarantined, [], why, cancellation);
    }
}
