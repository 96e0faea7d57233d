using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Captures;

/// <summary>Evidence as the journal keeps it: masked, clipped, and without anything of a pod's environment (S19).</summary>
internal static class EvidenceJson
{
    private const int LongestLog = 4000;
    private const int LongestOfAll = 256 * 1024;

    public static JsonObject Of(WorkloadSnapshot snapshot, Evidence evidence, bool describe)
    {
        // A journal is no log store: the more logs, the less of each.
        var each = Math.Min(LongestLog, LongestOfAll / Math.Max(1, evidence.Pods.Sum(p => p.Logs.Count) * 2));
        return new JsonObject
        {
            ["failing"] = evidence.Failing,
            ["workload"] = describe ? Workload(snapshot, evidence) : null,
            ["pods"] = new JsonArray([.. evidence.Pods.Select(p => Pod(p, each, describe))]),
            ["missing"] = Texts(evidence.Missing),
        };
    }

    private static JsonObject Workload(WorkloadSnapshot snapshot, Evidence evidence) => new()
    {
        ["runs"] = snapshot.Describe(),
        ["replicas"] = snapshot.Replicas,
        ["ready"] = snapshot.Live.Number("status", "readyReplicas") ?? snapshot.Live.Number("status", "numberReady") ?? 0,
        ["conditions"] = Texts(Conditions(snapshot.Live)),
        ["events"] = Texts(evidence.Events),
    };

    private static JsonObject Pod(PodEvidence evidence, int longest, bool describe) => new()
    {
        ["pod"] = evidence.Pod.Name,
        ["reason"] = evidence.Fault?.Reason,
        ["restarts"] = PodState.Containers(evidence.Pod).Sum(c => c.Restarts),
        ["phase"] = describe ? evidence.Pod.Text("status", "phase") : null,
        ["node"] = describe ? evidence.Pod.Text("spec", "nodeName") : null,
        ["conditions"] = describe ? Texts(Conditions(evidence.Pod)) : null,
        ["containers"] = new JsonArray([.. evidence.Logs.Select(l => new JsonObject
        {
            ["container"] = l.Container,
            ["log"] = Clip(l.Log, longest),
            ["previous_log"] = Clip(l.PreviousLog, longest),
        })]),
        ["events"] = describe ? Texts(evidence.Events) : null,
    };

    private static IEnumerable<string> Conditions(KubernetesObject live) => (live.At("status", "conditions") as JsonArray)?.OfType<JsonObject>()
        .Select(c => EvidenceReader.Mask($"{c["type"]}={c["status"]}{(c["reason"] is { } reason ? $" {reason}" : "")}{(c["message"] is { } message ? $": {Playbooks.Texts.Clip(message.ToString(), 300)}" : "")}")) ?? [];

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(t => JsonValue.Create(t))];

    private static string? Clip(string? log, int longest) => log is null ? null : Clipped.Tail(log, longest);
}
