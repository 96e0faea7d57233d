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
    public static readonly IReadOnlyList<string> Keys = ["hostNetwork", "hostPID", "hostIPC", "serviceAccountName", "serviceAccount", "nodeName"];

    // A pod, what makes pods, what makes those (CronJob), and what only keeps a template.
    private static readonly string[][] Places = [["spec"], ["spec", "template", "spec"], ["spec", "jobTemplate", "spec", "template", "spec"], ["template", "spec"]];

    /// <summary>Why a change must not be made; null: it reaches no further than before.</summary>
    /// <param name="live">The object as it is; null: there is none.</param>
    /// <param name="after">What is to be of it.</param>
    /// <param name="isPart">What <paramref name="after"/> leaves out stays as it is.</param>
    public static PinOutcome.Refused? Refusal(ObjectRef target, JsonObject? live, JsonObject after, bool isPart)
    {
        var known = live is null ? [] : Of(live, live, isPart).ToHashSet(StringComparer.Ordinal);
        return Of(after, live, isPart).Where(r => !known.Contains(r)).ToList() is { Count: > 0 } more
            ? new PinOutcome.Refused(Reason.NotGranted, $"{target}: a pod with {string.Join(", ", more)} would reach beyond its namespace, which a matrix cannot give it")
            : null;
    }

    public static bool MountsNode(JsonObject pod) => NodePaths(pod).Any();

    public static bool IsPrivileged(JsonObject container) => Privileges(container).Any();

    public static IEnumerable<JsonObject> Containers(JsonObject pod) => Items(pod, "containers", "initContainers", "ephemeralContainers");

    private static IEnumerable<string> Of(JsonObject json, JsonObject? live, bool isPart) =>
        Places.SelectMany(p => At(json, p) is { } pod ? OfPod(pod, live is null ? null : At(live, p), isPart) : []);

    private static JsonObject? At(JsonObject json, string[] place) => place.Aggregate((JsonNode?)json, (at, name) => (at as JsonObject)?[name]) as JsonObject;

    // A text for each kind: what a container may do already lets it do nothing more.
    private static IEnumerable<string> OfPod(JsonObject pod, JsonObject? live, bool isPart) =>
    [
        .. live is not null && HasOwnUsers(live) && !HasOwnUsers(pod) && !(isPart && pod["hostUsers"] is null) ? new[] { "the node's users" } : [],
        .. Keys.Where(k => pod[k]?.ToString() is { Length: > 0 } value && !IsOrdinary(k, value)).Select(k => $"{k}: {pod[k]}"),
        .. NodePaths(pod).Select(path => $"hostPath {path}"),
        .. Mounts(pod, live),
        .. Containers(pod).SelectMany(Privileges),
    ];

    // Every pod has the node's users, unless it says otherwise.
    private static bool HasOwnUsers(JsonObject pod) => pod["hostUsers"]?.ToString() == "false";

    private static IEnumerable<string> Privileges(JsonObject container)
    {
        if (container["securityContext"] is not JsonObject context)
            yield break;
        if (context["privileged"]?.ToString() == "true")
            yield return $"the privileged container {container["name"]}";
        if (context["allowPrivilegeEscalation"]?.ToString() == "true")
            yield return $"the container {container["name"]} that may gain privileges";
        foreach (var capability in context["capabilities"]?["add"] as JsonArray ?? [])
            yield return $"the container {container["name"]} with the capability {capability}";
    }

    // A part of a manifest may mount a volume that only the live object names.
    private static IEnumerable<string> Mounts(JsonObject pod, JsonObject? live)
    {
        var named = Items(pod, "volumes").Select(v => v["name"]?.ToString()).ToHashSet();
        var ofNode = Items(pod, "volumes").Concat(live is null ? [] : Items(live, "volumes").Where(v => !named.Contains(v["name"]?.ToString())))
            .Where(v => v.ContainsKey("hostPath")).ToLookup(v => v["name"]?.ToString(), PathOf);
        foreach (var container in Containers(pod))
        {
            foreach (var mount in Items(container, "volumeMounts"))
            {
                foreach (var path in ofNode[mount["name"]?.ToString()].Select(p => $"{p}{Below(mount)}"))
                {
                    yield return $"hostPath {path} in the container {container["name"]}";
                    if (mount["readOnly"]?.ToString() != "true")
                        yield return $"hostPath {path} to be written in the container {container["name"]}";
                }
            }
        }
    }

    private static string Below(JsonObject mount) => (mount["subPath"] ?? mount["subPathExpr"])?.ToString() is { Length: > 0 } part ? $"/{part}" : "";

    private static bool IsOrdinary(string key, string value) => key switch
    {
        "serviceAccountName" or "serviceAccount" => value == "default",
        "nodeName" => false,
        _ => value == "false",
    };

    private static IEnumerable<string> NodePaths(JsonObject pod) =>
        Items(pod, "volumes").Where(v => v.ContainsKey("hostPath")).Select(PathOf);

    private static string PathOf(JsonObject volume) => volume["hostPath"]?["path"]?.ToString() ?? "";

    private static IEnumerable<JsonObject> Items(JsonObject pod, params string[] lists) => lists.SelectMany(list => (pod[list] as JsonArray)?.OfType<JsonObject>() ?? []);
}
