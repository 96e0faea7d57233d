namespace AlertRollback.Alerts.Matching.Re2;

/// <summary>
/// Parses the dialect of Go's regexp package (RE2 with Perl's flags), which is Alertmanager's.
/// https://github.com/google/re2/wiki/Syntax
/// </summary>
internal sealed class Re2Parser
{
    private const int MaxDepth = 1000;

    private static readonly CodePointSet NoLineFeed = CodePointSet.Of(('\n', '\n')).Negated();

    private readonly PatternText text;
    private Re2Flags flags;
    private int depth;

    private bool hasLineAnchor;

    private Re2Parser(string pattern) => text = new PatternText(pattern);

    /// <summary>Throws <see cref="Re2Fault"/>.</summary>
    public static Re2Node Parse(string pattern, out bool hasLineAnchor)
    {
        var parser = new Re2Parser(pattern);
        var node = parser.Choice();
        hasLineAnchor = parser.hasLineAnchor;
        return parser.text.AtEnd ? node : throw new Re2Fault("a closing parenthesis has no opening one");
    }

    private Re2Node Choice()
    {
        var items = new List<Re2Node> { Sequence() };
        while (text.Accept("|")) items.Add(Sequence());
        return items.Count == 1 ? items[0] : new Re2Node.Choice(items);
    }

    private Re2Node.Sequence Sequence()
    {
        var items = new List<Re2Node>();
        var afterRepeat = false;
        while (text.Peek() is not (-1 or '|' or ')'))
        {
            if (Re2Repeat.Read(text) is { } repeat)
            {
                if (items.Count == 0) throw new Re2Fault("a repetition has nothing to repeat");
                if (afterRepeat) throw new Re2Fault("a repetition follows a repetition");
                items[^1] = repeat.Of(items[^1]);
                afterRepeat = true;
                continue;
            }
            Item(items);
            afterRepeat = false;
        }
        return new Re2Node.Sequence(items);
    }

    private void Item(List<Re2Node> items)
    {
        switch (text.Peek())
        {
            case '(' when Re2Flags.TryRead(text, flags, out var changed):
                flags = changed;
                break;
            case '(':
                items.Add(Group());
                break;
            case '[':
                items.Add(new Re2Node.Class(Re2ClassParser.Parse(text, flags.Fold)));
                break;
            case '.':
                text.Next();
                items.Add(new Re2Node.Class(flags.DotMatchesLineFeed ? CodePointSet.All : NoLineFeed));
                break;
            case '\\' when text.Accept(@"\Q"):
                foreach (var rune in (text.Until(@"\E") ?? text.Rest()).EnumerateRunes()) items.Add(Literal(rune.Value));
                break;
            default:
                items.Add(Assertion() is { } kind ? new Re2Node.Assertion(kind)
                    : Re2Escapes.Class(text, flags.Fold) is { } set ? new Re2Node.Class(set)
                    : Literal(text.Peek() == '\\' ? Re2Escapes.CodePoint(text) : text.Next()));
                break;
        }
    }

    private Re2Node Group()
    {
        if (++depth > MaxDepth) throw new Re2Fault("the expression nests too deeply");
        var outer = flags;
        flags = Re2Flags.ReadGroupStart(text, flags);
        var inner = Choice();
        if (!text.Accept(")")) throw new Re2Fault("a parenthesis is not closed");
        flags = outer;
        depth--;
        return inner;
    }

    private Re2Assertion? Assertion()
    {
        hasLineAnchor |= flags.Multiline && text.Peek() is ('^' or '$');
        if (text.Accept("^")) return flags.Multiline ? Re2Assertion.LineStart : Re2Assertion.TextStart;
        if (text.Accept("$")) return flags.Multiline ? Re2Assertion.LineEnd : Re2Assertion.TextEnd;
        if (text.Accept(@"\A")) return Re2Assertion.TextStart;
        if (text.Accept(@"\z")) return Re2Assertion.TextEnd;
        if (text.Accept(@"\b")) return Re2Assertion.WordBoundary;
        if (text.Accept(@"\B")) return Re2Assertion.NoWordBoundary;
        return null;
    }

    private Re2Node.Class Literal(int codePoint) =>
        new(Re2Escapes.Finished(CodePointSet.Of((codePoint, codePoint)), flags.Fold, negated: false));
}
