using System.Collections.Frozen;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertRollback.Storage;

namespace AlertRollback.Rollbacks;

/// <summary>Events as the journal keeps them: the type's snake_case word and the record as JSON.</summary>
public static class EventJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private static readonly FrozenDictionary<string, Type> TypesByWord =
        new[] { typeof(RollbackEvent), typeof(WorkloadEvent), typeof(GlobalEvent), typeof(AlertEvent), typeof(TaskEvent) }
            .SelectMany(family => family.GetNestedTypes().Where(family.IsAssignableFrom))
            .ToFrozenDictionary(t => Key(t.DeclaringType!, Word(t)), t => t);

    public static NewEvent ToStore(string stream, DateTimeOffset at, object @event) =>
        new(stream, at, Word(@event.GetType()), JsonSerializer.Serialize(@event, @event.GetType(), Options));

    /// <summary>The event, or null for a word this version does not know: a newer version wrote it, and it must not stop this one.</summary>
    public static T? FromStore<T>(StoredEvent stored) where T : class =>
        TypesByWord.TryGetValue(Key(typeof(T), stored.Type), out var type)
            ? (T?)JsonSerializer.Deserialize(stored.Data, type, Options)
            : null;

    public static string Word(Type type) => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.Name);

    private static string Key(Type family, string word) => $"{family.Name}/{word}";
}
