using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Serialization;

namespace AlertRollback.Alerts;

/// <summary>Labels or annotations of an alert: immutable, sorted by name, equal by value. A missing label and an empty one are the same.</summary>
[JsonConverter(typeof(LabelSetJsonConverter))]
public sealed class LabelSet : IReadOnlyDictionary<string, string>, IEquatable<LabelSet>
{
    public static readonly LabelSet Empty = new([]);

    // name, value, name, value, …: one array per set, because a storm holds tens of thousands of sets.
    private readonly string[] pairs;

    internal LabelSet(string[] sortedPairs) => pairs = sortedPairs;

    public int Count => pairs.Length / 2;

    public IEnumerable<string> Keys => this.Select(l => l.Key);

    public IEnumerable<string> Values => this.Select(l => l.Value);

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    /// <summary>The label's value; the empty string when it is missing.</summary>
    public string this[string name] => TryGetValue(name, out var value) ? value : "";

    /// <summary>Builds a set; of a repeated name the last value wins, and empty values are left out.</summary>
    public static LabelSet Of(IEnumerable<KeyValuePair<string, string>> labels)
    {
        if (labels is LabelSet made)
            return made;
        var pending = new LabelSetBuilder();
        foreach (var (name, value) in labels)
            pending.Add(name, value);
        return pending.Build();
    }

    public static LabelSet Of(params (string Name, string Value)[] labels) =>
        Of(labels.Select(l => KeyValuePair.Create(l.Name, l.Value)));

    public bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
    {
        // Sets are small and names mostly interned: a scan beats a search.
        for (var i = 0; i < pairs.Length; i += 2)
        {
            if (!string.Equals(pairs[i], key, StringComparison.Ordinal)) continue;
            value = pairs[i + 1];
            return true;
        }
        value = null;
        return false;
    }

    /// <summary>Alertmanager's fingerprint: 64-bit FNV-1a over the sorted labels, as 16 hexadecimal digits.</summary>
    public string Fingerprint => LabelFingerprint.Of(pairs);

    public bool Equals(LabelSet? other) =>
        other is not null && pairs.AsSpan().SequenceEqual(other.pairs);

    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var text in pairs) hash.Add(text, StringComparer.Ordinal);
        return hash.ToHashCode();
    }

    /// <summary>For people: <c>{alertname="HighErrors", service="rental-api"}</c>, with quotes and control characters escaped.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("{");
        for (var i = 0; i < pairs.Length; i += 2)
            text.Append(i == 0 ? "" : ", ").Append(pairs[i]).Append('=').Append(Quoted.Of(pairs[i + 1]));
        return text.Append('}').ToString();
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        for (var i = 0; i < pairs.Length; i += 2)
            yield return KeyValuePair.Create(pairs[i], pairs[i + 1]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
