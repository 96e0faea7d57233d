using AlertRollback.Operators;
using AlertRollback.Playbooks.Databases;

namespace AlertRollback.Playbooks.Programs;

/// <summary>
/// Granted programs that this machine does not have. What needs one can tell nothing, and that is better known before an
/// alert fires: the image, for one, has no program but its own.
/// </summary>
public sealed partial class AbsentPrograms(OperatorConfiguration operators, LocalPrograms programs, ILogger<AbsentPrograms> log)
{
    /// <summary>A sentence for each, as it is now.</summary>
    public IReadOnlyList<string> All =>
    [
        .. operators.Teams.OrderBy(t => t.Key, StringComparer.Ordinal)
            .SelectMany(team => Needed(team.Value).Where(n => !IsThere(n.Program, n.Folder)).Select(n => $"{team.Key}: {n.What} needs the program {n.Program}, which is not there")),
    ];

    /// <summary>Logs each as a warning.</summary>
    public void Say()
    {
        foreach (var sentence in All)
            LogAbsent(sentence);
    }

    private static IEnumerable<(string What, string Program, string? Folder)> Needed(TeamGrants grants) =>
    [
        .. grants.Commands.SelectMany(c => new[] { c.Value.Run, c.Value.ReadBack }.Where(run => run.Count > 0).Select(run => run[0]).Distinct().Select(program => ($"the command {c.Key}", program, (string?)null))),
        .. grants.Repositories.Keys.Select(name => ($"the repository {name}", "git", (string?)null)),
        .. grants.Databases.Where(d => d.Value.Reach is DatabaseReach.Program)
            .SelectMany(d => DatabasePrograms.Of(d.Value).Select(program => ($"the database {d.Key}", program, ((DatabaseReach.Program)d.Value.Reach).Folder))),
    ];

    // A name with an input in it is another program each time.
    private bool IsThere(string program, string? folder) =>
        program.Contains("${", StringComparison.Ordinal) || programs.Has(program) || (folder is not null && File.Exists(Path.Combine(folder, program)));

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sentence}")]
    private partial void LogAbsent(string sentence);
}
