using System.Text.RegularExpressions;

namespace AlertRollback.Sandbox.Cluster.Exec;

/// <summary>A command that was run in a pretend container.</summary>
/// <param name="ExitCode">Null: the client left before the end.</param>
public sealed record RecordedExec(string Namespace, string Pod, string Container, string Image, IReadOnlyList<string> Command, int? ExitCode);

/// <summary>What a command is to say and how it is to end.</summary>
public sealed record ExecAnswer(int ExitCode = 0, string Output = "", string Errors = "", TimeSpan Takes = default);

/// <summary>All commands in the order of their ends, and the answers that a test prepared for some.</summary>
public sealed class ExecLog
{
    private readonly Lock gate = new();
    private readonly List<RecordedExec> entries = [];
    private readonly List<(Regex Pattern, ExecAnswer Answer)> answers = [];

    public IReadOnlyList<RecordedExec> All
    {
        get
        {
            lock (gate) return [.. entries];
        }
    }

    /// <summary>From now on, commands whose words joined by blanks match the pattern are answered so; what was said last wins.</summary>
    public void Answer(string pattern, ExecAnswer answer)
    {
        lock (gate) answers.Insert(0, (new Regex(pattern, RegexOptions.NonBacktracking), answer));
    }

    internal ExecAnswer? AnswerTo(string line)
    {
        lock (gate) return answers.Find(a => a.Pattern.IsMatch(line)).Answer;
    }

    internal void Add(RecordedExec entry)
    {
        lock (gate) entries.Add(entry);
    }
}
