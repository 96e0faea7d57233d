namespace AlertRollback.Telemetry;

/// <summary>How long something took, each time, counted by size.</summary>
internal sealed class DurationHistogram
{
    // Seconds. The time targets of runbooks are among them: start 1 min, decide 2, verify 5, execute 10, all 18.
    private static readonly double[] Bounds = [5, 15, 30, 60, 120, 300, 600, 1080, 1800, 3600, 14400];

    private readonly long[] _counts = new long[Bounds.Length + 1];
    private double _sum;

    /// <param name="took">Negative where two clocks disagree: that is no time.</param>
    public void Add(TimeSpan took)
    {
        var seconds = Math.Max(0, took.TotalSeconds);
        var place = Array.FindIndex(Bounds, bound => seconds <= bound);
        _counts[place < 0 ? Bounds.Length : place]++;
        _sum += seconds;
    }

    /// <summary>The series of a histogram: each bucket holds the smaller ones, too.</summary>
    public IEnumerable<Sample> Samples((string Name, string Value) label)
    {
        var count = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            count += _counts[i];
            yield return new Sample(count, [label, ("le", MetricsText.Number(i < Bounds.Length ? Bounds[i] : double.PositiveInfinity))], "_bucket");
        }

        yield return new Sample(_sum, [label], "_sum");
        yield return new Sample(count, [label], "_count");
    }
}
