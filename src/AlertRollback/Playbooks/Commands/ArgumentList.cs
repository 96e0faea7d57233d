using System.Text.Json.Nodes;

namespace AlertRollback.Playbooks.Commands;

/// <summary>A program and its arguments as a matrix writes them. Values never become code: not a shell's, not an option.</summary>
internal static class ArgumentList
{
    // What follows them is a program in some language, or is read as one.
    private static readonly string[] Code = ["-c", "-e", "-lc", "-ec", "-ce", "-euc", "--eval", "--command", "--exec", "--execute", "-exec"];

    public static IEnumerable<string> Validate(JsonNode? parameter, string name)
    {
        var arguments = TextValues.List(parameter);
        if (arguments is [var only] && only.Any(char.IsWhiteSpace))
            yield return $"\"{name}\" is a program and its arguments as a list, not one line: there is no shell";
        if (arguments.Count > 0 && HasPlaceholder(arguments[0]))
            yield return $"the program of \"{name}\" has to be written out";
        for (var i = 1; i < arguments.Count; i++)
        {
            if (HasPlaceholder(arguments[i]) && (Code.Contains(arguments[i - 1]) || arguments[i].AsSpan().IndexOfAny(" \t\n;|&<>`\"'\\(") >= 0))
                yield return $"{Texts.Clip(arguments[i], 40)} in \"{name}\" is code, in which no placeholder may stand: give the value as an argument of its own";
        }
    }

    /// <summary>The list with its values filled in, or why that cannot be done.</summary>
    public static (IReadOnlyList<string> Filled, string? Fault) Fill(IReadOnlyList<string> arguments, Func<string, string> fill)
    {
        var filled = arguments.Select(fill).ToList();
        if (filled.Any(a => a.Contains('\0', StringComparison.Ordinal)))
            return (filled, "an argument has a character that no argument can have");
        return filled.Zip(arguments).Any(p => p.First.StartsWith('-') && !p.Second.StartsWith('-'))
            ? (filled, "a value begins with a dash: it would be read as an option")
            : (filled, null);
    }

    public static string Text(IReadOnlyList<string> arguments) => Texts.Clip(string.Join(' ', arguments.Select(a => a.Any(char.IsWhiteSpace) ? $"\"{a}\"" : a)), 160);

    private static bool HasPlaceholder(string argument) => argument.Contains("${", StringComparison.Ordinal);
}
