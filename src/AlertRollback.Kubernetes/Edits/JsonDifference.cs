using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>The JSON patch from one object to another. Lists are replaced as a whole: the precondition says that nobody wrote in between.</summary>
internal static class JsonDifference
{
    public static IEnumerable<JsonNode> Patch(JsonObject from, JsonObject to) => Members("", from, to);

    private static IEnumerable<JsonNode> Members(string path, JsonObject from, JsonObject to)
    {
        foreach (var name in from.Select(m => m.Key).Union(to.Select(m => m.Key)).Order(StringComparer.Ordinal))
        {
            var (here, there) = (from[name], to[name]);
            var pointer = $"{path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            if (JsonNode.DeepEquals(here, there))
                continue;
            if (here is JsonObject a && there is JsonObject b)
            {
                foreach (var operation in Members(pointer, a, b))
                    yield return operation;
            }
            else if (there is null)
            {
                yield return new JsonObject { ["op"] = "remove", ["path"] = pointer };
            }
            else
            {
                yield return new JsonObject { ["op"] = "add", ["path"] = pointer, ["value"] = there.DeepClone() };
            }
        }
    }
}
