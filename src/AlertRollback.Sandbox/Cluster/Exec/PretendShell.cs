using System.Globalization;
using System.Text;

namespace AlertRollback.Sandbox.Cluster.Exec;

/// <summary>One command of a script.</summary>
/// <param name="AfterSuccess">It follows <c>&amp;&amp;</c>.</param>
/// <param name="ToErrors">It ends in <c>&gt;&amp;2</c>.</param>
internal sealed record ShellCommand(bool AfterSuccess, IReadOnlyList<string> Words, bool ToErrors);

/// <summary>
/// The few commands that pretend containers understand, as on the fake node of the real test cluster: echo, true, false,
/// sleep and exit, alone or in <c>sh -c</c>. No program is ever run.
/// </summary>
internal static class PretendShell
{
    private static readonly string[] Shells = ["sh", "bash", "dash", "ash"];
    private static readonly string[] Options = ["-c", "-ec", "-lc"];

    /// <summary>Null for anything else.</summary>
    public static IReadOnlyList<ShellCommand>? Parse(IReadOnlyList<string> command)
    {
        var program = command[0].Split('/')[^1];
        if (Shells.Contains(program) && command.Count == 3 && Options.Contains(command[1])) return Script(command[2]);
        string[] words = [program, .. command.Skip(1)];
        return IsKnown(words) && program != "exit" ? [new ShellCommand(false, words, false)] : null;
    }

    private static List<ShellCommand>? Script(string text)
    {
        if (Words(text) is not { } words) return null;
        var commands = new List<ShellCommand>();
        var (current, afterSuccess) = (new List<string>(), false);
        foreach (var word in words.Append(";"))
        {
            if (word is not (";" or "&&"))
            {
                current.Add(word);
                continue;
            }

            var toErrors = current.LastOrDefault() == ">&2";
            if (toErrors) current.RemoveAt(current.Count - 1);
            if (current.Count == 0 && word == ";" && commands.Count > 0) continue;
            if (current.Count == 0 || !IsKnown(current)) return null;
            commands.Add(new ShellCommand(afterSuccess, current, toErrors));
            (current, afterSuccess) = ([], word == "&&");
        }

        return commands;
    }

    private static bool IsKnown(IReadOnlyList<string> words) => words[0] switch
    {
        "echo" or "true" or "false" => true,
        "exit" => words.Count == 2 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out _),
        "sleep" => words.Count == 2 && double.TryParse(words[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _),
        _ => false,
    };

    /// <summary>Null where a real shell would do more than quoting.</summary>
    private static List<string>? Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        char? quote = null;
        var begun = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '$' or '`' or '\n' or '\\') return null;
            if (quote is not null)
            {
                if (c == quote) quote = null;
                else word.Append(c);
                continue;
            }

            if (Operator(text, i) is { } found)
            {
                End();
                words.Add(found);
                i += found.Length - 1;
            }
            else if (c is '\'' or '"') (quote, begun) = (c, true);
            else if (c == ' ') End();
            else if (c is '(' or ')' or '<' or '>' or '|' or '&' or '*' or '?' or '#') return null;
            else word.Append(c);
        }

        if (quote is not null) return null;
        End();
        return words;

        void End()
        {
            if (word.Length > 0 || begun) words.Add(word.ToString());
            word.Clear();
            begun = false;
        }
    }

    private static string? Operator(string text, int at) =>
        new[] { "&&", ";", ">&2" }.FirstOrDefault(o => string.CompareOrdinal(text, at, o, 0, o.Length) == 0);
}
