using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>Names of the ConfigMaps and Secrets that a pod template reads: environment and volumes, sorted. Pure.</summary>
public sealed record ConfigurationReferences(IReadOnlyList<string> ConfigMaps, IReadOnlyList<string> Secrets)
{
    public static ConfigurationReferences Of(JsonObject template)
    {
        var (maps, secrets) = (new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var container in PodTemplate.Containers(template, "containers").Concat(PodTemplate.Containers(template, "initContainers")))
        {
            foreach (var variable in Items(container, "env").Select(v => v["valueFrom"]).OfType<JsonObject>())
                Add(variable, "configMapKeyRef", "secretKeyRef", "name");
            foreach (var source in Items(container, "envFrom"))
                Add(source, "configMapRef", "secretRef", "name");
        }

        foreach (var volume in PodTemplate.Containers(template, "volumes"))
        {
            Add(volume, "configMap", "secret", "secretName");
            foreach (var source in volume["projected"] is JsonObject projected ? Items(projected, "sources") : [])
                Add(source, "configMap", "secret", "name");
        }

        return new ConfigurationReferences([.. maps], [.. secrets]);

        void Add(JsonObject reference, string map, string secret, string secretName)
        {
            if (Text(reference[map] as JsonObject, "name") is { } name)
                maps.Add(name);
            if (Text(reference[secret] as JsonObject, secretName) is { } hidden)
                secrets.Add(hidden);
        }
    }

    private static IEnumerable<JsonObject> Items(JsonObject parent, string list) => (parent[list] as JsonArray)?.OfType<JsonObject>() ?? [];

    private static string? Text(JsonObject? node, string member) =>
        node?[member] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;
}
