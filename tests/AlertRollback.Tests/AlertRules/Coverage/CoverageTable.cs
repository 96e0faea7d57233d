using System.Text.RegularExpressions;

namespace AlertRollback.Tests.AlertRules.Coverage;

/// <summary>One line of alert-rules/COVERAGE.md.</summary>
/// <param name="Served">References to what serves the capability, e.g. <c>action:scale</c>.</param>
/// <param name="Tests">Tests that show it, as Class.Method.</param>
/// <param name="How"><c>real</c>, <c>stand-in: …</c> or <c>not there: …</c>.</param>
internal sealed record CoverageLine(int Number, string Capability, IReadOnlyList<string> Served, IReadOnlyList<string> Tests, string How)
{
    public bool IsThere => !How.StartsWith("not there: ", StringComparison.Ordinal);
}

/// <summary>The coverage table as it stands in the repository.</summary>
internal static partial class CoverageTable
{
    public static IReadOnlyList<CoverageLine> Lines { get; } = [.. Read(File.ReadAllLines(Path.Combine(TeamFiles.Repository, "alert-rules", "COVERAGE.md")))];

    private static IEnumerable<CoverageLine> Read(IEnumerable<string> lines) =>
        from line in lines
        let cells = line.Split('|', StringSplitOptions.TrimEntries)
        where cells.Length > 2 && cells[1].All(char.IsAsciiDigit) && cells[1].Length > 0
        select cells.Length == 7
            ? new CoverageLine(int.Parse(cells[1], System.Globalization.CultureInfo.InvariantCulture), cells[2], Quoted(cells[3]), Quoted(cells[4]), cells[5])
            : throw new InvalidOperationException($"five cells are needed: {line}");

    private static List<string> Quoted(string cell) => [.. InBackticks().Matches(cell).Select(m => m.Groups[1].Value)];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InBackticks();
}
