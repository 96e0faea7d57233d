using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlertRollback;

/// <summary>Enumeration values as the words people read: <c>NoKnownGood</c> is <c>no_known_good</c>.</summary>
public static class SnakeCase
{
    public static string Word<T>(this T value) where T : struct, Enum => Words<T>.Of(value);

    public static bool TryParse<T>(string word, out T value) where T : struct, Enum => Words<T>.TryParse(word, out value);

    private static class Words<T> where T : struct, Enum
    {
        private static readonly Dictionary<T, string> ByValue =
            Enum.GetValues<T>().ToDictionary(v => v, v => JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()));

        private static readonly Dictionary<string, T> ByWord = ByValue.ToDictionary(p => p.Value, p => p.Key);

        public static string Of(T value) => ByValue.TryGetValue(value, out var word) ? word : value.ToString();

        public static bool TryParse(string word, out T value) => ByWord.TryGetValue(word, out value);
    }
}

/// <summary>Writes an enumeration as its snake_case word.</summary>
public sealed class SnakeCaseEnumConverter<T> : JsonConverter<T> where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { } word && SnakeCase.TryParse(word, out T value)
            ? value
            : throw new JsonException($"not a {typeof(T).Name}");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Word());
}
