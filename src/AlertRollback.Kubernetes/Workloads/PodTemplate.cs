using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>A container's image in a pod template.</summary>
public sealed record ContainerImage(string Container, string Image, bool Init = false)
{
    public override string ToString() => $"{Container}={Image}";
}

/// <summary>
/// Pod templates as plain JSON: what makes two of them the same, and what makes a difference worth an undo (S1, S3).
/// All but <see cref="Normalize"/> take normalized templates.
/// </summary>
public static class PodTemplate
{
    private static readonly string[] hashLabels = ["pod-template-hash", "controller-revision-hash", ArgoRollout.HashLabel];
    private static readonly string[] whatAContainerRuns = ["image", "command", "args", "env", "envFrom"];

    /// <summary>A copy without what controllers add for themselves: the hash labels and <c>$patch</c>.</summary>
    public static JsonObject Normalize(JsonObject template)
    {
        var copy = (JsonObject)template.DeepClone();
        copy.Remove("$patch");
        if (copy["metadata"] is not JsonObject metadata)
            return copy;

        if (metadata["labels"] is JsonObject labels)
        {
            foreach (var label in hashLabels)
                labels.Remove(label);
        }

        RemoveWhenEmpty(metadata, "labels");
        RemoveWhenEmpty(metadata, "annotations");
        return copy;
    }

    /// <summary>The identity of a template: <c>sha256:…</c> of its canonical JSON.</summary>
    public static string Digest(JsonObject template) => CanonicalJson.Digest(template);

    /// <summary>The identity of a release: of a template without the restart annotation and our own marks.</summary>
    public static string ReleaseDigest(JsonObject template) => Digest(WithoutMarks(template));

    public static bool SameAs(JsonObject a, JsonObject b) => Digest(a) == Digest(b);

    /// <summary>Whether more differs than the restart annotation and our own marks.</summary>
    public static bool DiffersBeyondMarks(JsonObject a, JsonObject b) => ReleaseDigest(a) != ReleaseDigest(b);

    /// <summary>
    /// Whether a container's image, command, arguments, environment, or a ConfigMap or Secret it mounts would change.
    /// </summary>
    public static bool ChangesWhatRuns(JsonObject a, JsonObject b) => CanonicalJson.Digest(WhatRuns(a)) != CanonicalJson.Digest(WhatRuns(b));

    /// <summary>All images, containers first, then init containers.</summary>
    public static IReadOnlyList<ContainerImage> Images(JsonObject template) =>
    [
        .. Containers(template, "containers").Select(c => new ContainerImage(Text(c, "name"), Text(c, "image"))),
        .. Containers(template, "initContainers").Select(c => new ContainerImage(Text(c, "name"), Text(c, "image"), Init: true)),
    ];

    /// <summary>Names of containers (init containers too) that only one of the two has.</summary>
    public static IReadOnlyList<string> ContainersOnlyInOne(JsonObject a, JsonObject b)
    {
        var first = Images(a).Select(i => i.Container).ToHashSet(StringComparer.Ordinal);
        first.SymmetricExceptWith(Images(b).Select(i => i.Container));
        return [.. first.Order(StringComparer.Ordinal)];
    }

    private static JsonObject WithoutMarks(JsonObject template)
    {
        var copy = (JsonObject)template.DeepClone();
        if (copy["metadata"] is JsonObject metadata && metadata["annotations"] is JsonObject annotations)
        {
            foreach (var name in annotations.Select(a => a.Key).Where(Marks.IsOursOrRestart).ToList())
                annotations.Remove(name);
            RemoveWhenEmpty(metadata, "annotations");
        }

        return copy;
    }

    private static JsonObject WhatRuns(JsonObject template)
    {
        var result = new JsonObject();
        foreach (var list in (string[])["containers", "initContainers"])
        {
            foreach (var container in Containers(template, list))
            {
                var runs = new JsonObject();
                foreach (var member in whatAContainerRuns)
                    runs[member] = container[member]?.DeepClone();
                result[$"{list}/{Text(container, "name")}"] = runs;
            }
        }

        foreach (var volume in Containers(template, "volumes"))
            result[$"volumes/{Text(volume, "name")}"] = Configuration(volume);
        return result;
    }

    // A volume's ConfigMap and Secret references; null (which is as good as absent) when it has none.
    private static JsonObject? Configuration(JsonObject volume)
    {
        if (volume["configMap"] is not null || volume["secret"] is not null)
            return new JsonObject { ["configMap"] = volume["configMap"]?.DeepClone(), ["secret"] = volume["secret"]?.DeepClone() };

        var sources = (volume["projected"]?["sources"] as JsonArray)?.OfType<JsonObject>()
            .Select(Configuration).OfType<JsonObject>().ToArray<JsonNode?>();
        return sources is { Length: > 0 } ? new JsonObject { ["projected"] = new JsonArray(sources) } : null;
    }

    public static IEnumerable<JsonObject> Containers(JsonObject template, string list) =>
        ((template["spec"] as JsonObject)?[list] as JsonArray)?.OfType<JsonObject>() ?? [];

    private static string Text(JsonObject node, string member) =>
        node[member] is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    private static void RemoveWhenEmpty(JsonObject parent, string member)
    {
        if (parent[member] is JsonObject { Count: 0 })
            parent.Remove(member);
    }
}
