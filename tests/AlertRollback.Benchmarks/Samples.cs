namespace AlertRollback.Benchmarks;

internal static class Samples
{
    public static double Median(this IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    /// <summary>The value that nine of ten do not exceed.</summary>
    public static double NinetiethPercentile(this IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[(int)((sorted.Count - 1) * 0.9)];
    }
}
