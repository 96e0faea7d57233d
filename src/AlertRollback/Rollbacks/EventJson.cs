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
        Converters = { new ReasonConverter(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private static readonly FrozenDictionary<string, Type> TypesByWord =
        new[] { typeof(RollbackEvent), typeof(WorkloadEvent), typeof(GlobalEvent), typeof(AlertEvent), typeof(TaskEvent) }
            .SelectMany(family => family.GetNestedTypes().Where(family.IsAssignableFrom))
            .ToFrozenDictionary(t => Key(t.DeclaringType!, Word(t)), t => t);

    public static NewEvent ToStore(string stream, DateTimeOffset at, object @event) =>
        new(stream, at, Word(@event.GetType()), JsonSerializer.Serialize(@event, @event.GetType(), Options));

    /// <summary>The event, or null for a word this version does not know: a newer version wrote it, and it must not stop this one.</summary>
    /// <exception cref="JournalUnavailableException">It is known, but says something that this version cannot decide by.</exception>
    public static T? FromStore<T>(StoredEvent stored) where T : class
    {
        if (!TypesByWord.TryGetValue(Key(typeof(T), stored.Type), out var type))
            return null;
        try
        {
            return (T?)JsonSerializer.Deserialize(stored.Data, type, Options);
        }
        catch (JsonException fault)
        {
            // What steps and phases are decided by cannot be skipped: to go on without it could repeat a write.
            throw new JournalUnavailableException($"event {stored.Sequence} ({stored.Type}) of the journal cannot be read by this version; most likely a newer one wrote it: {Shown.Clean(fault.Path ?? "")} is unknown", fault);
        }
    }

    public static string Word(Type type) => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.Name);

    private static string Key(Type family, string word) => $"{family.Name}/{word}";
}
