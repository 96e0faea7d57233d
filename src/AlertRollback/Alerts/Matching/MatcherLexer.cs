namespace AlertRollback.Alerts.Matching;

internal enum MatcherTokenKind { End, OpenBrace, CloseBrace, Comma, Operator, Quoted, Unquoted, Invalid }

/// <summary>A piece of a matcher list; for <see cref="MatcherTokenKind.Invalid"/> the text says what is wrong.</summary>
internal readonly record struct MatcherToken(MatcherTokenKind Kind, string Text, int Column);

/// <summary>Cuts a matcher list into tokens; after the end it only gives ends.</summary>
internal sealed class MatcherLexer(string input)
{
    private int position;

    public MatcherToken Next()
    {
        while (position < input.Length && char.IsWhiteSpace(input[position])) position++;
        if (position == input.Length) return new MatcherToken(MatcherTokenKind.End, "", position);
        return input[position] switch
        {
            '{' => Take(MatcherTokenKind.OpenBrace, 1),
            '}' => Take(MatcherTokenKind.CloseBrace, 1),
            ',' => Take(MatcherTokenKind.Comma, 1),
            '=' => Take(MatcherTokenKind.Operator, At(1) == '~' ? 2 : 1),
            '!' when At(1) is '=' or '~' => Take(MatcherTokenKind.Operator, 2),
            '!' => new MatcherToken(MatcherTokenKind.Invalid, "expected '=' or '~' after '!'", position),
            '"' => TakeQuoted(),
            var c when IsReserved(c) => new MatcherToken(MatcherTokenKind.Invalid, $"{c} must stand in double quotes", position),
            _ => TakeUnquoted(),
        };
    }

    public static bool IsReserved(char c) => char.IsWhiteSpace(c) || "{}!=~,\\\"'`".Contains(c);

    private char At(int offset) => position + offset < input.Length ? input[position + offset] : '\0';

    private MatcherToken TakeQuoted()
    {
        for (var end = position + 1; end < input.Length; end++)
        {
            if (input[end] == '\\') end++;
            else if (input[end] == '"') return Take(MatcherTokenKind.Quoted, end + 1 - position);
        }
        return new MatcherToken(MatcherTokenKind.Invalid, "the closing double quote is missing", position);
    }

    private MatcherToken TakeUnquoted()
    {
        var end = position;
        while (end < input.Length && !IsReserved(input[end])) end++;
        return Take(MatcherTokenKind.Unquoted, end - position);
    }

    private MatcherToken Take(MatcherTokenKind kind, int length)
    {
        var token = new MatcherToken(kind, input.Substring(position, length), position);
        position += length;
        return token;
    }
}
