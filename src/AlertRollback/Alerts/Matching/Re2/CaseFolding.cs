using System.Text;

namespace AlertRollback.Alerts.Matching.Re2;

/// <summary>Unicode's simple case folding, which RE2 uses: <c>k</c>, <c>K</c> and the Kelvin sign are one letter.</summary>
internal static class CaseFolding
{
    // Above are no letters with case.
    private const int End = 0x20000;

    // .NET's invariant mapping leaves these alone.
    private static readonly Dictionary<int, int> Extra = new() { [0x17F] = 's', [0x212A] = 'k' };

    private static readonly Lazy<(int[] Keys, Dictionary<int, int[]> Orbits)> Table = new(Compute);

    /// <summary>The set with every letter's other cases.</summary>
    public static CodePointSet Folded(CodePointSet set)
    {
        var added = new List<(int, int)>(set.Ranges);
        foreach (var (from, to) in set.Ranges)
            for (var c = from; c <= to && c < End; c++)
                if (Table.Value.Orbits.TryGetValue(Table.Value.Keys[c], out var orbit))
                    added.AddRange(orbit.Select(other => (other, other)));
        return CodePointSet.Of(added);
    }

    private static (int[], Dictionary<int, int[]>) Compute()
    {
        var keys = Enumerable.Range(0, End).Select(Key).ToArray();
        var orbits = Enumerable.Range(0, End).GroupBy(c => keys[c]).Where(g => g.Skip(1).Any()).ToDictionary(g => g.Key, g => g.ToArray());
        return (keys, orbits);
    }

    private static int Key(int c)
    {
        if (Extra.TryGetValue(c, out var key)) return key;
        return Rune.IsValid(c) ? Rune.ToLowerInvariant(Rune.ToUpperInvariant(new Rune(c))).Value : c;
    }
}
