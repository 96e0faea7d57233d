using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AlertRollback.Kubernetes.Edits;

/// <summary>One part of a path through an object.</summary>
public abstract record PathPart
{
    public sealed record Member(string Name) : PathPart
    {
        public override string ToString() => Name;
    }

    /// <summary>The one item of a list with this value (null: without such a member), e.g. the container whose name is <c>app</c>.</summary>
    public sealed record Item(string Key, string? Value) : PathPart
    {
        public bool Is(JsonNode? node) => node is JsonObject o && (o[Key] is JsonValue v ? v.ToString() == Value : Value is null);

        public override string ToString() => $"[{Value ?? $"no {Key}"}]";
    }
}

/// <summary>
/// A place in an object that keeps its meaning when lists around it grow or are reordered: items are found by what they
/// are called, never by their number.
/// </summary>
[JsonConverter(typeof(ObjectPathJson))]
public sealed record ObjectPath(IReadOnlyList<PathPart> Parts)
{
    public static ObjectPath Of(params ReadOnlySpan<string> members) => new([.. members.ToArray().Select(m => new PathPart.Member(m))]);

    public ObjectPath Member(string name) => new([.. Parts, new PathPart.Member(name)]);

    public ObjectPath Item(string key, string? value) => new([.. Parts, new PathPart.Item(key, value)]);

    public bool StartsWith(ObjectPath other) => Parts.Count >= other.Parts.Count && Parts.Take(other.Parts.Count).SequenceEqual(other.Parts);

    /// <summary>The same place seen from further inside.</summary>
    public ObjectPath From(int depth) => new([.. Parts.Skip(depth)]);

    /// <summary>What stands at the place; null: nothing, or it cannot be told.</summary>
    public JsonNode? In(JsonNode root) => PlaceLookup.Find(root, this).Value;

    public bool Equals(ObjectPath? other) => other is not null && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => Parts.Aggregate(0, HashCode.Combine);

    // "spec.template.spec." says nothing to people.
    public override string ToString()
    {
        var text = string.Concat(Parts.Select(p => p is PathPart.Member ? $".{p}" : p.ToString()))[1..];
        return new[] { "spec.template.spec.", "spec.template.", "spec." }.FirstOrDefault(p => text.StartsWith(p, StringComparison.Ordinal)) is { } prefix
            ? text[prefix.Length..]
            : text;
    }
}

/// <summary>Written <c>["spec", "containers", {"name": "app"}, "image"]</c>.</summary>
internal sealed class ObjectPathJson : JsonConverter<ObjectPath>
{
    public override ObjectPath Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonNode.Parse(ref reader) is JsonArray parts
            ? new ObjectPath([.. parts.Select(Part)])
            : throw new JsonException("a path is a list");

    public override void Write(Utf8JsonWriter writer, ObjectPath value, JsonSerializerOptions options) =>
        new JsonArray([.. value.Parts.Select(Node)]).WriteTo(writer);

    private static JsonNode? Node(PathPart part) => part switch
    {
        PathPart.Item item => new JsonObject { [item.Key] = item.Value },
        _ => JsonValue.Create(part.ToString()),
    };

    private static PathPart Part(JsonNode? node) => node switch
    {
        JsonValue value => new PathPart.Member(value.GetValue<string>()),
        JsonObject { Count: 1 } item => new PathPart.Item(item.First().Key, item.First().Value?.GetValue<string>()),
        _ => throw new JsonException("a part of a path is a name or an item"),
    };
}
