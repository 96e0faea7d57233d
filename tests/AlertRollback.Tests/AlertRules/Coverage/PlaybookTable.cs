using System.Text.RegularExpressions;

namespace AlertRollback.Tests.AlertRules.Coverage;

/// <summary>One line of the table of playbooks in alert-rules/COVERAGE.md.</summary>
/// <param name="Playbook">The team and its playbook: <c>rental/undo</c>.</param>
/// <param name="Tests">End-to-end tests that run it, as Class.Method.</param>
/// <param name="How"><c>real</c>, <c>stand-in: …</c> or <c>not run end to end: …</c>.</param>
internal sealed record PlaybookLine(string Playbook, IReadOnlyList<string> Tests, string How)
{
    public bool IsRun => !How.StartsWith("not run end to end: ", StringComparison.Ordinal);
}

/// <summary>Which end-to-end test runs which shipped playbook, as it stands in the repository.</summary>
internal static partial class PlaybookTable
{
    public static IReadOnlyList<PlaybookLine> Lines { get; } = [.. Read(File.ReadAllLines(Path.Combine(TeamFiles.Repository, "alert-rules", "COVERAGE.md")))];

    private static IEnumerable<PlaybookLine> Read(IEnumerable<string> lines) =>
        from line in lines
        let match = Line().Match(line)
        where match.Success
        select new PlaybookLine(match.Groups["playbook"].Value, [.. InBackticks().Matches(match.Groups["tests"].Value).Select(m => m.Groups[1].Value)], match.Groups["how"].Value.Trim());

    [GeneratedRegex(@"^\| `(?<playbook>[\w-]+/[\w-]+)` \|(?<tests>[^|]*)\|(?<how>[^|]*)\|$")]
    private static partial Regex Line();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InBackticks();
}
