using System.Text.Json.Nodes;
using AlertRollback.Kubernetes;

namespace AlertRollback.Playbooks;

/// <summary>
/// What in a pod's specification reaches beyond the team's namespace. It is not the team's to write: we may do more in the
/// cluster than a team may (S15). What somebody else put there may stay.
/// </summary>
internal static class PodReach
{
    /// <summary>Keys that give a pod a part of the node, or another's rights.</summary>
    public static readonly IReadOnlyList<string> Keys = ["hostNetwork", "hostPID", "hostIPC", "hostUsers", "serviceAccountName", "serviceAccount", "nodeName"];

    // A pod, what makes pods, what makes those (CronJob), and what only keeps a template.
    private static readonly string[][] Places = [["spec"], ["spec", "template", "spec"], ["spec", "jobTemplate", "spec", "template", "spec"], ["template", "spec"]];

    /// <summary>Why a change must not be made; null: it reaches no further than before.</summary>
    /// <param name="live">The object as it is; null: there is none.</param>
    /// <param name="after">What is to be of it, all or a part.</param>
    public static PinOutcome.Refused? Refusal(ObjectRef target, JsonObject? live, JsonObject after)
    {
        var known = live is null ? [] : Of(live).ToHashSet(StringComparer.Ordinal);
        return Of(after).Where(r => !known.Contains(r)).ToList() is { Count: > 0 } more
            ? new PinOutcome.Refused(Reason.NotGranted, $"{target}: a pod with {string.Join(", ", more)} would reach beyond its namespace, which a matrix cannot give it")
            : null;
    }

    public static bool MountsNode(JsonObject pod) => NodePaths(pod).Any();

    public static bool IsPrivileged(JsonObject container) => container["securityContext"] is JsonObject context
        && (context["privileged"]?.ToString() == "true" || context["allowPrivilegeEscalation"]?.ToString() == "true" || context["capabilities"]?["add"] is JsonArray { Count: > 0 });

    public static IEnumerable<JsonObject> Containers(JsonObject pod) => Items(pod, "containers", "initContainers", "ephemeralContainers");

    private static IEnumerable<string> Of(JsonObject json) => Places.Select(p => p.Aggregate((JsonNode?)json, (at, name) => (at as JsonObject)?[name])).OfType<JsonObject>().SelectMany(OfPod);

    private static IEnumerable<string> OfPod(JsonObject pod) =>
    [
        .. Keys.Where(k => pod[k]?.ToString() is { Length: > 0 } value && !IsOrdinary(k, value)).Select(k => $"{k}: {pod[k]}"),
        .. NodePaths(pod).Select(path => $"hostPath {path}"),
        .. Containers(pod).Where(IsPrivileged).Select(c => $"the privileged container {c["name"]}"),
    ];

    private static bool IsOrdinary(string key, string value) => key switch
    {
        "hostUsers" => value == "true",
        "serviceAccountName" or "serviceAccount" => value == "default",
        "nodeName" => false,
        _ => value == "false",
    };

    private static IEnumerable<string> NodePaths(JsonObject pod) =>
        Items(pod, "volumes").Where(v => v.ContainsKey("hostPath")).Select(v => v["hostPath"]?["path"]?.ToString() ?? "");

    private static IEnumerable<JsonObject> Items(JsonObject pod, params string[] lists) => lists.SelectMany(list => (pod[list] as JsonArray)?.OfType<JsonObject>() ?? []);
}
