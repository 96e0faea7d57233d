using System.Collections.Concurrent;
using System.Globalization;

namespace AlertRollback.Alerts.Matching.Re2;

/// <summary>RE2's classes that have a name: Perl's and POSIX's are ASCII only, Unicode's are general categories.</summary>
internal static class NamedClasses
{
    private static readonly (int, int)[] Digit = [('0', '9')], Lower = [('a', 'z')], Upper = [('A', 'Z')];

    private static readonly Dictionary<string, CodePointSet> Posix = new(StringComparer.Ordinal)
    {
        ["alnum"] = CodePointSet.Of([.. Digit, .. Lower, .. Upper]),
        ["alpha"] = CodePointSet.Of([.. Lower, .. Upper]),
        ["ascii"] = CodePointSet.Of((0, 0x7F)),
        ["blank"] = CodePointSet.Of(('\t', '\t'), (' ', ' ')),
        ["cntrl"] = CodePointSet.Of((0, 0x1F), (0x7F, 0x7F)),
        ["digit"] = CodePointSet.Of(Digit),
        ["graph"] = CodePointSet.Of(('!', '~')),
        ["lower"] = CodePointSet.Of(Lower),
        ["print"] = CodePointSet.Of((' ', '~')),
        ["punct"] = CodePointSet.Of(('!', '/'), (':', '@'), ('[', '`'), ('{', '~')),
        ["space"] = CodePointSet.Of(('\t', '\r'), (' ', ' ')),
        ["upper"] = CodePointSet.Of(Upper),
        ["word"] = CodePointSet.Of([.. Digit, .. Lower, .. Upper, ('_', '_')]),
        ["xdigit"] = CodePointSet.Of([.. Digit, ('a', 'f'), ('A', 'F')]),
    };

    // Unlike [:space:], \s leaves the vertical tab out.
    private static readonly CodePointSet PerlSpace = CodePointSet.Of(('\t', '\n'), ('\f', '\r'), (' ', ' '));

    private static readonly Dictionary<string, UnicodeCategory[]> Categories = new(StringComparer.Ordinal)
    {
        ["L"] = [UnicodeCategory.UppercaseLetter, UnicodeCategory.LowercaseLetter, UnicodeCategory.TitlecaseLetter, UnicodeCategory.ModifierLetter, UnicodeCategory.OtherLetter],
        ["Lu"] = [UnicodeCategory.UppercaseLetter],
        ["Ll"] = [UnicodeCategory.LowercaseLetter],
        ["Lt"] = [UnicodeCategory.TitlecaseLetter],
        ["Lm"] = [UnicodeCategory.ModifierLetter],
        ["Lo"] = [UnicodeCategory.OtherLetter],
        ["M"] = [UnicodeCategory.NonSpacingMark, UnicodeCategory.SpacingCombiningMark, UnicodeCategory.EnclosingMark],
        ["Mn"] = [UnicodeCategory.NonSpacingMark],
        ["Mc"] = [UnicodeCategory.SpacingCombiningMark],
        ["Me"] = [UnicodeCategory.EnclosingMark],
        ["N"] = [UnicodeCategory.DecimalDigitNumber, UnicodeCategory.LetterNumber, UnicodeCategory.OtherNumber],
        ["Nd"] = [UnicodeCategory.DecimalDigitNumber],
        ["Nl"] = [UnicodeCategory.LetterNumber],
        ["No"] = [UnicodeCategory.OtherNumber],
        ["P"] = [UnicodeCategory.ConnectorPunctuation, UnicodeCategory.DashPunctuation, UnicodeCategory.OpenPunctuation, UnicodeCategory.ClosePunctuation, UnicodeCategory.InitialQuotePunctuation, UnicodeCategory.FinalQuotePunctuation, UnicodeCategory.OtherPunctuation],
        ["Pc"] = [UnicodeCategory.ConnectorPunctuation],
        ["Pd"] = [UnicodeCategory.DashPunctuation],
        ["Ps"] = [UnicodeCategory.OpenPunctuation],
        ["Pe"] = [UnicodeCategory.ClosePunctuation],
        ["Pi"] = [UnicodeCategory.InitialQuotePunctuation],
        ["Pf"] = [UnicodeCategory.FinalQuotePunctuation],
        ["Po"] = [UnicodeCategory.OtherPunctuation],
        ["S"] = [UnicodeCategory.MathSymbol, UnicodeCategory.CurrencySymbol, UnicodeCategory.ModifierSymbol, UnicodeCategory.OtherSymbol],
        ["Sm"] = [UnicodeCategory.MathSymbol],
        ["Sc"] = [UnicodeCategory.CurrencySymbol],
        ["Sk"] = [UnicodeCategory.ModifierSymbol],
        ["So"] = [UnicodeCategory.OtherSymbol],
        ["Z"] = [UnicodeCategory.SpaceSeparator, UnicodeCategory.LineSeparator, UnicodeCategory.ParagraphSeparator],
        ["Zs"] = [UnicodeCategory.SpaceSeparator],
        ["Zl"] = [UnicodeCategory.LineSeparator],
        ["Zp"] = [UnicodeCategory.ParagraphSeparator],
        ["Cc"] = [UnicodeCategory.Control],
        ["Cf"] = [UnicodeCategory.Format],
        ["Co"] = [UnicodeCategory.PrivateUse],
        ["Cs"] = [UnicodeCategory.Surrogate],
    };

    private static readonly ConcurrentDictionary<string, CodePointSet> Computed = new(StringComparer.Ordinal);

    /// <summary>The class of <c>\d</c>, <c>\s</c> or <c>\w</c> by its small letter; null for another letter.</summary>
    public static CodePointSet? OfPerl(char letter) => letter switch
    {
        'd' => Posix["digit"],
        's' => PerlSpace,
        'w' => Posix["word"],
        _ => null,
    };

    public static CodePointSet? OfPosix(string name) => Posix.GetValueOrDefault(name);

    /// <summary>A Unicode general category by its short name, or Any.</summary>
    public static CodePointSet OfUnicode(string name)
    {
        if (name == "Any") return CodePointSet.All;
        if (Categories.TryGetValue(name, out var categories)) return Computed.GetOrAdd(name, _ => Compute(categories));
        if (name == "C") throw new Re2Fault(@"\p{C} differs between versions of Go; name Cc, Cf, Co or Cs");
        throw new Re2Fault($@"\p{{{name}}} is unknown, or a script, which is not supported here; write its ranges, e.g. [\x{{370}}-\x{{3FF}}]");
    }

    private static CodePointSet Compute(UnicodeCategory[] categories)
    {
        var ranges = new List<(int, int)>();
        for (var c = 0; c <= 0x10FFFF; c++)
        {
            if (!categories.Contains(CharUnicodeInfo.GetUnicodeCategory(c))) continue;
            var from = c;
            while (c < 0x10FFFF && categories.Contains(CharUnicodeInfo.GetUnicodeCategory(c + 1))) c++;
            ranges.Add((from, c));
        }
        return CodePointSet.Of(ranges);
    }
}
