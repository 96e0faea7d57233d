namespace AlertRollback.Alerts.Matching.Re2;

/// <summary>A repetition: <c>*</c>, <c>+</c>, <c>?</c> or a count in braces, greedy or not.</summary>
internal readonly record struct Re2Repeat(int Min, int Max, bool Counted)
{
    private const int Most = 1000;

    /// <summary>Reads a repetition; null, without moving, when none stands here. Braces that hold no count are plain text.</summary>
    public static Re2Repeat? Read(PatternText text)
    {
        Re2Repeat? repeat = text.Peek() switch
        {
            '*' => new Re2Repeat(0, -1, false),
            '+' => new Re2Repeat(1, -1, false),
            '?' => new Re2Repeat(0, 1, false),
            _ => null,
        };
        if (repeat is not null) text.Next();
        else repeat = ReadCount(text);
        if (repeat is not null) text.Accept("?");
        return repeat;
    }

    public Re2Node Of(Re2Node inner)
    {
        var repeat = new Re2Node.Repeat(inner, Min, Max, Counted);
        if (Counted && (Min >= 2 || Max >= 2) && !FitsInto(repeat, Most))
            throw new Re2Fault($"repetitions within each other come to more than {Most}");
        return repeat;
    }

    private static Re2Repeat? ReadCount(PatternText text)
    {
        var start = text.Position;
        if (text.Accept("{") && ReadNumber(text) is { } min)
        {
            if (text.Accept("}")) return Checked(min, min);
            if (text.Accept(",}")) return Checked(min, -1);
            if (text.Accept(",") && ReadNumber(text) is { } max && text.Accept("}")) return Checked(min, max);
        }
        text.Position = start;
        return null;
    }

    private static Re2Repeat Checked(int min, int max) =>
        min > Most || max > Most || (max >= 0 && min > max)
            ? throw new Re2Fault($"a repetition's count must rise and not pass {Most}")
            : new Re2Repeat(min, max, true);

    /// <summary>Null for what is no number in RE2's eyes: nothing, or a leading zero.</summary>
    private static int? ReadNumber(PatternText text)
    {
        var (value, digits) = (0, 0);
        if (text.Peek() == '0' && text.Peek(1) is >= '0' and <= '9') return null;
        for (; text.Peek() is >= '0' and <= '9'; digits++)
            value = Math.Min(value * 10 + (text.Next() - '0'), Most + 1);
        return digits > 0 ? value : null;
    }

    private static bool FitsInto(Re2Node node, int budget)
    {
        switch (node)
        {
            case Re2Node.Repeat { Counted: true } repeat:
                var most = repeat.Max < 0 ? repeat.Min : repeat.Max;
                if (repeat.Max == 0) return true;
                if (most > budget) return false;
                return FitsInto(repeat.Inner, most > 0 ? budget / most : budget);
            case Re2Node.Repeat repeat: return FitsInto(repeat.Inner, budget);
            case Re2Node.Sequence sequence: return sequence.Items.All(i => FitsInto(i, budget));
            case Re2Node.Choice choice: return choice.Items.All(i => FitsInto(i, budget));
            default: return true;
        }
    }
}
