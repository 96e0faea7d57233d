using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Edits;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Playbooks.Secrets;

/// <summary>Where a pod template reads one Secret, and what has to change so that it reads another; all other sources stay. Pure.</summary>
/// <param name="Keys">Keys that are asked for by name: the other Secret has to have them.</param>
internal sealed record SecretReferences(IReadOnlyList<Change> Changes, IReadOnlyList<string> Keys)
{
    private static readonly ObjectPath Spec = EditPin.Template.Member("spec");

    public static SecretReferences Of(JsonObject template, string secret, string instead)
    {
        var (changes, keys) = (new List<Change>(), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var list in new[] { "containers", "initContainers" })
        {
            foreach (var container in PodTemplate.Containers(template, list))
                OfContainer(container, Spec.Member(list).Item("name", container["name"]?.ToString()), secret, instead, changes, keys);
        }

        foreach (var volume in PodTemplate.Containers(template, "volumes"))
            OfVolume(volume, Spec.Member("volumes").Item("name", volume["name"]?.ToString()), secret, instead, changes, keys);
        return new SecretReferences(changes, [.. keys]);
    }

    private static void OfContainer(JsonObject container, ObjectPath place, string secret, string instead, List<Change> changes, SortedSet<string> keys)
    {
        foreach (var variable in Items(container["env"]).Where(v => v["valueFrom"]?["secretKeyRef"]?["name"]?.ToString() == secret))
        {
            changes.Add(new Change(place.Member("env").Item("name", variable["name"]?.ToString()).Member("valueFrom").Member("secretKeyRef").Member("name"), instead));
            keys.Add(variable["valueFrom"]!["secretKeyRef"]!["key"]?.ToString() ?? "");
        }

        // Sources of envFrom have no name of their own: the list is the place.
        if (Items(container["envFrom"]).Any(s => s["secretRef"]?["name"]?.ToString() == secret))
            changes.Add(new Change(place.Member("envFrom"), Switched(container["envFrom"]!, "secretRef", secret, instead)));
    }

    private static void OfVolume(JsonObject volume, ObjectPath place, string secret, string instead, List<Change> changes, SortedSet<string> keys)
    {
        if (volume["secret"]?["secretName"]?.ToString() == secret)
        {
            changes.Add(new Change(place.Member("secret").Member("secretName"), instead));
            keys.UnionWith(Items(volume["secret"]!["items"]).Select(i => i["key"]?.ToString() ?? ""));
        }

        var sources = Items(volume["projected"]?["sources"]).Where(s => s["secret"]?["name"]?.ToString() == secret).ToList();
        if (sources.Count == 0)
            return;
        changes.Add(new Change(place.Member("projected").Member("sources"), Switched(volume["projected"]!["sources"]!, "secret", secret, instead)));
        keys.UnionWith(sources.SelectMany(s => Items(s["secret"]!["items"])).Select(i => i["key"]?.ToString() ?? ""));
    }

    private static JsonNode Switched(JsonNode list, string member, string secret, string instead)
    {
        var copy = list.DeepClone();
        foreach (var reference in Items(copy).Select(s => s[member]).OfType<JsonObject>().Where(r => r["name"]?.ToString() == secret))
            reference["name"] = instead;
        return copy;
    }

    private static IEnumerable<JsonObject> Items(JsonNode? list) => (list as JsonArray)?.OfType<JsonObject>() ?? [];
}
