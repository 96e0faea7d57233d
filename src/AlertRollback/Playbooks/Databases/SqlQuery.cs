using System.Text.RegularExpressions;

namespace AlertRollback.Playbooks.Databases;

/// <summary>One statement that only looks.</summary>
internal static partial class SqlQuery
{
    private static readonly string[] Looking = ["SELECT", "WITH", "VALUES", "TABLE", "SHOW"];

    /// <summary>What keeps the text from being one statement that only looks; null when nothing does.</summary>
    /// <param name="placeholders">Whether they are filled in; a file's text is asked as it is.</param>
    public static string? Fault(string text, bool placeholders = true)
    {
        var sql = new SqlText(text);
        if (sql.Fault is { } fault)
            return fault;
        if (sql.Statements.Count != 1)
            return sql.Statements.Count == 0 ? "there is no SQL" : "there are several statements: only one may be asked";
        if (!sql.Statements[0].Words.Take(1).Any(Looking.Contains))
            return $"only {string.Join(", ", Looking)} may be asked";
        return !placeholders || Placeholder().Matches(text).All(p => sql.IsInLiteral(p.Index))
            ? null
            : "a placeholder may only stand in a string: '${version}'";
    }

    /// <summary>The one statement with its values filled in, each inside the string it stands in.</summary>
    public static string Fill(string text, Func<string, Func<string, string>, string> fill) => Alone(fill(text, Escaped));

    /// <summary>The one statement, without what stands around it.</summary>
    public static string Alone(string text)
    {
        var sql = new SqlText(text);
        return sql.Of(sql.Statements[0]);
    }

    // Backslashes are plain characters, since standard_conforming_strings is on.
    private static string Escaped(string value) => value.Replace("\0", "", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal);

    [GeneratedRegex(@"\$\{[a-z_]+\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
