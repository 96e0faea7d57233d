using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Actions;

/// <summary>The release that a step takes away: kept in its pin, and put into quarantine once the step has written (S3).</summary>
internal static class LeftRelease
{
    private const string Key = "origin";

    public static void Keep(JsonObject pin, WorkloadSnapshot snapshot) => pin[Key] = new JsonObject
    {
        ["uid"] = snapshot.Uid,
        ["digest"] = snapshot.Digest,
        ["images"] = new JsonArray([.. PodTemplate.Images(snapshot.Template).Select(i => JsonValue.Create(i.Image))]),
    };

    /// <summary>Its template's digest; null when the step takes away none that could be known again.</summary>
    public static string? DigestIn(JsonObject pin) => pin[Key]?["digest"]?.GetValue<string>();

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
