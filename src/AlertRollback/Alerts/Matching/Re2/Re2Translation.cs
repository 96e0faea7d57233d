using System.Globalization;
using System.Text;

namespace AlertRollback.Alerts.Matching.Re2;

/// <summary>Writes a parsed expression in .NET's syntax, over the <see cref="Alphabet"/> and for <c>NonBacktracking</c>.</summary>
internal sealed class Re2Translation(Alphabet alphabet)
{
    public static string ToDotNet(Re2Node node, Alphabet alphabet)
    {
        var pattern = new StringBuilder();
        new Re2Translation(alphabet).Write(pattern, node);
        return pattern.ToString();
    }

    private void Write(StringBuilder pattern, Re2Node node)
    {
        switch (node)
        {
            case Re2Node.Class c:
                WriteClass(pattern, c.Set);
                break;
            case Re2Node.Assertion a:
                pattern.Append(Of(a.Kind));
                break;
            case Re2Node.Repeat r:
                WriteAll(pattern, [r.Inner], "");
                pattern.Append(Quantifier(r));
                break;
            case Re2Node.Sequence s:
                foreach (var item in s.Items) Write(pattern, item);
                break;
            case Re2Node.Choice c:
                WriteAll(pattern, c.Items, "|");
                break;
        }
    }

    private void WriteAll(StringBuilder pattern, IReadOnlyList<Re2Node> items, string between)
    {
        pattern.Append("(?:");
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) pattern.Append(between);
            Write(pattern, items[i]);
        }
        pattern.Append(')');
    }

    private static string Of(Re2Assertion kind) => kind switch
    {
        Re2Assertion.TextStart => @"\A",
        Re2Assertion.TextEnd => @"\z",
        Re2Assertion.LineStart => "(?m:^)",
        Re2Assertion.LineEnd => "(?m:$)",
        Re2Assertion.WordBoundary => @"\b",
        _ => @"\B",
    };

    private static string Quantifier(Re2Node.Repeat r) => (r.Min, r.Max) switch
    {
        (0, -1) => "*",
        (1, -1) => "+",
        (0, 1) => "?",
        (_, -1) => string.Create(CultureInfo.InvariantCulture, $"{{{r.Min},}}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{{{r.Min},{r.Max}}}"),
    };

    private void WriteClass(StringBuilder pattern, CodePointSet set)
    {
        var alternatives = new List<string>();
        var encoded = set.Without(alphabet.Plain);
        if (set.Without(encoded).Ranges is { Count: > 0 } plain) alternatives.Add(Brackets(plain, c => (char)c));
        alternatives.AddRange(Encoded(encoded));
        // U+FFFF is never in an encoded text: it stands for the class that nothing matches.
        pattern.Append(alternatives.Count switch { 0 => @"\uFFFF", 1 => alternatives[0], _ => $"(?:{string.Join('|', alternatives)})" });
    }

    /// <summary>One alternative for all high characters that are followed by the same low ones.</summary>
    private static IEnumerable<string> Encoded(CodePointSet set)
    {
        var highsByLows = new Dictionary<string, List<(int, int)>>(StringComparer.Ordinal);
        for (var high = 0; high <= 0x10FFFF >> Alphabet.LowBits; high++)
        {
            var first = high << Alphabet.LowBits;
            var lows = Ranges(set.Ranges, first, first | Alphabet.LowMask);
            if (lows.Count == 0) continue;
            var key = Brackets(lows, Alphabet.Low);
            if (!highsByLows.TryGetValue(key, out var highs)) highsByLows[key] = highs = [];
            highs.Add((first, first));
        }
        return highsByLows.Select(p => Brackets(CodePointSet.Of(p.Value.Select(h => (h.Item1 >> Alphabet.LowBits, h.Item2 >> Alphabet.LowBits))).Ranges,
            h => Alphabet.High(h << Alphabet.LowBits)) + p.Key);
    }

    private static List<(int From, int To)> Ranges(IEnumerable<(int From, int To)> ranges, int first, int last) =>
        [.. ranges.Where(r => r.From <= last && r.To >= first).Select(r => (Math.Max(r.From, first), Math.Min(r.To, last)))];

    private static string Brackets(IReadOnlyList<(int From, int To)> ranges, Func<int, char> character)
    {
        var brackets = new StringBuilder("[");
        foreach (var (from, to) in ranges)
        {
            AppendEscaped(brackets, character(from));
            if (to == from) continue;
            brackets.Append('-');
            AppendEscaped(brackets, character(to));
        }
        return brackets.Append(']').ToString();
    }

    private static void AppendEscaped(StringBuilder text, char c) =>
        text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
}
