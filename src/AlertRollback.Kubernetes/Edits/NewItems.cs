using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>
/// New items of lists, where nobody asked for a position. A strategic merge patch has the server put them before those that
/// it does not name; at the end they leave all others where they are. Pure.
/// </summary>
internal static class NewItems
{
    /// <summary>The same object with its new items at the end of their lists.</summary>
    public static JsonObject Last(JsonObject before, JsonObject after) =>
        new(after.Select(m => KeyValuePair.Create(m.Key, Last(m.Key, before[m.Key], m.Value))));

    private static JsonNode? Last(string member, JsonNode? before, JsonNode? after) => (before, after) switch
    {
        (JsonObject old, JsonObject young) => Last(old, young),
        (JsonArray old, JsonArray young) when ObjectDifference.NameOfItems(old, young) is { } key => Items(member, key, old, young),
        _ => after?.DeepClone(),
    };

    private static JsonArray Items(string member, string key, JsonArray before, JsonArray after)
    {
        var items = after.OfType<JsonObject>().Select(i => (Old: ObjectDifference.Named(before, key, i[key]!.ToString()), Young: i)).ToList();
        var (kept, added) = (items.Where(i => i.Old is not null).ToList(), items.Where(i => i.Old is null).ToList());
        if (MayComeLast(member, kept.Select(i => i.Young), added.Select(i => i.Young[key]!.ToString())))
            items = [.. kept, .. added];
        return new JsonArray([.. items.Select(i => i.Old is null ? i.Young.DeepClone() : Last(i.Old, i.Young))]);
    }

    // What is started one after the other has an order, and a variable is made only of those before it.
    private static bool MayComeLast(string member, IEnumerable<JsonObject> kept, IEnumerable<string> added) => member switch
    {
        "initContainers" => false,
        "env" => !added.Any(name => kept.Any(k => k["value"]?.ToString().Contains($"$({name})", StringComparison.Ordinal) == true)),
        _ => true,
    };
}
