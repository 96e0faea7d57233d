using AlertRollback.Alerts;
using AlertRollback.Alerts.Matching;

namespace AlertRollback.Matrix;

/// <summary>
/// What keeps an alert from every row of a team, told without looking at all of them: an alert that leads to nothing is decided
/// as often as any other. Pure.
/// </summary>
internal sealed class WhyNoRow
{
    private const int MostShown = 3;

    // The labels that rows ask for, the one most rows ask for first.
    private readonly string[] _needed;

    // The same for each row, once for all rows that ask for the same ones.
    private readonly string[][] _neededTogether;
    private readonly IReadOnlyList<Asked> _asked;

    public WhyNoRow(IReadOnlyList<IReadOnlyList<Matcher>> rows)
    {
        var needed = rows.Select(r => r.Where(m => !m.Matches("")).Select(m => m.Name).Distinct().Order(StringComparer.Ordinal).ToArray()).ToList();
        _needed = [.. needed.SelectMany(n => n).CountBy(n => n).OrderByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Select(n => n.Key)];
        _neededTogether = [.. needed.DistinctBy(n => string.Join('\0', n))];
        _asked = [.. rows.SelectMany(r => r.GroupBy(m => m.Name, StringComparer.Ordinal)).GroupBy(m => m.Key, StringComparer.Ordinal).Select(byName => new Asked(byName.Key, byName))];
    }

    /// <summary>In words, to follow "no row matches"; empty where nothing alone keeps it from all of them.</summary>
    public string Of(LabelSet labels)
    {
        // A label that one row alone asks for is not what is wrong where other rows fail by the value of one that is there.
        if (Array.TrueForAll(_neededTogether, row => Array.Exists(row, IsMissing)))
            return _needed.Length == 0 ? "" : $"; the alert has no label {string.Join(", ", _needed.Where(IsMissing).Take(MostShown).Select(Shown.Quoted))}";
        var unfit = _asked.Where(a => !IsMissing(a.Name) && !a.Fits(labels[a.Name])).Take(MostShown).ToList();
        return unfit.Count == 0 ? "" : $"; {string.Join(", ", unfit.Select(a => $"{a.Name} {Shown.Quoted(labels[a.Name])}"))} fits none";

        bool IsMissing(string name) => labels[name].Length == 0;
    }

    /// <summary>What rows ask of one label: most of them for one value.</summary>
    private sealed class Asked
    {
        private readonly HashSet<string> _values;
        private readonly IReadOnlyList<IReadOnlyList<Matcher>> _others;

        /// <param name="rows">The matchers of each row that are for it.</param>
        public Asked(string name, IEnumerable<IEnumerable<Matcher>> rows)
        {
            Name = name;
            var byForm = rows.Select(r => r.ToList()).ToLookup(r => r is [{ IsEquality: true }]);
            _values = byForm[true].Select(r => r[0].Value).ToHashSet(StringComparer.Ordinal);
            _others = [.. byForm[false].DistinctBy(r => string.Join(',', r))];
        }

        public string Name { get; }

        /// <summary>Whether a row could match as far as this label goes.</summary>
        public bool Fits(string value) => _values.Contains(value) || _others.Any(r => r.All(m => m.Matches(value)));
    }
}
