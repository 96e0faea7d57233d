using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Jobs;

/// <summary>
/// A Job's or pod's manifest as a matrix writes it. What reaches beyond the team's namespace is not the team's to write: we
/// may do more in the cluster than a team may. A CronJob that somebody else put there may have it.
/// </summary>
internal static class JobTemplate
{
    private static readonly string[] HostKeys = ["hostNetwork", "hostPID", "hostIPC", "hostUsers"];
    private static readonly string[] AccountKeys = ["serviceAccountName", "serviceAccount", "nodeName"];

    /// <param name="source">Where it stands, for people.</param>
    public static IEnumerable<string> Faults(string source, JsonObject manifest)
    {
        if (manifest["kind"]?.ToString() is { } kind && kind is not ("Job" or "Pod"))
            yield return $"{source} is a Job or a Pod, not a {kind}";
        if (PodSpec(manifest) is not { } pod || Containers(pod).Count == 0)
        {
            yield return $"{source} has no containers: write {{spec: {{containers: [{{name: …, image: …}}]}}}}";
            yield break;
        }

        foreach (var key in HostKeys.Concat(AccountKeys).Where(pod.ContainsKey))
            yield return $"\"{key}\" cannot stand in {source}: make a CronJob with it, and name that";
        if ((pod["volumes"] as JsonArray)?.OfType<JsonObject>().Any(v => v.ContainsKey("hostPath")) ?? false)
            yield return $"{source} cannot mount a path of the node";
        if (All(pod).Any(IsPrivileged))
            yield return $"the containers of {source} cannot be privileged";
        if (All(pod).Any(c => c["name"] is null || c["image"] is null))
            yield return $"each container of {source} needs a name and an image";
    }

    /// <summary>The Job's spec that it means.</summary>
    public static JsonObject Spec(JsonObject manifest)
    {
        var spec = (JsonObject)(manifest["spec"] ?? manifest).DeepClone();
        if (spec["template"] is JsonObject)
            return spec;
        return new JsonObject
        {
            ["template"] = new JsonObject
            {
                ["metadata"] = manifest["metadata"] is JsonObject metadata ? Labels(metadata) : new JsonObject(),
                ["spec"] = spec,
            },
        };
    }

    public static List<JsonObject> Containers(JsonObject pod) => [.. (pod["containers"] as JsonArray)?.OfType<JsonObject>() ?? []];

    private static JsonObject? PodSpec(JsonObject manifest) => Spec(manifest)["template"]?["spec"] as JsonObject;

    private static IEnumerable<JsonObject> All(JsonObject pod) => new[] { "containers", "initContainers" }.SelectMany(list => (pod[list] as JsonArray)?.OfType<JsonObject>() ?? []);

    private static bool IsPrivileged(JsonObject container) => container["securityContext"] is JsonObject context
        && (context["privileged"]?.ToString() == "true" || context["allowPrivilegeEscalation"]?.ToString() == "true" || context["capabilities"]?["add"] is not null);

    // A name would collide the second time.
    private static JsonObject Labels(JsonObject metadata) => new(new[] { "labels", "annotations" }
        .Where(metadata.ContainsKey).Select(m => KeyValuePair.Create(m, metadata[m]?.DeepClone())));
}
