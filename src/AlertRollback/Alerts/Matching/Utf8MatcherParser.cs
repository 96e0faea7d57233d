namespace AlertRollback.Alerts.Matching;

/// <summary>Alertmanager's current matcher syntax: names and values may be any text, quoted when it has reserved characters.</summary>
internal sealed class Utf8MatcherParser
{
    private readonly List<Matcher> matchers = [];
    private readonly MatcherLexer lexer;
    private MatcherToken token;

    private Utf8MatcherParser(string input)
    {
        lexer = new MatcherLexer(input);
        token = lexer.Next();
    }

    public static MatcherParse Parse(string input)
    {
        var parser = new Utf8MatcherParser(input);
        return parser.ParseAll() is { } fault
            ? new MatcherParse([], fault, null)
            : new MatcherParse(parser.matchers, null, null);
    }

    private MatcherFault? ParseAll()
    {
        var braced = Accept(MatcherTokenKind.OpenBrace);
        if (!braced && token.Kind == MatcherTokenKind.End) return null;
        while (token.Kind is not (MatcherTokenKind.CloseBrace or MatcherTokenKind.End))
        {
            if (ParseMatcher() is { } fault) return fault;
            if (Accept(MatcherTokenKind.Comma)) continue;
            if (token.Kind is not (MatcherTokenKind.CloseBrace or MatcherTokenKind.End))
                return Unexpected("a comma or close brace");
        }
        if (braced && token.Kind != MatcherTokenKind.CloseBrace) return Unexpected("a close brace");
        if (!braced && token.Kind == MatcherTokenKind.CloseBrace) return Unexpected("an open brace before it");
        Accept(MatcherTokenKind.CloseBrace);
        return token.Kind == MatcherTokenKind.End ? null : Unexpected("the end");
    }

    private MatcherFault? ParseMatcher()
    {
        if (!ReadText(out var name, out var fault, "a label name")) return fault;
        if (token.Kind != MatcherTokenKind.Operator) return Unexpected("an operator such as '=', '!=', '=~' or '!~'");
        var op = token.Text switch
        {
            "=" => MatchOperator.Equal,
            "!=" => MatchOperator.NotEqual,
            "=~" => MatchOperator.Matches,
            _ => MatchOperator.NotMatches,
        };
        token = lexer.Next();
        var valueColumn = token.Column;
        if (!ReadText(out var value, out fault, "a label value")) return fault;
        if (!Matcher.TryCreate(name, op, value, out var matcher, out var invalid)) return new MatcherFault(valueColumn, invalid);
        matchers.Add(matcher);
        return null;
    }

    private bool ReadText(out string text, out MatcherFault? fault, string expected)
    {
        text = token.Text;
        fault = null;
        if (token.Kind == MatcherTokenKind.Quoted && !GoString.TryUnquote(token.Text, out text))
            fault = new MatcherFault(token.Column, "this text in quotes has an unknown escape or a line break");
        else if (token.Kind is not (MatcherTokenKind.Quoted or MatcherTokenKind.Unquoted))
            fault = Unexpected(expected);
        if (fault is not null) return false;
        token = lexer.Next();
        return true;
    }

    private bool Accept(MatcherTokenKind kind)
    {
        if (token.Kind != kind) return false;
        token = lexer.Next();
        return true;
    }

    private MatcherFault Unexpected(string expected) => token.Kind switch
    {
        MatcherTokenKind.Invalid => new MatcherFault(token.Column, token.Text),
        MatcherTokenKind.End => new MatcherFault(token.Column, $"expected {expected}, found the end"),
        _ => new MatcherFault(token.Column, $"expected {expected}, found {token.Text}"),
    };
}
