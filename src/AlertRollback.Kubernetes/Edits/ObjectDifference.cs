using System.Text.Json.Nodes;
using AlertRollback.Kubernetes.Workloads;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>What lies between two states of an object, as places that keep their meaning: containers by name, never by number. Pure.</summary>
public static class ObjectDifference
{
    private static readonly string[] OfTheServer = ["resourceVersion", "generation", "managedFields", "uid", "creationTimestamp", "selfLink"];

    // The keys by which Kubernetes merges the lists that people change.
    private static readonly string[] Keys = ["name", "containerPort", "port", "mountPath", "topologyKey", "ip", "type"];

    // Of what makes pods, of what makes those (CronJob), and of what only keeps a template.
    private static readonly ObjectPath[] Templates = [EditPin.Template, ObjectPath.Of("spec", "jobTemplate", "spec", "template"), ObjectPath.Of("template")];

    /// <param name="newLast">Nobody asked where new items stand in their lists: they come last, wherever the server put them.</param>
    public static IReadOnlyList<Change> Between(JsonObject before, JsonObject after, bool newLast = false) =>
        [.. Members(new ObjectPath([]), Ours(before), Ours(newLast ? NewItems.Last(before, after) : after)).Select(c => Sealed(before, c))];

    /// <summary>Whether values of environment variables stand in it, which may be secrets (S19).</summary>
    public static bool HoldsEnvironment(JsonNode? node) => node switch
    {
        JsonObject o => o["env"] is JsonArray { Count: > 0 } || o.Any(m => HoldsEnvironment(m.Value)),
        JsonArray items => items.Any(HoldsEnvironment),
        _ => false,
    };

    // A list that can only be replaced as a whole would bring live values into the journal.
    public static bool WouldTellEnvironment(JsonObject before, Change change) =>
        PlaceLookup.Find(before, change.Path).Value is { } here && (HoldsEnvironment(here) || IsEnvironment(change.Path)) && change.To is JsonArray;

    /// <summary>The same for any other text of a pod template that may be a secret: none is told but what was written for this change.</summary>
    /// <param name="written">What people wrote: a list in it may stand in the journal as it is.</param>
    public static bool WouldTellTemplate(JsonObject before, Change change, JsonNode written)
    {
        if (Templates.FirstOrDefault(change.Path.StartsWith) is not { } template)
            return false;

        // What has another name by now is a new item, with all that it brought along.
        IEnumerable<string> told = change.To switch
        {
            JsonArray list => TemplateDiff.MaybeSecrets("", PlaceLookup.Find(before, change.Path).Value).Intersect(TemplateDiff.MaybeSecrets("", list)),
            JsonObject item => TemplateDiff.Given(PlaceLookup.Find(before, template).Value).Intersect(TemplateDiff.Given(item)),
            _ => [],
        };
        return told.Except(TemplateDiff.MaybeSecrets("", written)).Any(t => t.Length > 0);
    }

    // Any text of a pod template may be one, an argument as well as a variable: what is taken away is told no more than what is changed.
    // What is only called a template, as a key of a ConfigMap, is kept: nothing else could put it back.
    private static Change Sealed(JsonObject before, Change change) => change with
    {
        MayBeSecret = change.Path.Parts.Any(p => p is PathPart.Member { Name: "env" })
            || (Templates.Any(change.Path.StartsWith) && TemplateDiff.MayTellSecret(NameOf(change.Path), PlaceLookup.Find(before, change.Path).Value)),
    };

    // A label or annotation may be called "image" too, and hold anything.
    private static string NameOf(ObjectPath path) =>
        path.Parts[^1] is PathPart.Member { Name: var name } && !path.Parts.Any(p => p is PathPart.Member { Name: "metadata" }) ? name : "";

    private static bool IsEnvironment(ObjectPath path) => path.Parts[^1] is PathPart.Member { Name: "env" };

    private static JsonObject Ours(JsonObject json)
    {
        var ours = (JsonObject)json.DeepClone();
        foreach (var name in new[] { "status", "apiVersion", "kind" })
            ours.Remove(name);
        foreach (var name in OfTheServer)
            (ours["metadata"] as JsonObject)?.Remove(name);
        return ours;
    }

    private static IEnumerable<Change> Members(ObjectPath path, JsonObject before, JsonObject after)
    {
        foreach (var name in before.Select(m => m.Key).Union(after.Select(m => m.Key)).Order(StringComparer.Ordinal))
        {
            foreach (var change in At(path.Member(name), before[name], after[name]))
                yield return change;
        }
    }

    private static IEnumerable<Change> At(ObjectPath path, JsonNode? here, JsonNode? there) => (here, there) switch
    {
        _ when JsonNode.DeepEquals(here, there) => [],
        (JsonObject a, JsonObject b) => Members(path, a, b),
        (JsonArray a, JsonArray b) when KeyOf(a, b) is { } key => Items(path, key, a, b),
        (null, JsonObject { Count: > 0 } b) => Members(path, [], b),
        _ => [new Change(path, there?.DeepClone())],
    };

    private static IEnumerable<Change> Items(ObjectPath path, string key, JsonArray before, JsonArray after)
    {
        foreach (var item in after.OfType<JsonObject>())
        {
            var (name, at) = (item[key]!.ToString(), path.Item(key, item[key]!.ToString()));
            if (Named(before, key, name) is not { } here)
                yield return new Change(at, item.DeepClone());
            else
                foreach (var change in Members(at, here, item)) yield return change;
        }

        foreach (var gone in before.OfType<JsonObject>().Where(i => Named(after, key, i[key]!.ToString()) is null))
            yield return new Change(path.Item(key, gone[key]!.ToString()), null);
    }

    // Only where names tell all items apart, and putting the new ones at the end gives the same list.
    private static string? KeyOf(JsonArray before, JsonArray after) => Keys.FirstOrDefault(key =>
        Names(before, key) is { } old && Names(after, key) is { } young && old.Where(young.Contains).Concat(young.Except(old)).SequenceEqual(young));

    /// <summary>The member by which the items of both can be told apart.</summary>
    internal static string? NameOfItems(JsonArray before, JsonArray after) => Keys.FirstOrDefault(key => Names(before, key) is not null && Names(after, key) is not null);

    private static List<string>? Names(JsonArray items, string key)
    {
        var names = items.Select(i => (i as JsonObject)?[key]).OfType<JsonValue>().Select(v => v.ToString()).ToList();
        return names.Count > 0 && names.Count == items.Count && names.Distinct().Count() == names.Count ? names : null;
    }

    internal static JsonObject? Named(JsonArray items, string key, string name) => items.OfType<JsonObject>().FirstOrDefault(i => i[key]?.ToString() == name);
}
