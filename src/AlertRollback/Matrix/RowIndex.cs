using AlertRollback.Alerts;
using AlertRollback.Alerts.Matching;

namespace AlertRollback.Matrix;

/// <summary>
/// Finds the first row that matches without looking at all of them. Each row is filed under the one of its equality
/// matchers that fewest rows share; an alert can only match rows filed under its own labels, and rows without any.
/// </summary>
internal sealed class RowIndex
{
    private readonly IReadOnlyList<IReadOnlyList<Matcher>> _rows;
    private readonly Dictionary<string, Dictionary<string, int[]>> _filed;
    private readonly int[] _unfiled;

    public RowIndex(IReadOnlyList<IReadOnlyList<Matcher>> rows)
    {
        _rows = rows;
        var shared = rows.SelectMany(r => r.Where(m => m.IsEquality).Distinct()).CountBy(Key).ToDictionary();
        var keys = rows.Select(r => r.Where(m => m.IsEquality).MinBy(m => shared[Key(m)])).ToList();
        _unfiled = [.. Enumerable.Range(0, rows.Count).Where(i => keys[i] is null)];
        _filed = Enumerable.Range(0, rows.Count)
            .Where(i => keys[i] is not null)
            .GroupBy(i => keys[i]!.Name, StringComparer.Ordinal)
            .ToDictionary(
                byName => byName.Key,
                byName => byName.GroupBy(i => keys[i]!.Value, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal),
                StringComparer.Ordinal);
    }

    /// <summary>Place of the first row all of whose matchers match; -1 when there is none.</summary>
    public int FirstMatch(LabelSet labels)
    {
        var first = FirstMatch(_unfiled, labels, int.MaxValue);
        foreach (var (name, value) in labels)
        {
            if (Filed(name, value) is { } candidates) first = FirstMatch(candidates, labels, first);
        }

        return first == int.MaxValue ? -1 : first;
    }

    /// <summary>Rows that an alert with these labels could match, in no order.</summary>
    public IEnumerable<int> Candidates(IEnumerable<KeyValuePair<string, string>> labels) =>
        _unfiled.Concat(labels.SelectMany(l => Filed(l.Key, l.Value) ?? []));

    private int FirstMatch(int[] candidates, LabelSet labels, int before)
    {
        foreach (var row in candidates)
        {
            if (row >= before) return before;
            if (MatchesAll(_rows[row], labels)) return row;
        }

        return before;
    }

    private int[]? Filed(string name, string value) =>
        _filed.TryGetValue(name, out var values) && values.TryGetValue(value, out var rows) ? rows : null;

    private static bool MatchesAll(IReadOnlyList<Matcher> matchers, LabelSet labels)
    {
        for (var i = 0; i < matchers.Count; i++)
        {
            if (!matchers[i].Matches(labels)) return false;
        }

        return true;
    }

    private static (string Name, string Value) Key(Matcher matcher) => (matcher.Name, matcher.Value);
}
