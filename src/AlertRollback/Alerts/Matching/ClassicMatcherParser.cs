using System.Text;

namespace AlertRollback.Alerts.Matching;

/// <summary>Alertmanager's older, tolerant matcher syntax, which is still its fallback and wins a disagreement.</summary>
internal static class ClassicMatcherParser
{
    private const string Space = "\t\n\f\r ";

    public static MatcherParse Parse(string input)
    {
        var start = input.StartsWith('{') ? 1 : 0;
        var end = input.Length > start && input.EndsWith('}') ? input.Length - 1 : input.Length;
        var matchers = new List<Matcher>();
        foreach (var (from, to) in Split(input, start, end))
        {
            if (ParseOne(input[from..to], out var matcher) is { } fault)
                return new MatcherParse([], new MatcherFault(from, fault), null);
            matchers.Add(matcher!);
        }
        return new MatcherParse(matchers, null, null);
    }

    public static bool IsClassicName(string name) =>
        name.Length > 0 && IsNameStart(name[0]) && name.All(IsNamePart);

    /// <summary>The places between commas that stand outside quotes; a trailing comma adds none.</summary>
    private static List<(int From, int To)> Split(string input, int start, int end)
    {
        var parts = new List<(int, int)>();
        var (insideQuotes, escaped, from) = (false, false, start);
        for (var i = start; i < end; i++)
        {
            switch (input[i])
            {
                // A comma leaves the pending escape as it is, and so does Alertmanager.
                case ',' when !insideQuotes:
                    parts.Add((from, i));
                    from = i + 1;
                    break;
                case ',':
                    break;
                case '"':
                    if (!escaped) insideQuotes = !insideQuotes;
                    escaped = false;
                    break;
                case '\\':
                    escaped = !escaped;
                    break;
                default:
                    escaped = false;
                    break;
            }
        }
        // Only the last part is freed of every kind of white space; so it is in Alertmanager.
        while (end > from && char.IsWhiteSpace(input[end - 1])) end--;
        while (from < end && char.IsWhiteSpace(input[from])) from++;
        if (from < end) parts.Add((from, end));
        return parts;
    }

    private static string? ParseOne(string text, out Matcher? matcher)
    {
        matcher = null;
        var rest = text.AsSpan().Trim(Space);
        var nameLength = NameLength(rest);
        if (nameLength == 0) return "expected a label name";
        var name = rest[..nameLength].ToString();
        rest = rest[nameLength..].TrimStart(Space);
        if (ReadOperator(ref rest) is not { } op) return "expected an operator such as '=', '!=', '=~' or '!~'";
        if (Unescape(rest.TrimStart(Space), out var value) is { } fault) return fault;
        return Matcher.TryCreate(name, op, value, out matcher, out var invalid) ? null : invalid;
    }

    private static int NameLength(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || !IsNameStart(text[0])) return 0;
        var length = 1;
        while (length < text.Length && IsNamePart(text[length])) length++;
        return length;
    }

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c is '_' or ':';

    private static bool IsNamePart(char c) => IsNameStart(c) || char.IsAsciiDigit(c);

    private static MatchOperator? ReadOperator(ref ReadOnlySpan<char> text)
    {
        MatchOperator? op = text switch
        {
            ['=', '~', ..] => MatchOperator.Matches,
            ['=', ..] => MatchOperator.Equal,
            ['!', '=', ..] => MatchOperator.NotEqual,
            ['!', '~', ..] => MatchOperator.NotMatches,
            _ => null,
        };
        if (op is not null) text = text[(op == MatchOperator.Equal ? 1 : 2)..];
        return op;
    }

    /// <summary>Known escapes are <c>\n</c>, <c>\"</c> and <c>\\</c>; any other backslash is itself.</summary>
    private static string? Unescape(ReadOnlySpan<char> raw, out string value)
    {
        value = "";
        var quoted = raw.StartsWith('"');
        if (quoted) raw = raw[1..];
        var text = new StringBuilder(raw.Length);
        var closed = !quoted;
        for (var i = 0; i < raw.Length; i++)
        {
            var last = i == raw.Length - 1;
            if (raw[i] == '\\' && !last)
                AppendEscape(text, raw[++i]);
            else if (raw[i] != '"')
                text.Append(raw[i]);
            else if (closed || !last)
                return "the value contains a double quote that is not escaped";
            else
                closed = true;
        }
        if (!closed) return "the value's closing double quote is missing";
        value = text.ToString();
        return null;
    }

    private static void AppendEscape(StringBuilder text, char escaped)
    {
        if (escaped == 'n') text.Append('\n');
        else if (escaped is '"' or '\\') text.Append(escaped);
        else text.Append('\\').Append(escaped);
    }
}
