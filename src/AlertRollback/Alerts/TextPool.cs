using System.Text.Json;

namespace AlertRollback.Alerts;

/// <summary>Gives equal short texts of one message as one string: in a storm almost all names and most values repeat.</summary>
internal sealed class TextPool
{
    private const int LongestShared = 128;
    private const int MostShared = 8192;

    private readonly HashSet<string> shared;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup;

    public TextPool()
    {
        shared = new HashSet<string>(StringComparer.Ordinal);
        lookup = shared.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The reader's string or property name; null when it holds half a surrogate pair, which is no text.</summary>
    public string? Read(ref Utf8JsonReader reader)
    {
        try
        {
            if (reader.ValueSpan.Length > LongestShared) return reader.GetString();
            Span<char> buffer = stackalloc char[LongestShared];
            return Shared(buffer[..reader.CopyString(buffer)]);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private string Shared(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return "";
        if (lookup.TryGetValue(text, out var known)) return known;
        var fresh = text.ToString();
        if (shared.Count < MostShared) shared.Add(fresh);
        return fresh;
    }
}
