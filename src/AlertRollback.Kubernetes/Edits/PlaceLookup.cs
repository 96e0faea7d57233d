using System.Text.Json.Nodes;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>What stands at a place.</summary>
/// <param name="Value">Null: nothing.</param>
/// <param name="Index">Its number among its list's items; null when it is a member.</param>
/// <param name="Existing">How many parts of the path exist.</param>
/// <param name="Ambiguous">Several items are called the same, so that the place cannot be told.</param>
internal sealed record Found(JsonNode? Value, int? Index, int Existing, bool Ambiguous);

/// <summary>Reads and writes the places of an object's JSON.</summary>
internal static class PlaceLookup
{
    public static Found Find(JsonNode root, ObjectPath path)
    {
        JsonNode? node = root;
        int? index = null;
        for (var depth = 0; depth < path.Parts.Count; depth++)
        {
            if (IsAmbiguous(node, path.Parts[depth]))
                return new Found(null, null, depth, Ambiguous: true);
            (node, index) = Step(node, path.Parts[depth]);
            if (node is null)
                return new Found(null, null, depth, Ambiguous: false);
        }

        return new Found(node, index, path.Parts.Count, Ambiguous: false);
    }

    /// <summary>Writes a value, with the parents that are missing; false when an item on the way is missing.</summary>
    /// <param name="index">Where an item that is not there yet belongs; null: at the end.</param>
    public static bool Set(JsonNode root, ObjectPath path, JsonNode value, int? index)
    {
        var node = root;
        for (var depth = 0; depth < path.Parts.Count - 1; depth++)
        {
            var (next, _) = Step(node, path.Parts[depth]);
            if (next is null)
            {
                if (path.Parts[depth] is not PathPart.Member member || node is not JsonObject parent)
                    return false;
                next = path.Parts[depth + 1] is PathPart.Item ? new JsonArray() : new JsonObject();
                parent[member.Name] = next;
            }

            node = next;
        }

        return Put(node, path.Parts[^1], value.DeepClone(), index);
    }

    /// <summary>Takes a value away, and with it the parents that are empty then and were not there at first.</summary>
    /// <param name="existing">How many parts of the path existed at first.</param>
    public static void Remove(JsonNode root, ObjectPath path, int existing)
    {
        for (var depth = path.Parts.Count; depth > 0; depth--)
        {
            var parent = Find(root, new ObjectPath([.. path.Parts.Take(depth - 1)])).Value;
            var (value, at) = Step(parent, path.Parts[depth - 1]);
            var isLeaf = depth == path.Parts.Count;
            if (!isLeaf && (depth <= existing || value is not (JsonObject { Count: 0 } or JsonArray { Count: 0 })))
                return;
            if (parent is JsonObject o && path.Parts[depth - 1] is PathPart.Member member)
                o.Remove(member.Name);
            else if (parent is JsonArray items && at is { } number)
                items.RemoveAt(number);
        }
    }

    private static bool Put(JsonNode node, PathPart part, JsonNode value, int? index)
    {
        switch (part, node)
        {
            case (PathPart.Member member, JsonObject o):
                o[member.Name] = value;
                return true;
            case (PathPart.Item, JsonArray items) when Step(items, part).Index is { } there:
                items[there] = value;
                return true;
            case (PathPart.Item, JsonArray items):
                items.Insert(Math.Min(index ?? items.Count, items.Count), value);
                return true;
            default:
                return false;
        }
    }

    private static (JsonNode? Node, int? Index) Step(JsonNode? node, PathPart part)
    {
        switch (part, node)
        {
            case (PathPart.Member member, JsonObject o):
                return (o[member.Name], null);
            case (PathPart.Item item, JsonArray items):
                for (var i = 0; i < items.Count; i++)
                {
                    if (item.Is(items[i]))
                        return (items[i], i);
                }

                return (null, null);
            default:
                return (null, null);
        }
    }

    private static bool IsAmbiguous(JsonNode? node, PathPart part) =>
        part is PathPart.Item item && node is JsonArray items && items.Count(item.Is) > 1;
}
