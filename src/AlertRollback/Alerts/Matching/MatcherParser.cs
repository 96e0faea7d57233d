namespace AlertRollback.Alerts.Matching;

/// <summary>
/// Reads matchers as Alertmanager's default mode does: the UTF-8 syntax first, the classic one as fallback; where both
/// accept a text but read it differently, the classic reading counts (S21).
/// </summary>
public static class MatcherParser
{
    /// <summary>Reads <c>a="b"</c>, <c>a="b", c=~"d"</c> or <c>{a="b"}</c>; an empty list is valid.</summary>
    public static MatcherParse Parse(string input)
    {
        var utf8 = Utf8MatcherParser.Parse(input);
        var classic = ClassicMatcherParser.Parse(input);
        if (classic.Fault is not null)
            return utf8;
        if (utf8.Fault is { } fault)
            return classic with { Advice = $"only Alertmanager's classic syntax reads this ({fault}); write {Written(classic)}" };
        if (!utf8.Matchers.SequenceEqual(classic.Matchers))
            return classic with { Advice = $"Alertmanager's two syntaxes read this differently; write {Written(classic)}" };
        return utf8;
    }

    /// <summary>Reads exactly one matcher, without braces.</summary>
    public static MatcherParse ParseOne(string input)
    {
        if (input.StartsWith('{')) return Refused(0, "expected one matcher without braces");
        if (input.EndsWith('}')) return Refused(input.Length - 1, "expected one matcher without braces");
        var parse = Parse(input);
        return parse.Fault is null && parse.Matchers.Count != 1
            ? Refused(0, $"expected one matcher, found {parse.Matchers.Count}")
            : parse;
    }

    private static MatcherParse Refused(int column, string text) => new([], new MatcherFault(column, text), null);

    private static string Written(MatcherParse parse) => string.Join(", ", parse.Matchers);
}
