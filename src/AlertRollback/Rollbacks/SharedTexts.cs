using System.Text.Json;
using System.Text.Json.Serialization;
using AlertRollback.Alerts;

namespace AlertRollback.Rollbacks;

/// <summary>
/// Gives equal texts as one string, whenever they were read: the causes of an outage differ in a pod's name, and stay in memory
/// with their rollback.
/// </summary>
internal static class SharedTexts
{
    private const int Longest = 512;

    // With what each outage has of its own it is full again and again: then it begins anew, and what many have is soon back.
    private const int Most = 4096;

    private static readonly Lock Reading = new();
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal);

    public static string Of(string text)
    {
        if (text.Length > Longest)
            return text;
        lock (Reading)
        {
            if (Known.TryGetValue(text, out var known))
                return known;
            if (Known.Count >= Most)
                Known.Clear();
            Known.Add(text);
            return text;
        }
    }
}

/// <summary>A text that many causes have in common.</summary>
internal sealed class SharedTextConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { } text ? SharedTexts.Of(text) : null;

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

/// <summary>Labels as a JSON object of strings; read into one array each.</summary>
internal sealed class SharedLabelsConverter : JsonConverter<IReadOnlyDictionary<string, string>>
{
    public override IReadOnlyDictionary<string, string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("labels: expected an object");
        var labels = new LabelSetBuilder();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = SharedTexts.Of(reader.GetString()!);
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw new JsonException("labels: expected strings");
            labels.Add(name, SharedTexts.Of(reader.GetString()!));
        }

        return labels.Build();
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, text) in value)
            writer.WriteString(name, text);
        writer.WriteEndObject();
    }
}
