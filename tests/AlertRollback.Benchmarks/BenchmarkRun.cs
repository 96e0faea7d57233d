using System.Globalization;

namespace AlertRollback.Benchmarks;

/// <param name="IsShort">Only shows that the benchmark works; its figures mean little.</param>
internal sealed record BenchmarkRun(bool IsShort)
{
    /// <summary>Prints one line: what was measured, the figure, what it is compared with, and the target.</summary>
    public static void Line(string what, string figure, string comparison, string target, bool met) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-46} {figure,-26} {comparison,-34} {target,-22} {(met ? "met" : "MISSED")}"));
}
