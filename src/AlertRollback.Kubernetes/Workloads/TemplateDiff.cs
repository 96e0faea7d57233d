using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Workloads;

/// <summary>
/// What differs between two pod templates, as short lines for people. A literal secret can sit in any string of a template
/// (environment, arguments, probe headers, annotations), so only values known to be harmless are shown (S19).
/// </summary>
public static class TemplateDiff
{
    public const int MaxLines = 40;
    private const int maxValue = 200;

    private static readonly HashSet<string> harmless = new(StringComparer.Ordinal)
    {
        "image", "imagePullPolicy", "cpu", "memory", "ephemeral-storage", "secretName", "serviceAccountName", "restartPolicy",
        "containerPort", "priorityClassName",
    };

    /// <summary>Lines such as <c>containers[app].image: shop/api:v2 -> shop/api:v1</c>; values that might be secret are masked.</summary>
    public static IReadOnlyList<string> Masked(JsonObject from, JsonObject to)
    {
        var lines = new List<string>();
        Compare(lines, "", "", from, to);
        return lines.Count <= MaxLines
            ? lines
            : [.. lines.Take(MaxLines - 1), $"… and {lines.Count - MaxLines + 1} more"];
    }

    /// <summary>Whether a literal secret may stand in what is called so in a template, or in anything below it.</summary>
    public static bool MayTellSecret(string member, JsonNode? node) => MaybeSecrets(member, node).Any();

    /// <summary>The texts that may be one.</summary>
    public static IEnumerable<string> MaybeSecrets(string member, JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(m => MaybeSecrets(m.Key, m.Value)),
        JsonArray items => items.SelectMany(i => MaybeSecrets("", i)),
        JsonValue value when value.GetValueKind() == JsonValueKind.String && !harmless.Contains(member) => [value.GetValue<string>()],
        _ => [],
    };

    /// <summary>Of these, what was given to containers: variables, arguments and headers, none of which the server fills in by itself.</summary>
    public static IEnumerable<string> Given(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(m => m.Key is "env" or "args" or "command" or "httpHeaders" ? Values(m.Value) : Given(m.Value)),
        JsonArray items => items.SelectMany(Given),
        _ => [],
    };

    // Of a variable and a header its value; what it is called says nothing.
    private static IEnumerable<string> Values(JsonNode? list) =>
        (list as JsonArray)?.SelectMany(i => MaybeSecrets("", i is JsonObject named ? named["value"] : i)) ?? [];

    private static void Compare(List<string> lines, string path, string member, JsonNode? from, JsonNode? to)
    {
        if (from is null && to is null)
            return;
        if (from is not null && to is not null && CanonicalJson.Digest(from) == CanonicalJson.Digest(to))
            return;

        if (from is JsonObject a && to is JsonObject b)
            CompareMembers(lines, path, a, b);
        else if (Named(from) is { } before && Named(to) is { } after && (from ?? to) is not null)
            CompareItems(lines, path, before, after);
        else
            lines.Add($"{Shown(path)}: {Change(member, from, to)}");
    }

    private static void CompareMembers(List<string> lines, string path, JsonObject from, JsonObject to)
    {
        foreach (var name in from.Select(m => m.Key).Union(to.Select(m => m.Key)).Order(StringComparer.Ordinal))
        {
            // A label or annotation may be called "image" too, and hold anything.
            var member = path.StartsWith("metadata", StringComparison.Ordinal) ? "" : name;
            Compare(lines, path.Length == 0 ? name : $"{path}.{name}", member, from[name], to[name]);
        }
    }

    private static void CompareItems(List<string> lines, string path, Dictionary<string, JsonObject> from, Dictionary<string, JsonObject> to)
    {
        foreach (var name in from.Keys.Union(to.Keys).Order(StringComparer.Ordinal))
            Compare(lines, $"{path}[{name}]", "", from.GetValueOrDefault(name), to.GetValueOrDefault(name));
        if (from.Count == to.Count && from.Keys.ToHashSet().SetEquals(to.Keys) && !from.Keys.SequenceEqual(to.Keys))
            lines.Add($"{Shown(path)}: reordered");
    }

    // A list whose items all have a name of their own; null when they have not. Absent counts as empty.
    private static Dictionary<string, JsonObject>? Named(JsonNode? list)
    {
        if (list is null)
            return [];
        if (list is not JsonArray items)
            return null;

        var named = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (item is not JsonObject o || o["name"] is not JsonValue v || !v.TryGetValue(out string? name) || !named.TryAdd(name, o))
                return null;
        }

        return named;
    }

    private static string Change(string member, JsonNode? from, JsonNode? to)
    {
        if (from is null)
            return $"added{Suffix(member, to!)}";
        if (to is null)
            return $"removed{Suffix(member, from)}";
        return $"{Value(member, from)} -> {Value(member, to)}";
    }

    private static string Suffix(string member, JsonNode node) => node switch
    {
        JsonObject { } container when container["image"] is JsonValue image => $" ({Value("image", image)})",
        JsonValue => $" ({Value(member, node)})",
        _ => "",
    };

    private static string Value(string member, JsonNode node) => node switch
    {
        JsonValue value when value.GetValueKind() is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.ToJsonString(),
        JsonValue value when harmless.Contains(member) => Clipped.Head(value.ToString(), maxValue),
        _ => "***",
    };

    // "spec." says nothing to people: everything but the metadata is in it.
    private static string Shown(string path) =>
        path.StartsWith("spec.", StringComparison.Ordinal) ? path["spec.".Length..] : path;
}
