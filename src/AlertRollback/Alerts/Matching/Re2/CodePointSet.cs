namespace AlertRollback.Alerts.Matching.Re2;

/// <summary>A set of Unicode code points as sorted ranges that neither touch nor overlap.</summary>
internal sealed class CodePointSet
{
    private const int Last = 0x10FFFF;

    public static readonly CodePointSet All = Of((0, Last));

    private CodePointSet(IReadOnlyList<(int From, int To)> ranges) => Ranges = ranges;

    public IReadOnlyList<(int From, int To)> Ranges { get; }

    public static CodePointSet Of(params IEnumerable<(int From, int To)> ranges)
    {
        var merged = new List<(int From, int To)>();
        foreach (var (from, to) in ranges.Order())
        {
            if (merged.Count > 0 && from <= merged[^1].To + 1)
                merged[^1] = (merged[^1].From, Math.Max(merged[^1].To, to));
            else
                merged.Add((from, to));
        }
        return new CodePointSet(merged);
    }

    public CodePointSet Union(CodePointSet other) => Of(Ranges.Concat(other.Ranges));

    public CodePointSet Without(CodePointSet other) => Negated().Union(other).Negated();

    public CodePointSet Negated()
    {
        var gaps = new List<(int, int)>();
        var next = 0;
        foreach (var (from, to) in Ranges)
        {
            if (from > next) gaps.Add((next, from - 1));
            next = to + 1;
        }
        if (next <= Last) gaps.Add((next, Last));
        return new CodePointSet(gaps);
    }
}
