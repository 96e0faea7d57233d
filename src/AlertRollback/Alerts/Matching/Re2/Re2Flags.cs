namespace AlertRollback.Alerts.Matching.Re2;

/// <summary>The flags i, m and s. U is read and dropped: greediness cannot change whether a text matches.</summary>
internal readonly record struct Re2Flags(bool Fold, bool Multiline, bool DotMatchesLineFeed)
{
    /// <summary>Reads <c>(?ims)</c>, which holds to the end of the group around it; false, without moving, for a group.</summary>
    public static bool TryRead(PatternText text, Re2Flags before, out Re2Flags changed)
    {
        changed = before;
        var start = text.Position;
        if (text.Accept("(?") && !StartsName(text) && Read(text, before, out changed) == ')') return true;
        text.Position = start;
        return false;
    }

    /// <summary>Reads a group's opening up to its content and gives the flags that hold inside.</summary>
    public static Re2Flags ReadGroupStart(PatternText text, Re2Flags before)
    {
        text.Accept("(");
        if (!text.Accept("?")) return before;
        if (!StartsName(text)) return Read(text, before, out var changed) == ':' ? changed : throw Unsupported();
        var name = text.Accept("P<") || text.Accept("<") ? text.Until(">") : null;
        if (string.IsNullOrEmpty(name) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            throw new Re2Fault("a group's name must be letters, digits and _");
        return before;
    }

    // (?<=…) and (?<!…) fall through to an invalid name, and so they do in Go.
    private static bool StartsName(PatternText text) => text.Peek() == '<' || (text.Peek() == 'P' && text.Peek(1) == '<');

    /// <summary>Reads flags and the character that ends them.</summary>
    private static int Read(PatternText text, Re2Flags before, out Re2Flags flags)
    {
        flags = before;
        var (on, sawFlag) = (true, false);
        while (!text.AtEnd)
        {
            var c = text.Next();
            switch (c)
            {
                case 'i': flags = flags with { Fold = on }; break;
                case 'm': flags = flags with { Multiline = on }; break;
                case 's': flags = flags with { DotMatchesLineFeed = on }; break;
                case 'U': break;
                case '-' when on:
                    (on, sawFlag) = (false, false);
                    continue;
                case ':' or ')' when on || sawFlag:
                    return c;
                default:
                    throw Unsupported();
            }
            sawFlag = true;
        }
        throw Unsupported();
    }

    private static Re2Fault Unsupported() =>
        new("(? begins no group that Alertmanager knows: it has neither lookaround nor conditions");
}
