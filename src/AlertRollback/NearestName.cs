namespace AlertRollback;

/// <summary>The remedy for a name that does not exist: the nearest one that does, else all of them.</summary>
public static class NearestName
{
    private const int MostShown = 12;

    // A letter that is another one, or two that have changed places.
    private const int OneSlip = 2;

    /// <param name="what">What the names are, in the plural: <c>playbooks</c>.</param>
    public static string Remedy(string name, IEnumerable<string> known, string what)
    {
        var names = known.Order(StringComparer.Ordinal).ToList();
        if (names.Count == 0) return $"there are no {what} here";
        return DidYouMean(name, names) ?? $"{what} here: {Some(names)}";
    }

    /// <summary>
    /// The same for what only its age tells apart, as ids do: those of one service differ by little more than a slip, and the newest
    /// ones are named, not the first by name.
    /// </summary>
    public static string RemedyOfNewest(string name, IEnumerable<string> newestFirst, string what)
    {
        var names = newestFirst.ToList();
        if (names.Count == 0) return $"there are no {what} here";
        return names.FindAll(n => n.StartsWith(name, StringComparison.OrdinalIgnoreCase)) is [var begun] ? Meant(begun)
            : names.MinBy(n => Distance(name, n)) is { } nearest && Distance(name, nearest) <= Math.Min(OneSlip, name.Length / 3) ? Meant(nearest)
            : $"the newest {what} here: {Some(names)}";
    }

    /// <summary>Null when none is near enough to be meant.</summary>
    public static string? DidYouMean(string name, IEnumerable<string> known) =>
        known.Order(StringComparer.Ordinal).MinBy(n => Distance(name, n)) is { } nearest && Distance(name, nearest) <= Math.Max(1, Math.Min(name.Length, nearest.Length) / 3)
            ? Meant(nearest)
            : null;

    private static string Meant(string name) => $"did you mean {Shown.Quoted(name)}?";

    private static string Some(List<string> names) => $"{string.Join(", ", names.Take(MostShown).Select(Shown.Clean))}{(names.Count > MostShown ? ", …" : "")}";

    // Levenshtein, with a swap of neighbours as one edit; letters of either case are alike. Names are short.
    private static int Distance(string a, string b)
    {
        (a, b) = (Fold(a), Fold(b));
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) table[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) table[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var change = a[i - 1] == b[j - 1] ? 0 : 1;
                table[i, j] = Math.Min(Math.Min(table[i - 1, j] + 1, table[i, j - 1] + 1), table[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }

        return table[a.Length, b.Length];

        static string Fold(string name) => (name.Length > Shown.Longest ? name[..Shown.Longest] : name).ToUpperInvariant().Replace('-', '_');
    }
}
