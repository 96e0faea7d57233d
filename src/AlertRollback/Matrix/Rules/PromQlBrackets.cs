namespace AlertRollback.Matrix.Rules;

/// <summary>Whether the brackets and quotes of a query are in order: where they are not, Prometheus refuses it for certain. More only it can tell.</summary>
internal static class PromQlBrackets
{
    private const string Opening = "([{";
    private const string Closing = ")]}";

    /// <returns>What is wrong, in words; null when nothing is.</returns>
    public static string? Fault(string query)
    {
        var open = new Stack<char>();
        for (var at = 0; at < query.Length; at++)
        {
            var sign = query[at];
            if (sign is '"' or '\'' or '`')
            {
                at = EndOfText(query, at);
                if (at < 0) return $"a {sign} is not closed";
            }
            else if (sign == '#')
            {
                at = query.IndexOf('\n', at);
                if (at < 0) break;
            }
            else if (Opening.Contains(sign, StringComparison.Ordinal))
            {
                open.Push(sign);
            }
            else if (Closing.IndexOf(sign, StringComparison.Ordinal) is var kind and >= 0 && !(open.TryPop(out var opened) && opened == Opening[kind]))
            {
                return $"a {sign} closes nothing";
            }
        }

        return open.TryPeek(out var left) ? $"a {left} is not closed" : null;
    }

    // Between back-quotes a backslash is one like any other sign.
    private static int EndOfText(string query, int begin)
    {
        for (var at = begin + 1; at < query.Length; at++)
        {
            if (query[at] == query[begin]) return at;
            if (query[at] == '\\' && query[begin] != '`') at++;
        }

        return -1;
    }
}
