using System.Globalization;
using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Flags;

/// <summary>Fields of a flag. A value counts by what it says: <c>0</c>, <c>0.0</c> and <c>"0"</c> are the same.</summary>
internal static class FlagValues
{
    public static bool Same(JsonNode? a, JsonNode? b)
    {
        var (first, second) = (Plain(a), Plain(b));
        return first == second || (Number(first) is { } x && Number(second) is { } y && x == y);
    }

    /// <summary>Whether all of them read as wanted; a field that does not exist reads as nothing.</summary>
    public static bool Hold(JsonObject wanted, JsonObject live) => wanted.All(w => Same(w.Value, live[w.Key]));

    /// <summary>Whether those of them that exist read as wanted: what a service takes and does not show (a reason) is no contradiction.</summary>
    public static bool HoldWhereShown(JsonObject wanted, JsonObject live) => wanted.All(w => !live.ContainsKey(w.Key) || Same(w.Value, live[w.Key]));

    public static JsonObject Only(JsonObject values, IEnumerable<string> fields) =>
        new(fields.Where(values.ContainsKey).Select(f => KeyValuePair.Create(f, values[f]?.DeepClone())));

    /// <summary>For people: <c>enabled false, rollout_percentage 0</c>.</summary>
    public static string Text(JsonObject values) => Texts.Clip(string.Join(", ", values.Select(v => $"{v.Key} {Plain(v.Value)}")), 200);

    /// <summary>What does not read as wanted: <c>rollout_percentage reads 100, not 0</c>.</summary>
    public static string Differences(JsonObject wanted, JsonObject live) => string.Join(", ", wanted.Where(w => !Same(w.Value, live[w.Key]))
        .Select(w => $"{w.Key} reads {(live.ContainsKey(w.Key) ? Texts.Clip(Plain(live[w.Key]), 60) : "nothing")}, not {Plain(w.Value)}"));

    public static string Plain(JsonNode? value) => value is JsonValue text && text.TryGetValue(out string? plain) ? plain : value?.ToJsonString() ?? "nothing";

    private static decimal? Number(string text) => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
