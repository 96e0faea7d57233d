using YamlDotNet.Core;

namespace AlertRollback.Matrix.Yaml;

/// <summary>What to write instead where the parser only says what it did not find.</summary>
internal static class YamlRemedy
{
    /// <param name="content">The whole file.</param>
    public static string Of(YamlException fault, string content)
    {
        // Of a block only its keys and items can be misplaced: what stands in them is complained of in other words.
        if (fault.Message.Contains("parsing a block ", StringComparison.Ordinal))
            return "look at the indentation of this line and of the one above, and for text after a closing quote";
        var line = Line(content, fault.Start);
        return line.Contains('{') || line.Split(": ").Length > 2
            ? "put a text with braces or \": \" in quotes, and a mapping in braces: {key: value}"
            : "look for a bracket or quote that is not closed";
    }

    /// <summary>Whether nothing but a comment follows in the same line.</summary>
    public static bool IsComment(string content, Mark mark) =>
        content.AsSpan((int)Math.Min(mark.Index, content.Length)).TrimStart(' ').StartsWith("#", StringComparison.Ordinal);

    private static string Line(string content, Mark mark) => content.Split('\n').ElementAtOrDefault((int)mark.Line - 1) ?? "";
}
