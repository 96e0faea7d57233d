namespace AlertRollback.Alerts.Matching.Re2;

/// <summary>Reads a class in brackets.</summary>
internal static class Re2ClassParser
{
    public static CodePointSet Parse(PatternText text, bool fold)
    {
        text.Next();
        var negated = text.Accept("^");
        var ranges = new List<(int, int)>();
        for (var first = true; first || text.Peek() != ']'; first = false)
            ranges.AddRange(Part(text, fold).Ranges);
        text.Next();
        var set = CodePointSet.Of(ranges);
        return negated ? set.Negated() : set;
    }

    private static CodePointSet Part(PatternText text, bool fold) =>
        Posix(text, fold) ?? Re2Escapes.Class(text, fold) ?? Re2Escapes.Finished(Range(text), fold, negated: false);

    private static CodePointSet? Posix(PatternText text, bool fold)
    {
        if (text.Left <= 2) return null;
        var start = text.Position;
        if (!text.Accept("[:")) return null;
        if (text.Until(":]") is not { } name)
        {
            text.Position = start;
            return null;
        }
        var negated = name.StartsWith('^');
        var set = NamedClasses.OfPosix(negated ? name[1..] : name) ?? throw new Re2Fault($"[:{name}:] is no class");
        return Re2Escapes.Finished(set, fold, negated);
    }

    private static CodePointSet Range(PatternText text)
    {
        var from = Character(text);
        if (text.Peek() != '-' || text.Peek(1) is ']' or -1) return CodePointSet.Of((from, from));
        text.Next();
        var to = Character(text);
        return from <= to ? CodePointSet.Of((from, to)) : throw new Re2Fault("a range in brackets runs backwards");
    }

    private static int Character(PatternText text)
    {
        if (text.AtEnd) throw new Re2Fault("a bracket is not closed");
        return text.Peek() == '\\' ? Re2Escapes.CodePoint(text) : text.Next();
    }
}
