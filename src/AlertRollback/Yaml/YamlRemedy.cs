using YamlDotNet.Core;

namespace AlertRollback.Yaml;

/// <summary>What to write instead where the parser only says what it did not find.</summary>
internal static class YamlRemedy
{
    private const string NotClosed = "look for a bracket or quote that is not closed";

    /// <param name="content">The whole file.</param>
    public static string Of(YamlException fault, string content)
    {
        // Of a block only its keys and items can be misplaced: what stands in them is complained of in other words.
        if (fault.Message.Contains("parsing a block ", StringComparison.Ordinal))
            return "look at the indentation of this line and of the one above, and for text after a closing quote";
        if (fault.Message.Contains("cannot start any token", StringComparison.Ordinal) && content.ElementAtOrDefault((int)fault.Start.Index) is var sign and not '\0')
            return $"put the text that begins with {Shown.Clean($"{sign}")} in quotes";
        var line = Line(content, fault.Start);
        return CommentIn(content, fault.Start) ?? (line.Contains('{') || line.Split(": ").Length > 2
            ? "put a text with braces or \": \" in quotes, and a mapping in braces: {key: value}"
            : NotClosed);
    }

    /// <summary>Where the parser gave up without a word.</summary>
    /// <param name="last">What it read last.</param>
    public static string OfUnclosed(Mark? last, string content) => (last is { } mark ? CommentIn(content, mark) : null) ?? NotClosed;

    // In a list or mapping in one line, it makes the closing bracket a comment, too.
    private static string? CommentIn(string content, Mark mark) => content.Split('\n').Take((int)mark.Line).LastOrDefault(l => !string.IsNullOrWhiteSpace(l)) is { } line
        && line.IndexOf('#', StringComparison.Ordinal) is > 0 and var sign && line[sign - 1] is ' ' or '[' or '{' or ',' && line.AsSpan(0, sign).ContainsAny('{', '[')
        ? "# begins a comment: put a text that begins with it in quotes, or close the bracket before it"
        : null;

    /// <summary>Whether nothing but a comment follows in the same line.</summary>
    public static bool IsComment(string content, Mark mark) =>
        content.AsSpan((int)Math.Min(mark.Index, content.Length)).TrimStart(' ').StartsWith("#", StringComparison.Ordinal);

    private static string Line(string content, Mark mark) => content.Split('\n').ElementAtOrDefault((int)mark.Line - 1) ?? "";
}
