using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Sandbox.Cluster.Api;

/// <summary>RFC 6902. What does not apply is refused without a cause, as the API server does.</summary>
internal static class JsonPatch
{
    public static JsonObject Apply(JsonObject target, JsonNode? patch)
    {
        if (patch is not JsonArray operations) throw ApiRefusal.BadRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
        var holder = new JsonObject { ["root"] = target.DeepClone() };
        foreach (var operation in operations)
        {
            if (operation is not JsonObject o) throw ApiRefusal.PatchDoesNotApply();
            One(holder, o);
        }

        return holder["root"] as JsonObject ?? throw ApiRefusal.PatchDoesNotApply();
    }

    private static void One(JsonObject holder, JsonObject operation)
    {
        var path = Pointer(operation["path"]);
        var value = operation["value"];
        switch (operation["op"]?.ToString())
        {
            case "add": Add(holder, path, value?.DeepClone()); break;
            case "remove": Take(holder, path); break;
            case "replace":
                Take(holder, path);
                Add(holder, path, value?.DeepClone());
                break;
            case "move": Add(holder, path, Take(holder, Pointer(operation["from"]))); break;
            case "copy": Add(holder, path, Look(holder, Pointer(operation["from"]))?.DeepClone()); break;
            case "test" when JsonNode.DeepEquals(Look(holder, path), value): break;
            default: throw ApiRefusal.PatchDoesNotApply();
        }
    }

    private static string[] Pointer(JsonNode? path)
    {
        var text = path?.ToString() ?? throw ApiRefusal.PatchDoesNotApply();
        if (text.Length > 0 && text[0] != '/') throw ApiRefusal.PatchDoesNotApply();
        var parts = text.Split('/').Skip(1).Select(p => p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal));
        return ["root", .. parts];
    }

    private static JsonNode? Look(JsonNode? node, ReadOnlySpan<string> path)
    {
        foreach (var part in path)
        {
            node = node switch
            {
                JsonObject o when o.TryGetPropertyValue(part, out var member) => member,
                JsonArray a => a[Index(part, a.Count - 1)],
                _ => throw ApiRefusal.PatchDoesNotApply(),
            };
        }

        return node;
    }

    private static void Add(JsonNode holder, string[] path, JsonNode? value)
    {
        switch (Look(holder, path.AsSpan(..^1)))
        {
            case JsonObject o: o[path[^1]] = value; break;
            case JsonArray a when path[^1] == "-": a.Add(value); break;
            case JsonArray a: a.Insert(Index(path[^1], a.Count), value); break;
            default: throw ApiRefusal.PatchDoesNotApply();
        }
    }

    private static JsonNode? Take(JsonNode holder, string[] path)
    {
        var taken = Look(holder, path);
        switch (Look(holder, path.AsSpan(..^1)))
        {
            case JsonObject o: o.Remove(path[^1]); break;
            case JsonArray a: a.RemoveAt(Index(path[^1], a.Count - 1)); break;
            default: throw ApiRefusal.PatchDoesNotApply();
        }

        return taken;
    }

    private static int Index(string part, int last) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= last ? index : throw ApiRefusal.PatchDoesNotApply();
}
