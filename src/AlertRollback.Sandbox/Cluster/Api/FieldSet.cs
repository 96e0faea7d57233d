using System.Text.Json.Nodes;
using AlertRollback.Sandbox.Cluster.Objects;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>
/// Fields of an object by their paths, in the words of FieldsV1: <c>f:data</c>, <c>f:a</c>; an element of a list with a key
/// is <c>k:{"name":"app"}</c>. Only the ends of paths are kept.
/// </summary>
internal static class FieldSet
{
    private const char Separator = '\n';

    /// <summary>Whoever wrote the object, these are the server's or say only which object it is.</summary>
    private static readonly string[] Nobodys = ["apiVersion", "kind", "status"];

    private static readonly string[] OfMetadata = ["labels", "annotations", "ownerReferences", "finalizers"];

    public static Dictionary<string, string> Of(JsonObject json)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (member, value) in json.Where(m => !Nobodys.Contains(m.Key)))
        {
            if (member != "metadata") Walk($"f:{member}", member, value, fields);
            else foreach (var known in OfMetadata.Where(k => value?[k] is not null)) Walk($"f:metadata{Separator}f:{known}", known, value![known], fields);
        }

        return fields;
    }

    public static JsonObject Write(IEnumerable<string> fields)
    {
        var root = new JsonObject();
        foreach (var field in fields.Order(StringComparer.Ordinal)) root.Need(field.Split(Separator));
        return root;
    }

    public static HashSet<string> Read(JsonObject? fieldsV1)
    {
        var fields = new HashSet<string>(StringComparer.Ordinal);
        Collect("", fieldsV1, fields);
        return fields;
    }

    /// <summary>Takes a field out of an object, and an element of a list with its last field.</summary>
    public static void Remove(JsonObject json, string field)
    {
        var parts = field.Split(Separator);
        JsonNode? node = json;
        foreach (var part in parts[..^1]) node = Step(node, part);
        var last = parts[^1];
        if (last.StartsWith("f:", StringComparison.Ordinal)) (node as JsonObject)?.Remove(last[2..]);
        else if (Step(node, last) is { } element) (node as JsonArray)?.Remove(element);
    }

    public static string Display(string field) => "." + string.Join('.', field.Split(Separator).Select(p => p[2..]));

    private static void Walk(string path, string member, JsonNode? value, Dictionary<string, string> fields)
    {
        if (value is JsonObject { Count: > 0 } o)
        {
            foreach (var (name, inner) in o) Walk($"{path}{Separator}f:{name}", name, inner, fields);
        }
        else if (value is JsonArray list && MergeKeys.Of(member, list) is { } key)
        {
            foreach (var element in list.OfType<JsonObject>())
            {
                var at = $"{path}{Separator}k:{new JsonObject { [key] = element[key]?.DeepClone() }.ToJsonString()}";
                foreach (var (name, inner) in element) Walk($"{at}{Separator}f:{name}", name, inner, fields);
            }
        }
        else
        {
            fields[path] = value?.ToJsonString() ?? "null";
        }
    }

    private static void Collect(string path, JsonObject? node, HashSet<string> fields)
    {
        foreach (var (part, inner) in node ?? [])
        {
            var at = path.Length == 0 ? part : $"{path}{Separator}{part}";
            if (inner is JsonObject { Count: > 0 } more) Collect(at, more, fields);
            else fields.Add(at);
        }
    }

    private static JsonNode? Step(JsonNode? node, string part)
    {
        if (part.StartsWith("f:", StringComparison.Ordinal)) return (node as JsonObject)?[part[2..]];
        var (key, value) = ((JsonObject)JsonNode.Parse(part[2..])!).First();
        return node is JsonArray list ? MergeKeys.Find(list, key, value) : null;
    }
}
