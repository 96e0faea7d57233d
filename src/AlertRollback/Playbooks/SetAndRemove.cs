using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks;

/// <summary>What a step sets and takes away by name: <c>set: {A: "1"}, remove: B</c>.</summary>
internal static class SetAndRemove
{
    private const string Set = "set";
    private const string Remove = "remove";

    public static IReadOnlyList<string> Removed(JsonObject parameters) => TextValues.List(parameters[Remove]);

    /// <param name="isName">Whether a name can be one.</param>
    /// <param name="what">What they name, e.g. <c>a variable</c>.</param>
    public static IEnumerable<string> Faults(JsonObject parameters, Func<string, bool> isName, string what)
    {
        var (set, removed) = (TextValues.Of(parameters[Set] as JsonObject).Select(v => v.Key).ToList(), Removed(parameters));
        if (set.Count + removed.Count == 0)
            yield return $"it has neither \"{Set}\" nor \"{Remove}\"";
        foreach (var name in set.Concat(removed).Where(n => !isName(n)))
            yield return $"\"{name}\" is not the name of {what}";
        foreach (var name in set.Intersect(removed))
            yield return $"\"{name}\" is both set and removed";
        foreach (var fault in TextValues.Faults(Set, parameters[Set]))
            yield return fault;
    }

    /// <summary>In words, with the values left out: they may be secret.</summary>
    public static string Words(IEnumerable<KeyValuePair<string, string>> set, JsonObject parameters) =>
        string.Join(", ", set.Select(v => $"{v.Key} set").Concat(Removed(parameters).Select(n => $"{n} removed")));
}
