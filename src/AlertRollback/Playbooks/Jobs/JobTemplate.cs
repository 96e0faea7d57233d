using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Jobs;

/// <summary>
/// A Job's or pod's manifest as a matrix writes it. What reaches beyond the team's namespace is not the team's to write
/// (<see cref="PodReach"/>). A CronJob that somebody else put there may have it.
/// </summary>
internal static class JobTemplate
{
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

        foreach (var key in PodReach.Keys.Where(pod.ContainsKey))
            yield return $"\"{key}\" cannot stand in {source}: make a CronJob with it, and name that";
        if (PodReach.MountsNode(pod))
            yield return $"{source} cannot mount a path of the node";
        if (PodReach.Containers(pod).Any(PodReach.IsPrivileged))
            yield return $"the containers of {source} cannot be privileged";
        if (PodReach.Containers(pod).Any(c => c["name"] is null || c["image"] is null))
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

    // A name would collide the second time.
    private static JsonObject Labels(JsonObject metadata) => new(new[] { "labels", "annotations" }
        .Where(metadata.ContainsKey).Select(m => KeyValuePair.Create(m, metadata[m]?.DeepClone())));
}
