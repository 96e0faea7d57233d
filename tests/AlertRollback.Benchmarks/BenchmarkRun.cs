using System.Globalization;

namespace AlertRollback.Benchmarks;

/// <param name="IsShort">Only shows that the benchmark works; its figures mean little.</param>
/// <param name="IsLong">Waits until what would grow has grown.</param>
internal sealed record BenchmarkRun(bool IsShort, bool IsLong)
{
    private const int LeastWidth = 16;

    private readonly List<string[]> _lines = [["what", "figure", "beside", "target", ""]];

    /// <summary>Prints one line: what was measured, the figure, what it is compared with, and the target.</summary>
    public void Line(string what, string figure, string comparison, string target, bool met)
    {
        _lines.Add([what, figure, comparison, target, met ? "met" : "MISSED"]);
        Console.WriteLine($"{what}: {figure} | {comparison} | {target} | {_lines[^1][^1]}");
    }

    /// <summary>A remark under a figure.</summary>
    public static void Note(FormattableString text) => Console.WriteLine("    " + text.ToString(CultureInfo.InvariantCulture));

    /// <summary>All lines once more, under each other, with how busy the machine was.</summary>
    public void PrintTable()
    {
        var widths = Enumerable.Range(0, _lines[0].Length).Select(i => Math.Max(LeastWidth, _lines.Max(l => l[i].Length))).ToArray();
        Console.WriteLine();
        foreach (var line in _lines)
            Console.WriteLine(string.Join("  ", line.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors, load average {LoadAverage()}"));
    }

    private static string LoadAverage() =>
        File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3)) : "unknown";
}
