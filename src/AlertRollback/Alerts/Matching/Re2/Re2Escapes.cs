namespace AlertRollback.Alerts.Matching.Re2;

/// <summary>What may follow a backslash, in a class and outside.</summary>
internal static class Re2Escapes
{
    /// <summary>Reads <c>\d</c>, <c>\pL</c> and the like; null, without moving, when something else stands there.</summary>
    public static CodePointSet? Class(PatternText text, bool fold)
    {
        if (text.Peek() != '\\' || text.Peek(1) is not (>= 'A' and <= 'z' and var letter)) return null;
        if (letter is 'p' or 'P') return Unicode(text, fold);
        if (NamedClasses.OfPerl(char.ToLowerInvariant((char)letter)) is not { } set) return null;
        text.Position += 2;
        return Finished(set, fold, negated: char.IsAsciiLetterUpper((char)letter));
    }

    /// <summary>The class with other cases added and then turned round: in this order, as RE2 does.</summary>
    public static CodePointSet Finished(CodePointSet set, bool fold, bool negated)
    {
        var folded = fold ? CaseFolding.Folded(set) : set;
        return negated ? folded.Negated() : folded;
    }

    /// <summary>Reads an escape that stands for one code point.</summary>
    public static int CodePoint(PatternText text)
    {
        text.Next();
        if (text.AtEnd) throw new Re2Fault("a backslash at the end");
        var c = text.Next();
        return c switch
        {
            'a' => 7,
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => 0x0B,
            'x' => Hexadecimal(text),
            '0' => Octal(text, 0),
            >= '1' and <= '7' when text.Peek() is >= '0' and <= '7' => Octal(text, c - '0'),
            >= '1' and <= '9' => throw new Re2Fault($"\\{(char)c} is a backreference, which Alertmanager does not know"),
            < 0x80 when !char.IsAsciiLetterOrDigit((char)c) => c,
            _ => throw new Re2Fault($"\\{char.ConvertFromUtf32(c)} is no escape that Alertmanager knows"),
        };
    }

    private static CodePointSet Unicode(PatternText text, bool fold)
    {
        text.Next();
        var negated = text.Next() == 'P';
        if (text.AtEnd) throw new Re2Fault(@"\p needs a class, e.g. \pL or \p{Lu}");
        string name;
        if (text.Accept("{"))
            name = text.Until("}") ?? throw new Re2Fault(@"\p{ is not closed");
        else
            name = char.ConvertFromUtf32(text.Next());
        if (name.StartsWith('^')) (negated, name) = (!negated, name[1..]);
        return Finished(NamedClasses.OfUnicode(name), fold, negated);
    }

    private static int Octal(PatternText text, int value)
    {
        for (var i = 1; i < 3 && text.Peek() is >= '0' and <= '7'; i++) value = value * 8 + (text.Next() - '0');
        return value;
    }

    private static int Hexadecimal(PatternText text)
    {
        var braced = text.Accept("{");
        var (value, digits) = (0, 0);
        while (char.IsAsciiHexDigit((char)Math.Clamp(text.Peek(), 0, 0x7F)) && text.Peek() < 0x80 && (braced || digits < 2))
        {
            value = value * 16 + Convert.ToInt32(((char)text.Next()).ToString(), 16);
            digits++;
            if (value > 0x10FFFF) break;
        }
        var complete = braced ? value <= 0x10FFFF && digits > 0 && text.Accept("}") : digits == 2;
        return complete ? value : throw new Re2Fault(@"\x needs two hexadecimal digits, or a code point up to 10FFFF in braces");
    }
}
